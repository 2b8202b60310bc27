// Heimdall's doors: /ws/updates (event) and /ws (event-flat), by clients that speak as theirs do.
import assert from 'node:assert/strict'
import test from 'node:test'

import { DoorClient } from './support/door.mjs'
import { publish, publishLines } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { elapse, until } from './support/until.mjs'

const timeout = 60_000
const ticks = (count) => elapse(count * 100)
const time = '"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z"'
const event = { path: '/ws/updates', ping: { event: 'ping', data: {} } }
const flat = { path: '/ws', ping: { event: 'ping' } }

const open = async (t, starling, { path, ping }) => {
  const client = await DoorClient.open(t, starling.url, path)
  /** Everything said before has been taken, and what it led to has come. */
  client.settle = async () => {
    const from = client.frames.length
    client.send(ping)
    await client.frame(({ event: name }) => name === 'pong', { from })
  }
  client.named = (name) => client.frames.filter((frame) => frame.event === name)
  return client
}
const receiver = (starling, key, data) => publish(starling.url, `/api/v1/publish/websdrs:status?key=${key}`, data)
const signal = (n) => ({ frequency_mhz: 145.5 + n, snr_db: 12.5, websdr_id: 'w1', timestamp: '2026-11-21T09:00:00.000Z' })

// ---- event -------------------------------------------------------------------------------------------------------------

test('event: the first frame a client that pings gets is the pong, whatever is known', { timeout }, async (t) => {
  const starling = await startStarling(t)
  await receiver(starling, 'w1', { status: 'online', response_time_ms: 12 })
  const client = await open(t, starling, event)
  await ticks(3)
  assert.deepEqual(client.texts, [])
  client.send({ ...event.ping, timestamp: new Date().toISOString() })
  await until(() => client.texts.length > 0, { what: 'an answer' })
  assert.match(client.texts[0], new RegExp(`^{"event":"pong","data":{},"timestamp":${time}}$`))
})

test('event: a state channel is told whole when something in it changed, also when the last of it went', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const client = await open(t, starling, event)
  const reported = '2026-01-02T03:04:05.678Z'
  await publishLines(starling.url, [{ channel: 'websdrs:status', key: 'w2', data: { status: 'offline', response_time_ms: null }, time: reported }])
  await until(() => client.texts.length === 1, { what: 'the first' })
  assert.equal(client.texts[0], `{"event":"websdrs:status","data":{"w2":{"status":"offline","response_time_ms":null}},"timestamp":"${reported}"}`)
  await receiver(starling, 'w1', { status: 'online', response_time_ms: 12 })
  await until(() => client.texts.length === 2, { what: 'the second' })
  assert.match(client.texts[1], new RegExp('^{"event":"websdrs:status","data":{"w1":{"status":"online","response_time_ms":12},' +
    `"w2":{"status":"offline","response_time_ms":null}},"timestamp":${time}}$`))
  await publishLines(starling.url, ['w1', 'w2'].map((key) => ({ channel: 'websdrs:status', key, op: 'remove' })))
  await client.frame(({ data }) => Object.keys(data).length === 0)
  assert.match(client.texts.at(-1), new RegExp(`^{"event":"websdrs:status","data":{},"timestamp":${time}}$`))
})

test('event: a channel is told at most once a tick, events one by one', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const client = await open(t, starling, event)
  const from = performance.now()
  for (let n = 0; n < 40; n++) {
    await publishLines(starling.url, [
      { channel: 'websdrs:status', key: 'w1', data: { status: 'online', response_time_ms: n } }, { channel: 'signals:detected', data: signal(n) },
    ])
  }
  await until(() => client.named('websdrs:status').at(-1)?.data.w1.response_time_ms === 39, { what: 'the last state' })
  await until(() => client.named('signals:detected').length === 40, { what: 'every event' })
  const beats = (performance.now() - from) / 100
  const told = client.named('websdrs:status').length
  assert.ok(told <= beats + 2, `${told} in ${beats.toFixed(1)} ticks`)
  assert.deepEqual(client.named('signals:detected').map(({ data }) => data), Array.from({ length: 40 }, (_, n) => signal(n)))
  assert.deepEqual(Object.keys(client.named('signals:detected')[0]), ['event', 'data', 'timestamp'])
})

