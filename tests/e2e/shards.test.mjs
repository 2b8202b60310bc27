// Several threads serve the viewers, and nobody can tell: one state, one numbering, answers in order.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { join } from 'node:path'
import test from 'node:test'

import { temporaryFolder } from './support/cleanup.mjs'
import { ask, json, keepAlive, metric, post, postLines, stateOf } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'
import { Viewer } from './support/viewer.mjs'

const timeout = 120_000
const channel = 'fleet:position'
const config = '[server]\nshards = 3\ntick = "20ms"\n'
const place = (key, n) => ({ channel, key, data: { latitude: n % 90, longitude: n % 180, n } })

test('publishes from everywhere at once: every viewer holds the same in the end, by seqs that grow', { timeout }, async (t) => {
  const starling = await startStarling(t, { config })
  await until(() => /3 threads serve viewers/.test(starling.stderr), { what: 'the number of threads to be said' })
  assert.equal(await metric(starling.url, 'starling_shards'), 3)
  const viewers = await Promise.all(Array.from({ length: 12 }, () => Viewer.open(t, starling.url)))
  assert.equal(new Set(viewers.map(({ welcome }) => welcome.epoch)).size, 1)
  for (const viewer of viewers) await viewer.subscribe([channel])

  const updates = 200
  const overSockets = async (name) => {
    const publisher = await Viewer.open(t, starling.url)
    for (let n = 1; n <= updates; n += 1) {
      publisher.send({ type: 'publish', ...place(`${name}-${n % 10}`, n), ref: n })
      if (n % 20 === 0) publisher.send({ type: 'publish', channel: 'nonsense', key: 'k', data: {}, ref: `bad ${n}` })
      if (n % 50 === 0) publisher.send({ type: 'ping', ref: `after ${n}` })
    }
    const answers = () => publisher.frames.filter(({ ref }) => ref !== undefined)
    await until(() => answers().length === updates + updates / 20 + updates / 50, { what: () => `every answer to ${name}; ${answers().length} came` })
    const wanted = Array.from({ length: updates }, (_, i) => i + 1).flatMap((n) =>
      [n, ...(n % 20 === 0 ? [`bad ${n}`] : []), ...(n % 50 === 0 ? [`after ${n}`] : [])])
    assert.deepEqual(answers().map(({ ref }) => ref), wanted)
    const seqs = publisher.of('ok').map(({ seq }) => seq)
    assert.deepEqual(seqs, [...seqs].sort((a, b) => a - b))
  }
  const overHttp = async (name) => {
    const agent = keepAlive(t)
    for (let n = 1; n <= updates; n += 10) {
      const records = Array.from({ length: 10 }, (_, i) => place(`${name}-${(n + i) % 10}`, n + i))
      const answer = await postLines(starling.url, records, { agent })
      assert.equal(answer.json().accepted, 10, answer.text)
    }
  }
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  await Promise.all(names.map((name, i) => (i % 2 ? overHttp(name) : overSockets(name))))

  const wanted = Object.fromEntries(names.flatMap((name) => Array.from({ length: 10 }, (_, i) => {
    const { key, data } = place(`${name}-${i}`, updates - ((updates - i) % 10))
    return [key, data]
  })))
  assert.deepEqual(await stateOf(starling.url, channel, 7), wanted)
  const holdsAll = (viewer) => Object.keys(wanted).every((key) => viewer.records(channel)[key]?.n === wanted[key].n)
  for (const viewer of viewers) {
    await until(() => holdsAll(viewer), { what: 'a viewer to hold all' })
    assert.deepEqual(viewer.records(channel), wanted)
    const seqs = viewer.of('update').filter(({ more }) => !more).map(({ seq }) => seq)
    assert.ok(seqs.every((seq, i) => i === 0 || seq > seqs[i - 1]), `seqs that do not grow: ${seqs}`)
  }
  assert.equal(await metric(starling.url, 'starling_sessions'), 15) // of every thread
})

