// What the replaced systems ask over HTTP beside their WebSockets: the status that is announced, broadcasts, and how many are connected.
import assert from 'node:assert/strict'
import test from 'node:test'
import { isDeepStrictEqual } from 'node:util'

import { ask, metric, post, stateOf } from './support/http.mjs'
import { closedUrl, startService } from './support/services.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'
import { Viewer, WebSocket } from './support/viewer.mjs'

const timeout = 60_000

/** A client of a door: every message that came, with `cameAt`. */
async function connect(t, starling, path) {
  const socket = new WebSocket(`${starling.url.replace('http', 'ws')}${path}`, { perMessageDeflate: false })
  t.after(() => socket.terminate())
  const client = { socket, messages: [], bytes: 0, of: (name) => client.messages.filter(({ event, type }) => (event ?? type) === name) }
  socket.on('message', (data) => {
    client.bytes += data.length
    client.messages.push({ ...JSON.parse(data), cameAt: performance.now() })
  })
  await new Promise((resolve, reject) => { socket.on('open', resolve).on('error', reject) })
  return client
}

for (const shards of [1, 2]) {
  test(`after the status everybody has services:health, though nothing changed, with ${shards} shards`, { timeout }, async (t) => {
    // Nothing else than who asks has them checked again.
    const probe = (name, url) => `[[probe]]\nname = "${name}"\nurl = "${url}"\nevery = "1h"\n`
    const starling = await startStarling(t, {
      config: `[server]\nshards = ${shards}\n${probe('api', await closedUrl(t))}${probe('db', (await startService(t, { status: 500 })).url)}`,
    })
    const clients = await Promise.all(Array.from({ length: 20 }, (_, n) => connect(t, starling, n % 2 ? '/ws' : '/ws/updates')))
    const native = await Viewer.open(t, starling.url)
    await native.subscribe(['services:health'])
    await until(() => Object.keys(native.records('services:health')).length === 2, { what: 'the first checks' })
    for (let round = 0; round < 3; round++) {
      for (const client of clients) client.messages = []
      const answer = await ask(starling.url, '/api/v1/system/status')
      const at = performance.now()
      await until(() => clients.every((client) => client.of('services:health').length > 0), { what: 'all to be told' })
      const last = Math.max(...clients.map((client) => client.of('services:health')[0].cameAt)) - at
      // That it is 100 ms is the release program's, on a quiet machine.
      t.diagnostic(`told ${last.toFixed(1)} ms after the answer`)
      const found = Object.fromEntries(answer.json().services.map(({ name, status, response_time_ms }) => [name, { status, response_time_ms }]))
      // What is said of the first checks may come first.
      await until(() => clients.every((client) => isDeepStrictEqual(client.of('services:health').at(-1).data, found)), { what: 'all to be told what was found' })
      assert.deepEqual([found.api.status, found.db.status], ['unreachable', 'unhealthy'])
    }
    assert.deepEqual(Object.keys(native.records('services:health')).sort(), ['api', 'db'])
  })

  test(`a broadcast is said at every door and counted at its own, with ${shards} shards`, { timeout }, async (t) => {
    const starling = await startStarling(t, { config: `[server]\nshards = ${shards}\n` })
    const flat = await Promise.all([connect(t, starling, '/ws'), connect(t, starling, '/ws'), connect(t, starling, '/ws')])
    const older = await connect(t, starling, '/ws/updates')
    const broadcast = (name, body) => post(starling.url, `/ws/broadcast?event_type=${encodeURIComponent(name)}`, body)
    await until(async () => (await metric(starling.url, 'starling_door_connections{dialect="event-flat"}')) === 3, { what: 'the clients to be counted' })

    const signal = { frequency_mhz: 145.5, snr_db: 12.3, websdr_id: 1 }
    assert.deepEqual((await broadcast('signal_detection', signal)).json(), { status: 'broadcasted', event: 'signal_detection', clients_connected: 3 })
    await until(() => [...flat, older].every((client) => client.of('signals:detected').length === 1), { what: 'the event' })
    assert.deepEqual(older.of('signals:detected')[0].data, signal)

    const receiver = (status) => ({ websdr_id: 'a', name: 'A', status })
    assert.equal((await broadcast('websdrs_update', { a: receiver('online'), b: receiver('online') })).json().event, 'websdrs_update')
    assert.deepEqual(Object.keys(await stateOf(starling.url, 'websdrs:status')).sort(), ['a', 'b'])
    await broadcast('websdrs:status', { a: receiver('offline') })
    assert.deepEqual(await stateOf(starling.url, 'websdrs:status'), { a: receiver('offline') })
    for (const client of flat) await until(() => client.of('websdrs_update').at(-1)?.data.a?.status === 'offline' && !client.of('websdrs_update').at(-1).data.b, { what: 'the map' })
    await until(() => older.of('websdrs:status').at(-1)?.data.a?.status === 'offline', { what: 'the map, by its other name' })
    await broadcast('websdrs_update', {})
    await until(() => flat.every((client) => JSON.stringify(client.of('websdrs_update').at(-1).data) === '{}'), { what: 'the empty map' })

    const unknown = await broadcast('nonsense', {})
    assert.equal(unknown.status, 404)
    assert.equal(unknown.json().code, 'unknown_channel')
    for (const name of ['websdrs_update', 'signals:detected', 'health_status']) assert.ok(unknown.json().detail.includes(name), unknown.text)
    assert.equal((await broadcast('health_status', '[1]')).status, 400)
    assert.equal((await post(starling.url, '/ws/broadcast', {})).status, 400)
    assert.equal((await ask(starling.url, '/ws/broadcast?event_type=health_status')).status, 405)

    flat[0].socket.close()
    await until(async () => (await broadcast('signals:detected', {})).json().clients_connected === 2, { what: 'the one who left to be counted no more' })
  })

  test(`GET /api/ws says who is at the mesh doors, and what they were sent, with ${shards} shards`, { timeout }, async (t) => {
    const starling = await startStarling(t, { config: `[server]\nshards = ${shards}\n` })
    const statistics = async () => {
      const answer = await ask(starling.url, '/api/ws')
      assert.equal(answer.status, 200)
      return answer.json()
    }
    const nobody = { connections: 0, totalMessagesSent: 0, totalBytesTransmitted: 0, avgMessagesPerConnection: 0, avgBytesPerConnection: 0 }
    const { success, data } = await statistics()
    assert.deepEqual([success, data.initialized, data.connections, data.connectionStats], [true, true, 0, nobody])
    assert.deepEqual(data.broadcasterStats, { pendingNodes: 0, pendingPositions: 0, pendingTelemetry: 0, pendingMessages: 0, broadcastIntervalMs: 100 })

    const clients = await Promise.all(Array.from({ length: 5 }, () => connect(t, starling, '/api/ws')))
    await connect(t, starling, '/ws')
    await until(() => clients.every(({ messages }) => messages.length === 1), { what: 'the snapshots' })
    for (const client of clients) client.socket.send('{"type":"ping"}')
    await until(() => clients.every((client) => client.of('pong').length === 1), { what: 'the pongs' })
    const sent = clients.reduce((sum, { messages }) => sum + messages.length, 0)
    const { connectionStats: stats, connections } = (await statistics()).data
    assert.deepEqual([connections, stats.connections, stats.totalMessagesSent, stats.avgMessagesPerConnection], [5, 5, sent, 2])
    // Payloads, and a few bytes of framing each.
    const payload = clients.reduce((sum, { bytes }) => sum + bytes, 0)
    assert.ok(stats.totalBytesTransmitted >= payload && stats.totalBytesTransmitted < payload + 10 * sent + 5 * 512, `${stats.totalBytesTransmitted} of ${payload}`)
    assert.equal(stats.avgBytesPerConnection, stats.totalBytesTransmitted / 5)
    assert.equal(await metric(starling.url, 'starling_door_messages_sent{dialect="mesh"}'), sent)
    assert.equal(await metric(starling.url, 'starling_door_sent_bytes{dialect="mesh"}'), stats.totalBytesTransmitted)

    for (const client of clients.slice(1)) client.socket.close()
    await until(async () => (await statistics()).data.connections === 1, { what: 'the others to have left' })
    assert.equal((await ask(starling.url, '/api/ws', { method: 'HEAD' })).text, '')
  })
}

test('a door that is off has no statistics, and one of another dialect none either', { timeout }, async (t) => {
  const off = await startStarling(t, { config: '[[door]]\npath = "/api/ws"\ndialect = "off"\n[[door]]\npath = "/ws"\ndialect = "off"\n' })
  assert.equal((await ask(off.url, '/api/ws')).status, 404)
  const broadcast = await post(off.url, '/ws/broadcast?event_type=signals:detected', {})
  assert.equal(broadcast.status, 404)
  assert.match(broadcast.json().detail, /none/)
  const other = await startStarling(t, { config: '[[door]]\npath = "/api/ws"\ndialect = "event"\n' })
  assert.equal((await ask(other.url, '/api/ws')).status, 426)
})
