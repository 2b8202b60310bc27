// From a broker to a viewer: a real mosquitto, Meshtastic's JSON.
import assert from 'node:assert/strict'
import test from 'node:test'

import { publishBytes, startBroker, startPublisher, untilSubscribed } from './support/broker.mjs'
import { metric } from './support/http.mjs'
import { keyOf, position, sourceConfig, telemetry, text, topic, topicFilter } from './support/packets.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'
import { Viewer } from './support/viewer.mjs'

const timeout = 60_000
const [alice, bob, carol] = [0x0a11ce01, 0x0b0b0002, 0x0ca01003]

async function startAll(t) {
  const broker = await startBroker(t)
  const starling = await startStarling(t, { config: sourceConfig(broker) })
  await untilSubscribed(broker, topicFilter)
  const { send } = await startPublisher(t, broker, topic)
  const viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe(['mesh:*'])
  return { broker, starling, send, viewer }
}

/** Everything sent before has arrived: a position of `node` comes last. */
async function barrier(viewer, send, node) {
  const from = viewer.frames.length
  const latitude_i = 100_000_000 + from
  send(position(node, latitude_i, 20_000_000))
  await until(() => viewer.records('mesh:position')[keyOf(node)]?.latitude === latitude_i / 1e7, { what: 'the barrier' })
}

test('a position reaches the viewer', { timeout }, async (t) => {
  const { send, viewer } = await startAll(t)
  const sent = position(alice, 407_128_000, -740_060_000)
  send(sent)
  // How soon is held to by tests/load, with the release program.
  const { channels } = await viewer.frame(({ channels: told }) => told?.['mesh:position']?.set?.[keyOf(alice)])
  const record = { latitude: 40.7128, longitude: -74.006, altitude_m: 12, packet_id: sent.id }
  assert.deepEqual(channels['mesh:position'].set[keyOf(alice)], record)
  assert.deepEqual(viewer.records('mesh:position')[keyOf(alice)], record)
})

test('a repeat says nothing, and a change only itself', { timeout }, async (t) => {
  const { send, viewer } = await startAll(t)
  const first = telemetry(alice, 80)
  send(first)
  await viewer.frame(({ channels }) => channels?.['mesh:telemetry']?.set?.[keyOf(alice)])
  assert.equal(viewer.records('mesh:telemetry')[keyOf(alice)].battery_percent, 80)

  const from = viewer.frames.length
  send(first)
  await barrier(viewer, send, bob)
  assert.deepEqual(viewer.changes('mesh:telemetry', from), [])

  const second = telemetry(alice, 79, first.timestamp + 1)
  send(second)
  await viewer.frame(({ channels }) => channels?.['mesh:telemetry'], { from })
  assert.deepEqual(viewer.changes('mesh:telemetry', from), [{ patch: { [keyOf(alice)]: { battery_percent: 79, packet_id: second.id } } }])
})

test('a text arrives once, as an event', { timeout }, async (t) => {
  const { send, viewer } = await startAll(t)
  const words = text(alice, 'net is open – ünïcode')
  send(words)
  send(words) // another gateway heard it too
  await until(() => viewer.replica().events.length > 0, { what: 'the event' })
  await barrier(viewer, send, bob)
  const events = viewer.replica().events
  assert.equal(events.length, 1)
  const [{ channel, key, data }] = events
  assert.equal(channel, 'mesh:message')
  assert.equal(key, keyOf(alice))
  assert.equal(data.text, 'net is open – ünïcode')
  assert.equal(data.from, keyOf(alice))
  assert.equal(data.to, '!ffffffff')
})

test('a payload that cannot be read does nothing but count', { timeout }, async (t) => {
  const { broker, starling, send, viewer } = await startAll(t)
  const from = viewer.frames.length
  const bad = [
    'not json at all',
    '{"from":168939009,"type":"position","payload":{"latitude_i":1 2}}',
    JSON.stringify({ ...position(alice, 1, 2), from: 'me' }),
    JSON.stringify(position(alice, 5_000_000_000, 2)),
  ]
  for (const payload of bad) send(payload)
  await barrier(viewer, send, bob)
  assert.deepEqual(Object.keys(viewer.records('mesh:position')), [keyOf(bob)])
  assert.equal(viewer.of('update', from).length, 1)
  assert.equal(await metric(starling.url, `starling_source_bad_payloads_total{source="${broker.url}"}`), bad.length)
})

