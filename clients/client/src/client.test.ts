import assert from 'node:assert/strict'
import test from 'node:test'

import type { Change, Gap, LiveEvent, Query } from './api.js'
import { begin, FakeWorld, held, position, snapshot, subscribed, update } from './for-test.js'

test('the address is where the page is from, or what was given', async () => {
  for (const [given, want] of [
    [undefined, 'ws://host.example/live'], ['https://other/', 'wss://other/live'], ['ws://other:1/base/live', 'ws://other:1/base/live'], ['http://other/base', 'ws://other/base/live'],
    ['/base', 'ws://host.example/base/live'], ['https://me:secret@other/', 'wss://other/live'],
  ]) {
    const world = new FakeWorld()
    const { connectIn } = await import('./client.js')
    connectIn(world, given)
    await world.settle()
    assert.deepEqual([world.socket.url, world.socket.protocol], [want, 'starling.v1'])
  }
})

test('a replica follows, and listeners are told once a frame, after the maps hold it', async () => {
  const { world, starling } = await begin()
  const subscription = starling.subscribe('a:*')
  const changes: Change[] = []
  const states: string[] = []
  subscription.onChange((change) => changes.push(change))
  subscription.onState((state) => states.push(state))
  assert.equal(starling.status.state, 'connecting')
  world.socket.welcomes()
  assert.deepEqual(world.socket.sent, [{ type: 'subscribe', id: 1, channels: ['a:*'] }])
  world.socket.says(subscribed(1, 1))
  world.socket.says(snapshot(1, 1, position({ x: { v: 1 }, y: { v: 1 } })))
  await subscription.ready
  world.socket.says(update(1, 2, position({ patch: { x: { v: 2 } } })))
  world.socket.says(update(1, 3, position({ remove: { y: 'moved' }, set: { z: { v: 3 } } })))
  assert.deepEqual([held(subscription), subscription.seq, subscription.state, changes.length], [{ x: { v: 2 }, z: { v: 3 } }, 3, 'live', 0])
  world.draw()
  assert.equal(changes.length, 1)
  assert.deepEqual(changes[0], {
    seq: 3, isReset: true, channels: new Map([['a:position', { changed: new Set(['x', 'z']), removed: new Map([['y', 'moved']]) }]]),
  })
  world.draw()
  assert.equal(changes.length, 1)
  assert.deepEqual(states, ['live'])
  assert.ok(starling.received.messages === 4 && starling.received.bytes > 100)
})

test('cut off, it goes on from its cursor, and nothing is told twice nor lost', async () => {
  const { world, starling } = await begin()
  const subscription = starling.subscribe({ channels: ['a:*'], recent: 3 })
  const events: string[] = []
  const returns: string[] = []
  subscription.onEvent(({ seq, n, data }) => events.push(`${seq}.${n} ${String(data.text)} ${subscription.channel('a:position').size}`))
  starling.onReconnect(({ transport, isContinuous }) => returns.push(`${transport} ${isContinuous}`))
  const event = (seq: number, text: string): object => ({ seq, n: 0, time: 't', data: { text } })
  world.socket.welcomes().says(subscribed(1, 1))
  world.socket.says(snapshot(1, 1, position({ x: { v: 1 } })))
  world.socket.says(update(1, 4, { 'a:message': { events: [event(4, 'a')] } }))
  world.socket.says({ type: 'progress', time: 't', at: { 1: 6 } })
  world.socket.ends()
  assert.deepEqual([subscription.state, starling.status.state, held(subscription)], ['stale', 'reconnecting', { x: { v: 1 } }])
  await world.pass(1000)
  world.socket.welcomes()
  assert.deepEqual(world.socket.sent, [{ type: 'subscribe', id: 1, channels: ['a:*'], recent: 3, since: { epoch: 'e1', seq: 6, view: 'v' } }])
  world.socket.says(subscribed(1, 8, { resumed: true, reason: 'resumed' }))
  assert.deepEqual(returns, [])
  world.socket.says(update(1, 8, { ...position({ set: { y: {} } }), 'a:message': { events: [event(4, 'a'), event(7, 'b')] } }))
  assert.deepEqual(events, ['4.0 a 1', '7.0 b 2'])
  assert.deepEqual([returns, subscription.state], [['websocket true'], 'live'])
  world.socket.ends()
  await world.pass(1000)
  world.socket.welcomes('e2').says(subscribed(1, 2, { reason: 'epoch' }))
  world.socket.says(snapshot(1, 2, {}))
  assert.deepEqual([returns, held(subscription)], [['websocket true', 'websocket false'], {}])
})

