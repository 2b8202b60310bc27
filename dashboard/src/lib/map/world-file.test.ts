import assert from 'node:assert/strict'
import { test } from 'node:test'
import { edgesOf, readWorld, scales, squaresIn, squaresMax, squaresToForget, type Square } from './world-file.js'

const fine = scales[2]!
const square: Square = { name: '10m_-140_30', scale: fine, west: -140, south: 30 }
const names = (bounds: Parameters<typeof squaresIn>[0], zoom: number) => squaresIn(bounds, zoom).map(({ name }) => name)

test('a map shows the squares it sees, of each scale that suits its zoom', () => {
  const bay = { north: 38, south: 37.5, east: -122, west: -123 }
  assert.deepEqual(names(bay, 1), ['110m_-180_-90'])
  assert.deepEqual(names(bay, 4), ['110m_-180_-90', '50m_-180_30'])
  assert.deepEqual(names(bay, 11), ['110m_-180_-90', '50m_-180_30', '10m_-140_30'])
})

test('over the date line and at the poles there are squares too', () => {
  assert.deepEqual(names({ north: 0, south: -5, west: 175, east: -175 }, 8).slice(-2), ['10m_160_-10', '10m_-180_-10'])
  assert.deepEqual(names({ north: 90, south: 80, west: 0, east: 10 }, 8).at(-1), '10m_0_70')
  assert.equal(names({ north: 90, south: -90, west: -180, east: 180 }, 4).length, 1 + 6 * 3)
})

test('what was packed is read: outlines with their holes, borders, and coasts without the cut', () => {
  const { west, south } = edgesOf(square)
  // A triangle on the western edge with a hole in it, and a border.
  const file = Int16Array.from([
    0, 4, 0, 1000, 1000, 1000, -1000, 1000, 0, -2000,
    1, 4, 100, 2000, 10, 0, 0, 10, -10, -10,
    2, 2, 5, 5, 20, 0
  ]).buffer
  const { land, coasts, borders } = readWorld(square, file)
  assert.equal(land.length, 1)
  assert.equal(land[0]!.length, 2)
  const near = (line: Float64Array | undefined, expected: number[]) => assert.deepEqual([...line!].map(value => Math.round(value * 1000)), expected.map(value => Math.round(value * 1000)))
  near(land[0]![0], [west, south + 1, west + 1, south + 2, west, south + 3, west, south + 1])
  near(coasts[0], [west, south + 1, west + 1, south + 2, west, south + 3])
  assert.equal(coasts.length, 2)
  near(borders[0], [west + 0.005, south + 0.005, west + 0.025, south + 0.005])
})

test('what is no file of shapes is refused', () => {
  for (const numbers of [[7, 0], [0, 5, 1, 1], [0, -1]]) assert.throws(() => readWorld(square, Int16Array.from(numbers).buffer), /no file of shapes/)
})

test('at one below, at, and one above the bound the oldest squares go, but for what is seen', () => {
  for (const [count, gone] of [[squaresMax - 1, []], [squaresMax, []], [squaresMax + 1, ['1']], [squaresMax + 3, ['1', '3', '4']]] as const) {
    const held = Array.from({ length: count }, (_, index) => String(index))
    assert.deepEqual(squaresToForget(held, new Set(['0', '2'])), gone, String(count))
    assert.deepEqual(squaresToForget(held, new Set(held)), [], 'what is seen stays, however much it is')
  }
})
