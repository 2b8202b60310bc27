import assert from 'node:assert/strict'
import test from 'node:test'
import type { Fields } from '@starling/client'

import { binsMax, isSameGrid, nearestBin, sweepOf, type Sweep } from './sweep.js'

function read(record: Fields): Sweep {
  const sweep = sweepOf(record)
  assert.ok(typeof sweep !== 'string', String(sweep))
  return sweep
}

test('both shapes are the same sweep', () => {
  const listed = read({ frequencies: [100e6, 100.1e6, 100.2e6], power: [-90, -50.5, -91], timestamp: 1_763_800_000_000 })
  const stepped = read({ start_hz: 100e6, step_hz: 100e3, power_db: [-90, -50.5, -91], timestamp: '2025-11-22T08:26:40.000Z' })
  assert.ok(isSameGrid(listed, stepped))
  assert.deepEqual([...listed.power], [-90, -50.5, -91])
  assert.deepEqual([listed.unit, listed.timeMs, stepped.timeMs], ['dB', 1_763_800_000_000, 1_763_800_000_000])
  assert.equal(read({ start_hz: 0, step_hz: 1, power_dbm: [1, 2] }).unit, 'dBm')
  assert.equal(read({ start_hz: 0, step_hz: 1, power_dbm: null, power: [1, 2] }).unit, 'dB', 'what is null is not there')
})

test('frequencies in MHz and times in seconds are known by their size', () => {
  assert.deepEqual([...read({ frequencies: [88, 88.5], power: [1, 2] }).frequenciesHz], [88e6, 88.5e6])
  assert.deepEqual([...read({ frequencies: [9_999, 10_000], power: [1, 2] }).frequenciesHz], [9_999, 10_000])
  assert.equal(read({ frequencies: [88, 89], power: [1, 2], timestamp: 1_763_800_000 }).timeMs, 1_763_800_000_000)
  assert.equal(read({ frequencies: [88, 89], power: [1, 2] }).timeMs, undefined)
})

test('bins that were taken in another order stand in that of their frequencies', () => {
  const sweep = read({ frequencies: [30e6, 10e6, 20e6], power: [3, 1, 2] })
  assert.deepEqual([...sweep.frequenciesHz], [10e6, 20e6, 30e6])
  assert.deepEqual([...sweep.power], [1, 2, 3])
})

test('what was not measured is no number', () => {
  assert.deepEqual([...read({ start_hz: 1, step_hz: 1, power: [1, null, 'x', 1e39, -1e300] }).power], [1, NaN, NaN, NaN, NaN])
})

test('a record that is none is told why', () => {
  for (const [record, why] of [
    [{}, /no list called power/], [{ power: 5 }, /no list/], [{ power: [1], start_hz: 1, step_hz: 1 }, /two bins/], [{ power: [1, 2] }, /no frequencies/], [{ power: [1, 2], start_hz: 1, step_hz: 0 }, /not above 0/],
    [{ power: [1, 2], frequencies: [1e6] }, /1 frequencies and 2 powers/], [{ power: [1, 2], frequencies: [1e6, '2'] }, /no number/]
  ] as const) assert.match(String(sweepOf(record)), why)
})

test('another count, another place and another unit are another grid', () => {
  const sweep = read({ start_hz: 1, step_hz: 1, power_db: [1, 2] })
  for (const [other, want] of [
    [{ start_hz: 1, step_hz: 1, power_db: [5, 6] }, true], [{ start_hz: 1, step_hz: 1, power_db: [5, 6, 7] }, false], [{ start_hz: 2, step_hz: 1, power_db: [5, 6] }, false], [{ start_hz: 1, step_hz: 1, power_dbm: [5, 6] }, false]
  ] as const) assert.equal(isSameGrid(sweep, read(other)), want)
})

test('the nearest bin is found, beyond the ends too', () => {
  const grid = Float64Array.of(10, 20, 40)
  for (const [hz, bin] of [[-5, 0], [10, 0], [14.9, 0], [15, 0], [15.1, 1], [30, 1], [31, 2], [99, 2]] as const) assert.equal(nearestBin(grid, hz), bin, String(hz))
})

test('at one below, at, and one above the bound the first bins are a sweep, in either shape', () => {
  for (const [bins, kept] of [[binsMax - 1, binsMax - 1], [binsMax, binsMax], [binsMax + 1, binsMax]] as const) {
    const power = Array.from({ length: bins }, (_, bin) => bin)
    for (const sweep of [read({ start_hz: 1e6, step_hz: 1, power }), read({ frequencies: power.map(bin => 1e6 + bin), power })]) {
      assert.deepEqual([sweep.power.length, sweep.frequenciesHz.length, sweep.power.at(-1), sweep.frequenciesHz.at(-1)], [kept, kept, kept - 1, 1e6 + kept - 1])
    }
  }
})

test('two bins are a sweep, one is none', () => {
  for (const [bins, isOne] of [[1, false], [2, true], [3, true]] as const) assert.equal(typeof sweepOf({ start_hz: 1, step_hz: 1, power: Array.from({ length: bins }, () => 0) }) !== 'string', isOne)
})
