import assert from 'node:assert/strict'
import test from 'node:test'

import { StarlingError } from './api.js'
import type { Publish } from './message.js'
import { type Answer, emptyOutbox, type OutboxEvent, reduce } from './outbox.js'

/** Plays events, and says what was sent and what was answered, by the channels of the publishes. */
function play(queueMax: number, ...events: (string | OutboxEvent)[]): string[] {
  let outbox = emptyOutbox
  const done: string[] = []
  for (const event of events) {
    const told: OutboxEvent = typeof event !== 'string' ? event : {
      type: 'publish', message: { channel: event, key: 'k', data: {} },
      settle: (answer: Answer) => done.push(`${event} ${answer instanceof StarlingError ? answer.code : answer.seq}`),
    }
    const [next, ...effects] = reduce(outbox, told, { queueMax })
    outbox = next
    for (const { letter, answer } of effects) answer ? letter.settle(answer) : done.push(`> ${letter.message.channel}`)
  }
  return done
}

const opened = (window = Infinity): OutboxEvent => ({ type: 'opened', window })
const answered = (ref: number): OutboxEvent => ({ type: 'answered', ref, answer: { seq: ref } })
const lost: OutboxEvent = { type: 'lost', isRepeatable: ({ channel }: Publish) => channel.startsWith('state') }

test('what is said while there is no connection goes out in order once there is one', () => {
  assert.deepEqual(play(10, 'a', 'b', opened(), 'c', answered(1)), ['> a', '> b', '> c', 'a 1'])
})

test('beyond the bound nothing waits', () => {
  assert.deepEqual(play(2, 'a', 'b', 'c', opened(), answered(1), 'd'), ['c full', '> a', '> b', 'a 1', '> d'])
})

test('what was sent and not answered is said again where that changes nothing, else given up', () => {
  assert.deepEqual(play(10, opened(), 'state', 'event', lost, 'later', opened()), ['> state', '> event', 'event unavailable', '> state', '> later'])
  assert.deepEqual(play(10, 'event', lost, opened()), ['> event'], 'what was never sent cannot be said twice')
})

test('what is on its way when a line is cut a second time may be why: it is given up', () => {
  assert.deepEqual(play(10, opened(), 'state', lost, 'state b', opened(), lost, opened()), ['> state', '> state', '> state b', 'state unavailable', '> state b'])
})

test('that it was on its way is remembered, however many attempts there are before the next line', () => {
  assert.deepEqual(play(10, opened(), 'state', lost, lost, opened(), lost), ['> state', '> state', 'state unavailable'])
})

test('one after the other, where only one may be on its way', () => {
  assert.deepEqual(play(10, opened(1), 'a', 'b', 'c', answered(1), answered(2)), ['> a', 'a 1', '> b', 'b 2', '> c'])
})

test('an answer to nobody is none', () => {
  assert.deepEqual(play(10, opened(), 'a', answered(7), answered(1), answered(1)), ['> a', 'a 1'])
})
