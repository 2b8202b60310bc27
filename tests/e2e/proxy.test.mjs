// nginx in front of a Unix socket: it says who its clients are, and they are told apart by that.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { join } from 'node:path'
import test from 'node:test'

import { temporaryFolder } from './support/cleanup.mjs'
import { startNginx } from './support/nginx.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'
import { Viewer } from './support/viewer.mjs'

const timeout = 60_000

/** A server on a Unix socket with nginx before it. `limits` and `trusted` are TOML. */
async function start(t, { limits = '', trusted = '["unix"]', shards = 1 } = {}) {
  const path = join(temporaryFolder(t), 'starling.socket')
  const starling = await startStarling(t, {
    config: `[server]\nshards = ${shards}\ntrusted_proxies = ${trusted}\n[limits]\n${limits}\n`, parameters: ['--listen', `unix:${path}`],
  })
  await until(() => starling.stderr.includes(`serving on unix:${path}`), { what: 'the Unix socket to be said' })
  return { starling, path, nginx: await startNginx(t, path) }
}

/** {status, headers, body} of one request; `from` is the client's own address, which nginx hears. */
function ask(nginx, { path = '/readyz', from = '127.0.0.1', headers = {}, method = 'GET', body, socketPath } = {}) {
  return new Promise((resolve, reject) => {
    const where = socketPath ? { socketPath } : { host: '127.0.0.1', port: nginx.port, localAddress: from }
    const outgoing = request({ ...where, path, method, headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part) => { text += part })
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: JSON.parse(text) }))
      response.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** A viewer whose address is `from`, open or refused: `refusal` is then {status, retryAfter, detail}. */
async function view(t, nginx, from) {
  const viewer = new Viewer(nginx.url, new Map(), { localAddress: from })
  t.after(() => viewer.socket.terminate())
  viewer.socket.on('unexpected-response', (outgoing, response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (part) => { text += part })
    response.on('end', () => {
      viewer.refusal = { status: response.statusCode, retryAfter: response.headers['retry-after'], detail: JSON.parse(text).detail }
    })
  })
  await until(() => viewer.welcome ?? viewer.refusal, { what: () => `a welcome or a refusal to ${from}; came ${viewer.error ?? 'nothing'}` })
  return viewer
}

for (const shards of [1, 2]) {
  test(`a WebSocket through nginx gets its snapshot and updates (${shards} shards)`, { timeout }, async (t) => {
    const { nginx } = await start(t, { shards })
    const publish = (value) => ask(nginx, {
      path: '/api/v1/publish/site:state?key=a', method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ v: value }),
    })
    assert.equal((await publish(1)).status, 200)
    const viewers = [await view(t, nginx, '127.0.0.2'), await view(t, nginx, '127.0.0.3')]
    for (const viewer of viewers) {
      await viewer.subscribe(['site:*'])
      await until(() => viewer.records('site:state').a?.v === 1, { what: 'the snapshot' })
      assert.equal(viewer.of('snapshot').length, 1)
    }
    assert.equal((await publish(2)).status, 200)
    for (const viewer of viewers) {
      await until(() => viewer.records('site:state').a?.v === 2, { what: 'the update' })
      assert.ok(viewer.of('update').length > 0)
    }
  })
}

