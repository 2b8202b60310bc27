// What was, over WebSocket: the state of a moment, and its course told again, from a real store and over a restart.
import assert from 'node:assert/strict'
import test from 'node:test'

import { temporaryFolder } from './support/cleanup.mjs'
import { ask, publishLines } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { elapse, until } from './support/until.mjs'
import { Viewer } from './support/viewer.mjs'

const timeout = 60_000
const config = '[server]\nshards = 2\n[store]\nurl = "sqlite:fleet.db"\n[[channel]]\nname = "fleet:message"\nkind = "event"\n'
const position = 'fleet:position'
const name = 'fleet:name'
const iso = (ms) => new Date(ms).toISOString()
const copy = (value) => structuredClone(value)

/** Publishes for some seconds. What there was after each publish, with a time in the quiet behind it. */
async function live(starling, steps) {
  const truth = { [position]: {}, [name]: {} }
  const moments = []
  for (let n = 0; n < steps; ++n) {
    const key = `car-${n % 5}`
    const lines = [{ channel: position, key, data: { latitude: n % 80, longitude: n % 170 } }]
    truth[position][key] = { latitude: n % 80, longitude: n % 170 }
    if (n % 3 === 0) {
      lines.push({ channel: name, key, data: { name: `n${n}` } })
      truth[name][key] = { name: `n${n}` }
    }
    if (n % 7 === 6) {
      lines.push({ channel: position, key, op: 'remove' })
      delete truth[position][key]
    }
    if (n % 4 === 0) lines.push({ channel: 'fleet:message', key, data: { n } })
    await publishLines(starling.url, lines)
    await elapse(20)
    moments.push({ time: Date.now(), truth: copy(truth) })
    await elapse(20)
  }
  return moments
}

const held = (viewer, id) => ({ [position]: viewer.records(position, id), [name]: viewer.records(name, id) })

test('the state of any moment, its places too, also after a restart', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  let starling = await startStarling(t, { config, folder })
  const moments = await live(starling, 40)
  const look = async () => {
    const viewer = await Viewer.open(t, starling.url)
    let id = 0
    for (const { time, truth } of moments.filter((_, n) => n % 5 === 0)) {
      await viewer.subscribe([position, name], { id: ++id, at: iso(time) })
      const [subscribed] = viewer.of('subscribed').filter((frame) => frame.id === id)
      assert.deepEqual({ ...subscribed, cameAt: 0 }, { type: 'subscribed', id, seq: 1, resumed: false, reason: 'new', replay: true, time: iso(time), cameAt: 0 })
      assert.deepEqual(held(viewer, id), truth)

      const bounds = { north: 20, south: 0, east: 20, west: 0 }
      await viewer.subscribe([name], { id: ++id, at: iso(time), filter: { bounds } })
      const inside = Object.keys(truth[name]).filter((key) => truth[position][key]?.latitude <= 20 && truth[position][key].longitude <= 20)
      assert.deepEqual(Object.keys(viewer.records(name, id)).sort(), inside.sort())
    }
    // Back to now, under an id that was of then.
    await viewer.subscribe([position, name], { id: 1 })
    assert.deepEqual(held(viewer, 1), moments.at(-1).truth)
  }
  await look()
  assert.deepEqual(await starling.end(), { code: 0, signal: null })
  starling = await startStarling(t, { config, folder })
  await look()
})

