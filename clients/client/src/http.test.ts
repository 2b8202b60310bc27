/** What a client does over HTTP, and how it comes there and back. */
import assert from 'node:assert/strict'
import test from 'node:test'

import type { Reconnected, Status } from './api.js'
import { begin, beginOverHttp, FakeWorld, held, position, snapshot, subscribed, update } from './for-test.js'
import { pathMax } from './http.js'

test('a WebSocket that cannot be opened: a stream, told as such, and back again with the same cursor', async () => {
  const { world, starling } = await begin()
  const subscription = starling.subscribe('a:*')
  const returns: Reconnected[] = []
  const transports: Status['transport'][] = []
  starling.onReconnect((how) => returns.push(how))
  starling.onStatus(({ transport }) => { if (transport !== transports.at(-1)) transports.push(transport) })
  world.socket.ends()
  await world.pass(1000)
  world.socket.ends()
  await world.settle()
  const probe = world.request('openapi.json')
  assert.deepEqual([probe.init.method, world.sockets.length], ['HEAD', 2])
  // Nothing that a browser has to ask a server of another origin for first.
  assert.deepEqual(probe.init.headers, {})
  probe.answer('')
  await world.settle()
  const stream = world.request('stream').streams()
  assert.deepEqual(world.request('stream').init.headers, {})
  assert.equal(starling.status.state, 'connecting')
  stream.says(`data: ${JSON.stringify(subscribed(1, 4))}\n\ndata: ${JSON.stringify(snapshot(1, 4, position({ x: {} }))).slice(0, 20)}`)
  await world.settle()
  assert.deepEqual([starling.status.state, starling.status.transport], ['connected', 'stream'])
  stream.says(`${JSON.stringify(snapshot(1, 4, position({ x: {} }))).slice(20)}\nid: e1:4:v\n\n`)
  await world.settle()
  assert.deepEqual([subscription.state, held(subscription)], ['live', { x: {} }])
  stream.says(`data: ${JSON.stringify({ type: 'progress', time: 't', at: { 1: 6 } })}\nid: e1:6:v\n\n`)
  await world.pass(30_000)
  assert.equal(world.sockets.length, 3)
  world.socket.welcomes()
  assert.deepEqual(world.socket.sent[0]?.since, { epoch: 'e1', seq: 6, view: 'v' })
  assert.ok(world.request('stream').init.signal?.aborted)
  world.socket.says(subscribed(1, 6, { resumed: true, reason: 'resumed' }))
  world.socket.says(update(1, 6, {}))
  assert.deepEqual([starling.status.transport, returns], ['websocket', [{ transport: 'websocket', isContinuous: true }]])
  assert.deepEqual(transports, ['stream', 'websocket'])
})

test('polling asks every 30 s while a WebSocket is tried beside', async () => {
  const { world, starling } = await begin({ transports: ['websocket', 'poll'] })
  const subscription = starling.subscribe('a:*')
  world.socket.ends()
  await world.pass(1000)
  world.socket.ends()
  await world.settle()
  world.request('openapi.json').answer('')
  await world.settle()
  const polls = (): (string | null)[] => world.requests.filter(({ path }) => path.endsWith('changes')).map(({ parameters }) => parameters.get('since'))
  world.request('changes').answer({ frames: [subscribed(1, 1), snapshot(1, 1, position({ x: { v: 1 } }))], since: 'e1:1:v' })
  await world.pass(29_999)
  assert.deepEqual([polls(), starling.status.transport, subscription.state], [[null], 'poll', 'live'])
  await world.pass(1)
  assert.deepEqual([polls(), world.request('changes').parameters.get('wait'), world.sockets.length], [[null, 'e1:1:v'], '0s', 3])
  world.request('changes').answer({ frames: [update(1, 2, position({ patch: { x: { v: 2 } } }))], since: 'e1:2:v' })
  world.socket.ends()
  await world.pass(30_000)
  assert.deepEqual([polls().at(-1), held(subscription), world.sockets.length], ['e1:2:v', { x: { v: 2 } }, 3])
  world.request('changes').answer({ frames: [], since: 'e1:3:v' })
  await world.pass(30_000)
  assert.deepEqual([polls().at(-1), world.sockets.length, subscription.seq], ['e1:3:v', 4, 3])
})

test('long polls begin with what there is, then wait; an answer that goes on is whole', async () => {
  const { world, starling } = await beginOverHttp('long-poll')
  const subscription = starling.subscribe('a:*')
  await world.settle()
  assert.equal(world.request('changes').parameters.get('wait'), '0s')
  world.request('changes').answer({ frames: [subscribed(1, 1), snapshot(1, 1, position({ x: {} }))], since: 'e1:1:v' })
  await world.pass(250)
  assert.deepEqual([world.request('changes').parameters.get('wait'), world.request('changes').parameters.get('since')], ['30s', 'e1:1:v'])
  world.request('changes').fails()
  await world.settle()
  assert.equal(subscription.state, 'stale')
  await world.pass(1000)
  world.request('openapi.json').answer('')
  await world.settle()
  assert.equal(world.request('changes').parameters.get('since'), 'e1:1:v')
  world.request('changes').answer({ frames: [], since: 'e1:1:v' })
  await world.settle()
  assert.deepEqual([subscription.state, held(subscription)], ['live', { x: {} }])
})

