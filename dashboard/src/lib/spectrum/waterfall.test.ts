import assert from 'node:assert/strict'
import test from 'node:test'

import { colourTable } from './colour-map.js'
import type { Sweep } from './sweep.js'
import { columnsMax, narrow, rowsMax, Waterfall } from './waterfall.js'

const sweep = (power: ArrayLike<number>, startHz = 0): Sweep => ({ frequenciesHz: Float64Array.from(power, (_, bin) => startHz + bin), power: Float32Array.from(power), unit: 'dB', timeMs: undefined })

test('the newest row is on top, and what was before lies below it', () => {
  const fall = new Waterfall()
  for (let index = 0; index < 3; index++) fall.add(sweep([index, 10 + index]), index)
  assert.deepEqual([fall.at(0, 0), fall.at(0, 1), fall.at(2, 0.49), fall.at(3, 0)], [{ level: 2, timeMs: 2 }, { level: 12, timeMs: 2 }, { level: 0, timeMs: 0 }, undefined])
})

test('at one below, at, and one above the bound the oldest go', () => {
  for (const [count, kept, oldest] of [[rowsMax - 1, rowsMax - 1, 0], [rowsMax, rowsMax, 0], [rowsMax + 1, rowsMax, 1]] as const) {
    const fall = new Waterfall()
    for (let index = 0; index < count; index++) fall.add(sweep([index, index]), index)
    assert.equal(fall.count, kept)
    assert.equal(fall.at(kept - 1, 0)?.timeMs, oldest)
    assert.equal(fall.at(0, 0)?.timeMs, count - 1)
  }
})

test('another grid begins anew', () => {
  const fall = new Waterfall()
  fall.add(sweep([1, 2]), 1)
  fall.add(sweep([3, 4]), 2)
  const { life } = fall
  fall.add(sweep([1, 2, 3]), 2)
  assert.equal(fall.added, 3)
  assert.notEqual(fall.life, life)
  assert.deepEqual([fall.count, fall.columns, fall.at(1, 0)], [1, 3, undefined])
  fall.clear()
  assert.deepEqual([fall.count, fall.at(0, 0)], [0, undefined])
  fall.add(sweep([1, 2, 3]), 3)
  assert.equal(fall.count, 1)
})

test('a carrier of one bin survives narrowing', () => {
  const power = new Float32Array(columnsMax * 3 + 1).fill(-100)
  power[2000] = -20
  const fall = new Waterfall()
  fall.add(sweep(power), 1)
  assert.equal(fall.columns, columnsMax)
  assert.equal(fall.at(0, 2000.5 / power.length)?.level, -20)
  const columns = new Float32Array(2)
  narrow(Float32Array.of(NaN, -3, NaN, NaN), columns)
  assert.deepEqual([...columns], [-3, NaN])
})

test('a row is painted in the colours of its levels', () => {
  const fall = new Waterfall()
  fall.add(sweep([-100, 0]), 1)
  const colours = colourTable()
  const pixels = new Uint8ClampedArray(8)
  fall.paint(fall.newest, { low: -100, high: 0 }, colours, pixels)
  assert.deepEqual([...pixels], [...colours.subarray(0, 4), ...colours.subarray(-4)])
})

test('at one below, at, and one above the bound a sweep has a column a bin, or is narrowed', () => {
  for (const [bins, columns] of [[columnsMax - 1, columnsMax - 1], [columnsMax, columnsMax], [columnsMax + 1, columnsMax]] as const) {
    const fall = new Waterfall()
    fall.add(sweep(Array.from({ length: bins }, (_, bin) => bin)), 1)
    assert.deepEqual([fall.columns, fall.at(0, 0)?.level, fall.at(0, 1)?.level], [columns, bins - columns, bins - 1])
  }
})