test('pans are one subscribe at a time, in place', async () => {
  const { world, starling } = await begin()
  const subscription = starling.subscribe('a:0')
  world.socket.welcomes().says(subscribed(1, 1))
  world.socket.says(snapshot(1, 1, position({ x: {} })))
  for (let step = 1; step < 5; ++step) subscription.replace({ channels: [`a:${step}`] })
  assert.deepEqual(world.socket.of('subscribe').map(({ channels }) => channels), [['a:0'], ['a:1']])
  world.socket.says(subscribed(1, 1, { reason: 'replaced' }))
  assert.deepEqual(world.socket.of('subscribe').at(-1), { type: 'subscribe', id: 1, channels: ['a:4'] })
  world.socket.says(update(1, 1, position({ remove: { x: 'filtered' } })))
  assert.deepEqual([subscription.state, held(subscription)], ['live', {}])
})

test('who sends what no server sends is left, and everything begun afresh', async () => {
  const { world, starling } = await begin()
  const subscription = starling.subscribe('a:*')
  world.socket.welcomes().says(subscribed(1, 1))
  world.socket.says(snapshot(1, 1, position({ x: {} })))
  const first = world.socket
  first.says(update(1, 2, position({ patch: { nobody: {} } })))
  assert.ok(first.isClosed)
  assert.deepEqual([starling.status.error?.code, subscription.state, held(subscription)], ['bad_message', 'stale', { x: {} }])
  first.says(update(1, 2, position({ set: { ghost: {} } })))
  assert.deepEqual(held(subscription), { x: {} }, 'a line that was left says nothing')
  await world.pass(1000)
  world.socket.welcomes()
  assert.equal(world.socket.sent[0]?.since, undefined)
})

test('close codes and bye', async () => {
  for (const [code, state, retryAt] of [[1012, 'reconnecting', 500], [4001, 'reconnecting', 500], [4302, 'reconnecting', 500], [4429, 'disconnected', undefined], [4100, 'disconnected', undefined]] as const) {
    const { world, starling } = await begin()
    const subscription = starling.subscribe('a:*')
    world.socket.welcomes().says(subscribed(1, 1))
    world.socket.says(snapshot(1, 1, {}))
    world.chanceNext = 0.5
    world.socket.ends(code, 'why')
    const waits = starling.status.retryAt && starling.status.retryAt - world.time
    assert.deepEqual([starling.status.state, waits], [state, retryAt], String(code))
    if (!retryAt) continue
    await world.pass(500)
    world.socket.welcomes()
    assert.equal(world.socket.sent[0]?.since === undefined, code === 4302, String(code))
    assert.equal(subscription.state, 'stale')
  }
  const { world, starling } = await begin()
  world.socket.welcomes().says({ type: 'bye', reason: 'restart', reconnect_ms: 1234 })
  assert.equal(starling.status.retryAt, world.time + 1234)
})

test('a refused query rejects ready, and says why', async () => {
  const { world, starling } = await begin()
  const subscription = starling.subscribe({ channels: ['nonsense'] })
  const other = starling.subscribe('a:*')
  world.socket.welcomes().says({ type: 'error', code: 'bad_channel', message: 'no', retry: 'never', id: 1, field: 'channels' })
  await assert.rejects(subscription.ready, { code: 'bad_channel', field: 'channels' })
  assert.deepEqual([subscription.state, other.error], ['syncing', undefined])
  other.unsubscribe()
  await assert.rejects(other.ready, { code: 'closed' })
})

test('ids are the lowest that are free, and that of one given up is free when the server says so', async () => {
  const { world, starling } = await begin()
  world.socket.welcomes()
  const first = starling.subscribe('a:1')
  starling.subscribe('a:2')
  first.unsubscribe()
  world.socket.says(snapshot(1, 1, position({ x: {} })))
  assert.deepEqual(held(first), {})
  starling.subscribe('a:3')
  world.socket.says({ type: 'unsubscribed', id: 1 })
  starling.subscribe('a:4')
  assert.deepEqual(world.socket.sent.map(({ type, id }) => [type, id]), [['subscribe', 1], ['subscribe', 2], ['unsubscribe', 1], ['subscribe', 3], ['subscribe', 1]])
})

