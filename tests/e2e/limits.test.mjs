// Who comes too often, with too many, or says too much.
import assert from 'node:assert/strict'
import net from 'node:net'
import test from 'node:test'

import { Program, temporaryFolder } from './support/cleanup.mjs'
import { startStarling } from './support/starling.mjs'
import { quantile, until } from './support/until.mjs'
import { Viewer } from './support/viewer.mjs'

const timeout = 60_000
const ask = (starling, path = '/readyz') => fetch(starling.url + path, { headers: { Connection: 'close' } })

/** Opens a connection and says nothing more than `text`. `ended` is the time until the other end hangs up. */
function connect(t, starling, text = '') {
  const socket = net.connect(starling.port, '127.0.0.1')
  t.after(() => socket.destroy())
  const connection = { socket, heard: '', ended: null }
  const startedAt = performance.now()
  socket.on('connect', () => text && socket.write(text))
  socket.on('data', (bytes) => { connection.heard += bytes })
  socket.on('error', () => {})
  socket.on('end', () => { connection.ended = performance.now() - startedAt })
  return connection
}

test('over connections_per_ip an address gets 429 with Retry-After until one has gone', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: '[limits]\nexempt = []\nconnections_per_ip = 3\nconnects_per_ip_per_second = 1000' })
  const viewers = []
  for (let i = 0; i < 3; ++i) viewers.push(await Viewer.open(t, starling.url))
  assert.equal(viewers[0].welcome.limits.publish_per_second, 50)
  const refused = await ask(starling)
  assert.equal(refused.status, 429)
  assert.equal(refused.headers.get('retry-after'), '10')
  assert.equal(refused.headers.get('content-type'), 'application/problem+json')
  assert.match((await refused.json()).detail, /limits\.connections_per_ip/)
  viewers[0].socket.close()
  await until(async () => (await ask(starling)).status === 200, { what: 'room after one has gone' })
  await until(async () => /starling_refused_connections_total\{reason="connections_per_ip"\} [1-9]/.test(await (await ask(starling, '/metrics')).text()),
    { what: 'the refusal to be counted' })
})

test('over connections everybody gets 503 with Retry-After, the exempt too', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: '[limits]\nconnections = 2' })
  const viewers = [await Viewer.open(t, starling.url), await Viewer.open(t, starling.url)]
  const refused = await ask(starling)
  assert.equal(refused.status, 503)
  assert.equal(refused.headers.get('retry-after'), '10')
  viewers[0].socket.close()
  await until(async () => (await ask(starling)).status === 200, { what: 'room after one has gone' })
})

test('who connects too often gets 429 and may come again a second later', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: '[limits]\nexempt = []\nconnects_per_ip_per_second = 5' })
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask(starling)))
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200, 429]))
  for (const { headers } of answers.filter(({ status }) => status === 429)) assert.equal(headers.get('retry-after'), '1')
  await until(async () => (await ask(starling)).status === 200, { what: 'a token' })
})

test('connections are lowered to what the descriptor limit allows, and that is said', { timeout }, async (t) => {
  const config = temporaryFolder(t)
  const shell = new Program('sh', ['-c', 'ulimit -n 256; exec "$0" "$@"', process.env.STARLING_BIN, 'serve', '--listen', '127.0.0.1:0'], { cwd: config })
  t.after(() => shell.end())
  const url = await until(() => /serving on (http:\/\/\S+)/.exec(shell.stderr)?.[1], { what: () => `it to listen; it said ${shell.stderr}`, withinMs: 20_000 })
  const [, lowered] = /limits\.connections is (\d+), not 100000: the descriptor limit is 256/.exec(shell.stderr) ?? []
  assert.ok(lowered > 50 && lowered < 256, shell.stderr)
  assert.equal(shell.stderr.match(/limits\.connections/g).length, 1)
  // All of them come, and some more: those get an answer.
  const starling = { url, port: new URL(url).port }
  const crowd = Array.from({ length: Number(lowered) + 5 }, () => connect(t, starling, 'GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n'))
  await until(() => crowd.every(({ heard }) => heard.includes('\r\n\r\n')), { what: 'everybody to be answered', withinMs: 20_000 })
  const statusOf = ({ heard }) => heard.slice(9, 12)
  assert.equal(crowd.filter((one) => statusOf(one) === '200').length, Number(lowered))
  assert.equal(crowd.filter((one) => statusOf(one) === '503').length, 5)
})

test('a viewer that floods is read at its rate while an honest one beside it is answered at once', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: '[limits]\nexempt = []\nmessages_per_second = 100' })
  const flood = await Viewer.open(t, starling.url)
  const honest = await Viewer.open(t, starling.url)
  const startedAt = performance.now()
  for (let i = 0; i < 500; ++i) flood.send({ type: 'ping', ref: i })
  const waits = []
  while (flood.of('pong').length < 500) {
    const asked = performance.now(), before = honest.of('pong').length
    honest.send({ type: 'ping' })
    await until(() => honest.of('pong').length > before, { what: 'the honest one to be answered' })
    waits.push(performance.now() - asked)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const tookMs = performance.now() - startedAt
  const typical = quantile(waits, 0.9) // the slowest is the machine's
  t.diagnostic(`500 messages in ${tookMs.toFixed(0)} ms; of ${waits.length} answers beside them nine in ten within ${typical.toFixed(0)} ms`)
  assert.ok(tookMs > 2800, `${tookMs}`) // 200 at once, and then 100 a second
  assert.deepEqual(flood.of('pong').map(({ ref }) => ref), Array.from({ length: 500 }, (_, i) => i))
  assert.ok(typical < 250, `${waits}`)
})

test('who sends no byte is gone after 10 s, who sends them one by one gets 408 then, both counted from when they came', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const silent = connect(t, starling)
  const drip = connect(t, starling, 'G')
  const timer = setInterval(() => drip.socket.write('E'), 1000)
  t.after(() => clearInterval(timer))
  const begun = await new Promise((resolve) => setTimeout(() => resolve(connect(t, starling)), 50))
  setTimeout(() => begun.socket.write('GET '), 6000)
  await until(() => silent.ended && drip.ended && begun.ended, { what: 'all three to be let go', withinMs: 20_000 })
  for (const [name, { ended }] of Object.entries({ silent, drip, begun })) {
    t.diagnostic(`${name} ended after ${ended.toFixed(0)} ms`)
    assert.ok(ended > 9500 && ended < 15_500, `${name}: ${ended}`)
  }
  assert.equal(silent.heard, '')
  assert.match(drip.heard, /^HTTP\/1\.1 408 /)
  assert.match(begun.heard, /^HTTP\/1\.1 408 /)
})