test('event: who subscribes is told that alone, until the last unsubscribe', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const [everything, some, nothingKnown] = await Promise.all([event, event, event].map((door) => open(t, starling, door)))
  some.send({ event: 'subscribe', data: { event_name: 'signals:detected' } })
  nothingKnown.send({ event: 'subscribe', data: { event_name: 'no:such' } })
  await Promise.all([some.settle(), nothingKnown.settle()])
  /** Until `told` holds as well, and some time longer: for what is not to come. */
  const say = async (n, told) => {
    await receiver(starling, 'w1', { status: 'online', response_time_ms: n })
    await publishLines(starling.url, [{ channel: 'signals:detected', data: signal(n) }])
    await until(() => everything.named('signals:detected').length === n && everything.named('websdrs:status').at(-1)?.data.w1.response_time_ms === n && told(),
      { what: `round ${n}` })
    await ticks(2)
  }
  await say(1, () => nothingKnown.named('websdrs:status').length > 0 && some.named('signals:detected').length > 0)
  assert.deepEqual(nothingKnown.named('websdrs:status').length, 1)
  assert.deepEqual(some.named('signals:detected').length, 1)
  assert.deepEqual(some.named('websdrs:status').length, 0)

  some.send({ event: 'unsubscribe', data: { event_name: 'signals:detected' } })
  const { data } = await some.frame(({ event: name }) => name === 'websdrs:status') // told at once, though nothing changed
  assert.deepEqual(data, { w1: { status: 'online', response_time_ms: 1 } })
  const isSomeTold = (n) => some.named('websdrs:status').at(-1).data.w1.response_time_ms === n
  await say(2, () => isSomeTold(2) && some.named('signals:detected').length > 1)
  assert.equal(some.named('signals:detected').length, 2)

  some.send({ event: 'subscribe', data: { event_name: 'websdrs:status' } })
  await some.settle()
  await say(3, () => isSomeTold(3))
  assert.equal(some.named('signals:detected').length, 2)
})

test('event: what cannot be read does nothing', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const client = await open(t, starling, event)
  for (const junk of ['not JSON', '', '[]', '42', 'null', '{}', '{"event":7}', '{"event":"subscribe"}', '{"event":"subscribe","data":{"event_name":7}}',
    '{"event":"subscribe","data":[]}', '{"event":"restart","data":{}}']) client.send(junk)
  await client.settle()
  assert.deepEqual(client.frames.map(({ event: name }) => name), ['pong'])
})

// ---- event-flat --------------------------------------------------------------------------------------------------------

test('event-flat: welcome, pong, acknowledgement, error, in its own envelope', { timeout }, async (t) => {
  const starling = await startStarling(t)
  await receiver(starling, 'w1', { status: 'online', response_time_ms: 12 })
  const client = await open(t, starling, flat)
  await until(() => client.texts.length > 0, { what: 'the welcome' })
  client.send({ event: 'ping' })
  client.send({ event: 'subscribe', channels: ['signals:detected', 'x'] })
  for (const junk of ['not JSON', '[]', '42']) client.send(junk)
  client.send({ event: 'restart' })
  client.send({ event: 'ping' })
  await until(() => client.named('pong').length === 2, { what: 'the second pong' })
  const error = `{"event":"error","message":"Invalid JSON format","timestamp":${time}}`
  const pong = `{"event":"pong","timestamp":${time}}`
  const expected = [`{"event":"connected","timestamp":${time},"message":"Connected to Starling","version":"1\\.0"}`, pong,
    `{"event":"subscribed","channels":\\["signals:detected","x"\\],"timestamp":${time}}`, error, error, error, pong]
  assert.equal(client.texts.length, expected.length, client.texts.join('\n'))
  for (const [index, pattern] of expected.entries()) assert.match(client.texts[index], new RegExp(`^${pattern}$`))

  // An acknowledgement and no more: it is told everything all the same.
  await receiver(starling, 'w1', { status: 'offline', response_time_ms: null })
  await client.frame(({ event: name }) => name === 'websdrs_update')
  assert.match(client.texts.at(-1), new RegExp(`^{"event":"websdrs_update","timestamp":${time},"data":{"w1":{"status":"offline","response_time_ms":null}}}$`))
})

// ---- Both ----------------------------------------------------------------------------------------------------------------

for (const door of [event, flat]) {
  test(`${door.path}: a message over the limit closes with 1009, a binary one with 1003`, { timeout }, async (t) => {
    const starling = await startStarling(t)
    const [large, larger, binary] = await Promise.all([door, door, door].map((one) => open(t, starling, one)))
    const ping = JSON.stringify(door.ping)
    large.send(ping + ' '.repeat((256 << 10) - ping.length))
    await large.frame(({ event: name }) => name === 'pong')
    larger.send(ping + ' '.repeat((256 << 10) - ping.length + 1))
    await until(() => larger.closed, { what: 'the close' })
    assert.equal(larger.closed.code, 1009)
    binary.send(Buffer.from(ping))
    await until(() => binary.closed, { what: 'the close' })
    assert.equal(binary.closed.code, 1003)
    assert.equal(large.closed, null)
  })
}