test('events as an iterator: from here on, and the oldest go when the reader is slow', async () => {
  const { world, starling } = await begin()
  const subscription = starling.subscribe('a:*')
  world.socket.welcomes().says(subscribed(1, 1))
  world.socket.says(snapshot(1, 1, {}))
  const gaps: Gap[] = []
  subscription.onGap((gap) => gaps.push(gap))
  const events = subscription.events({ queueMax: 2 })
  const next = events.next()
  for (let seq = 2; seq < 6; ++seq) world.socket.says(update(1, seq, { 'a:e': { events: [{ seq, n: 0, time: 't', data: {} }] } }))
  assert.equal((await next).value?.seq, 2)
  assert.deepEqual(gaps, [{ channel: 'a:e', after: 2, before: 4 }])
  const read: LiveEvent[] = []
  subscription.unsubscribe()
  for await (const event of events) read.push(event)
  assert.deepEqual(read.map(({ seq }) => seq), [4, 5])
  const waiting = starling.subscribe('a:*').events()
  const last = waiting.next()
  await waiting.return?.()
  assert.equal((await last).done, true)
})

test('as many events wait for a reader as were agreed, 1,000 if nothing is said', async () => {
  for (const [queueMax, count, lost] of [[2, 1, 0], [2, 2, 0], [2, 3, 1], [undefined, 999, 0], [undefined, 1000, 0], [undefined, 1001, 1]] as const) {
    const { world, starling } = await begin()
    const subscription = starling.subscribe('a:*')
    world.socket.begins({})
    const gaps: Gap[] = []
    subscription.onGap((gap) => gaps.push(gap))
    const events = subscription.events(queueMax && { queueMax })
    for (let seq = 2; seq < 2 + count; ++seq) world.socket.says(update(1, seq, { 'a:e': { events: [{ seq, n: 0, time: 't', data: {} }] } }))
    assert.deepEqual([gaps.length, (await events.next()).value?.seq], [lost, 2 + lost], `${count} of ${queueMax ?? 1000}`)
  }
})

test('a token is the first message, and a function is asked at each connect', async () => {
  let asked = 0
  const { world, starling } = await begin({ token: () => Promise.resolve(`t${++asked}`), clientName: 'me' })
  world.socket.welcomes()
  assert.deepEqual(world.socket.sent[0], { type: 'hello', token: 't1', client: 'me' })
  world.socket.ends(4101, 'token expired')
  assert.equal(starling.status.state, 'reconnecting')
  await world.pass(1000)
  world.socket.welcomes()
  assert.equal(world.socket.sent[0]?.token, 't2')
  starling.setToken('t3')
  assert.deepEqual(world.socket.of('token'), [{ type: 'token', token: 't3' }])
})

test('disconnect ends it, replicas stay readable, and reconnect begins again', async () => {
  const { world, starling } = await begin()
  const subscription = starling.subscribe('a:*')
  world.socket.welcomes().says(subscribed(1, 1))
  world.socket.says(snapshot(1, 1, position({ x: {} })))
  starling.disconnect()
  world.changePage(true)
  world.changePage(false)
  await world.pass(100_000)
  assert.deepEqual([world.socket.isClosed, world.sockets.length, starling.status.state, subscription.state, held(subscription)], [true, 1, 'disconnected', 'stale', { x: {} }])
  starling.reconnect()
  await world.settle()
  world.socket.welcomes()
  assert.deepEqual([starling.status.state, world.socket.sent[0]?.since], ['connected', { epoch: 'e1', seq: 1, view: 'v' }])
})

test('a hidden page lets go after 30 s and takes up where it was when it is seen', async () => {
  const { world, starling } = await begin()
  world.socket.welcomes()
  world.changePage(true)
  await world.pass(29_999)
  assert.deepEqual([starling.status.isPaused, world.socket.isClosed], [false, false])
  await world.pass(1)
  assert.deepEqual([starling.status.isPaused, world.socket.isClosed], [true, true])
  world.changePage(false)
  await world.settle()
  world.socket.welcomes()
  assert.deepEqual([starling.status.isPaused, starling.status.state], [false, 'connected'])
})

