import assert from 'node:assert/strict'
import test from 'node:test'

import { readMessage } from './codec.js'
import { snapshot, subscribed, update } from './for-test.js'
import { Replica, type Step } from './replica.js'

/** Takes frames of epoch e1, each through the codec, and says what the last one completed. */
function take(replica: Replica, ...frames: object[]): Step | undefined {
  let step: Step | undefined
  for (const frame of frames) {
    const message = readMessage(frame)
    step = message && replica.take(message, 'e1')
  }
  return step
}

const records = (replica: Replica, channel: string): object => Object.fromEntries(replica.channel(channel))

test('remove, set and patch are applied together, and a record that changes is another object', () => {
  const replica = new Replica()
  take(replica, subscribed(1, 1), snapshot(1, 1, { 'a:b': { x: { v: 1, w: 1 }, y: { v: 2 } } }))
  const { x } = Object.fromEntries(replica.channel('a:b'))
  const held = replica.channel('a:b')
  const step = take(replica, update(1, 2, { 'a:b': { remove: { y: 'moved' }, set: { z: { v: 3 } }, patch: { x: { v: 9 } } } }))
  assert.deepEqual(records(replica, 'a:b'), { x: { v: 9, w: 1 }, z: { v: 3 } })
  assert.deepEqual(x, { v: 1, w: 1 })
  assert.equal(replica.channel('a:b'), held)
  assert.deepEqual([...step?.changes.get('a:b') ?? []], [['y', 'moved'], ['z', { v: 3 }], ['x', { v: 9, w: 1 }]])
  assert.deepEqual(replica.cursor, { epoch: 'e1', seq: 2, view: 'v' })
})

test('a snapshot in parts shows nothing before its last part, and then drops what is not in it', () => {
  const replica = new Replica()
  take(replica, subscribed(1, 1), snapshot(1, 1, { 'a:b': { old: { v: 1 } } }))
  take(replica, subscribed(1, 5, { reason: 'expired', view: 'w' }), snapshot(1, 5, { 'a:b': { x: { v: 5 } } }, true))
  assert.deepEqual(records(replica, 'a:b'), { old: { v: 1 } })
  assert.deepEqual(replica.cursor, { epoch: 'e1', seq: 1, view: 'v' }, 'whoever is cut off now goes on from what is held')
  const step = take(replica, snapshot(1, 5, { 'a:b': { y: { v: 5 } } }))
  assert.deepEqual(records(replica, 'a:b'), { x: { v: 5 }, y: { v: 5 } })
  assert.ok(step?.isReset)
  assert.equal(step.changes.get('a:b')?.get('old'), 'deleted')
  assert.deepEqual(replica.cursor, { epoch: 'e1', seq: 5, view: 'w' })
})

test('a part of another seq begins the snapshot again, and a subscribed voids what is unfinished', () => {
  const replica = new Replica()
  take(replica, subscribed(1, 1), snapshot(1, 1, { 'a:b': { x: {} } }, true), snapshot(1, 2, { 'a:b': { y: {} } }))
  assert.deepEqual(records(replica, 'a:b'), { y: {} })
  take(replica, update(1, 3, { 'a:b': { set: { z: {} } } }, { more: true }), subscribed(1, 3, { resumed: true, reason: 'resumed' }), update(1, 3, {}))
  assert.deepEqual(records(replica, 'a:b'), { y: {} })
})

test('the parts of an update are applied together', () => {
  const replica = new Replica()
  take(replica, subscribed(1, 1), snapshot(1, 1, {}))
  assert.equal(take(replica, update(1, 2, { 'a:b': { set: { x: { v: 1 } } } }, { more: true })), undefined)
  assert.equal(replica.channel('a:b').size, 0)
  take(replica, update(1, 2, { 'a:b': { patch: { x: { w: 2 } } } }))
  assert.deepEqual(records(replica, 'a:b'), { x: { v: 1, w: 2 } })
})

