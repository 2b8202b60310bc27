import assert from 'node:assert/strict'
import { test } from 'node:test'
import { extend, forget, trailMs, trailPointsMax, trailStepMs, type TrailPoint } from './trail.js'

test('a trail has a bound, and the newest are kept', () => {
  const trail: TrailPoint[] = []
  for (let i = 0; i < trailPointsMax + 10; i++) extend(trail, { x: i, y: 0, atMs: i * trailStepMs })
  assert.equal(trail.length, trailPointsMax)
  assert.equal(trail[0]!.x, 10)
  assert.equal(trail.at(-1)!.x, trailPointsMax + 9)
})

test('who reports ten times a second is one point a second, and the last place is there', () => {
  const trail: TrailPoint[] = []
  for (let i = 0; i <= 100; i++) extend(trail, { x: i, y: 0, atMs: i * 100 })
  assert.ok(trail.length <= 12, `${trail.length}`)
  assert.equal(trail.at(-1)!.x, 100)
})

test('standing still adds nothing', () => {
  const trail: TrailPoint[] = []
  for (let i = 0; i < 5; i++) extend(trail, { x: 1, y: 1, atMs: i * 10_000 })
  assert.equal(trail.length, 1)
})

test('what is older than the bound is forgotten', () => {
  const trail: TrailPoint[] = []
  for (const atMs of [0, 1000, 2000]) extend(trail, { x: atMs, y: 0, atMs })
  forget(trail, trailMs)
  assert.equal(trail.length, 3)
  forget(trail, trailMs + 1001)
  assert.deepEqual(trail.map(({ atMs }) => atMs), [2000])
})
