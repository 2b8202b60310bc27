/** What is on the map as a list. */
import { eastward, xOf, yOf, type Place, type Point } from './mercator.js'

/** More than that nobody reads: who is further away is listed once the map is nearer. */
export const listedMax = 60

/** Those that stand nearest to the middle of the view, at most {@link listedMax}. */
export function nearestTo<T extends Point>({ latitude, longitude }: Place, seen: readonly T[]): T[] {
  if (seen.length <= listedMax) return [...seen]
  const [middleX, middleY] = [xOf(longitude), yOf(latitude)]
  const awayOf = ({ x, y }: Point): number => Math.hypot(eastward(middleX, x), y - middleY)
  return seen.map(one => ({ one, away: awayOf(one) })).sort((a, b) => a.away - b.away).slice(0, listedMax).map(({ one }) => one)
}
