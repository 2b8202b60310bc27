import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as format from './format.js'

const plain = (text: string) => text.replaceAll('\u00a0', ' ')

test('bytes go up by 1,024', () => {
  for (const [value, text] of [[0, '0 B'], [1023, '1,023 B'], [1024, '1.0 KiB'], [10 * 1024, '10 KiB'], [1024 ** 2, '1.0 MiB'], [5 * 1024 ** 5, '5,120 TiB']] as const) {
    assert.equal(plain(format.bytes(value)), text)
  }
})

test('an age is its largest unit, and never negative', () => {
  const now = Date.parse('2026-11-22T12:00:00Z')
  const cases = [[-5, 'now'], [0, 'now'], [0.9, 'now'], [1, '1 s'], [59, '59 s'], [60, '1 min'], [3599, '59 min'], [3600, '1 h'], [172_799, '47 h'], [172_800, '2 d']] as const
  for (const [seconds, text] of cases) assert.equal(plain(format.age(now - seconds * 1000, now)), text)
})

test('what was now is not ago', () => {
  assert.deepEqual([format.ago(0, 500), plain(format.ago(0, 60_000)), format.ago(undefined, 0)], ['now', '1 min ago', format.unknown])
})

test('what is not known is a dash, not NaN', () => {
  for (const text of [format.bytes(undefined), format.count('7'), format.age(undefined, 0), format.duration(NaN), format.quantity(null, 'V', 2), format.distance({}), format.frequency(undefined), format.coordinates(1, undefined), format.clockTime(undefined)]) {
    assert.equal(text, format.unknown)
  }
})

test('a place has its hemispheres', () => {
  assert.equal(format.coordinates(38.7, -9.14, 2), '38.70° N 9.14° W')
  assert.equal(format.coordinates(-33.9, 18.4, 1), '33.9° S 18.4° E')
})

test('numbers bear their unit', () => {
  assert.equal(plain(format.quantity(-92.44, 'dBm', 1)), '-92.4 dBm')
  assert.equal(plain(format.distance(999)), '999 m')
  assert.equal(plain(format.distance(1240)), '1.2 km')
  assert.equal(plain(format.frequency(437_525_000)), '437.525 MHz')
})

test('a time that is none is undefined', () => {
  assert.equal(format.timeOf('yesterday'), undefined)
  assert.equal(format.timeOf('1970-01-01T00:00:01Z'), 1000)
})
