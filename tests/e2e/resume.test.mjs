// After an interruption a viewer is told exactly what it missed, or that it has to start again.
import assert from 'node:assert/strict'
import test from 'node:test'

import { publish, publishLines, stateOf } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'
import { Viewer } from './support/viewer.mjs'

const timeout = 60_000
const channel = 'fleet:position'
const place = (n, latitude) => ({ channel, key: `n${n}`, data: { latitude, longitude: n / 10, name: `node ${n}` } })
const fleet = Array.from({ length: 100 }, (_, n) => place(n, 1))

/** A viewer of the fleet whose line is then cut. */
async function cutViewer(t, starling, options = {}) {
  const viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe([channel], options)
  await viewer.cut()
  return viewer
}

test('ten nodes change while the line is down: ten patches in one update', { timeout }, async (t) => {
  const starling = await startStarling(t)
  assert.equal((await publishLines(starling.url, fleet)).json().accepted, 100)
  const viewer = await cutViewer(t, starling)
  const changed = Array.from({ length: 10 }, (_, i) => place(i * 7, 2))
  await publishLines(starling.url, changed)
  await publishLines(starling.url, changed.map((record) => ({ ...record, data: { ...record.data, latitude: 3 } })))

  const back = await Viewer.open(t, starling.url, viewer.replicas)
  const { since } = back.replica()
  await back.subscribe([channel], { since })
  const [subscribed] = back.of('subscribed')
  assert.equal(subscribed.resumed, true)
  assert.equal(subscribed.reason, 'resumed')
  assert.deepEqual(back.of('snapshot'), [])
  assert.deepEqual(back.changes(channel), [{ patch: Object.fromEntries(changed.map(({ key }) => [key, { latitude: 3 }])) }])
  assert.equal(back.of('update').length, 1)
  assert.deepEqual(back.records(channel), await stateOf(starling.url, channel))
})

test('nothing changed while the line was down: one empty update', { timeout }, async (t) => {
  const starling = await startStarling(t)
  await publishLines(starling.url, fleet)
  const viewer = await cutViewer(t, starling)
  const back = await Viewer.open(t, starling.url, viewer.replicas)
  await back.subscribe([channel], { since: back.replica().since })
  assert.equal(back.of('subscribed')[0].resumed, true)
  assert.deepEqual(back.of('update').map(({ channels }) => channels), [{}])
})

test('another filter than before does not resume: the reason is "query", and a snapshot follows', { timeout }, async (t) => {
  const starling = await startStarling(t)
  await publishLines(starling.url, fleet)
  const viewer = await cutViewer(t, starling)
  const back = await Viewer.open(t, starling.url, viewer.replicas)
  const keys = ['n1', 'n2', 'n3', 'nowhere']
  await back.subscribe([channel], { since: back.replica().since, filter: { keys } })
  const [{ resumed, reason }] = back.of('subscribed')
  assert.deepEqual({ resumed, reason }, { resumed: false, reason: 'query' })
  assert.deepEqual(Object.keys(back.records(channel)).sort(), ['n1', 'n2', 'n3'])
  assert.deepEqual(back.of('update'), [])
})

test('the server is killed and started again: the reason is "epoch", and what it holds now follows', { timeout }, async (t) => {
  const starling = await startStarling(t)
  await publishLines(starling.url, fleet)
  const viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe([channel])
  assert.equal(Object.keys(viewer.records(channel)).length, 100)
  assert.deepEqual(await starling.end('SIGKILL'), { code: null, signal: 'SIGKILL' })
  await until(() => viewer.closed, { what: 'the viewer to notice' })

  const again = await startStarling(t, { port: starling.port })
  assert.equal(again.port, starling.port)
  await publish(again.url, `/api/v1/publish/${channel}?key=only`, { latitude: 5, longitude: 6 })
  const back = await Viewer.open(t, again.url, viewer.replicas)
  assert.notEqual(back.welcome.epoch, viewer.welcome.epoch)
  await back.subscribe([channel], { since: back.replica().since })
  const [{ resumed, reason }] = back.of('subscribed')
  assert.deepEqual({ resumed, reason }, { resumed: false, reason: 'epoch' })
  assert.deepEqual(back.records(channel), { only: { latitude: 5, longitude: 6 } })
})
