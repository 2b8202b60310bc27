// A native viewer, Heimdall's client and one of the map's door look at the same data; in the end they hold the same, byte for byte.
import assert from 'node:assert/strict'
import test from 'node:test'

import { loadClient } from './support/clients.mjs'
import { DoorClient } from './support/door.mjs'
import { meshConfig, messageLine, nodeLine, objectsOf, positionLine, say, telemetryLine } from './support/mesh.mjs'
import { startStarling } from './support/starling.mjs'
import { elapse, until } from './support/until.mjs'
import { Viewer, WebSocket } from './support/viewer.mjs'

const states = ['mesh:node', 'mesh:position', 'mesh:telemetry']
const events = 'mesh:message'

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function chance(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296
  }
}

const keyOf = (n) => `!${(0xa0000000 + n).toString(16)}`

/** One thing that somebody says, of the fields that the map's door has words for. */
function sayable(random, n) {
  const key = keyOf(Math.floor(random() * 60))
  const some = (fields) => Object.fromEntries(Object.entries(fields).filter(() => random() < 0.6))
  const number = (most, digits = 0) => Number((random() * most).toFixed(digits))
  const kind = random()
  if (kind < 0.2) return nodeLine(key, { ...some({ short_name: `s${n % 7}`, long_name: `näme "${n}"`, hardware: 'TBEAM', role: ['CLIENT', 'ROUTER'][n % 2] }), num: Number.parseInt(key.slice(1), 16) })
  if (kind < 0.5) return positionLine(key, [number(180, 7) - 90, number(360, 7) - 180], { ...some({ altitude_m: number(4000) }), packet_id: n })
  if (kind < 0.8) {
    return telemetryLine(key, { ...some({ battery_percent: number(101), voltage_v: number(5, 3), channel_utilization_percent: number(100, 2), air_utilization_percent: number(10, 4),
      uptime_s: number(1e6), temperature_c: number(60, 2) }), packet_id: n })
  }
  if (kind < 0.95) return messageLine(key, `line ${n} "é"`, { id: n, ...some({ snr_db: number(12, 2), rssi_dbm: -number(120), hops_away: number(7) }) })
  return { channel: states[1 + n % 2], key, op: 'remove' }
}

// ---- What each holds, in one form: {channel: {key: record}}, and the messages in order ----------------------------------------

const sorted = (value) => (typeof value !== 'object' || value === null ? value
  : Array.isArray(value) ? value.map(sorted) : Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])])))
const textOf = (held) => JSON.stringify(sorted(held))
const renamed = (object, names) => Object.fromEntries(Object.entries(names).filter(([theirs]) => object[theirs] !== undefined).map(([theirs, ours]) => [ours, object[theirs]]))

const mapNames = {
  'mesh:node': { nodeNum: 'num', shortName: 'short_name', longName: 'long_name', hwModel: 'hardware', role: 'role' },
  'mesh:position': { id: 'packet_id', latitude: 'latitude', longitude: 'longitude', altitude: 'altitude_m' },
  'mesh:telemetry': { id: 'packet_id', batteryLevel: 'battery_percent', voltage: 'voltage_v', channelUtilization: 'channel_utilization_percent', airUtilTx: 'air_utilization_percent',
    uptime: 'uptime_s', temperature: 'temperature_c' },
  'mesh:message': { id: 'id', fromId: 'from', toId: 'to', channel: 'channel', text: 'text', snr: 'snr_db', rssi: 'rssi_dbm', hopsAway: 'hops_away' },
}

/** Of the map's frames: the last object of each node. It is not told that something went; `isGone` says of which records. */
function mapHolds(frames, isGone) {
  const channels = {}
  for (const [channel, type, id] of [['mesh:node', 'node_update', 'id'], ['mesh:position', 'position_update', 'nodeId'], ['mesh:telemetry', 'telemetry_update', 'nodeId']]) {
    channels[channel] = {}
    for (const object of objectsOf(frames, type)) {
      if (!isGone(channel, object[id])) channels[channel][object[id]] = renamed(object, mapNames[channel])
    }
  }
  const messages = objectsOf(frames, 'message')
  for (const message of messages) {
    assert.deepEqual([message.from, message.to, message.payload.text, message.rxTime],
      [Number.parseInt(message.fromId.slice(1), 16), Number.parseInt(message.toId.slice(1), 16), message.text, Math.floor(message.timestamp / 1000)])
  }
  return { channels, messages: messages.map((message) => ({ time: message.timestamp, data: renamed(message, mapNames[events]) })) }
}