test('connections_per_ip counts the clients that nginx names, not nginx', { timeout }, async (t) => {
  const { starling, nginx } = await start(t, { limits: 'exempt = ["127.0.0.4"]\nconnections_per_ip = 3\nconnects_per_ip_per_second = 1000' })
  const crowd = await Promise.all(Array.from({ length: 3 }, () => view(t, nginx, '127.0.0.2')))
  assert.deepEqual(crowd.map(({ refusal }) => refusal), [undefined, undefined, undefined])

  const { refusal } = await view(t, nginx, '127.0.0.2')
  assert.equal(refusal?.status, 429)
  assert.equal(refusal.retryAfter, '10')
  assert.match(refusal.detail, /limits\.connections_per_ip/)
  // Requests of it are refused too, and those of others on the same kept connections are not.
  for (let i = 0; i < 5; ++i) {
    assert.equal((await ask(nginx, { from: '127.0.0.2' })).status, 429)
    assert.equal((await ask(nginx, { from: '127.0.0.3' })).status, 200)
  }
  assert.ok((await view(t, nginx, '127.0.0.3')).welcome)
  // Who is exempt is so behind a proxy.
  const exempt = await Promise.all(Array.from({ length: 5 }, () => view(t, nginx, '127.0.0.4')))
  assert.ok(exempt.every(({ welcome }) => welcome))

  crowd[0].socket.close()
  await until(async () => (await ask(nginx, { from: '127.0.0.2' })).status === 200, { what: 'room after one has gone' })
  assert.ok((await view(t, nginx, '127.0.0.2')).welcome)
  const metrics = await (await fetch(`${starling.url}/metrics`)).text()
  assert.match(metrics, /starling_refused_connections_total\{reason="connections_per_ip"\} [1-9]/)
})

test('what a client says of itself in front of nginx changes nothing', { timeout }, async (t) => {
  const { nginx } = await start(t, { limits: 'exempt = []\nconnections_per_ip = 1\nconnects_per_ip_per_second = 1000' })
  assert.ok((await view(t, nginx, '127.0.0.2')).welcome)
  for (const claimed of ['192.0.2.1', '127.0.0.3', 'nonsense', '127.0.0.9, 192.0.2.1']) {
    assert.equal((await ask(nginx, { from: '127.0.0.2', headers: { 'X-Forwarded-For': claimed } })).status, 429, claimed)
    assert.equal((await ask(nginx, { from: '127.0.0.3', headers: { 'X-Forwarded-For': claimed } })).status, 200, claimed)
  }
})

test('who connects too often through nginx gets 429, and nobody else does', { timeout }, async (t) => {
  const { nginx } = await start(t, { limits: 'exempt = []\nconnects_per_ip_per_second = 1' })
  const crowd = await Promise.all(Array.from({ length: 12 }, () => view(t, nginx, '127.0.0.2')))
  const refused = crowd.filter(({ refusal }) => refusal)
  assert.ok(refused.length > 0 && refused.length < crowd.length, `${refused.length}`)
  for (const { refusal } of refused) assert.deepEqual([refusal.status, refusal.retryAfter], [429, '1'])
  assert.ok((await view(t, nginx, '127.0.0.3')).welcome)
})

test('Forwarded that contradicts X-Forwarded-For, or cannot be read, is 400', { timeout }, async (t) => {
  const { nginx } = await start(t)
  // nginx passes on what it does not know: Forwarded stays the client's own word.
  assert.equal((await ask(nginx, { from: '127.0.0.2', headers: { Forwarded: 'for=127.0.0.2' } })).status, 200)
  for (const Forwarded of ['for=127.0.0.3', 'for="[2001:db8::1]"', 'for=_hidden', 'for=127.0.0.2, for=127.0.0.3']) {
    const refused = await ask(nginx, { from: '127.0.0.2', headers: { Forwarded } })
    assert.equal(refused.status, 400, Forwarded)
    assert.equal(refused.headers['content-type'], 'application/problem+json')
    assert.match(refused.body.detail, /Forwarded/)
  }
})

test('a page that nginx serves is of our origin, another is not', { timeout }, async (t) => {
  const { nginx } = await start(t)
  const status = async (Origin, Host) => (await ask(nginx, { headers: { Origin, Host } })).status
  assert.equal(await status('http://fleet.example', 'fleet.example'), 200)
  assert.equal(await status('http://elsewhere.example', 'fleet.example'), 403)
  assert.equal(await status('https://fleet.example', 'fleet.example'), 403) // it came in the clear: nginx says so
})

test('an nginx that nobody trusts is refused by name of the cure', { timeout }, async (t) => {
  const { nginx, path } = await start(t, { trusted: '["127.0.0.1"]' })
  const refused = await ask(nginx)
  assert.equal(refused.status, 403)
  assert.match(refused.body.detail, /add "unix" to server\.trusted_proxies/)
  assert.equal((await ask(nginx, { socketPath: path, headers: { Host: 'localhost' } })).status, 200)
})
