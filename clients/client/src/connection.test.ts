import assert from 'node:assert/strict'
import test from 'node:test'

import { StarlingError, type TransportName } from './api.js'
import { waitMs } from './backoff.js'
import { type Connection, type ConnectionEffect, type ConnectionEvent, disconnected, dueAt, lineError, type Loss, reduce } from './connection.js'
import { transportOf } from './ladder.js'

const all: readonly TransportName[] = ['websocket', 'stream', 'long-poll', 'poll']
const defaults = { attempts: Infinity, reconnectDelayMs: 1000, reconnectDelayMaxMs: 30_000, climbIntervalMs: 30_000, pauseWhenHidden: true }

type Told = ConnectionEvent extends infer One ? One extends unknown ? Omit<One, 'now' | 'chance' | 'isHidden'> : never : never

/** A connection, its clock, and what it did since it was last asked. */
class Machine {
  now = 0
  chance = 1
  isHidden = false
  connection: Connection
  #effects: ConnectionEffect[] = []

  constructor(readonly rungs = all, readonly options = defaults) { this.connection = disconnected(rungs, options) }

  tell(event: Told): this {
    const [next, ...effects] = reduce(this.connection, { ...event, now: this.now, chance: this.chance, isHidden: this.isHidden } as ConnectionEvent, this.options)
    this.connection = next
    this.#effects.push(...effects)
    return this
  }
  start(): this { return this.tell({ type: 'start' }) }
  page(isHidden: boolean): this {
    this.isHidden = isHidden
    return this.tell({ type: 'page' })
  }
  lost(error: Loss = lineError('x'), isFinal = false): this { return this.tell({ type: 'lost', error, isFinal }) }
  /** To the next moment at which something is due; returns how long that took. */
  next(): number {
    const took = dueAt(this.connection) - this.now
    this.now += took
    this.tell({ type: 'time' })
    return took
  }
  did(): ConnectionEffect[] { return this.#effects.splice(0) }
  get transport(): TransportName { return transportOf(this.connection.ladder) }
}

const webSocketOnly = (options = defaults): Machine => new Machine(['websocket'], options)

test('waits are drawn from 0 to a bound that doubles from 1 s to 30 s, for ever', () => {
  const machine = webSocketOnly().start()
  const waits = Array.from({ length: 8 }, () => machine.lost().next())
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
  machine.chance = 0.25
  assert.equal(machine.lost().next(), 7500)
  assert.equal(machine.connection.attempt, 9)
  assert.deepEqual([0, 0.5, 1].map((chance) => waitMs(2, chance, defaults)), [0, 2000, 4000])
})

test('what is open begins with the shortest wait again', () => {
  const machine = webSocketOnly().start()
  for (let failures = 0; failures < 4; ++failures) machine.lost().next()
  machine.tell({ type: 'opened' })
  assert.deepEqual([machine.connection.state, machine.connection.attempt], ['connected', 0])
  machine.lost()
  assert.deepEqual([machine.connection.state, machine.connection.attempt], ['reconnecting', 0])
  assert.equal(machine.next(), 1000)
})

test('after so many attempts in a row it gives up, and a manual reconnect begins again', () => {
  const machine = webSocketOnly({ ...defaults, attempts: 2 }).start()
  machine.lost().next()
  machine.lost().next()
  assert.equal(machine.connection.state, 'connecting')
  machine.lost(lineError('gone'))
  assert.deepEqual([machine.connection.state, machine.connection.error?.message, dueAt(machine.connection)], ['disconnected', 'gone', Infinity])
  machine.did()
  machine.start()
  assert.deepEqual([machine.did(), machine.connection.state, machine.connection.attempt], [['open'], 'connecting', 0])
})

test('a manual reconnect does not wait for the next attempt, and asks nothing of one that is under way', () => {
  const machine = webSocketOnly().start()
  machine.lost()
  machine.did()
  machine.now += 10
  assert.deepEqual(machine.start().did(), ['open'])
  assert.deepEqual(machine.start().did(), [])
})

test('the server says when to come back, or that it is of no use', () => {
  const machine = webSocketOnly().start().tell({ type: 'opened' })
  assert.equal(machine.lost(lineError('bye', 3210)).next(), 3210)
  machine.lost(new StarlingError('refused', '4429'), true)
  assert.deepEqual([machine.connection.state, dueAt(machine.connection)], ['disconnected', Infinity])
})

test('a line that went silent is asked, and given up 10 s later', () => {
  const machine = webSocketOnly().start().tell({ type: 'opened', heartbeatMs: 30_000 })
  machine.did()
  machine.now += 40_000
  machine.tell({ type: 'heard' })
  assert.equal(machine.next(), 45_000)
  assert.deepEqual(machine.did(), ['ping'])
  machine.now += 9_999
  machine.tell({ type: 'heard' })
  assert.equal(machine.next(), 45_000)
  assert.equal(machine.next(), 10_000)
  assert.deepEqual(machine.did(), ['ping', 'close'])
  assert.equal(machine.connection.state, 'reconnecting')
})

test('a WebSocket that is not the best is asked too, and nothing is climbed to', () => {
  const machine = new Machine(['stream', 'websocket']).start().tell({ type: 'reached' })
  assert.equal(machine.next(), 10_000)
  machine.tell({ type: 'opened', heartbeatMs: 20_000 })
  machine.did()
  assert.deepEqual([machine.transport, machine.next(), machine.did()], ['websocket', 30_000, ['ping']])
  assert.deepEqual([machine.next(), machine.did()], [10_000, ['close']])
  const stream = new Machine(['stream', 'websocket']).start().tell({ type: 'opened' })
  assert.equal(dueAt(stream.connection), Infinity)
})

test('a WebSocket that cannot be opened twice in a row: HTTP at once; if nobody answers there, the WebSocket again', () => {
  const machine = new Machine().start()
  machine.lost()
  assert.deepEqual([machine.transport, machine.next()], ['websocket', 1000])
  machine.did()
  machine.lost()
  assert.deepEqual([machine.did(), machine.transport, machine.connection.attempt], [['open'], 'stream', 1])
  machine.lost()
  assert.deepEqual([machine.transport, machine.next(), machine.transport], ['websocket', 2000, 'websocket'])
})

test('one that opens and says nothing is enough', () => {
  const machine = new Machine().start().tell({ type: 'reached' })
  machine.did()
  assert.equal(machine.next(), 10_000)
  assert.deepEqual([machine.did(), machine.transport], [['open'], 'stream'])
  machine.tell({ type: 'reached' })
  machine.next()
  assert.equal(machine.transport, 'long-poll')
  machine.tell({ type: 'reached' })
  machine.next()
  assert.equal(machine.transport, 'poll')
})

test('bytes that come slowly are not silence', () => {
  const machine = new Machine(['stream', 'poll']).start().tell({ type: 'reached' })
  for (let second = 0; second < 60; ++second) {
    machine.now += 1000
    machine.tell({ type: 'heard' })
  }
  assert.equal(machine.transport, 'stream')
  assert.equal(dueAt(machine.connection) - machine.now, 10_000)
})

test('a long poll that something on the way cuts short becomes a poll', () => {
  const machine = new Machine(['long-poll', 'poll']).start().tell({ type: 'reached' }).tell({ type: 'opened' })
  machine.did()
  machine.lost(Object.assign(lineError('HTTP 504'), { isUnfit: true }))
  assert.deepEqual([machine.did(), machine.transport], [['open'], 'poll'])
})

test('fallen back, a WebSocket is tried beside after 30 s, then after twice as long, 300 s at most', () => {
  const machine = new Machine().start()
  machine.lost().next()
  machine.lost().tell({ type: 'reached' }).tell({ type: 'opened' })
  assert.equal(machine.transport, 'stream')
  machine.did()
  const waits = Array.from({ length: 6 }, () => {
    const waited = machine.next()
    assert.deepEqual(machine.did(), ['climb'])
    machine.tell({ type: 'lost', error: lineError('x'), isBeside: true })
    assert.deepEqual(machine.did(), ['stay'])
    return waited
  })
  assert.deepEqual(waits, [30_000, 60_000, 120_000, 240_000, 300_000, 300_000])
  machine.next()
  machine.tell({ type: 'opened', heartbeatMs: 30_000, isBeside: true })
  assert.deepEqual([machine.did(), machine.transport, machine.connection.climbIntervalMs], [['climb', 'switch'], 'websocket', 30_000])
})

test('a WebSocket beside that does not answer is given up after 10 s; a manual reconnect tries it at once', () => {
  const machine = new Machine().start()
  machine.lost().next()
  machine.lost().tell({ type: 'reached' }).tell({ type: 'opened' })
  machine.did()
  assert.deepEqual(machine.start().did(), ['climb'])
  assert.equal(machine.next(), 10_000)
  assert.deepEqual(machine.did(), ['stay'])
})

test('a hidden page ends its connection after 30 s and comes back when it is seen', () => {
  const machine = webSocketOnly().start().tell({ type: 'opened' })
  machine.did()
  machine.page(true)
  machine.now += 10_000
  machine.page(false).did()
  machine.page(true)
  assert.equal(machine.next(), 10_000, 'the answer to the ping is due first')
  machine.tell({ type: 'opened' }).did()
  machine.page(true)
  while (!machine.connection.isPaused) machine.next()
  assert.deepEqual([machine.did().at(-1), machine.connection.state, dueAt(machine.connection)], ['close', 'disconnected', Infinity])
  machine.page(true)
  assert.deepEqual(machine.did(), [])
  machine.page(false)
  assert.deepEqual([machine.did(), machine.connection.isPaused, machine.connection.state], [['open'], false, 'reconnecting'])
})

test('a page that need not pause does not', () => {
  const machine = webSocketOnly({ ...defaults, pauseWhenHidden: false }).start().tell({ type: 'opened' }).page(true)
  assert.equal(machine.next(), 45_000)
  assert.equal(machine.connection.isPaused, false)
})

test('a network that comes back brings the attempt forward, or asks the line', () => {
  const machine = webSocketOnly().start()
  machine.lost()
  machine.did()
  assert.deepEqual(machine.page(false).did(), ['open'])
  assert.deepEqual(machine.tell({ type: 'opened' }).page(false).did(), ['ping'])
})

test('what was disconnected stays so, whatever becomes of the page', () => {
  const machine = webSocketOnly().start().tell({ type: 'opened' }).tell({ type: 'stop' }).page(true).page(false)
  assert.deepEqual([machine.did(), machine.connection.state, dueAt(machine.connection)], [['open', 'close'], 'disconnected', Infinity])
})