test('every message comes as it came to who asks for mesh:raw by name, those that nothing else is made of too', { timeout }, async (t) => {
  const broker = await startBroker(t)
  const before = await startPublisher(t, broker, topic, ['--retain'])
  before.send(position(carol, 1, 2))
  await until(() => broker.stderr.includes('Received PUBLISH'), { what: 'the broker to keep it' })
  const filter = 'msh/US/2/#'
  const starling = await startStarling(t, { config: sourceConfig(broker, filter) })
  await untilSubscribed(broker, filter)
  const viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe(['mesh:raw', 'mesh:position'])
  await until(() => viewer.records('mesh:position')[keyOf(carol)], { what: 'what the broker kept' })

  const words = text(alice, 'hi')
  const { send } = await startPublisher(t, broker, topic)
  send(words)
  send(words) // told once, heard twice
  send('no JSON')
  await until(() => viewer.replica().events.length === 3, { what: 'three events' })
  const envelope = Buffer.from('0a1f0dff00', 'hex')
  await publishBytes(t, broker, 'msh/US/2/e/LongFast/!11223344', envelope)
  await until(() => viewer.replica().events.length === 4, { what: 'the fourth' })

  const events = viewer.replica().events
  assert.deepEqual(events.map(({ channel, key }) => [channel, key]),
    [['mesh:raw', keyOf(alice)], ['mesh:raw', keyOf(alice)], ['mesh:raw', undefined], ['mesh:raw', undefined]])
  const came = events.map(({ data: { timestamp, ...rest } }) => ({ ...rest, isNow: Math.abs(Date.now() - timestamp) < 60_000 }))
  const line = (message) => Buffer.from(message).toString('base64')
  const first = { id: 1, topic, payload: line(JSON.stringify(words)), parsedType: 'text', nodeId: keyOf(alice), data: { text: 'hi' }, isNow: true }
  assert.deepEqual(came, [first, { ...first, id: 2 },
    { id: 3, topic, payload: line('no JSON'), parsedType: 'unknown', isNow: true },
    { id: 4, topic: 'msh/US/2/e/LongFast/!11223344', payload: envelope.toString('base64'), parsedType: 'unknown', isNow: true }])
})

test('with raw = false nothing is said on mesh:raw', { timeout }, async (t) => {
  const broker = await startBroker(t)
  const starling = await startStarling(t, { config: sourceConfig(broker, topicFilter, 'raw = false\n') })
  await untilSubscribed(broker, topicFilter)
  const { send } = await startPublisher(t, broker, topic)
  const viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe(['mesh:raw', 'mesh:position'])
  send(text(alice, 'hi'))
  await barrier(viewer, send, bob)
  assert.deepEqual(viewer.replica().events, [])
})

test('the broker restarts and the source comes back by itself', { timeout }, async (t) => {
  const { broker, starling, send, viewer } = await startAll(t)
  send(position(alice, 407_128_000, -740_060_000))
  await until(() => viewer.records('mesh:position')[keyOf(alice)], { what: 'the first position' })

  await broker.end()
  const connected = (value) => async () =>
    (await metric(starling.url, `starling_source_connected{source="${broker.url}"}`)) === value
  await until(connected(0), { what: 'the source to notice', everyMs: 50 })

  const again = await startBroker(t, broker.port)
  await untilSubscribed(again, topicFilter, 30_000)
  const publisher = await startPublisher(t, again, topic)
  publisher.send(position(carol, 407_000_000, -740_000_000))
  await until(() => viewer.records('mesh:position')[keyOf(carol)], { what: 'a position by the new broker' })
  assert.deepEqual(Object.keys(viewer.records('mesh:position')).sort(), [keyOf(alice), keyOf(carol)].sort())
  await until(connected(1), { what: 'the source to count as connected' })
})