test('native, event and mesh clients of one run hold the same in the end', { timeout: 120_000 }, async (t) => {
  const seed = Number(process.env.STARLING_SEED ?? Date.now() % 1_000_000)
  t.diagnostic(`STARLING_SEED=${seed}`)
  const random = chance(seed)
  const starling = await startStarling(t, { config: `${meshConfig()}
[[door]]
path = "/ws/updates"
dialect = "event"
channels = [${[...states, events].map((name) => `"${name}"`)}]
` })
  const first = Array.from({ length: 300 }, (_, n) => sayable(random, n))
  await say(starling, first.filter(({ channel }) => channel !== events)) // some of it is there before anybody looks

  const native = await Viewer.open(t, starling.url)
  await native.subscribe([...states, events])
  const { createWebSocketManager } = loadClient('heimdall', { WebSocket })
  const manager = createWebSocketManager(`${starling.url.replace('http', 'ws')}/ws/updates`)
  t.after(() => manager.disconnect())
  const heimdall = { channels: {}, messages: [] }
  for (const name of states) manager.subscribe(name, (records) => { heimdall.channels[name] = records })
  manager.subscribe(events, (data) => heimdall.messages.push({ data }))
  await manager.connect()
  const map = await DoorClient.open(t, starling.url, '/api/ws')
  const { data: snapshot } = await map.frame(({ type }) => type === 'snapshot')
  const told = [{ type: 'node_update', nodes: snapshot.nodes }, { type: 'position_update', positions: snapshot.positions }]

  let n = first.length
  // A snapshot has no telemetry: of each node it is told once more.
  const last = () => [...Array.from({ length: 60 }, (_, i) => telemetryLine(keyOf(i), { uptime_s: n, packet_id: ++n })),
    nodeLine(keyOf(0), { num: 0xa0000000 }), positionLine(keyOf(0), [1, 2], { packet_id: ++n })]
  for (let batch = 0; batch < 60; batch++) {
    await say(starling, Array.from({ length: 1 + Math.floor(random() * 60) }, () => sayable(random, ++n)))
    if (random() < 0.3) await elapse(random() * 250) // beats without news, and with
  }
  await say(starling, last())
  await say(starling, [messageLine(keyOf(1), 'over', { id: ++n })])

  const isOver = ({ text }) => text === 'over'
  await until(() => native.replica().events.some(({ data }) => isOver(data)) && heimdall.messages.some(({ data }) => isOver(data)) && objectsOf(map.frames, 'message').some(isOver),
    { what: 'the last message at all three' })
  // What one beat tells goes out as several frames.
  for (const [channel, type, key] of [['mesh:position', 'position_update', keyOf(0)], ['mesh:telemetry', 'telemetry_update', keyOf(59)]]) {
    const newest = native.records(channel)[key].packet_id
    await until(() => heimdall.channels[channel]?.[key]?.packet_id === newest && objectsOf(map.frames, type).findLast(({ nodeId }) => nodeId === key)?.id === newest,
      { what: `the last of ${channel} at all three` })
  }

  const nativeHolds = {
    channels: Object.fromEntries(states.map((name) => [name, native.records(name)])),
    messages: native.replica().events.map(({ time, data }) => ({ time: Date.parse(time), data })),
  }
  assert.ok(nativeHolds.messages.length > 50 && Object.keys(nativeHolds.channels['mesh:position']).length > 30)
  const isGone = (channel, key) => nativeHolds.channels[channel][key] === undefined
  assert.equal(textOf(mapHolds([...told, ...map.frames], isGone)), textOf(nativeHolds))
  const timeless = ({ channels, messages }) => ({ channels, messages: messages.map(({ data }) => ({ data })) })
  assert.equal(textOf(timeless(heimdall)), textOf(timeless(nativeHolds)))
})
