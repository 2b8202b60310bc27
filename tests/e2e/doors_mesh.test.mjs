// The map's door, /api/ws, by clients that speak as its own does.
import assert from 'node:assert/strict'
import test from 'node:test'

import { DoorClient } from './support/door.mjs'
import { meshConfig, messageLine, nodeLine, objectsOf, positionLine, rawLine, say, telemetryLine, toldOf } from './support/mesh.mjs'
import { startStarling } from './support/starling.mjs'
import { elapse, until, untilIs } from './support/until.mjs'

const timeout = 60_000
const ticks = (count) => elapse(count * 100)

async function open(t, starling, filter) {
  const client = await DoorClient.open(t, starling.url, '/api/ws')
  client.settle = async () => {
    const from = client.frames.length
    client.send({ type: 'ping' })
    await client.frame(({ type }) => type === 'pong', { from })
  }
  client.look = async (wanted) => {
    client.send({ type: 'subscribe', ...(wanted && { filter: wanted }) })
    await client.settle()
  }
  await client.frame(({ type }) => type === 'snapshot')
  if (filter) await client.look(filter)
  return client
}

test('the snapshot comes first, and is what there is: the last hour, every place, fifty messages', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: meshConfig() })
  const now = Math.floor(Date.now() / 1000) * 1000
  const minutesAgo = (minutes) => now - minutes * 60_000
  const full = { num: 161, short_name: 'A', long_name: 'Anna', hardware: 'TBEAM', role: 'ROUTER' }
  await say(starling, [
    nodeLine('!000000a1', full, minutesAgo(30)),
    positionLine('!000000a1', [1.5, 2.5], { altitude_m: 12, packet_id: 7 }, minutesAgo(20)),
    telemetryLine('!000000a1', { battery_percent: 80, voltage_v: 4.01, packet_id: 8, uptime_s: 100 }, minutesAgo(10)),
    nodeLine('!000000b2', { num: 178 }, minutesAgo(5)),
    nodeLine('!000000c3', { num: 195 }, minutesAgo(61)),
    positionLine('!000000c3', [3, 4], {}, minutesAgo(61)),
    positionLine('!0000000d', [5, 6], {}, minutesAgo(1)), // of whom nothing else is known
    ...Array.from({ length: 51 }, (_, n) => messageLine('!000000b2', `line ${n}`, { id: 100 + n }, minutesAgo(51 - n))),
    messageLine('!000000a1', 'to you', { to: '!000000b2', channel: 2, snr_db: 6.25, rssi_dbm: -61, hops_away: 1 }, now),
  ])
  const client = await DoorClient.open(t, starling.url, '/api/ws')
  await until(() => client.texts.length > 0, { what: 'the snapshot' })
  const { type, data } = client.frames[0]
  assert.equal(type, 'snapshot')
  assert.deepEqual(Object.keys(data), ['nodes', 'positions', 'recentMessages', 'timestamp'])
  assert.ok(Math.abs(data.timestamp - Date.now()) < 60_000)
  assert.equal(JSON.stringify(data.nodes), JSON.stringify([
    { id: '!000000b2', nodeNum: 178, lastHeard: minutesAgo(5) },
    { id: '!000000a1', nodeNum: 161, shortName: 'A', longName: 'Anna', hwModel: 'TBEAM', role: 'ROUTER', lastHeard: minutesAgo(10), batteryLevel: 80, voltage: 4.01 },
  ]))
  assert.equal(JSON.stringify(data.positions), JSON.stringify([
    { id: 0, nodeId: '!0000000d', latitude: 5, longitude: 6, timestamp: minutesAgo(1) },
    { id: 7, nodeId: '!000000a1', latitude: 1.5, longitude: 2.5, altitude: 12, timestamp: minutesAgo(20) },
    { id: 0, nodeId: '!000000c3', latitude: 3, longitude: 4, timestamp: minutesAgo(61) },
  ]))
  assert.equal(data.recentMessages.length, 50)
  assert.deepEqual(data.recentMessages.slice(1).map(({ text }) => text), Array.from({ length: 49 }, (_, n) => `line ${50 - n}`))
  assert.equal(JSON.stringify(data.recentMessages[1]), JSON.stringify({
    id: 150, fromId: '!000000b2', toId: '!ffffffff', channel: 0, text: 'line 50', timestamp: minutesAgo(1),
    from: 178, to: 4294967295, rxTime: minutesAgo(1) / 1000, payload: { text: 'line 50' },
  }))
  assert.equal(JSON.stringify(data.recentMessages[0]), JSON.stringify({
    id: 0, fromId: '!000000a1', toId: '!000000b2', channel: 2, text: 'to you', timestamp: now, snr: 6.25, rssi: -61, hopsAway: 1,
    from: 161, to: 178, rxTime: now / 1000, payload: { text: 'to you' },
  }))
})

