import assert from 'node:assert/strict'
import { test } from 'node:test'
import { extend, forget, trailMs, trailPointsMax, trailsDrawnMax, trailsOf, trailStepMs, type TrailPoint } from './trail.js'

test('at one below, at, and one above the bound the newest points are kept', () => {
  for (const [count, kept] of [[trailPointsMax - 1, trailPointsMax - 1], [trailPointsMax, trailPointsMax], [trailPointsMax + 1, trailPointsMax]] as const) {
    const trail: TrailPoint[] = []
    for (let i = 0; i < count; i++) extend(trail, { x: i, y: 0, atMs: i * trailStepMs })
    assert.deepEqual([trail.length, trail[0]!.x, trail.at(-1)!.x], [kept, count - kept, count - 1])
  }
})

test('at one below, at, and one above a step a point is part of the way', () => {
  for (const [apartMs, points] of [[trailStepMs - 1, 2], [trailStepMs, 3], [trailStepMs + 1, 3]] as const) {
    const trail: TrailPoint[] = []
    for (const [i, atMs] of [0, apartMs, 2 * apartMs].entries()) extend(trail, { x: i, y: 0, atMs })
    assert.equal(trail.length, points, `${apartMs} ms`)
  }
})

test('at one below, at, and one above the bound all trails are drawn, or the selected one', () => {
  for (const [count, drawn] of [[trailsDrawnMax - 1, trailsDrawnMax - 1], [trailsDrawnMax, trailsDrawnMax], [trailsDrawnMax + 1, 0]] as const) {
    const singles = Array.from({ length: count }, (_, index) => index)
    assert.equal(trailsOf(singles, undefined).length, drawn)
    assert.deepEqual(trailsOf(singles, 5), drawn === 0 ? [5] : singles)
    assert.equal(trailsOf(singles, -1).at(-1), -1, 'it may be one of a cluster')
  }
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
  forget(trail, trailMs - 1)
  assert.equal(trail.length, 3)
  forget(trail, trailMs)
  assert.equal(trail.length, 3)
  forget(trail, trailMs + 1)
  assert.equal(trail.length, 2)
  forget(trail, trailMs + 1001)
  assert.deepEqual(trail.map(({ atMs }) => atMs), [2000])
})
