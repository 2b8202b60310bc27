// Natural Earth's shapes (public domain, by way of the package world-atlas) as the map fetches them: the world at 1:110 million in one file, and at
// 1:50 million and 1:10 million a file for each square that has land. Made before each build; src/lib/map/world-file.ts reads them, and says how
// they are made up.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

import { feature, mesh } from 'topojson-client'

const require = createRequire(import.meta.url)
const folder = fileURLToPath(new URL('../build/world/', import.meta.url))

// As in src/lib/map/world-file.ts.
const scales = [
  { name: '110m', squareDegrees: 360, stepDegrees: 0.02 },
  { name: '50m', squareDegrees: 60, stepDegrees: 0.004 },
  { name: '10m', squareDegrees: 20, stepDegrees: 0.001 }
]
const overlapDegrees = 0.02
const kinds = { land: 0, hole: 1, border: 2 }

/** Longitudes that go on beyond 180 where a line crosses the date line. A ring around a pole is closed along it. */
function unwrapped(points) {
  let before = points[0][0]
  const line = points.map(([longitude, latitude]) => [before = longitude + 360 * Math.round((before - longitude) / 360), latitude])
  const turn = line.at(-1)[0] - line[0][0]
  if (Math.abs(turn) < 180 || points[0][0] !== points.at(-1)[0]) return line
  const pole = Math.sign(line[0][1]) * 90
  return [...line, [line.at(-1)[0], pole], [line[0][0], pole], line[0]]
}

/** A ring cut to a half plane (Sutherland and Hodgman): of coordinate `axis`, what is on the side `sign` of `edge`. */
function halfOf(ring, axis, edge, sign) {
  const isIn = (point) => (point[axis] - edge) * sign >= 0
  const kept = []
  for (let i = 0; i < ring.length; i++) {
    const [from, to] = [ring[(i + ring.length - 1) % ring.length], ring[i]]
    if (isIn(from) !== isIn(to)) {
      const part = (edge - from[axis]) / (to[axis] - from[axis])
      const other = from[1 - axis] + part * (to[1 - axis] - from[1 - axis])
      kept.push(axis === 0 ? [edge, other] : [other, edge])
    }
    if (isIn(to)) kept.push(to)
  }
  return kept
}

function ringIn(ring, { west, south, east, north }) {
  const open = ring.slice(0, -1)
  const kept = [[0, west, 1], [0, east, -1], [1, south, 1], [1, north, -1]].reduce((rest, [axis, edge, sign]) => rest.length > 0 ? halfOf(rest, axis, edge, sign) : rest, open)
  return kept.length > 2 ? [...kept, kept[0]] : []
}

function boxAround(line) {
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity }
  for (const [longitude, latitude] of line) {
    box.west = Math.min(box.west, longitude)
    box.east = Math.max(box.east, longitude)
    box.south = Math.min(box.south, latitude)
    box.north = Math.max(box.north, latitude)
  }
  return box
}

const touch = (a, b) => a.west <= b.east && a.east >= b.west && a.south <= b.north && a.north >= b.south

/** Without the points that are nearer than `step` degrees to the one before, but for the ends. */
function thinned(line, step) {
  let [x, y] = line[0]
  return line.filter(([longitude, latitude], i) => {
    if (i > 0 && i < line.length - 1 && Math.abs(longitude - x) + Math.abs(latitude - y) < step) return false
    ;[x, y] = [longitude, latitude]
    return true
  })
}

/** The parts of a line whose points are in the box, each with the point before and after. */
function partsIn(line, { west, south, east, north }) {
  const isIn = ([longitude, latitude]) => longitude >= west && longitude <= east && latitude >= south && latitude <= north
  const parts = [[]]
  line.forEach((point, i) => {
    if (isIn(point) || (i > 0 && isIn(line[i - 1])) || (i + 1 < line.length && isIn(line[i + 1]))) parts.at(-1).push(point)
    else if (parts.at(-1).length > 0) parts.push([])
  })
  return parts.filter((part) => part.length > 1)
}

/** Points closer than two steps would hardly be told apart. */
function atlasOf({ name, stepDegrees }) {
  const topology = JSON.parse(readFileSync(require.resolve(`world-atlas/countries-${name}.json`), 'utf8'))
  const land = feature(topology, topology.objects.land)
  const polygons = (land.features ?? [land]).flatMap(({ geometry }) => geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates)
  const borders = mesh(topology, topology.objects.countries, (a, b) => a !== b).coordinates
  const lineOf = (points) => thinned(unwrapped(points), 2 * stepDegrees)
  return {
    polygons: polygons.map((rings) => rings.map(lineOf).filter((ring) => ring.length > 3)).filter((rings) => rings.length > 0)
      .map((rings) => ({ rings, around: boxAround(rings[0]) })),
    borders: borders.map(lineOf).map((line) => ({ line, around: boxAround(line) }))
  }
}

/** The lines in a square, in steps from its south-western corner; undefined where it has no land. */
function linesOf({ polygons, borders }, box, stepDegrees) {
  const inSteps = (line, by) => line.map(([longitude, latitude]) => [Math.round((longitude + by - box.west) / stepDegrees), Math.round((latitude - box.south) / stepDegrees)])
    .filter(([x, y], i, all) => i === 0 || x !== all[i - 1][0] || y !== all[i - 1][1])
  const lines = []
  // What goes on beyond the date line is in the squares on its other side, too.
  for (const by of [0, 360, -360]) {
    const there = { ...box, west: box.west - by, east: box.east - by }
    for (const { rings, around } of polygons) {
      if (!touch(around, there)) continue
      for (const [i, ring] of rings.entries()) {
        const kept = inSteps(ringIn(ring, there), by)
        if (kept.length > 3) lines.push({ kind: i === 0 ? kinds.land : kinds.hole, points: kept })
        else if (i === 0) break
      }
    }
    if (lines.length === 0) continue
    for (const { line, around } of borders) {
      if (touch(around, there)) lines.push(...partsIn(line, there).map((part) => ({ kind: kinds.border, points: inSteps(part, by) })).filter(({ points }) => points.length > 1))
    }
  }
  return lines.length === 0 ? undefined : lines
}

function bytesOf(lines) {
  const numbers = []
  for (const { kind, points } of lines) {
    numbers.push(kind, points.length)
    let [x, y] = [0, 0]
    for (const point of points) {
      numbers.push(point[0] - x, point[1] - y)
      ;[x, y] = point
    }
  }
  const wrong = numbers.find((number) => number !== Math.max(-32768, Math.min(32767, number)))
  if (wrong !== undefined) throw new Error(`${wrong} does not fit into 16 bits`)
  return Buffer.from(Int16Array.from(numbers).buffer)
}

const changedAt = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
const stamp = `${folder}made`
if (changedAt(stamp) > Math.max(changedAt(fileURLToPath(import.meta.url)), changedAt(require.resolve('world-atlas/package.json')))) process.exit()

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
for (const scale of scales) {
  const { name, squareDegrees, stepDegrees } = scale
  const atlas = atlasOf(scale)
  const overlap = squareDegrees === 360 ? 0 : overlapDegrees
  for (let west = -180; west < 180; west += squareDegrees) {
    for (let south = -90; south < 90; south += squareDegrees) {
      const box = { west: west - overlap, south: south - overlap, east: west + squareDegrees + overlap, north: Math.min(90, south + squareDegrees) + overlap }
      const lines = linesOf(atlas, box, stepDegrees)
      if (lines) writeFileSync(`${folder}${name}_${west}_${south}.bin`, bytesOf(lines))
    }
  }
}
writeFileSync(stamp, '')