test('a listener that throws keeps nobody from being told', async (t) => {
  const { world, starling } = await begin()
  const thrown: (() => void)[] = []
  t.mock.method(globalThis, 'queueMicrotask', (run: () => void) => { thrown.push(run) })
  const subscription = starling.subscribe('a:*')
  let told = 0
  subscription.onState(() => { throw new Error('mine') })
  subscription.onState(() => ++told)
  world.socket.welcomes().says(subscribed(1, 1))
  world.socket.says(snapshot(1, 1, {}))
  assert.equal(told, 1)
  assert.throws(() => thrown[0]?.(), /mine/)
})

test('a replay that was cut off goes on where it was', async () => {
  const { world, starling } = await begin()
  const subscription = starling.subscribe({ channels: ['a:*'], replay: { from: '2026-11-21T09:00:00Z', speed: 10 } })
  const past = { view: undefined, replay: true, time: '2026-11-21T09:00:00.000Z' }
  world.socket.welcomes().says(subscribed(1, 1, past))
  world.socket.says(snapshot(1, 1, position({ x: {} })))
  world.socket.says(update(1, 2, {}, { time: '2026-11-21T09:00:10.000Z' }))
  assert.deepEqual([subscription.state, subscription.time], ['replay', '2026-11-21T09:00:10.000Z'])
  world.socket.ends()
  assert.equal(subscription.state, 'stale')
  await world.pass(1000)
  world.socket.welcomes()
  assert.deepEqual(world.socket.sent[0], { type: 'subscribe', id: 1, channels: ['a:*'], replay: { from: '2026-11-21T09:00:10.000Z', speed: 10 } })
})

test('who disconnects when told that it is connected stays so, and may come back', async () => {
  for (const transport of ['websocket', 'poll'] as const) {
    const { world, starling } = await begin({ transports: [transport] })
    const subscription = starling.subscribe('a:*')
    let isUnwanted = true
    starling.onStatus(({ state }) => { if (state === 'connected' && isUnwanted) starling.disconnect() })
    const opens = async (): Promise<void> => {
      if (transport === 'websocket') return void world.socket.welcomes()
      world.request('openapi.json').answer('')
      await world.settle()
      world.request('changes').answer({ frames: [subscribed(1, 1), snapshot(1, 1, {})], since: 'e1:1:v' })
      await world.settle()
    }
    await opens()
    assert.deepEqual([starling.status.state, subscription.state], ['disconnected', 'syncing'], transport)
    isUnwanted = false
    starling.reconnect()
    await world.settle()
    await opens()
    if (transport === 'websocket') {
      assert.equal(world.socket.of('subscribe').length, 1)
      world.socket.says(subscribed(1, 1))
      world.socket.says(snapshot(1, 1, {}))
    }
    assert.deepEqual([starling.status.state, subscription.state], ['connected', 'live'], transport)
  }
})

test('who disconnects at a sign of life hears nothing more', async () => {
  const { world, starling } = await begin()
  const subscription = starling.subscribe('a:*')
  starling.onStatus(({ state, lastMessageAt }) => { if (lastMessageAt && state !== 'disconnected') starling.disconnect() })
  world.socket.welcomes().says(subscribed(1, 1))
  world.socket.says(snapshot(1, 1, {}))
  assert.deepEqual([starling.status.state, starling.status.transport, subscription.state], ['disconnected', undefined, 'syncing'])
})

test('a query is what it was when it was given, though its object is changed and given again', async () => {
  const { world, starling } = await begin()
  const query = { channels: ['a:*'], filter: { keys: ['x'] } }
  const subscription = starling.subscribe(query)
  query.filter.keys = ['y']
  world.socket.welcomes()
  const asked = (): unknown => world.socket.of('subscribe').map(({ filter }) => (filter as { keys: string[] }).keys[0])
  subscription.replace(query)
  query.filter.keys = ['z']
  subscription.replace(query)
  assert.deepEqual(asked(), ['x'])
  world.socket.says(subscribed(1, 1))
  world.socket.says(snapshot(1, 1, {}))
  assert.deepEqual([asked(), subscription.query], [['x', 'z'], query])
  query.filter.keys = ['w']
  subscription.replace(query)
  world.socket.says(subscribed(1, 1, { reason: 'replaced' }))
  assert.deepEqual(asked(), ['x', 'z', 'w'])
})

