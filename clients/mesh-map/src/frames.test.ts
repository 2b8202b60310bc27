import assert from 'node:assert/strict'
import test from 'node:test'

import type { Change, Fields, LiveEvent, RemoveReason, Value } from '@starling/client'

import { MeshFrames } from './frames.js'
import { kindsOf, queryOf } from './query.js'
import type { MeshFilter, MeshFrame } from './types.js'

const hour = 3_600_000

/** What is held, at the mercy of the test; the clock stands where it is put. */
class World {
  now = 10 * hour
  #due: (() => void)[] = []
  readonly #maps = new Map<string, Map<string, Fields>>()
  #told: MeshFrame[] = []
  readonly frames: MeshFrames

  constructor(filter?: MeshFilter) {
    this.frames = new MeshFrames({ channel: (name) => this.#of(name) }, kindsOf(filter), (frame) => this.#told.push(frame),
      { now: () => this.now, after: (_, run) => this.#due.push(run) })
  }

  /** What was told since this was asked last, and once the time has passed. */
  told(): MeshFrame[] {
    for (const run of this.#due.splice(0)) run()
    return this.#told.splice(0)
  }

  put(records: { [channel: string]: { [key: string]: Fields } }): void {
    for (const [channel, keys] of Object.entries(records)) for (const [key, fields] of Object.entries(keys)) this.#of(channel).set(key, fields)
  }

  /** One seq: records that are set, keys that go with why; all at once where it is a snapshot. */
  change(records: { [channel: string]: { [key: string]: Fields | RemoveReason } }, isReset = false): void {
    const channels = new Map<string, { changed: Set<string>, removed: Map<string, RemoveReason> }>()
    for (const [channel, keys] of Object.entries(records)) {
      const told = { changed: new Set<string>(), removed: new Map<string, RemoveReason>() }
      channels.set(channel, told)
      for (const [key, fields] of Object.entries(keys)) {
        if (typeof fields === 'string') {
          this.#of(channel).delete(key)
          told.removed.set(key, fields)
        } else {
          this.#of(channel).set(key, fields)
          told.changed.add(key)
        }
      }
    }
    this.frames.change({ seq: 1, channels, isReset } satisfies Change)
  }

  say(channel: string, key: string, data: Fields, seq = 1): void {
    this.frames.event({ channel, key, seq, n: 0, time: new Date(this.now).toISOString(), data } satisfies LiveEvent)
  }

  #of(name: string): Map<string, Fields> {
    const map = this.#maps.get(name) ?? new Map<string, Fields>()
    this.#maps.set(name, map)
    return map
  }
}

/** With an empty snapshot told already. */
function begun(filter?: MeshFilter): World {
  const world = new World(filter)
  world.change({}, true)
  world.told()
  return world
}

const types = (frames: readonly MeshFrame[]): string[] => frames.map(({ type }) => type)

test('a snapshot: nodes of the last hour newest first, every position by its id, messages newest first', () => {
  const world = new World()
  const ago = (ms: number): Fields => ({ online: true, heard: new Date(world.now - ms).toISOString() })
  world.put({
    'mesh:node': { '!1': { num: 1 }, '!2': { num: 2 }, '!3': { num: 3 }, '!4': { num: 4 } },
    'mesh:position': { '!5': { latitude: 5, longitude: 5 }, '!1': { latitude: 1, longitude: 1 }, '!2': { latitude: 'here', longitude: 2 } },
    'mesh:telemetry': { '!1': { battery_percent: 50, voltage_v: 4 } },
    'mesh:presence': { '!1': ago(60_000), '!2': ago(30_000), '!3': ago(hour + 1), '!4': ago(hour) },
  })
  world.say('mesh:message', '!1', { id: 1, text: 'old' })
  world.say('mesh:message', '!1', { id: 2, text: 'new' })
  assert.deepEqual(world.told(), [])
  world.change({}, true)
  const [snapshot, ...more] = world.told()
  assert.ok(snapshot?.type === 'snapshot')
  assert.deepEqual(more, [])
  const { data } = snapshot
  assert.equal(data.timestamp, world.now)
  assert.deepEqual(data.nodes, [
    { id: '!2', nodeNum: 2, lastHeard: world.now - 30_000 },
    { id: '!1', nodeNum: 1, lastHeard: world.now - 60_000, batteryLevel: 50, voltage: 4 },
    { id: '!4', nodeNum: 4, lastHeard: world.now - hour },
  ])
  assert.deepEqual(data.positions, [
    { id: 0, nodeId: '!1', latitude: 1, longitude: 1, timestamp: world.now - 60_000 },
    { id: 0, nodeId: '!5', latitude: 5, longitude: 5, timestamp: world.now },
  ])
  assert.deepEqual(data.recentMessages.map(({ id }) => id), [2, 1])
})

test('what comes between a whole state and its snapshot is in it', () => {
  const world = begun()
  world.change({ 'mesh:node': { '!1': { num: 1 } } })
  world.say('mesh:message', '!1', { id: 1 })
  assert.deepEqual(types(world.told()), ['node_update', 'message'])
  world.change({ 'mesh:node': { '!1': { num: 2 } } }, true)
  world.say('mesh:message', '!1', { id: 1 }) // again, after another start of the server
  world.say('mesh:message', '!1', { id: 2 })
  world.change({ 'mesh:node': { '!2': { num: 3 } } })
  const [snapshot, ...more] = world.told()
  assert.ok(snapshot?.type === 'snapshot')
  assert.deepEqual(more, [])
  assert.deepEqual(snapshot.data.nodes.map(({ nodeNum }) => nodeNum), [2, 3])
  assert.deepEqual(snapshot.data.recentMessages.map(({ id }) => id), [2, 1])
})

test('a message that was said later than a whole state is told behind its snapshot, of 1,000 the newest', () => {
  const ids = (frame: MeshFrame): number[] => (frame.type === 'message' ? frame.messages.map(({ id }) => id) : [])
  for (const [count, first] of [[1, 1], [999, 1], [1000, 1], [1001, 2]] as const) {
    const world = begun()
    world.change({}, true)
    world.say('mesh:message', '!1', { id: 5000 }) // as of that state
    for (let id = 1; id <= count; ++id) world.say('mesh:message', '!1', { id }, 2)
    const [snapshot, ...behind] = world.told()
    assert.ok(snapshot?.type === 'snapshot')
    assert.deepEqual(snapshot.data.recentMessages.map(({ id }) => id), [5000])
    const told = behind.flatMap(ids)
    assert.deepEqual([told[0], told.at(-1), told.length], [first, count, count - first + 1])
    world.say('mesh:message', '!1', { id: 6000 }, 3)
    assert.deepEqual(world.told().flatMap(ids), [6000])
    world.frames.snapshot()
    const [again] = world.told()
    assert.ok(again?.type === 'snapshot')
    assert.deepEqual(again.data.recentMessages.map(({ id }) => id).slice(0, 2), [6000, count])
  }
  const world = begun()
  world.change({}, true)
  world.say('mesh:message', '!1', { id: 1 }, 2)
  world.frames.ask(kindsOf({ messageTypes: ['node'] })) // not asked for any more
  assert.deepEqual(types(world.told()), ['snapshot'])
})

test('messages that come again before it is told that the state is another are not told again', () => {
  const world = begun()
  const said = (id: number, text: string, from = '!1'): Fields => ({ id, text, from })
  const told = (): (string | undefined)[] => world.told().flatMap((frame) => (frame.type === 'message' ? frame.messages : [])).map(({ text }) => text)
  world.say('mesh:message', '!1', said(1, 'a'))
  world.say('mesh:message', '!1', said(0, 'b'))
  world.say('mesh:message', '!2', said(1, 'another with this id', '!2'))
  assert.deepEqual(told(), ['a', 'b', 'another with this id'])
  world.frames.ask(kindsOf({ nodeIds: ['!1'] })) // the snapshot begins anew, what was told does not
  for (const fields of [said(1, 'a'), said(0, 'b'), said(0, 'c'), said(2, 'd')]) world.say('mesh:message', '!1', fields)
  assert.deepEqual(told(), ['c', 'd'])
  world.now += 1
  world.say('mesh:message', '!1', said(0, 'b')) // at another time
  assert.deepEqual(told(), ['b'])
  world.change({}, true)
  const [snapshot] = world.told()
  assert.ok(snapshot?.type === 'snapshot')
  assert.deepEqual(snapshot.data.recentMessages.map(({ text }) => text), ['b', 'd', 'c', 'b', 'a'])
})

test('of 1,000 messages it is known that they came', () => {
  for (const [others, isTold] of [[998, false], [999, false], [1000, true]] as const) {
    const world = begun()
    for (let id = 1; id <= 1 + others; ++id) world.say('mesh:message', '!1', { id })
    world.told()
    world.say('mesh:message', '!1', { id: 1 })
    assert.equal(world.told().length > 0, isTold, `${others}`)
  }
})

test('a snapshot has the newest 50 messages', () => {
  for (const [count, first] of [[49, 1], [50, 1], [51, 2]] as const) {
    const world = begun()
    world.change({}, true)
    for (let id = 1; id <= count; ++id) world.say('mesh:message', '!1', { id })
    const [snapshot] = world.told()
    assert.ok(snapshot?.type === 'snapshot')
    const ids = snapshot.data.recentMessages.map(({ id }) => id)
    assert.deepEqual([ids[0], ids.at(-1), ids.length], [count, first, count - first + 1])
  }
})

test('packets that come while a snapshot is gathered are told behind it, the newest 1,000', () => {
  const packet = (id: number): Fields => ({ id, topic: 't', payload: '', timestamp: 1, parsedType: 'x' })
  const ids = (frame: MeshFrame | undefined): number[] => (frame?.type === 'mqtt_raw' ? frame.packets.map(({ id }) => id) : [])
  for (const [count, first] of [[1, 1], [999, 1], [1000, 1], [1001, 2]] as const) {
    const world = begun()
    world.change({}, true)
    for (let id = 1; id <= count; ++id) world.say('mesh:raw', '!1', packet(id))
    const [snapshot, behind, ...more] = world.told()
    assert.equal(snapshot?.type, 'snapshot')
    assert.deepEqual([ids(behind)[0], ids(behind).at(-1), ids(behind).length, more], [first, count, count - first + 1, []])
    world.say('mesh:raw', '!1', packet(5000))
    assert.deepEqual(world.told().map(ids), [[5000]])
  }
  const world = new World()
  world.say('mesh:raw', '!1', packet(1)) // the first state is here, and yet to be told
  world.change({}, true)
  assert.deepEqual(types(world.told()), ['snapshot', 'mqtt_raw'])
  world.change({}, true)
  world.say('mesh:raw', '!1', packet(2))
  world.frames.ask(kindsOf({ messageTypes: ['node'] })) // not asked for any more
  assert.deepEqual(types(world.told()), ['snapshot'])
})

test('who is told of a position or of telemetry is told the whole node, and nothing twice', () => {
  const world = begun()
  world.change({ 'mesh:node': { '!1': { num: 1, short_name: 'A' } } })
  assert.deepEqual(world.told(), [{ type: 'node_update', nodes: [{ id: '!1', nodeNum: 1, shortName: 'A', lastHeard: world.now }] }])
  world.now += 1000
  world.change({ 'mesh:position': { '!1': { latitude: 1, longitude: 2, altitude_m: 3, packet_id: 9 } }, 'mesh:telemetry': { '!1': { battery_percent: 80, uptime_s: 5, packet_id: 10 } } })
  const node = { id: '!1', nodeNum: 1, shortName: 'A', lastHeard: world.now, batteryLevel: 80 }
  assert.deepEqual(world.told(), [
    { type: 'node_update', nodes: [node] },
    { type: 'position_update', positions: [{ id: 9, nodeId: '!1', latitude: 1, longitude: 2, altitude: 3, timestamp: world.now }] },
    { type: 'telemetry_update', telemetry: [{ id: 10, nodeId: '!1', timestamp: world.now, batteryLevel: 80, uptime: 5 }] },
  ])
  world.change({})
  assert.deepEqual(world.told(), [])
  world.now += 1000
  world.change({ 'mesh:position': { '!2': { latitude: 1, longitude: 2 } } }) // one of which only that is known
  assert.deepEqual(types(world.told()), ['position_update'])
})

test('before a message comes what has changed of whom it is; the rest comes when it is told', () => {
  const world = begun()
  world.put({ 'mesh:node': { '!0000001f': { num: 31 }, '!2': { num: 2 } } })
  world.say('mesh:message', '!0000001f', { id: 7, text: 'hi', channel: 1, snr_db: 6.5 })
  const message = { id: 7, fromId: '!0000001f', toId: '!ffffffff', channel: 1, text: 'hi', timestamp: world.now, snr: 6.5, from: 31, to: 0xffffffff, rxTime: world.now / 1000, payload: { text: 'hi' } }
  assert.deepEqual(world.told(), [
    { type: 'node_update', nodes: [{ id: '!0000001f', nodeNum: 31, lastHeard: world.now }] },
    { type: 'message', messages: [message] },
  ])
  world.change({ 'mesh:node': { '!2': { num: 2 } } })
  assert.deepEqual(types(world.told()), ['node_update'])
})

test('a node comes and goes; one that leaves what is looked at has not gone', () => {
  const world = begun()
  const presence = (online: boolean, heard = '2026-11-21T09:00:00.000Z'): Fields => ({ online, heard })
  world.change({ 'mesh:presence': { '!1': presence(true), '!2': presence(true), '!3': presence(true) } })
  assert.deepEqual(world.told(), ['!1', '!2', '!3'].map((nodeId) => ({ type: 'node_status', nodeId, online: true })))
  world.change({ 'mesh:presence': { '!1': presence(true, '2026-11-21T09:00:30.000Z') } })
  assert.deepEqual(world.told(), [])
  world.change({ 'mesh:presence': { '!1': presence(false) } })
  assert.deepEqual(world.told(), [{ type: 'node_status', nodeId: '!1', online: false }])
  world.change({ 'mesh:presence': { '!1': 'deleted', '!2': 'moved', '!3': 'expired' } })
  assert.deepEqual(world.told(), [{ type: 'node_status', nodeId: '!3', online: false }])
})

test('what is removed of a node is told as the node without it; where it left nothing is said', () => {
  const world = begun()
  world.change({ 'mesh:node': { '!1': { num: 1 }, '!2': { num: 2 } }, 'mesh:telemetry': { '!1': { battery_percent: 5 }, '!2': { battery_percent: 6 } } })
  world.told()
  world.change({ 'mesh:telemetry': { '!1': 'expired', '!2': 'moved' }, 'mesh:node': { '!2': 'moved' } })
  assert.deepEqual(world.told(), [{ type: 'node_update', nodes: [{ id: '!1', nodeNum: 1, lastHeard: world.now }] }])
})

test('only the kinds that are asked for are told; more kinds, and what is held of them comes at once', () => {
  const world = begun({ messageTypes: ['node'] })
  world.change({ 'mesh:node': { '!1': { num: 1 } }, 'mesh:position': { '!1': { latitude: 1, longitude: 2 } }, 'mesh:presence': { '!1': { online: true } } })
  assert.deepEqual(types(world.told()), ['node_update', 'node_status'])
  world.frames.ask(kindsOf({ messageTypes: ['node', 'position'] }))
  assert.deepEqual(types(world.told()), ['position_update'])
  world.frames.ask(kindsOf({ messageTypes: ['telemetry'] }))
  world.change({ 'mesh:node': { '!1': { num: 2 } }, 'mesh:presence': { '!1': { online: false } } })
  assert.deepEqual(world.told(), [])
})

test('a packet comes as it is, and one that is none does not', () => {
  const world = begun()
  const packet = { id: 3, topic: 'msh/t', payload: 'eA==', timestamp: 5, parsedType: 'position', nodeId: '!1', data: { a: [1] } }
  world.say('mesh:raw', '!1', { ...packet, more: 1 })
  assert.deepEqual(world.told(), [{ type: 'mqtt_raw', packets: [packet] }])
  for (const without of ['id', 'topic', 'payload', 'timestamp', 'parsedType'] as const) {
    const fields: { [name: string]: Value } = { ...packet }
    delete fields[without]
    world.say('mesh:raw', '!1', fields)
    assert.deepEqual(world.told(), [], without)
  }
})

test('a field of another type than the map takes it for is not known', () => {
  const world = begun()
  world.change({ 'mesh:node': { '!1': { num: '1', short_name: 5, long_name: null, hardware: ['x'], role: 2 } } })
  assert.deepEqual(world.told(), [{ type: 'node_update', nodes: [{ id: '!1', role: 2, lastHeard: world.now }] }])
})

test('a filter as a query of ours: an empty list is as if it were not there', () => {
  const bounds = { north: 1, south: 0, east: 1, west: 0 }
  const cases: [MeshFilter | undefined, ReturnType<typeof queryOf>][] = [
    [undefined, { channels: ['mesh:node', 'mesh:position', 'mesh:telemetry', 'mesh:presence', 'mesh:message', 'mesh:raw'], filter: {}, recent: 50 }],
    [{ nodeIds: [], messageTypes: ['message'] }, { channels: ['mesh:message'], filter: {}, recent: 50 }],
    [{ nodeIds: ['!1'], bounds, messageTypes: ['position', 'telemetry'] }, { channels: ['mesh:position', 'mesh:telemetry'], filter: { keys: ['!1'], bounds }, recent: 50 }],
  ]
  for (const [filter, query] of cases) assert.deepEqual(queryOf(filter), query)
})