test('fields are merged, and what is told of a node is complete', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: meshConfig() })
  const client = await open(t, starling)
  await say(starling, [nodeLine('!000000a1', { num: 161, short_name: 'A', role: 'CLIENT' }), nodeLine('!000000a1', { long_name: 'Anna' })])
  await say(starling, [telemetryLine('!000000a1', { battery_percent: 80 })])
  await say(starling, [telemetryLine('!000000a1', { voltage_v: 3.9 })])
  await client.frame(({ type, nodes }) => type === 'node_update' && nodes.some(({ voltage }) => voltage === 3.9))
  const { lastHeard, ...node } = objectsOf(client.frames, 'node_update').at(-1)
  assert.deepEqual(node, { id: '!000000a1', nodeNum: 161, shortName: 'A', longName: 'Anna', role: 'CLIENT', batteryLevel: 80, voltage: 3.9 })
  assert.ok(Math.abs(lastHeard - Date.now()) < 60_000)
  await client.frame(({ type, telemetry }) => type === 'telemetry_update' && telemetry[0].voltage === 3.9)
  const { timestamp, ...telemetry } = objectsOf(client.frames, 'telemetry_update').at(-1)
  assert.deepEqual(telemetry, { id: 0, nodeId: '!000000a1', batteryLevel: 80, voltage: 3.9 })
  assert.equal(timestamp, lastHeard)
})

// ---- Filters -------------------------------------------------------------------------------------------------------------

const [east, west, zero, edge, nowhere] = ['!000000a1', '!000000b2', '!000000c3', '!000000d4', '!000000e5']
const places = { [east]: [10, 179.5], [west]: [15, -179.5], [zero]: [0, 0], [edge]: [20, 170] }
const acrossTheDateLine = { north: 20, south: 10, east: -170, west: 170 } // three lie in it, two of them on its edges
const aroundZero = { north: 5, south: -5, east: 5, west: -5 }

const filters = [
  {},
  { nodeIds: [east, nowhere, '!00000bad'] },
  { bounds: acrossTheDateLine },
  { bounds: aroundZero },
  ...['node', 'position', 'telemetry', 'message'].map((kind) => ({ messageTypes: [kind] })),
  { messageTypes: ['message', 'node'] },
  { nodeIds: [east, zero, nowhere], bounds: acrossTheDateLine },
  { nodeIds: [west, nowhere], messageTypes: ['telemetry', 'position'] },
  { bounds: aroundZero, messageTypes: ['message'] },
  { nodeIds: [east, edge, zero], bounds: acrossTheDateLine, messageTypes: ['node', 'position'] },
]

