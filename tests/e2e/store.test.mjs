// What was said outlives the server: after a clean stop viewers resume as if nothing had happened, after any other end the state is there in a new epoch.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'

import { temporaryFolder } from './support/cleanup.mjs'
import { ask, metric, post, postLines, publish, publishLines, stateOf } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'
import { Viewer } from './support/viewer.mjs'

const timeout = 60_000
const channel = 'fleet:position'
const place = (n, latitude) => ({ channel, key: `n${n}`, data: { latitude, longitude: n / 10, name: `node ${n} "é"` } })
const fleet = Array.from({ length: 100 }, (_, n) => place(n, 1))
const config = ({ shards = 1, more = '' } = {}) => `
[server]
shards = ${shards}
[store]
url = "sqlite:fleet.db"
${more}
[[channel]]
name = "fleet:message"
kind = "event"
`

/** A server over the store in `folder`, and how to start the next one at the same address. */
const start = (t, folder, options = {}) => startStarling(t, { config: config(options), folder, port: options.port ?? 0 })

async function stop(starling) {
  assert.deepEqual(await starling.end(), { code: 0, signal: null }, starling.stderr)
}

const health = async (starling) => (await ask(starling.url, '/healthz')).json()

for (const shards of [1, 3]) {
  test(`a viewer resumes over a stop and a start, and is told what it missed before it (${shards} shards)`, { timeout }, async (t) => {
    const folder = temporaryFolder(t)
    const starling = await start(t, folder, { shards })
    await publishLines(starling.url, fleet)
    await publishLines(starling.url, [{ channel: 'fleet:telemetry', key: 'n1', data: { battery: 80 } }])
    const viewer = await Viewer.open(t, starling.url)
    await viewer.subscribe(['fleet:*'])
    await viewer.cut()
    await publishLines(starling.url, [
      place(3, 2), place(4, 2), { channel, key: 'n5', op: 'remove' }, { channel: 'fleet:message', key: 'n3', data: { text: 'hi' } },
      { channel: 'fleet:telemetry', key: 'n7', data: { battery: 5 } },
    ])
    const before = await stateOf(starling.url, channel)
    await stop(starling)

    const again = await start(t, folder, { shards, port: starling.port })
    assert.deepEqual(await stateOf(again.url, channel), before)
    const back = await Viewer.open(t, again.url, viewer.replicas)
    assert.equal(back.welcome.epoch, viewer.welcome.epoch)
    await back.subscribe(['fleet:*'], { since: back.replica().since })
    const [{ resumed, reason }] = back.of('subscribed')
    assert.deepEqual({ resumed, reason }, { resumed: true, reason: 'resumed' })
    assert.deepEqual(back.of('snapshot'), [])
    assert.deepEqual(back.changes(channel), [{ remove: { n5: 'deleted' }, patch: { n3: { latitude: 2 }, n4: { latitude: 2 } } }])
    assert.deepEqual(back.changes('fleet:telemetry'), [{ set: { n7: { battery: 5 } } }])
    const [{ events: [event] }] = back.changes('fleet:message')
    assert.deepEqual({ key: event.key, data: event.data }, { key: 'n3', data: { text: 'hi' } })

    // And it goes on: what comes now is told, under the next number.
    await publishLines(again.url, [place(3, 3)])
    await back.frame((frame) => frame.type === 'update' && frame.channels[channel]?.patch?.n3?.latitude === 3)
    assert.deepEqual(back.records(channel), await stateOf(again.url, channel))
  })
}

test('who is connected all the time, with his own waits, gets no snapshot over three restarts', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  let starling = await start(t, folder)
  await publishLines(starling.url, fleet)
  const { port } = starling
  let viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe([channel])
  for (let round = 1; round <= 3; round += 1) {
    await publishLines(starling.url, [place(round, 10 + round)])
    await stop(starling)
    await until(() => viewer.closed, { what: 'the viewer to be told' })
    assert.equal(viewer.closed.code, 1012)
    starling = await start(t, folder, { port })
    viewer = await Viewer.open(t, starling.url, viewer.replicas)
    await viewer.subscribe([channel], { since: viewer.replica().since })
    assert.equal(viewer.of('subscribed')[0].resumed, true)
    assert.deepEqual(viewer.of('snapshot'), [])
    assert.deepEqual(viewer.records(channel), await stateOf(starling.url, channel))
  }
})

