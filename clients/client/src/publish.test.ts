/** What becomes of what the application says. */
import assert from 'node:assert/strict'
import test from 'node:test'

import type { StarlingError } from './api.js'
import { begin, position, snapshot, subscribed } from './for-test.js'

test('1,000 publishes may be unanswered, if nothing else is said', async () => {
  for (const [queueMax, count] of [[undefined, 1000], [3, 3]] as const) {
    const { world, starling } = await begin(queueMax && { queueMax })
    world.socket.welcomes()
    const refused: unknown[] = []
    const say = (): void => { starling.publish('a:b', 'x', {}).catch(({ code }: StarlingError) => refused.push(code)) }
    for (let number = 1; number < count; ++number) say()
    await world.settle()
    assert.deepEqual([refused, world.socket.of('publish').length], [[], count - 1])
    say()
    await world.settle()
    assert.deepEqual([refused, world.socket.of('publish').length], [[], count])
    say()
    await world.settle()
    assert.deepEqual([refused, world.socket.of('publish').length], [['full'], count])
  }
})

test('a publish is answered with its seq, or with what is wrong', async () => {
  const { world, starling } = await begin()
  const early = starling.publish('a:position', 'x', { v: 1 })
  world.socket.welcomes()
  const wrong = starling.publish('space:presence', 'x', {}, { op: 'replace', time: 't', location: null })
  assert.deepEqual(world.socket.sent, [
    { type: 'publish', ref: 1, channel: 'a:position', key: 'x', data: { v: 1 } },
    { type: 'publish', ref: 2, channel: 'space:presence', key: 'x', data: {}, op: 'replace', time: 't', location: null },
  ])
  world.socket.says({ type: 'ok', ref: 1, seq: 9 })
  world.socket.says({ type: 'error', code: 'forbidden', message: 'm', retry: 'auth', ref: 2 })
  assert.deepEqual(await early, { seq: 9 })
  await assert.rejects(wrong, { code: 'forbidden', retry: 'auth' })
})

test('an event that was sent and not answered is given up, a state that is known as one is said again', async () => {
  const { world, starling } = await begin()
  starling.subscribe('a:*')
  world.socket.welcomes().says(subscribed(1, 1))
  world.socket.says(snapshot(1, 1, position({ x: {} })))
  const state = starling.publish('a:position', 'y', {})
  const removal = starling.publish('a:other', 'y', {}, { op: 'remove' })
  const event = starling.publish('a:message', null, { text: 'hi' })
  world.socket.ends()
  await assert.rejects(event, { code: 'unavailable', retry: 'later' })
  await world.pass(1000)
  world.socket.welcomes()
  assert.deepEqual(world.socket.of('publish').map(({ channel }) => channel), ['a:position', 'a:other'])
  world.socket.says({ type: 'ok', ref: 1, seq: 2 })
  world.socket.says({ type: 'ok', ref: 2, seq: 3 })
  assert.deepEqual([await state, await removal], [{ seq: 2 }, { seq: 3 }])
})

test('a publish is what was said then, and what is no JSON is refused at once', async () => {
  const { world, starling } = await begin()
  const said = { v: 1 }
  void starling.publish('a:b', 'x', said)
  said.v = 2
  const loop: Record<string, never> = {}
  Object.assign(loop, { loop })
  await assert.rejects(starling.publish('a:b', 'x', loop), TypeError)
  world.socket.welcomes()
  assert.deepEqual(world.socket.sent.map(({ data }) => data), [{ v: 1 }])
})

test('a publish that is larger than the server takes is refused, and is not why a line is cut', async () => {
  const { world, starling } = await begin()
  const early = starling.publish('a:b', 'x', { text: 'x'.repeat(1000) })
  world.socket.welcomes('e1', 1000)
  await assert.rejects(early, { code: 'limit_message', retry: 'never' })
  const next = starling.publish('a:b', 'x', { text: '' })
  world.socket.says({ type: 'ok', ref: 2, seq: 1 })
  assert.deepEqual([await next, world.socket.sent.length, starling.status.state], [{ seq: 1 }, 1, 'connected'])
})
