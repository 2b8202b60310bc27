/**
 * The shapes of the world, as `scripts/make-world.mjs` packs them: squares of degrees in three scales, of which a map fetches those it shows.
 *
 * A file is 16-bit numbers (little-endian): for each line its kind, its number of points, and each point as the steps east and north from the
 * one before; the first is counted from the square's south-western corner. A polygon is one line of land and the holes that follow it.
 * What was cut off at the edge of a square runs along it, and is no coast. Squares overlap a little, or hairlines would show between them.
 */
import type { Bounds } from '@starling/client'
import { widthOf } from './boxes.js'
import { latitudeMax } from './mercator.js'

/** Natural Earth's: 1 to so many millions. */
export interface Scale { readonly name: '110m' | '50m' | '10m', readonly squareDegrees: number, readonly stepDegrees: number, readonly fromZoom: number }

/** Coarse first. */
export const scales: readonly Scale[] = [
  { name: '110m', squareDegrees: 360, stepDegrees: 0.02, fromZoom: -Infinity },
  { name: '50m', squareDegrees: 60, stepDegrees: 0.004, fromZoom: 3 },
  { name: '10m', squareDegrees: 20, stepDegrees: 0.001, fromZoom: 5.5 }
]

/** Squares that are kept when they are no longer seen, some 30 KB each. Those that are seen are kept however many they are. */
export const squaresMax = 60

const overlapDegrees = 0.02
const kinds = ['land', 'hole', 'border'] as const

/** A line of longitudes and latitudes by turns, in degrees; longitudes go on beyond 180 where it crosses the date line. */
export type Line = Float64Array

export interface World {
  /** Each an outline and its holes; closed: the first point is the last. */
  readonly land: readonly (readonly Line[])[]
  readonly coasts: readonly Line[]
  readonly borders: readonly Line[]
}

export interface Square {
  /** As its file is called. */
  readonly name: string
  readonly scale: Scale
  readonly west: number
  readonly south: number
}

/** The squares that a view shows, the coarsest first: what is finer lies above, and covers it once it is there. */
export function squaresIn(bounds: Bounds, zoom: number): Square[] {
  return scales.filter(({ fromZoom }) => zoom >= fromZoom).flatMap((scale) => {
    const size = scale.squareDegrees
    const columns = Math.ceil(360 / size)
    const [first, last] = [Math.floor((bounds.west + 180) / size), Math.floor((bounds.west + widthOf(bounds) + 180) / size)]
    const wests = new Set(Array.from({ length: Math.min(columns, last - first + 1) }, (_, i) => (first + i) % columns * size - 180))
    const souths: number[] = []
    for (let south = -90; south < Math.min(90, bounds.north); south += size) if (south + size > bounds.south) souths.push(south)
    return [...wests].flatMap(west => souths.map(south => ({ name: `${scale.name}_${west}_${south}`, scale, west, south })))
  })
}

/** What a square covers. */
export function edgesOf({ scale: { squareDegrees }, west, south }: Square): { west: number, south: number, east: number, north: number } {
  const overlap = squareDegrees === 360 ? 0 : overlapDegrees
  return { west: west - overlap, south: south - overlap, east: west + squareDegrees + overlap, north: Math.min(90, south + squareDegrees) + overlap }
}

export function readWorld(square: Square, file: ArrayBuffer): World {
  const view = new DataView(file)
  const { west, south, east, north } = edgesOf(square)
  const { stepDegrees } = square.scale
  const land: Line[][] = []
  const coasts: Line[] = []
  const borders: Line[] = []
  for (let at = 0; at + 4 <= file.byteLength;) {
    const kind = kinds[view.getInt16(at, true)]
    const count = view.getInt16(at + 2, true)
    at += 4
    if (kind === undefined || count < 0 || at + 4 * count > file.byteLength) throw new Error(`${square.name} is no file of shapes`)
    const line = new Float64Array(2 * count)
    let [x, y] = [0, 0]
    for (let i = 0; i < count; i++, at += 4) {
      line[2 * i] = west + (x += view.getInt16(at, true)) * stepDegrees
      line[2 * i + 1] = south + (y += view.getInt16(at + 2, true)) * stepDegrees
    }
    if (kind === 'border') {
      borders.push(line)
      continue
    }
    if (kind === 'land') land.push([line])
    else land.at(-1)?.push(line)
    coasts.push(...coastsOf(line, { west, south, east, north }, stepDegrees / 2))
  }
  return { land, coasts, borders }
}

/** The parts of a ring that do not run along an edge of its square, nor where the map ends. */
function coastsOf(ring: Line, { west, south, east, north }: { west: number, south: number, east: number, north: number }, slack: number): Line[] {
  const isAlong = (i: number, axis: 0 | 1, edge: number): boolean => Math.abs(ring[i + axis]! - edge) <= slack && Math.abs(ring[i - 2 + axis]! - edge) <= slack
  const lines: Line[] = []
  let begin = 0
  for (let i = 2; i < ring.length; i += 2) {
    const isBeyond = ring[i + 1]! < -latitudeMax && ring[i - 1]! < -latitudeMax
    if (!isBeyond && !isAlong(i, 0, west) && !isAlong(i, 0, east) && !isAlong(i, 1, south) && !isAlong(i, 1, north)) continue
    if (i - begin > 2) lines.push(ring.subarray(begin, i))
    begin = i
  }
  if (ring.length - begin > 2) lines.push(ring.subarray(begin))
  return lines
}

/** Which of those that are held, the oldest first, are let go while `seen` are seen. */
export function squaresToForget(held: readonly string[], seen: ReadonlySet<string>): string[] {
  return held.filter(name => !seen.has(name)).slice(0, Math.max(0, held.length - squaresMax))
}