/** What a filter shows, written from its description alone. */
function shownBy({ nodeIds, bounds, messageTypes }) {
  const isIn = ([latitude, longitude]) => latitude <= bounds.north && latitude >= bounds.south &&
    (bounds.west <= bounds.east ? longitude >= bounds.west && longitude <= bounds.east : longitude >= bounds.west || longitude <= bounds.east)
  const nodes = [east, west, zero, edge, nowhere].filter((node) =>
    (!nodeIds || nodeIds.includes(node)) && (!bounds || (places[node] && isIn(places[node]))))
  const kinds = { node_update: 'node', node_status: 'node', position_update: 'position', telemetry_update: 'telemetry', message: 'message', mqtt_raw: null }
  const shown = {}
  for (const [type, kind] of Object.entries(kinds).sort()) {
    const of = type === 'position_update' ? nodes.filter((node) => places[node]) : nodes
    if (of.length > 0 && (!messageTypes || messageTypes.includes(kind))) shown[type] = of
  }
  return shown
}

test('node ids, bounds and kinds, alone and together, hold for every kind', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: meshConfig('3s') })
  const nodes = [east, west, zero, edge, nowhere]
  const round = (n) => nodes.flatMap((key) => [
    nodeLine(key, { num: Number.parseInt(key.slice(1), 16), long_name: `round ${n}` }),
    ...(places[key] ? [positionLine(key, places[key], { altitude_m: n })] : []),
    telemetryLine(key, { battery_percent: n }), messageLine(key, `round ${n}`, { id: n }), rawLine(key, n),
  ])
  const clients = await Promise.all(filters.map((filter) => open(t, starling, filter)))
  await say(starling, round(1))
  // All fall silent, and come back with the next round: so everybody has a status to tell.
  const offline = (frames) => toldOf(frames.filter(({ online }) => online === false)).node_status
  await untilIs(() => clients.map(({ frames }) => offline(frames)), filters.map((filter) => shownBy(filter).node_status))
  const from = clients.map(({ frames }) => frames.length)
  await say(starling, round(2))
  await untilIs(() => clients.map(({ frames }, index) => toldOf(frames.slice(from[index]))), filters.map(shownBy))
  await ticks(2)
  for (const [index, filter] of filters.entries()) {
    const frames = clients[index].frames.slice(from[index])
    const name = JSON.stringify(filter)
    assert.deepEqual(toldOf(frames), shownBy(filter), name)
    // And may have fallen silent again by now.
    for (const node of nodes) assert.notEqual(frames.find(({ type, nodeId }) => type === 'node_status' && nodeId === node)?.online, false, name)
    clients[index].send({ type: 'request_snapshot' })
    const { data } = await clients[index].frame(({ type }) => type === 'snapshot', { from: from[index] })
    const shown = shownBy(filter)
    const listed = { node_update: data.nodes.map(({ id }) => id), position_update: data.positions.map(({ nodeId }) => nodeId),
      message: data.recentMessages.filter(({ text }) => text === 'round 2').map(({ fromId }) => fromId) }
    for (const [type, ids] of Object.entries(listed)) assert.deepEqual(ids.sort(), shown[type] ?? [], `${type} in the snapshot of ${name}`)
  }
})

test('a filter that shows more tells at once what it shows; one that cannot be read changes nothing', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: meshConfig() })
  const nodes = [east, west, zero]
  await say(starling, nodes.flatMap((key) => [nodeLine(key, { short_name: key.slice(-1) }), positionLine(key, places[key]), telemetryLine(key, { battery_percent: 7 })]))
  const client = await open(t, starling, { nodeIds: [zero] })
  let from = client.frames.length
  await client.look({ bounds: acrossTheDateLine })
  const both = [east, west]
  await untilIs(() => toldOf(client.frames.slice(from)), { node_update: both, position_update: both, telemetry_update: both })

  from = client.frames.length
  const bad = [{ bounds: { north: 1 } }, { bounds: { north: 'x', south: 0, east: 1, west: 0 } }, { nodeIds: 'x' }, { nodeIds: [7] }, { messageTypes: ['nodes'] }, 7]
  for (const filter of bad) client.send({ type: 'subscribe', filter })
  await client.settle()
  const answers = client.frames.slice(from).filter(({ type }) => type !== 'pong')
  assert.deepEqual(answers.map(({ type, code, error }) => [type, code, typeof error]), bad.map(() => ['error', 'BAD_FILTER', 'string']))
  await say(starling, nodes.map((key) => telemetryLine(key, { battery_percent: 8 })))
  await client.frame(({ type }) => type === 'telemetry_update', { from })
  await ticks(1)
  assert.deepEqual(toldOf(client.frames.slice(from)), { node_update: both, telemetry_update: both })

  from = client.frames.length
  client.send({ type: 'unsubscribe' })
  await client.settle()
  await untilIs(() => toldOf(client.frames.slice(from)), { node_update: [zero], position_update: [zero], telemetry_update: [zero] })
})