test('events come once each, in order, after the gap before them', () => {
  const replica = new Replica()
  const event = (seq: number, n: number): object => ({ seq, n, time: 't', data: {} })
  take(replica, subscribed(1, 1), snapshot(1, 1, {}))
  const step = take(replica, update(1, 5, { 'a:e': { gap: { after: 1, before: 4 }, events: [event(5, 0)] }, 'a:f': { events: [event(4, 1), event(4, 0)] } }))
  assert.deepEqual(step?.gaps, [{ channel: 'a:e', after: 1, before: 4 }])
  assert.deepEqual(step.events.map(({ channel, seq, n }) => [channel, seq, n]), [['a:f', 4, 0], ['a:f', 4, 1], ['a:e', 5, 0]])
  const again = take(replica, update(1, 6, { 'a:e': { events: [event(5, 0), event(6, 0)] } }))
  assert.deepEqual(again?.events.map(({ seq }) => seq), [6])
  const other = readMessage(snapshot(1, 1, {}))
  take(replica, subscribed(1, 1, { reason: 'epoch' }))
  if (other) replica.take(other, 'e2')
  const first = readMessage(update(1, 2, { 'a:e': { events: [event(2, 0)] } }))
  assert.deepEqual(first && replica.take(first, 'e2')?.events.map(({ seq }) => seq), [2], 'seqs of another epoch begin anew')
})

test('gaps that a lost cursor brings are told once its snapshot is whole', () => {
  const replica = new Replica()
  take(replica, subscribed(1, 1), snapshot(1, 1, {}))
  assert.equal(take(replica, subscribed(1, 9, { reason: 'expired', gaps: { 'a:e': { after: 1, before: 10 } } })), undefined)
  assert.deepEqual(take(replica, snapshot(1, 9, {}))?.gaps, [{ channel: 'a:e', after: 1, before: 10 }])
})

test('a snapshot that was given up for another leaves its gaps, one that was cut off does not', () => {
  const replica = new Replica()
  const expired = (seq: number): object => subscribed(1, seq, { reason: 'expired', gaps: { 'a:e': { after: seq - 1, before: seq + 1 } } })
  take(replica, subscribed(1, 1), snapshot(1, 1, {}))
  take(replica, expired(4), snapshot(1, 4, {}, true), expired(7), subscribed(1, 7))
  assert.deepEqual(take(replica, snapshot(1, 7, {}))?.gaps.map(({ after }) => after), [3, 6])
  take(replica, expired(9))
  replica.cutOff()
  take(replica, subscribed(1, 9, { resumed: true, reason: 'resumed' }))
  assert.deepEqual(take(replica, update(1, 9, {}))?.gaps, [])
})

test('recent events that were not shown before are new, however old', () => {
  const replica = new Replica()
  const events = (...seqs: number[]): object => ({ 'a:e': { events: seqs.map((seq) => ({ seq, n: 0, time: 't', data: {} })) } })
  take(replica, subscribed(1, 9), snapshot(1, 9, {}), update(1, 9, events(7, 8)))
  take(replica, subscribed(1, 9, { reason: 'expired' }), snapshot(1, 9, {}))
  assert.deepEqual(take(replica, update(1, 9, events(3, 7)))?.events.map(({ seq }) => seq), [3])
})

test('of the newest 10,000 events it is known that they came', () => {
  for (const [others, isTold] of [[9998, false], [9999, false], [10_000, true]] as const) {
    const replica = new Replica()
    const events = (first: number, count: number): object => ({ 'a:e': { events: Array.from({ length: count }, (_, n) => ({ seq: first + n, n: 0, time: 't', data: {} })) } })
    take(replica, subscribed(1, 1), snapshot(1, 1, {}), update(1, 20_000, events(1, 1 + others)))
    assert.equal(take(replica, update(1, 20_001, events(1, 1)))?.events.length, isTold ? 1 : 0, String(others))
    assert.equal(take(replica, update(1, 20_002, events(1 + others, 1)))?.events.length, 0, 'the newest')
  }
})

test('a snapshot in place of what was followed says that it leaves out events, also where the cursor had to be dropped', () => {
  for (const reason of ['query', 'new']) {
    const replica = new Replica()
    take(replica, subscribed(1, 1), snapshot(1, 1, {}), update(1, 2, { 'a:e': { events: [{ seq: 2, n: 0, time: 't', data: {} }] } }))
    if (reason === 'new') replica.cursor = undefined
    assert.deepEqual(take(replica, subscribed(1, 7, { reason, view: 'w' }), snapshot(1, 7, {}))?.gaps, [{ channel: 'a:e', after: 2, before: 8 }])
  }
})

