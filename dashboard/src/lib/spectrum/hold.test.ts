import assert from 'node:assert/strict'
import test from 'node:test'

import { hold, rangeOf, type Hold } from './hold.js'
import type { Sweep } from './sweep.js'

const sweep = (power: number[], startHz = 0): Sweep => ({ frequenciesHz: Float64Array.from(power, (_, bin) => startHz + bin), power: Float32Array.from(power), unit: 'dB', timeMs: undefined })
const after = (...sweeps: Sweep[]) => sweeps.reduce<Hold | undefined>(hold, undefined)!

test('peaks hold, the average follows', () => {
  const held = after(sweep([-90, -50]), sweep([-80, -70]), sweep([-100, -70]))
  assert.deepEqual([...held.peak], [-80, -50])
  assert.deepEqual([...held.average].map(Math.round), [-90, -54])
  assert.deepEqual([...held.latest.power], [-100, -70])
  assert.equal(held.sweeps, 3)
})

test('another grid begins anew', () => {
  const held = after(sweep([0, 0]), sweep([-80, -70], 5))
  assert.deepEqual([...held.peak], [-80, -70])
  assert.equal(held.sweeps, 1)
})

test('a bin that was not measured keeps what it had, and one that had nothing takes the first', () => {
  const held = after(sweep([NaN, -50]), sweep([-90, NaN]), sweep([-95, NaN]))
  assert.deepEqual([...held.peak], [-90, -50])
  assert.deepEqual([...held.average].map(value => Math.round(value * 10) / 10), [-90.5, -50])
})

test('the first sweep is not changed by the ones after it', () => {
  const first = sweep([-90, -50])
  after(first, sweep([0, 0]))
  assert.deepEqual([...first.power], [-90, -50])
})

test('the range is from below the noise to above the peak, and stands still while levels play about', () => {
  const noise = (floor: number, top: number) => after(sweep([...Array.from({ length: 20 }, () => floor), top]))
  const first = rangeOf(noise(-92, -38), undefined)
  assert.deepEqual(first, { low: -100, high: -30 })
  assert.deepEqual(rangeOf(noise(-89, -42), first), first)
  assert.deepEqual(rangeOf(noise(-96, -34), first), { low: -105, high: -25 })
  assert.deepEqual(rangeOf(noise(-84, -46), first), { low: -90, high: -40 })
  assert.deepEqual(rangeOf(noise(-60, -60), undefined), { low: -65, high: -45 }, 'never less than 20 dB')
  assert.deepEqual(rangeOf(after(sweep([NaN, NaN])), first), first)
})
