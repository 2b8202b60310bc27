/**
 * Boxes of degrees, as filters are: which one to ask the server for, and the smallest one around places.
 *
 * A map that asked for exactly what it shows would ask again with every pixel. So it asks for a quarter more on each side, with edges on a
 * grid (viewers of about the same part then ask for the very same box, which the server encodes once), and asks anew only when what is
 * seen leaves that box, or has become a small part of it.
 */
import type { Bounds } from '@starling/client'
import type { Place } from './mercator.js'
import { wholeWorld } from './viewport.js'

const margin = 0.25
/** A side of what is asked for may be as many times what is seen, before less is asked for. */
export const wasteMax = 4

/** In degrees, 0 to 360. */
export const widthOf = ({ west, east }: Bounds): number => east - west >= 360 ? 360 : eastFrom(west, east)

export function contains(outer: Bounds, inner: Bounds): boolean {
  if (inner.north > outer.north || inner.south < outer.south) return false
  const width = widthOf(outer)
  return width >= 360 || eastFrom(outer.west, inner.west) + widthOf(inner) <= width
}

export const isIn = (bounds: Bounds, { latitude, longitude }: Place): boolean =>
  contains(bounds, { north: latitude, south: latitude, east: longitude, west: longitude })

/** The box to ask for while `seen` is seen; `asked` is the one asked for so far, and comes back while it will do. */
export function boundsToAsk(seen: Bounds, asked?: Bounds): Bounds {
  const [height, width] = [seen.north - seen.south, widthOf(seen)]
  const isEnough = asked !== undefined && contains(asked, seen)
  if (isEnough && asked.north - asked.south <= wasteMax * height && widthOf(asked) <= wasteMax * width) return asked
  const [rows, columns] = [gridOf(height), gridOf(width)]
  const [north, south] = [Math.min(90, up(seen.north + margin * height, rows)), Math.max(-90, down(seen.south - margin * height, rows))]
  const [west, east] = [down(seen.west - margin * width, columns), up(seen.west + (1 + margin) * width, columns)]
  if (east - west >= 360) return { north, south, east: wholeWorld.east, west: wholeWorld.west }
  return { north, south, east: normal(east), west: normal(west) }
}

/** The smallest box with all of them in it, across the date line where that is smaller. Undefined where there are none. */
export function extentOf(places: Iterable<Place>): Bounds | undefined {
  let [north, south] = [-90, 90]
  const longitudes: number[] = []
  for (const { latitude, longitude } of places) {
    north = Math.max(north, latitude)
    south = Math.min(south, latitude)
    longitudes.push(normal(longitude))
  }
  if (longitudes.length === 0) return undefined
  const sorted = Float64Array.from(longitudes).sort()
  // The box is everything but the widest gap between neighbours; the first candidate is the gap across the date line.
  let [west, east] = [sorted[0]!, sorted[sorted.length - 1]!]
  let widest = west + 360 - east
  for (let i = 1; i < sorted.length; i++) {
    const gap = sorted[i]! - sorted[i - 1]!
    if (gap > widest) [widest, west, east] = [gap, sorted[i]!, sorted[i - 1]!]
  }
  return { north, south, east, west }
}

/** Degrees to go east from one meridian to another, 0 up to, and without, 360. */
const eastFrom = (from: number, to: number): number => ((to - from) % 360 + 360) % 360
/** From −180 up to, and without, 180. */
const normal = (longitude: number): number => {
  const wrapped = longitude - 360 * Math.floor((longitude + 180) / 360)
  return wrapped === 180 ? -180 : wrapped
}
/** Powers of two: exact in binary and, down to 2^-10, short in decimals. An eighth to a quarter of the span. */
const gridOf = (span: number): number => 2 ** Math.max(-10, Math.floor(Math.log2(Math.max(span, 1e-9) / 4)))
const up = (value: number, step: number): number => Math.ceil(value / step) * step
const down = (value: number, step: number): number => Math.floor(value / step) * step
