import assert from 'node:assert/strict'
import test from 'node:test'

import { type Query, StarlingError } from './api.js'
import { type Looking, type LookingEffect, type LookingEvent, reduce, stateOf } from './subscription.js'

const one: Query = { channels: ['a:one'] }
const two: Query = { channels: ['a:two'] }
const three: Query = { channels: ['a:three'] }
const then: Query = { channels: ['a:b'], at: '2026-11-21T09:00:00Z' }

const subscribed = (reason: string): LookingEvent => ({ type: 'subscribed', reason })
const refused = (code: string, retry: StarlingError['retry'] = 'never', field?: string): LookingEvent => ({ type: 'refused', error: new StarlingError(code, code, retry, field) })
const linked: LookingEvent = { type: 'linked' }
const unlinked: LookingEvent = { type: 'unlinked' }
const whole: LookingEvent = { type: 'whole' }
const replace = (query: Query): LookingEvent => ({ type: 'replace', query })

function run(query: Query, ...events: LookingEvent[]): { looking: Looking, effects: (LookingEffect | undefined)[] } {
  let looking: Looking = { wanted: query }
  const effects: (LookingEffect | undefined)[] = []
  for (const event of events) {
    const [next, effect] = reduce(looking, event)
    looking = next
    effects.push(effect)
  }
  return { looking, effects }
}

test('it is asked for with each connection, and live once a seq is complete', () => {
  const states = [linked, subscribed('new'), whole, unlinked, linked, subscribed('resumed'), whole]
    .map((_, index, events) => stateOf(run(one, ...events.slice(0, index + 1)).looking, false))
  assert.deepEqual(states, ['syncing', 'syncing', 'live', 'stale', 'stale', 'stale', 'live'])
  assert.deepEqual(run(one, linked, subscribed('new'), whole, unlinked, linked).effects, ['ask', undefined, undefined, undefined, 'ask'])
})

test('while one query is unanswered the newest waits', () => {
  const { looking, effects } = run(one, linked, replace(two), replace(three), subscribed('new'))
  assert.deepEqual(effects, ['ask', undefined, undefined, 'ask'])
  assert.deepEqual([looking.held, looking.asked], [one, three])
  assert.equal(stateOf(run(one, linked, subscribed('new'), whole, replace(two), subscribed('replaced')).looking, false), 'live')
})

test('a query that is refused leaves the old one going, and says so until another is asked for', () => {
  const { looking } = run(one, linked, subscribed('new'), whole, replace(two), refused('bad_filter'), whole)
  assert.deepEqual([looking.wanted, looking.error?.code, stateOf(looking, false)], [one, 'bad_filter', 'live'])
  assert.deepEqual(run(one, linked, subscribed('new'), whole, replace(two), refused('bad_filter'), unlinked, linked).effects.at(-1), 'ask')
  assert.equal(run(one, linked, subscribed('new'), replace(two), refused('bad_filter'), replace(three)).looking.error, undefined)
})

test('of a refused query that nobody wants any more nothing is said', () => {
  const { looking, effects } = run(one, linked, replace(two), refused('bad_filter'))
  assert.deepEqual([looking.error, effects.at(-1), looking.asked], [undefined, 'ask', two])
})

test('what is begun anew unasked is of the query that is held, and no answer to another', () => {
  const { looking } = run(one, linked, subscribed('new'), whole, replace(two), subscribed('expired'))
  assert.deepEqual([looking.held, looking.asked, stateOf(looking, false)], [one, two, 'stale'])
  assert.deepEqual(run(one, linked, subscribed('new'), whole, replace(two), subscribed('expired'), subscribed('replaced')).looking.held, two)
  const changed = run(one, linked, subscribed('new'), replace(two), subscribed('new'), subscribed('expired')).looking
  assert.deepEqual([changed.held, changed.asked], [two, undefined], 'before the first snapshot was whole it is the answer')
})

test('what is refused while nothing is asked has ended', () => {
  const { looking } = run(one, linked, subscribed('new'), whole, refused('limit_message', 'later'))
  assert.deepEqual([looking.held, looking.error?.code, stateOf(looking, false)], [undefined, 'limit_message', 'stale'])
})

test('what is refused for good is not asked for again, what is refused for now is', () => {
  assert.equal(run(one, linked, refused('bad_channel'), unlinked, linked).effects.at(-1), undefined)
  assert.equal(run(one, linked, refused('bad_channel'), { type: 'refresh' }).effects.at(-1), undefined)
  assert.equal(run(one, linked, refused('limit_subscriptions', 'later'), { type: 'refresh' }).effects.at(-1), 'ask')
  assert.equal(run(one, linked, refused('limit_subscriptions', 'later'), unlinked, linked).effects.at(-1), 'ask')
  assert.equal(run(one, linked, refused('bad_channel'), replace(two)).effects.at(-1), 'ask')
})

test('a place in the past that cannot be had has ended what there was', () => {
  const { looking } = run(one, linked, subscribed('new'), whole, replace(then), refused('unavailable', 'later', 'at'))
  assert.deepEqual([looking.held, looking.wanted, stateOf(looking, false)], [undefined, then, 'stale'])
})

test('what the server no longer knows is begun afresh', () => {
  const { looking, effects } = run(one, linked, subscribed('new'), whole, refused('unknown_id', 'resync'))
  assert.deepEqual([effects.at(-1), looking.held], ['ask', undefined])
})

test('what was told to its end stays right without a connection', () => {
  const { looking, effects } = run(then, linked, subscribed('new'), whole, unlinked, linked)
  assert.deepEqual([stateOf(looking, true), effects.at(-1)], ['replay', undefined])
  const replay: Query = { channels: ['a:b'], replay: { from: '2026-11-21T09:00:00Z' } }
  assert.equal(stateOf(run(replay, linked, subscribed('new'), whole, unlinked).looking, true), 'stale')
  assert.equal(stateOf(run(replay, linked, subscribed('new'), whole, subscribed('ended'), unlinked).looking, true), 'replay')
})

test('a snapshot again is asked of what is held', () => {
  assert.equal(run(one, { type: 'refresh' }).effects[0], undefined)
  assert.equal(run(one, linked, { type: 'refresh' }).effects.at(-1), undefined)
  assert.equal(run(one, linked, subscribed('new'), { type: 'refresh' }).effects.at(-1), 'refresh')
})