test('recent events, the places they were said at, and presence are there after a restart', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  const more = '[[space]]\nname = "fleet"\noffline_after = "1h"'
  const starling = await start(t, folder, { more })
  await publishLines(starling.url, [place(1, 1), { channel: 'fleet:message', key: 'n1', data: { text: 'here' } }])
  await publishLines(starling.url, [place(1, 50), { channel: 'fleet:message', data: { text: 'nobody' } }])
  await stop(starling)
  const again = await start(t, folder, { more })
  const viewer = await Viewer.open(t, again.url)
  await viewer.subscribe(['fleet:message'], { recent: 10, filter: { bounds: { north: 2, south: 0, east: 1, west: 0 } } })
  const { channels } = await viewer.frame((frame) => frame.type === 'update')
  const { events } = channels['fleet:message']
  assert.deepEqual(events.map(({ data }) => data.text), ['here'])
  await viewer.subscribe(['fleet:presence'], { id: 2 })
  assert.equal(viewer.records('fleet:presence', 2).n1.online, true)
})

test('a server that was killed begins a new epoch with what was stored; a durable answer is never lost', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  const starling = await start(t, folder)
  const answer = await postLines(starling.url, fleet, {})
  assert.equal(answer.status, 200)
  const durable = await post(starling.url, `/api/v1/publish/${channel}?key=safe&durable=true`, { latitude: 5, longitude: 6 })
  assert.equal(durable.status, 200, durable.text)
  await starling.end('SIGKILL')
  const again = await start(t, folder)
  const records = await stateOf(again.url, channel)
  assert.deepEqual(records.safe, { latitude: 5, longitude: 6 })
  assert.equal(Object.keys(records).length, 101)
  const viewer = await Viewer.open(t, again.url)
  await viewer.subscribe([channel], { since: { epoch: 'another', seq: 1, view: 'x' } })
  assert.equal(viewer.of('subscribed')[0].reason, 'epoch')
})

test('lines are durable together; what is neither true nor false is refused, and so is durable without a store', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  const starling = await start(t, folder)
  const lines = fleet.map((record) => JSON.stringify(record)).join('\n')
  const headers = { 'Content-Type': 'application/x-ndjson' }
  const answer = await post(starling.url, '/api/v1/publish?durable=true', lines, { headers })
  assert.equal(answer.status, 200, answer.text)
  assert.equal(answer.json().accepted, 100)
  assert.ok((await health(starling)).store.written >= answer.json().seq)
  const refused = await post(starling.url, `/api/v1/publish/${channel}?key=a&durable=perhaps`, {})
  assert.equal(refused.status, 400)
  assert.equal(refused.json().field, 'durable')
  const bad = await post(starling.url, `/api/v1/publish/${channel}?durable=true`, {})
  assert.equal(bad.status, 400)  // no key: refused at once, there is nothing to store
  assert.equal(bad.json().code, 'bad_key')
  const without = await startStarling(t)
  const nowhere = await post(without.url, `/api/v1/publish/${channel}?key=a&durable=true`, {})
  assert.equal(nowhere.status, 503)
  assert.equal(nowhere.json().code, 'unavailable')
  assert.deepEqual(await health(without), { status: 'ok' })
})

test('a channel that is declared otherwise, or no longer allowed, is left out by name, and a new epoch begins', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  const starling = await start(t, folder)
  await publishLines(starling.url, [...fleet, { channel: 'fleet:status', key: 'n1', data: { ok: true } }])
  const viewer = await Viewer.open(t, starling.url)
  await stop(starling)
  const again = await start(t, folder, { more: '[[channel]]\nname = "fleet:status"\nkind = "event"' })
  assert.match(again.stderr, /1 rows of fleet:status in the store are left out/)
  const back = await Viewer.open(t, again.url)
  assert.notEqual(back.welcome.epoch, viewer.welcome.epoch)
  assert.equal(Object.keys(await stateOf(again.url, channel)).length, 100)
})