test('a node that comes into the bounds is told whole, of one that leaves nothing is said', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: meshConfig() })
  await say(starling, [nodeLine(east, { short_name: 'E' }), telemetryLine(east, { battery_percent: 7 }), positionLine(east, [50, 0])])
  const client = await open(t, starling, { bounds: acrossTheDateLine })
  const from = client.frames.length
  await say(starling, [positionLine(east, [15, -175])])
  await client.frame(({ type }) => type === 'telemetry_update', { from })
  await ticks(1)
  const told = client.frames.slice(from)
  assert.deepEqual(toldOf(told), { node_update: [east], position_update: [east], telemetry_update: [east] })
  assert.equal(objectsOf(told, 'node_update')[0].shortName, 'E')
  assert.equal(objectsOf(told, 'telemetry_update')[0].batteryLevel, 7)

  const left = client.frames.length
  await say(starling, [positionLine(east, [50, 0])])
  await say(starling, [telemetryLine(east, { battery_percent: 8 }), nodeLine(east, { short_name: 'F' }), messageLine(east, 'out here'), rawLine(east, 1)])
  await ticks(3)
  assert.deepEqual(client.frames.slice(left), [])
})

// ---- Timing and life -----------------------------------------------------------------------------------------------------

test('at most one frame of a kind in 100 ms, and every message', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: meshConfig() })
  const client = await open(t, starling)
  const from = performance.now()
  const rounds = 60
  for (let n = 0; n < rounds; n++, await elapse(5)) {
    await say(starling, [1, 2, 3].flatMap((i) => {
      const key = `!0000000${i}`
      return [nodeLine(key, { long_name: `${n}` }), positionLine(key, [n, i]), telemetryLine(key, { uptime_s: n }), messageLine(key, `${n}`, { id: n }), rawLine(key, n + 1)]
    }))
  }
  await until(() => objectsOf(client.frames, 'message').length === 3 * rounds && objectsOf(client.frames, 'mqtt_raw').length === 3 * rounds, { what: 'every event' })
  await until(() => [1, 2, 3].every((i) => objectsOf(client.frames, 'position_update').findLast(({ nodeId }) => nodeId === `!0000000${i}`)?.latitude === rounds - 1),
    { what: 'the last places' })
  const beats = (performance.now() - from) / 100
  for (const kind of ['node_update', 'position_update', 'telemetry_update', 'message', 'mqtt_raw']) {
    const told = client.frames.filter(({ type }) => type === kind).length
    assert.ok(told <= beats + 2, `${told} ${kind} in ${beats.toFixed(1)} ticks`)
    assert.ok(told > 1, kind)
  }
  assert.deepEqual(objectsOf(client.frames, 'message').map(({ text }) => text), Array.from({ length: 3 * rounds }, (_, n) => `${Math.floor(n / 3)}`))
})

test('what cannot be read does nothing', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: meshConfig() })
  const client = await open(t, starling)
  for (const junk of ['not JSON', '', '[]', '42', 'null', '{}', '{"type":7}', '{"type":"restart"}']) client.send(junk)
  await client.settle()
  assert.deepEqual(client.frames.map(({ type }) => type), ['snapshot', 'pong'])
  assert.match(client.texts[1], /^{"type":"pong","timestamp":\d+}$/)
})