test('a viewer that was cut off resumes wherever it comes in again', { timeout }, async (t) => {
  const starling = await startStarling(t, { config })
  await post(starling.url, `/api/v1/publish/${channel}?key=k`, { n: 0 })
  let viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe([channel])
  for (let n = 1; n <= 30; n += 1) {
    await viewer.cut()
    await post(starling.url, `/api/v1/publish/${channel}?key=k`, { n })
    const back = await Viewer.open(t, starling.url, viewer.replicas)
    await back.subscribe([channel], { since: back.replica().since })
    assert.equal(back.of('subscribed')[0].reason, 'resumed')
    // Published before it came: the answer over HTTP says that whoever reads sees it.
    assert.deepEqual(back.records(channel), { k: { n } })
    viewer = back
  }
})

test('who publishes over HTTP reads it back, on any connection', { timeout }, async (t) => {
  const starling = await startStarling(t, { config })
  for (let n = 1; n <= 50; n += 1) {
    const { seq } = (await post(starling.url, `/api/v1/publish/${channel}?key=k`, { n })).json()
    const read = (await ask(starling.url, `/api/v1/state/${channel}`)).json()
    assert.equal(read.records.k.n, n)
    assert.ok(read.seq >= seq)
  }
})

test('a Unix socket is served by all of them', { timeout }, async (t) => {
  const path = join(temporaryFolder(t), 'starling.sock')
  const starling = await startStarling(t, { config, parameters: ['--listen', `unix:${path}`] })
  const send = (method, target, body) => new Promise((resolve, reject) => {
    const outgoing = request({ socketPath: path, method, path: target, headers: { 'Content-Type': json }, agent: false }, (answer) => {
      let text = ''
      answer.on('data', (data) => { text += data })
      answer.on('end', () => resolve({ status: answer.statusCode, text }))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
  for (let n = 1; n <= 9; n += 1) {
    assert.equal((await send('POST', `/api/v1/publish/${channel}?key=k`, JSON.stringify({ n }))).status, 200)
    assert.deepEqual(JSON.parse((await send('GET', `/api/v1/state/${channel}`)).text).records, { k: { n } })
  }
  assert.deepEqual(await stateOf(starling.url, channel), { k: { n: 9 } })
})

test('a program that publishes without reading is not read from without end, and nobody else waits for it', { timeout }, async (t) => {
  const starling = await startStarling(t, { config })
  const flood = await Viewer.open(t, starling.url)
  const other = await Viewer.open(t, starling.url)
  const publishes = 20_000
  for (let n = 1; n <= publishes; n += 1) flood.send({ type: 'publish', ...place('flood', n), ref: n })
  other.send({ type: 'publish', ...place('other', 1), ref: 'mine' })
  await other.frame(({ type, ref }) => type === 'ok' && ref === 'mine', { what: 'the answer to another' })
  await until(() => flood.of('ok').length === publishes, { what: () => `every answer; ${flood.of('ok').length} came`, withinMs: 60_000 })
  assert.deepEqual(flood.of('ok').map(({ ref }) => ref), Array.from({ length: publishes }, (_, i) => i + 1))
  assert.equal((await stateOf(starling.url, channel)).flood.n, publishes)
})

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} reaches the viewers of every thread`, { timeout }, async (t) => {
    const starling = await startStarling(t, { config, parameters: ['--demo'] })
    const viewers = await Promise.all(Array.from({ length: 9 }, () => Viewer.open(t, starling.url)))
    for (const viewer of viewers) await viewer.subscribe(['*'])
    const stuck = await Viewer.open(t, starling.url)
    await stuck.subscribe(['*'])
    stuck.socket.pause()
    assert.deepEqual(await starling.end(signal), { code: 0, signal: null }, starling.stderr)
    await until(() => viewers.every(({ closed }) => closed), { what: 'every viewer to be closed' })
    assert.deepEqual(viewers.map(({ closed }) => closed.code), viewers.map(() => 1012))
  })
}
