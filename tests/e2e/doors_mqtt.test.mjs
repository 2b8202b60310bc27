// From a real broker to the map's door: what gateways say, as the map is told it.
import assert from 'node:assert/strict'
import test from 'node:test'

import { publishBytes, startBroker, untilSubscribed } from './support/broker.mjs'
import { DoorClient } from './support/door.mjs'
import { objectsOf } from './support/mesh.mjs'
import { sourceConfig } from './support/packets.mjs'
import { recorded } from './support/recorded_packets.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'

test('what gateways say is at the map: of whom it is from, once, with its own ids and both shapes of a message', { timeout: 60_000 }, async (t) => {
  const broker = await startBroker(t)
  const filter = 'msh/EU_868/2/#'
  const starling = await startStarling(t, { config: sourceConfig(broker, filter) })
  await untilSubscribed(broker, filter)
  const client = await DoorClient.open(t, starling.url, '/api/ws')
  await client.frame(({ type }) => type === 'snapshot')
  assert.deepEqual({ ...client.frames[0].data, timestamp: 0 }, { nodes: [], positions: [], recentMessages: [], timestamp: 0 })

  const seconds = Math.floor(Date.now() / 1000) - 30
  const at = (after) => (seconds + after) * 1000
  const messages = recorded(seconds)
  for (const [topic, payload] of messages) await publishBytes(t, broker, topic, payload)
  await until(() => objectsOf(client.frames, 'mqtt_raw').length === messages.length, { what: 'every packet' })
  await until(() => objectsOf(client.frames, 'message').length === 2, { what: 'both messages' })

  const last = (type, id) => {
    const object = objectsOf(client.frames, type).findLast((one) => (one.nodeId ?? one.id) === id)
    if (!object?.lastHeard) return JSON.stringify(object)
    assert.ok(Math.abs(object.lastHeard - Date.now()) < 60_000) // by the server's own clock, and not by the packet's
    return JSON.stringify({ ...object, lastHeard: 'now' })
  }
  assert.equal(last('node_update', '!7efeee00'), JSON.stringify({
    id: '!7efeee00', nodeNum: 2130636288, shortName: 'BA0', longName: 'base0 Süd', hwModel: 'HELTEC_V3', role: 'ROUTER', lastHeard: 'now', batteryLevel: 101, voltage: 4.17500019 }))
  assert.equal(last('node_update', '!8a000000'), JSON.stringify({
    id: '!8a000000', nodeNum: 2315255808, shortName: 'OLD', longName: 'Old one', hwModel: 'RAK4631', lastHeard: 'now' }))
  assert.equal(last('position_update', '!7efeee00'), JSON.stringify({
    id: 452664779, nodeId: '!7efeee00', latitude: 38.7000001, longitude: -9.15, altitude: 113, timestamp: at(-10) }))
  assert.equal(last('telemetry_update', '!7efeee00'), JSON.stringify({
    id: 452664781, nodeId: '!7efeee00', timestamp: at(1), batteryLevel: 101, voltage: 4.17500019, channelUtilization: 5.35666656, airUtilTx: 0.0386111103,
    uptime: 86400, temperature: 21.25 }))
  const said = 'dünne Luft "hier"'
  assert.deepEqual(objectsOf(client.frames, 'message').map((message) => JSON.stringify(message)), [
    { id: 452664782, fromId: '!7efeee00', toId: '!ffffffff', channel: 2, text: said, timestamp: at(2), snr: 6.25, rssi: -61, hopsAway: 1,
      from: 2130636288, to: 4294967295, rxTime: seconds + 2, payload: { text: said } },
    { id: 4294967293, fromId: '!8a000000', toId: '!7efeee00', channel: 0, text: '42', timestamp: at(4),
      from: 2315255808, to: 2130636288, rxTime: seconds + 4, payload: { text: '42' } },
  ].map((message) => JSON.stringify(message)))

  const types = ['nodeinfo', 'position', 'telemetry', 'telemetry', 'text', 'text', 'nodeinfo', 'text', 'traceroute', 'encrypted', 'unknown', 'unknown']
  const expected = messages.map(([topic, payload], index) => {
    const packet = topic.includes('/json/') ? JSON.parse(payload) : {}
    const nodeId = packet.from === undefined ? undefined : packet.from < 0 ? '!8a000000' : '!7efeee00'
    return { id: index + 1, topic, payload: Buffer.from(payload).toString('base64'), parsedType: types[index], ...(nodeId && { nodeId }), ...(packet.payload && { data: packet.payload }) }
  })
  const packets = objectsOf(client.frames, 'mqtt_raw')
  for (const { timestamp } of packets) assert.ok(Math.abs(timestamp - Date.now()) < 60_000)
  assert.deepEqual(packets.map(({ timestamp, ...packet }) => packet), expected)

  const late = await DoorClient.open(t, starling.url, '/api/ws')
  const { data } = await late.frame(({ type }) => type === 'snapshot')
  assert.deepEqual(data.nodes.map(({ id }) => id), ['!8a000000', '!7efeee00'])
  assert.deepEqual(data.positions.map(({ id }) => id), [452664779])
  assert.deepEqual(data.recentMessages.map(({ text }) => text), ['42', said])
})