test('without a snapshot it is whole at once', () => {
  const replica = new Replica()
  replica.wantsSnapshot = false
  assert.ok(take(replica, subscribed(1, 4)))
  assert.deepEqual(replica.cursor, { epoch: 'e1', seq: 4, view: 'v' })
})

test('of a replay a snapshot that is asked for again is of the time that is shown', () => {
  const replica = new Replica()
  take(replica, subscribed(1, 1, { view: undefined, replay: true, time: 't1' }), snapshot(1, 1, {}))
  assert.equal(replica.time, 't1')
  take(replica, update(1, 2, {}, { time: 't2' }))
  take(replica, snapshot(1, 2, {}))
  assert.equal(replica.time, 't2')
  take(replica, subscribed(1, 3, { reason: 'expired', view: undefined, replay: true, time: 't3' }))
  assert.equal(replica.time, 't2')
  take(replica, snapshot(1, 3, {}))
  assert.equal(replica.time, 't3')
  take(replica, subscribed(1, 9), snapshot(1, 9, {}))
  assert.equal(replica.time, undefined)
})

test('progress moves the cursor on, never back', () => {
  const replica = new Replica()
  const at = (): unknown[] => [replica.cursor?.seq, replica.seq]
  replica.moveTo(9)
  assert.deepEqual(at(), [undefined, 0])
  take(replica, subscribed(1, 4), snapshot(1, 4, {}))
  replica.moveTo(3)
  assert.deepEqual(at(), [4, 4])
  replica.moveTo(9)
  assert.deepEqual(at(), [9, 9])
})

test('a replay has a time and no cursor, and its events are not those of now', () => {
  const replica = new Replica()
  const event = { seq: 5, n: 0, time: 't', data: {} }
  take(replica, subscribed(1, 9), snapshot(1, 9, {}), update(1, 10, { 'a:e': { events: [event] } }))
  take(replica, { type: 'subscribed', id: 1, seq: 1, resumed: false, reason: 'new', replay: true, time: 'then' }, snapshot(1, 1, {}))
  assert.deepEqual([replica.isPast, replica.time, replica.cursor], [true, 'then', undefined])
  const step = take(replica, update(1, 2, { 'a:e': { events: [event] } }, { time: 'later' }))
  assert.deepEqual([step?.events.length, replica.time], [1, 'later'])
})

test('what no server sends changes nothing', () => {
  for (const [name, ...frames] of [
    ['a patch of nothing', update(1, 2, { 'a:b': { set: { y: {} }, patch: { z: {} } } })],
    ['an older seq', update(1, 0, { 'a:b': { set: { y: {} } } })],
    ['parts of two seqs', update(1, 2, { 'a:b': { set: { y: {} } } }, { more: true }), update(1, 3, {})],
    ['an update in place of a snapshot', subscribed(1, 2, { reason: 'epoch' }), update(1, 2, { 'a:b': { set: { y: {} } } })],
    ['a record that is none', update(1, 2, { 'a:b': { set: { y: [] } } })],
    ['a removal without a reason', update(1, 2, { 'a:b': { remove: { x: null } } })],
    ['an event without data', update(1, 2, { 'a:e': { events: [{ seq: 1, n: 1, time: 't' }] } })],
    ['a seq that is none', update(1, -1, {})],
    ['no channels', { type: 'update', id: 1, seq: 2 }],
  ] as [string, ...object[]][]) {
    const replica = new Replica()
    take(replica, subscribed(1, 1), snapshot(1, 1, { 'a:b': { x: { v: 1 } } }))
    assert.throws(() => take(replica, ...frames), { name: 'StarlingError', retry: 'resync' }, name)
    assert.deepEqual(records(replica, 'a:b'), { x: { v: 1 } }, name)
  }
})

test('names that mean something to JavaScript are names like others', () => {
  const replica = new Replica()
  take(replica, subscribed(1, 1), JSON.parse(JSON.stringify(snapshot(1, 1, {})).replace('{}', '{"a:b":{"__proto__":{"__proto__":1,"constructor":2}}}')) as object)
  const record = replica.channel('a:b').get('__proto__')
  assert.deepEqual(Object.keys(record ?? {}), ['__proto__', 'constructor'])
  assert.equal(readMessage({ type: 'constructor' }), undefined)
})