test('a ttl goes on over a stop: what was over meanwhile expires at the start', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  const more = '[[channel]]\nname = "fleet:short"\nttl = "2s"\n[[channel]]\nname = "fleet:long"\nttl = "1h"'
  const starling = await start(t, folder, { more })
  await publishLines(starling.url, ['fleet:short', 'fleet:long'].map((name) => ({ channel: name, key: 'a', data: { x: 1 } })))
  await stop(starling)
  await new Promise((resolve) => { setTimeout(resolve, 2_100) })
  const again = await start(t, folder, { more })
  await until(async () => Object.keys(await stateOf(again.url, 'fleet:short')).length === 0, { what: 'the short one to expire' })
  assert.deepEqual(await stateOf(again.url, 'fleet:long'), { a: { x: 1 } })
})

test('a file that is no database is refused at the start, in one line, and is left as it is', { timeout }, (t) => {
  const folder = temporaryFolder(t)
  const bytes = randomBytes(8192)
  writeFileSync(join(folder, 'fleet.db'), bytes)
  writeFileSync(join(folder, 'starling.toml'), config())
  const { status, stderr } = spawnSync(process.env.STARLING_BIN, ['serve', '--listen', '127.0.0.1:0', '--config', join(folder, 'starling.toml')], { encoding: 'utf8', timeout: 20_000 })
  assert.equal(status, 1, stderr)
  assert.match(stderr, /^starling: store\.url: [^\n]+\n$/)
  assert.deepEqual(readFileSync(join(folder, 'fleet.db')), bytes)
})

test('a start that fails leaves what is kept as it is: the next one resumes', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  const starling = await start(t, folder)
  await publishLines(starling.url, fleet)
  const viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe([channel])
  await viewer.cut()
  await stop(starling)
  const other = await startStarling(t)
  const { status, stderr } = spawnSync(process.env.STARLING_BIN, ['serve', '--listen', `127.0.0.1:${other.port}`, '--config', join(folder, 'starling.toml')],
    { encoding: 'utf8', timeout: 20_000 })
  assert.equal(status, 1, stderr)
  assert.match(stderr, /cannot listen/)
  const again = await start(t, folder, { port: starling.port })
  const back = await Viewer.open(t, again.url, viewer.replicas)
  await back.subscribe([channel], { since: back.replica().since })
  assert.equal(back.of('subscribed')[0].resumed, true)
})

test('a full disk degrades the server and no more: it serves, says why, and has stored everything once there is room', { timeout }, async (t) => {
  let folder
  t.after(() => execFileSync('umount', ['--lazy', folder]))  // before the folder is removed
  folder = temporaryFolder(t)
  const mount = (...parameters) => execFileSync('mount', parameters, { stdio: 'pipe' })
  mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder)
  const starling = await start(t, folder)
  const viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe([channel])
  for (let round = 0; round < 40; round += 1) {
    await publishLines(starling.url, fleet.map((record, n) => ({ ...record, data: { ...record.data, latitude: round, text: `${n}`.repeat(100) } })))
  }
  const degraded = await until(async () => {
    const now = await health(starling)
    return now.status === 'degraded' && now
  }, { what: 'the disk to be full' })
  assert.match(degraded.store.cause, /full|space/)
  assert.equal(await metric(starling.url, 'starling_store_degraded'), 1)
  const refused = await post(starling.url, `/api/v1/publish/${channel}?key=n1&durable=true`, { latitude: 77 })
  assert.equal(refused.status, 503)
  assert.deepEqual((await stateOf(starling.url, channel)).n1.latitude, 77)  // accepted all the same
  mount('-o', 'remount,size=64m', folder)
  const seq = await metric(starling.url, 'starling_log_seq')
  await until(async () => {
    const now = await health(starling)
    return now.status === 'ok' && now.store.written >= seq
  }, { what: 'everything to be stored' })
  const before = await stateOf(starling.url, channel)
  await until(() => { try { assert.deepEqual(viewer.records(channel), before); return true } catch { return false } }, { what: 'the viewer to have it all' })
  await stop(starling)
  const again = await start(t, folder)
  assert.deepEqual(await stateOf(again.url, channel), before)
})