test('as many as four subscriptions hold a connection', async () => {
  for (const transport of ['stream', 'long-poll'] as const) {
    for (const count of [3, 4, 5]) {
      const { world, starling } = await beginOverHttp(transport)
      for (let number = 1; number <= count; ++number) starling.subscribe(`a:${number}`)
      await world.settle()
      if (transport === 'long-poll') {
        for (const { answer } of world.requests.slice(1)) answer({ frames: [subscribed(1, 1), snapshot(1, 1, {})], since: 'e1:1:v' })
        await world.pass(5000)
      }
      const holding = world.requests.filter(({ path, parameters }) => path.endsWith('stream') || parameters.get('wait') === '30s')
      assert.deepEqual(holding.map(({ parameters }) => parameters.get('channels')), ['a:1', 'a:2', 'a:3', 'a:4'].slice(0, count), `${transport}, ${count}`)
    }
  }
})

test('four subscriptions have a stream, those after them ask every five seconds and move up', async () => {
  const { world, starling } = await beginOverHttp('stream')
  const subscriptions = ['1', '2', '3', '4', '5'].map((name) => starling.subscribe(`a:${name}`))
  await world.settle()
  const count = (path: string): number => world.requests.filter((request) => request.path.endsWith(path)).length
  assert.deepEqual([count('stream'), count('changes')], [4, 1])
  world.request('changes').answer({ frames: [subscribed(1, 1), snapshot(1, 1, {})], since: 'e1:1:v' })
  await world.pass(5000)
  assert.deepEqual([count('stream'), count('changes'), world.request('changes').parameters.get('wait')], [4, 2, '0s'])
  subscriptions[0]?.unsubscribe()
  world.request('changes').answer({ frames: [], since: 'e1:2:v' })
  await world.pass(5000)
  assert.deepEqual([count('stream'), count('changes'), world.request('stream').parameters.get('since')], [5, 2, 'e1:2:v'])
})

test('over HTTP a query that is refused leaves the old one going, and the past waits for a WebSocket', async () => {
  const { world, starling } = await beginOverHttp('stream')
  const subscription = starling.subscribe('a:1')
  await world.settle()
  const first = world.request('stream').streams()
  first.says(`data: ${JSON.stringify(subscribed(1, 1))}\n\ndata: ${JSON.stringify(snapshot(1, 1, position({ x: {} })))}\nid: e1:1:v\n\n`)
  await world.settle()
  subscription.replace({ channels: ['nonsense'] })
  await world.settle()
  world.request('stream').answer({ code: 'bad_channel', detail: 'no', field: 'channels' }, 400, { 'Content-Type': 'application/problem+json' })
  await world.settle()
  assert.deepEqual([subscription.error?.code, subscription.query, starling.status.state], ['bad_channel', { channels: ['a:1'] }, 'connected'])
  assert.deepEqual([world.request('stream').parameters.get('channels'), world.request('stream').parameters.get('since')], ['a:1', 'e1:1:v'])
  subscription.replace({ channels: ['a:1'], at: '2026-11-21T09:00:00Z' })
  assert.deepEqual([subscription.error?.code, subscription.error?.retry, subscription.state], ['unavailable', 'later', 'stale'])
})

test('over HTTP publishes are posted one after the other, with the token', async () => {
  const { world, starling } = await begin({ transports: ['stream'], token: 'secret' })
  world.request('openapi.json').answer('')
  await world.settle()
  const first = starling.publish('a:b', 'x', { v: 1 })
  const second = starling.publish('a:b', 'y', { v: 2 })
  await world.settle()
  const posts = world.requests.filter(({ path }) => path === '/api/v1/publish')
  assert.deepEqual([posts.length, posts[0]?.init.body, posts[0]?.init.headers], [
    1, '{"channel":"a:b","key":"x","data":{"v":1}}', { 'Content-Type': 'application/json', Authorization: 'Bearer secret' },
  ])
  world.request('publish').answer({ accepted: 1, seq: 5 })
  assert.deepEqual(await first, { seq: 5 })
  await world.settle()
  world.request('publish').answer({ code: 'limit_keys', detail: 'full' }, 507)
  await assert.rejects(second, { code: 'limit_keys' })
})

test('a stream on which nothing comes is left, and one that is refused waits as long as it is told', async () => {
  const { world, starling } = await beginOverHttp('stream')
  starling.subscribe('a:*')
  await world.settle()
  const stream = world.request('stream').streams()
  stream.says(`data: ${JSON.stringify(subscribed(1, 1))}\n\n`)
  await world.pass(64_999)
  assert.equal(starling.status.state, 'connected')
  await world.pass(1)
  assert.equal(starling.status.state, 'reconnecting')
  await world.pass(1000)
  world.request('openapi.json').answer('', 429, { 'Retry-After': '7' })
  await world.settle()
  assert.equal(starling.status.retryAt, world.time + 7000)
})

