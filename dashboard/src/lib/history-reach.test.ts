import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reachOf, scaleOf, spansOf } from './history-reach.js'

const now = Date.parse('2026-11-22T12:00:00Z')
const minute = 60_000

test('a server says from when on it knows, or that it knows nothing', () => {
  assert.deepEqual(reachOf({ kept: true, from: '2026-11-22T11:00:00.000Z', to: '2026-11-22T12:00:00.000Z' }), { state: 'known', fromMs: now - 60 * minute })
  for (const nothing of [{ kept: true, from: null, to: null }, {}, null, [], 'x']) assert.deepEqual(reachOf(nothing), { state: 'none', why: 'nothing has been kept yet.' })
  assert.deepEqual(reachOf({ kept: false, from: null, to: null }), { state: 'none', why: 'this server has no store, and keeps nothing.' })
})

test('a span that shows no less than all is not offered', () => {
  const labels = (ms: number) => spansOf(now - ms, now).map(({ label }) => label)
  assert.deepEqual(labels(5 * minute), ['all'])
  assert.deepEqual(labels(10 * minute), ['all'])
  assert.deepEqual(labels(10 * minute + 1), ['10 min', 'all'])
  assert.deepEqual(labels(30 * 24 * 60 * minute), ['10 min', '1 h', '6 h', '1 d', '7 d', 'all'])
})

test('a slider begins where history does, ends now, and is fine enough', () => {
  assert.deepEqual(scaleOf(now - 5 * minute, Infinity, now), { minMs: now - 5 * minute, maxMs: now, stepMs: 1000 })
  assert.deepEqual(scaleOf(now - 5 * minute, 60 * minute, now), { minMs: now - 5 * minute, maxMs: now, stepMs: 1000 })
  assert.deepEqual(scaleOf(now - 1440 * minute, 60 * minute, now), { minMs: now - 60 * minute, maxMs: now, stepMs: 12_000 })
})

test('the last step is now, whatever the length', () => {
  for (const length of [1, 999, 1500, 12_345, 3_599_999, 86_400_001]) {
    const { minMs, maxMs, stepMs } = scaleOf(now - length, Infinity, now)
    assert.equal((maxMs - minMs) % stepMs, 0)
    assert.ok(minMs <= now - length && minMs > now - length - stepMs - 1000, `${length}`)
  }
})

test('a history that has just begun has a slider all the same', () => {
  for (const from of [now, now + minute]) {
    const { minMs, maxMs } = scaleOf(from, Infinity, now)
    assert.ok(minMs < maxMs)
  }
})