test('a token that is set while a WebSocket is being opened is the one it says, once', async () => {
  const world = new FakeWorld()
  const { connectIn } = await import('./client.js')
  const starling = connectIn(world, undefined, { token: 'old' })
  starling.setToken('new')
  await world.settle()
  const { socket } = world
  starling.setToken('newer')
  assert.deepEqual(socket.sent, [], 'it is not open')
  socket.opens()
  assert.deepEqual(socket.sent, [{ type: 'hello', token: 'newer' }])
  starling.setToken('newest')
  starling.setToken(undefined)
  assert.deepEqual(socket.sent.slice(1), [{ type: 'token', token: 'newest' }])
  socket.ends()
  await world.pass(1000)
  assert.notEqual(world.socket, socket)
  world.socket.opens()
  assert.deepEqual(world.socket.sent, [])
})

test('what a server begins anew of itself is of the query that is held, whatever was refused', async () => {
  const { world, starling } = await begin()
  const subscription = starling.subscribe('a:*')
  const { socket } = world
  socket.welcomes().says(subscribed(1, 1))
  socket.says(snapshot(1, 1, position({ x: {} })))
  subscription.replace({ channels: ['a:*'], snapshot: false })
  socket.says({ type: 'error', code: 'bad_message', message: 'no', retry: 'never', id: 1 })
  socket.says(subscribed(1, 5, { reason: 'expired' }))
  assert.deepEqual([held(subscription), subscription.seq], [{ x: {} }, 1])
  socket.says(snapshot(1, 5, position({ y: {} })))
  assert.deepEqual([held(subscription), subscription.seq], [{ y: {} }, 5])
  subscription.replace({ channels: ['b:*'] })
  subscription.replace({ channels: ['c:*'] })
  socket.says(subscribed(1, 9, { reason: 'expired' }))
  assert.deepEqual(socket.of('subscribe').at(-1)?.channels, ['b:*'], 'that is still to be answered')
  socket.says(subscribed(1, 9, { reason: 'expired', gaps: {} }))
  assert.deepEqual(socket.of('subscribe').at(-1)?.channels, ['c:*'], 'changed before the snapshot was whole')
})

test('a message of as many bytes as the server takes is sent; of one more it is refused here, and the line and the others go on', async () => {
  const { world, starling } = await begin()
  const other = starling.subscribe('a:*')
  const { socket } = world
  const sizeOf = (message: object): number => Buffer.byteLength(JSON.stringify(message))
  const query = (bytes: number): Query => {
    const empty = { channels: ['a:*'], filter: { keys: ['ÿ', ''] } }
    return { channels: ['a:*'], filter: { keys: ['ÿ', 'x'.repeat(bytes - sizeOf({ ...empty, type: 'subscribe', id: 2 }))] } }
  }
  socket.welcomes('e1', 1000).says(subscribed(1, 1))
  socket.says(snapshot(1, 1, position({ x: {} })))
  const subscription = starling.subscribe(query(1001))
  await assert.rejects(subscription.ready, { code: 'limit_message', retry: 'never' })
  assert.deepEqual([subscription.state, other.state, socket.of('subscribe').length, socket.isClosed], ['syncing', 'live', 1, false])
  for (const bytes of [999, 1000]) {
    subscription.replace(query(bytes))
    assert.equal(sizeOf(socket.sent.at(-1) ?? {}), bytes)
    socket.says(subscribed(2, 1))
    socket.says(snapshot(2, 1, position({ y: {} })))
    assert.deepEqual([subscription.error, subscription.state, held(subscription)], [undefined, 'live', { y: {} }])
    subscription.replace(query(1001))
    assert.deepEqual([subscription.error?.code, subscription.query, subscription.state], ['limit_message', query(bytes), 'live'], 'the old one goes on')
  }
  assert.equal(socket.of('subscribe').length, 3)
  socket.ends()
  await world.pass(1000)
  world.socket.welcomes('e1', 1000)
  assert.deepEqual([world.socket.of('subscribe').map(({ id }) => id), subscription.error?.code, other.error], [[1], 'limit_message', undefined], 'with a cursor it is larger')
})