test('without a WebSocket it begins with a stream', async () => {
  const world = new FakeWorld()
  world.hasWebSocket = false
  await begin({}, world)
  assert.equal(world.requests[0]?.init.method, 'HEAD')
})

test('over HTTP a token that is taken away is sent no more, and a WebSocket tried beside says the newest', async () => {
  const { world, starling } = await begin({ transports: ['websocket', 'poll'], token: 'old' })
  world.socket.ends()
  await world.pass(1000)
  world.socket.ends()
  await world.settle()
  world.request('openapi.json').answer('')
  await world.settle()
  starling.setToken(undefined)
  starling.publish('a:b', 'x', {}).catch(() => {})
  await world.settle()
  assert.deepEqual(world.request('publish').init.headers, { 'Content-Type': 'application/json' })
  world.request('publish').answer({ accepted: 1, seq: 1 })
  await world.pass(30_000)
  assert.equal(world.sockets.length, 3)
  starling.setToken('new')
  world.socket.opens()
  assert.deepEqual(world.socket.sent, [{ type: 'hello', token: 'new' }])
})

test('over HTTP two queries that are refused in a row leave the first one going', async () => {
  const { world, starling } = await beginOverHttp('stream')
  const subscription = starling.subscribe('a:1')
  await world.settle()
  const first = world.request('stream').streams()
  first.says(`data: ${JSON.stringify(subscribed(1, 1))}\n\ndata: ${JSON.stringify(snapshot(1, 1, position({ x: {} })))}\nid: e1:1:v\n\n`)
  await world.settle()
  const asked = (): (string | null)[] => world.requests.filter(({ path }) => path.endsWith('stream')).map(({ parameters }) => parameters.get('channels'))
  for (const name of ['no', 'neither']) {
    subscription.replace({ channels: [name] })
    await world.settle()
    world.request('stream').answer({ code: 'bad_channel', detail: 'no' }, 400)
    await world.settle()
    assert.deepEqual([asked().slice(-2), world.request('stream').parameters.get('since')], [[name, 'a:1'], 'e1:1:v'])
  }
  world.request('stream').answer({ code: 'bad_channel', detail: 'no' }, 400)
  await world.settle()
  assert.equal(asked().length, 5, 'that which was followed is not asked again and again')
})

test('a query that is too large for a request is refused, and asked again where it may be smaller: the line and the others go on', async () => {
  for (const [status, body] of [[413, '<html>'], [414, ''], [431, { status: 431, detail: 'a head has at most 16 KiB' }]] as const) {
    const { world, starling } = await beginOverHttp('stream')
    const other = starling.subscribe('a:1')
    await world.settle()
    world.request('stream').streams().says(`data: ${JSON.stringify(subscribed(1, 1))}\n\ndata: ${JSON.stringify(snapshot(1, 1, position({ x: {} })))}\nid: e1:1:v\n\n`)
    const large = starling.subscribe('a:2')
    await world.settle()
    world.request('stream').answer(body, status)
    await assert.rejects(large.ready, { code: 'limit_message', retry: 'later' })
    await world.pass(60_000)
    assert.deepEqual([starling.status.state, other.state, large.state, world.requests.length], ['connected', 'live', 'syncing', 3], String(status))
    large.refresh()
    await world.settle()
    assert.deepEqual(world.request('stream').parameters.get('channels'), 'a:2')
    const publish = starling.publish('a:b', 'x', {})
    await world.settle()
    world.request('publish').answer(body, status)
    await assert.rejects(publish, { code: 'limit_message' })
    assert.equal(starling.status.state, 'connected')
  }
})

test('an address of 14,336 characters is asked for, and a longer one is refused here', async () => {
  const { world, starling } = await beginOverHttp('stream')
  const before = 'stream?channels=a%3Ab&keys='
  for (const [length, isAsked] of [[pathMax - 1, true], [pathMax, true], [pathMax + 1, false]] as const) {
    const subscription = starling.subscribe({ channels: ['a:b'], filter: { keys: ['x'.repeat(length - before.length)] } })
    await world.settle()
    assert.deepEqual([world.requests.length, subscription.error?.code, subscription.error?.retry], isAsked ? [2, undefined, undefined] : [1, 'limit_message', 'later'], String(length))
    subscription.unsubscribe()
    world.requests.splice(1)
  }
  assert.deepEqual([pathMax, starling.status.state], [14_336, 'connected'])
})

test('who disconnects between two polls leaves no timer behind', async () => {
  const { world, starling } = await beginOverHttp('poll')
  const subscription = starling.subscribe('a:1')
  starling.subscribe('a:2')
  await world.settle()
  for (const { answer } of world.requests.slice(1)) answer({ frames: [subscribed(1, 1), snapshot(1, 1, {})], since: 'e1:1:v' })
  await world.settle()
  assert.equal(world.timers, 2)
  subscription.unsubscribe()
  assert.equal(world.timers, 1)
  starling.disconnect()
  assert.equal(world.timers, 0)
})
