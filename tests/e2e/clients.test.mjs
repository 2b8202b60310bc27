// The clients of the replaced systems, as their contracts have them: when they connect again, what they take and what they drop.
import assert from 'node:assert/strict'
import test from 'node:test'

import { loadClient, typeFaults } from './support/clients.mjs'

/** Time that only passes when it is told to. */
class Clock {
  #now = 0
  #timers = new Map()
  #ids = 0

  set = (run, after, every) => { this.#timers.set(++this.#ids, { at: this.#now + after, run, every }); return this.#ids }
  clear = (id) => { this.#timers.delete(id) }

  pass(milliseconds) {
    const end = this.#now + milliseconds
    for (;;) {
      const [next] = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)
      if (!next) break
      const [id, timer] = next
      this.#now = timer.at
      if (timer.every) timer.at += timer.every
      else this.#timers.delete(id)
      timer.run()
    }
    this.#now = end
  }
}

/** The sockets a client opened, each at the mercy of the test. */
function worldOf(name) {
  const sockets = []
  const clock = new Clock()
  class FakeSocket {
    static OPEN = 1
    readyState = 0
    sent = []
    constructor(url) { this.url = url; sockets.push(this) }
    send(text) { this.sent.push(JSON.parse(text)) }
    close(code, reason) { this.readyState = 3; this.closedWith = [code, reason]; this.onclose({ code: code ?? 1005 }) }
    accept() { this.readyState = 1; this.onopen() }
    refuse() { this.readyState = 3; this.onerror?.(); this.onclose({ code: 1006 }) }
    lose(code = 1006) { this.readyState = 3; this.onclose({ code }) }
    say(message) { this.onmessage({ data: typeof message === 'string' ? message : JSON.stringify(message) }) }
  }
  const quiet = { error() {} }
  const client = loadClient(name, {
    WebSocket: FakeSocket, console: quiet,
    setTimeout: (run, after) => clock.set(run, after), clearTimeout: clock.clear,
    setInterval: (run, every) => clock.set(run, every, every), clearInterval: clock.clear,
  })
  return { ...client, sockets, clock }
}

/** The waits before each further attempt, in seconds, with every attempt refused. */
function waitsOf({ sockets, clock }, most) {
  const waits = []
  let waited = 0
  sockets.at(-1).refuse()
  while (waits.length < most && waited < 1000) {
    const before = sockets.length
    clock.pass(1000)
    waited++
    if (sockets.length === before) continue
    waits.push(waited)
    waited = 0
    sockets.at(-1).refuse()
  }
  return waits
}

test('the clients are strict TypeScript, and a fault would be found', () => {
  const faults = typeFaults({ 'planted.ts': "import { createWebSocketManager } from './heimdall.js'\ncreateWebSocketManager(7)\n" })
  assert.match(faults, /^planted\.ts\(2,24\): error TS2345: .*\n$/)
})

for (const name of ['heimdall', 'heimdall_head']) {
  test(`${name}: it tries again after 1, 2, 4, 8, 16, 30, 30 … s, without end, and from the beginning once it was connected`, async () => {
    const world = worldOf(name)
    const manager = world.createWebSocketManager('ws://server/x')
    const states = []
    manager.onStateChange((state) => states.push(state))
    const first = manager.connect()
    assert.deepEqual(waitsOf(world, 8), [1, 2, 4, 8, 16, 30, 30, 30])
    await assert.rejects(first, /no connection to ws:\/\/server\/x/)
    assert.deepEqual(states.slice(0, 4), ['Connecting', 'Disconnected', 'Reconnecting', 'Connecting'])
    world.clock.pass(30_000)
    world.sockets.at(-1).accept()
    assert.equal(manager.getState(), 'Connected')
    assert.deepEqual(waitsOf(world, 2), [1, 2])
    manager.disconnect()
    const before = world.sockets.length
    world.clock.pass(100_000)
    assert.equal(world.sockets.length, before)
    assert.equal(manager.getState(), 'Disconnected')
  })

  test(`${name}: who subscribed gets the data alone; pong, what nobody knows and what is not JSON is dropped`, async () => {
    const world = worldOf(name)
    const manager = world.createWebSocketManager('ws://server/x')
    const got = []
    const take = (data) => got.push(data)
    for (const event of ['a', 'pong']) manager.subscribe(event, take)
    const connected = manager.connect()
    const [socket] = world.sockets
    socket.accept()
    await connected
    socket.say({ event: 'pong', data: 1 })
    socket.say({ event: 'b', data: 2 })
    socket.say('not JSON')
    socket.say([1])
    socket.say({ event: 'a', data: { x: 3 }, timestamp: 't' })
    manager.unsubscribe('a', take)
    socket.say({ event: 'a', data: 4 })
    assert.deepEqual(got, [{ x: 3 }])
  })

  test(`${name}: it pings every heartbeatInterval while it is connected`, () => {
    const world = worldOf(name)
    const manager = world.createWebSocketManager('ws://server/x', { heartbeatInterval: 500 })
    manager.connect()
    const [socket] = world.sockets
    socket.accept()
    const pings = () => socket.sent.filter(({ event }) => event === 'ping').length
    world.clock.pass(499)
    assert.equal(pings(), 0)
    world.clock.pass(1001)
    assert.equal(pings(), 3)
    socket.lose()
    world.clock.pass(900)
    assert.equal(pings(), 3)
  })
}

test('heimdall: nothing is sent on connecting, and what is sent has a time', () => {
  const world = worldOf('heimdall')
  const manager = world.createWebSocketManager('ws://server/x')
  manager.connect()
  const [socket] = world.sockets
  manager.send('ping', {}) // not connected yet: dropped
  socket.accept()
  assert.deepEqual(socket.sent, [])
  manager.send('ping', {})
  assert.deepEqual(Object.keys(socket.sent[0]), ['event', 'data', 'timestamp'])
  assert.deepEqual(socket.sent[0].data, {})
})

test('heimdall_head: it asks for its channels when it is connected', () => {
  const world = worldOf('heimdall_head')
  world.createWebSocketManager('ws://server/x').connect()
  world.sockets[0].accept()
  assert.deepEqual(world.sockets[0].sent, [{ event: 'subscribe', channels: ['services:health', 'websdrs_update', 'signals:detected', 'localizations:updated'] }])
})

test('mesh_map: it tries again after 3, 6, 12, 24 and 48 s and then no more, nor after 1000', () => {
  const world = worldOf('mesh_map')
  const manager = new world.WebSocketManager('ws://server/x')
  manager.connect()
  assert.deepEqual(waitsOf(world, 9), [3, 6, 12, 24, 48])

  manager.connect()
  world.sockets.at(-1).accept()
  const before = world.sockets.length
  world.sockets.at(-1).lose(1000)
  world.clock.pass(100_000)
  assert.equal(world.sockets.length, before)
  manager.connect()
  world.sockets.at(-1).accept()
  manager.disconnect()
  assert.deepEqual(world.sockets.at(-1).closedWith, [1000, 'Client disconnect'])
})

test('mesh_map: what a node lacks is Unknown or 0, and a message without its numbers loses the frame', () => {
  const world = worldOf('mesh_map')
  const manager = new world.WebSocketManager('ws://server/x')
  const got = []
  for (const name of ['node.new', 'node.update', 'message.new', 'mqtt_raw', 'device.connection', 'error']) {
    manager.on(name, (payload) => got.push([name, payload instanceof Error ? payload.message : payload]))
  }
  const off = manager.on('mqtt_raw', () => got.push('taken off'))
  off()
  manager.connect()
  const [socket] = world.sockets
  socket.accept()
  const unknown = { nodeNum: 0, shortName: 'Unknown', longName: 'Unknown', hwModel: 'Unknown', role: 'Unknown', lastHeard: 0, batteryLevel: 0, voltage: 0 }
  socket.say({ type: 'snapshot', data: { nodes: [{ id: '!a', lastHeard: 5 }], positions: [], recentMessages: [], timestamp: 1 } })
  socket.say({ type: 'node_update', nodes: [{ id: '!b', shortName: 'B', role: 'ROUTER' }] })
  const message = { id: 1, from: 7, to: 4294967295, channel: 0, rxTime: 20, payload: { text: 'hi' } }
  socket.say({ type: 'message', messages: [message] })
  socket.say({ type: 'message', messages: [message, { id: 2, fromId: '!a', toId: '!b', channel: 0, text: 'lost', timestamp: 1 }] })
  socket.say({ type: 'mqtt_raw', packets: [{ id: 1 }] })
  socket.say({ type: 'error', error: 'no', code: 'BAD_FILTER' })
  socket.say({ type: 'pong', timestamp: 1 })
  socket.lose()
  assert.deepEqual(got, [
    ['device.connection', { connected: true }],
    ['node.new', { ...unknown, id: '!a', lastHeard: 5 }],
    ['node.update', { ...unknown, id: '!b', shortName: 'B', role: 'ROUTER' }],
    ['message.new', { id: 1, from: 7, to: 4294967295, channel: 0, text: 'hi', timestamp: 20_000 }],
    ['error', 'undefined is no number'],
    ['mqtt_raw', { id: 1 }],
    ['error', 'no (BAD_FILTER)'],
    ['device.connection', { connected: false }],
  ])
})