test('a replay shows each moment in its order and in its time, and says when it has ended', { timeout }, async (t) => {
  const starling = await startStarling(t, { config, folder: temporaryFolder(t) })
  await publishLines(starling.url, [{ channel: position, key: 'first', data: { latitude: 1, longitude: 1 } }])
  await elapse(50)
  const begin = Date.now()
  const moments = await live(starling, 40)
  const viewer = await Viewer.open(t, starling.url)
  const last = moments.at(-1)
  for (const { truth } of moments) truth[position].first = { latitude: 1, longitude: 1 }

  const speeds = [1000, 4, 0.5]
  const sentAt = performance.now()
  for (const [n, speed] of speeds.entries()) viewer.send({ type: 'subscribe', id: n + 1, channels: ['fleet:*'], replay: { from: iso(begin), to: iso(last.time), speed } })
  for (const [n, speed] of speeds.entries()) {
    const id = n + 1
    const own = (frame) => frame.id === id
    let next = 0
    // Each update is of a moment that was: that of its time.
    const isThere = () => viewer.frames.filter(own).find(({ reason }) => reason === 'ended')
    const ended = await until(isThere, { what: 'the end of the replay', withinMs: 30_000 })
    const took = ended.cameAt - sentAt
    const span = last.time - begin
    assert.ok(took >= span / speed - 5, `${span} ms at ${speed} took ${took} ms`)
    assert.deepEqual(held(viewer, id), last.truth)
    assert.deepEqual(viewer.replica(id).events.map(({ data }) => data.n), Array.from({ length: 10 }, (_, n) => n * 4))
    for (const { time } of viewer.of('update').filter(own)) {
      assert.ok(Date.parse(time) >= begin && Date.parse(time) >= next && Date.parse(time) <= last.time, time)
      next = Date.parse(time)
    }
    if (speed === 1000) assert.ok(viewer.of('update').filter(own).length <= 4, 'what was due at once is told at once')
  }
  assert.deepEqual(viewer.frames.filter(({ reason }) => reason === 'ended').map(({ id }) => speeds[id - 1]), speeds, 'the faster, the sooner')
})

test('the same frames in steps: what is held at each time is what was', { timeout }, async (t) => {
  const starling = await startStarling(t, { config, folder: temporaryFolder(t) })
  await publishLines(starling.url, [{ channel: position, key: 'first', data: { latitude: 1, longitude: 1 } }])
  await elapse(20)
  const begin = Date.now()
  const moments = await live(starling, 60)
  const viewer = await Viewer.open(t, starling.url)
  const seen = []
  viewer.socket.on('message', (data) => {
    const frame = JSON.parse(data)
    if (frame.type === 'update' && !frame.more) seen.push({ time: Date.parse(frame.time), held: copy(held(viewer, 1)) })
  })
  viewer.send({ type: 'subscribe', id: 1, channels: ['fleet:*'], replay: { from: iso(begin), to: iso(moments.at(-1).time), speed: 1 } })
  await until(() => viewer.frames.find(({ reason }) => reason === 'ended'), { what: 'the end', withinMs: 20_000 })
  assert.ok(seen.length > 10, `${seen.length} steps`)
  for (const { time, held: now } of seen) {
    // The publish before it, and nothing after: moments lie in the quiet behind a publish.
    const then = moments.find((moment) => moment.time >= time)
    then.truth[position].first = { latitude: 1, longitude: 1 }
    assert.deepEqual(now, then.truth)
  }
})

test('what cannot be looked back at is said, and what there was goes on', { timeout }, async (t) => {
  const without = await startStarling(t, {})
  const viewer = await Viewer.open(t, without.url)
  await viewer.subscribe([position], { at: iso(Date.now() - 1000) })
  assert.match(viewer.of('error')[0].message, /store\.url/)
  assert.equal(viewer.of('error')[0].field, 'at')

  const starling = await startStarling(t, { config, folder: temporaryFolder(t) })
  const other = await Viewer.open(t, starling.url)
  const fails = async (options, code, message) => {
    const from = other.frames.length
    await other.subscribe([position], options)
    const [error] = other.of('error', from)
    assert.equal(error.code, code)
    assert.match(error.message, message)
  }
  await fails({ at: iso(Date.now() - 1000) }, 'unavailable', /nothing has been kept/)
  await publishLines(starling.url, [{ channel: position, key: 'a', data: { latitude: 1, longitude: 1 } }])
  await fails({ at: '2026-01-01T00:00:00Z' }, 'unavailable', /history begins at 20/)
  await fails({ at: iso(Date.now() + 60_000) }, 'unavailable', /still to come/)
  await fails({ at: 'now' }, 'bad_message', /a time like/)
  const http = await ask(starling.url, `/api/v1/state/${position}?at=2026-01-01T00:00:00Z`)
  assert.ok(http.status >= 400)
})
