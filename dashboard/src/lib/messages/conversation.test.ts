import assert from 'node:assert/strict'
import test from 'node:test'

import { converse, entriesMax, isHeld, mayBeSent, outgoingMax, silence, type Conversation, type ConversationEvent } from './conversation.js'
import { everybody, type Draft } from './message.js'

const after = (...events: ConversationEvent[]) => events.reduce(converse, silence)
const said = (second: number, text: string, from = '!a', id?: number): ConversationEvent => ({ type: 'said', said: row(second, text, from, id) })
const row = (second: number, text: string, from = '!a', id?: number) => ({ key: from, time: new Date(second * 1000).toISOString(), data: { text, from, ...(id === undefined ? {} : { id }) } })
const draft = (packet: number): Draft => ({ from: 'desk', to: everybody, channel: '0', text: 'hi', packet })
const texts = (talk: Conversation) => talk.entries.map(entry => (entry.type === 'message' ? entry.message.text : `(${entry.id})`))

test('what was said stands in the order in which it came, once', () => {
  const talk = after(said(2, 'b'), said(1, 'a'), said(2, 'b'), said(2, 'b', '!b'), said(3, 'b'))
  assert.deepEqual(texts(talk), ['b', 'a', 'b', 'b'])
  assert.equal(talk.arrived, 4)
  assert.deepEqual([isHeld(talk, row(1, 'a')), isHeld(talk, row(1, 'b')), isHeld(talk, { time: 'x', data: {} })], [true, false, false])
})

test('what is no message changes nothing', () => {
  const talk = after(said(1, 'a'))
  assert.equal(converse(talk, { type: 'said', said: { time: 'x', data: {} } }), talk)
})

test('at one below, at, and one above the bound the newest are kept', () => {
  for (const [count, length, first] of [[entriesMax - 1, entriesMax - 1, '0'], [entriesMax, entriesMax, '0'], [entriesMax + 1, entriesMax, '1']] as const) {
    const talk = after(...Array.from({ length: count }, (_, index) => said(index, String(index))))
    assert.equal(talk.entries.length, length)
    assert.equal(texts(talk)[0], first)
  }
})

test('a gap stands where events were lost, each with a name of its own', () => {
  const talk = after(said(1, 'a'), { type: 'gap' }, said(5, 'b'), { type: 'gap' })
  assert.deepEqual(texts(talk), ['a', '(gap 1)', 'b', '(gap 2)'])
  assert.equal(new Set(talk.entries.map(({ id }) => id)).size, 4)
})

test('what was before is put in front in the order of its times, without what is there', () => {
  const talk = after(said(5, 'e'), said(6, 'f'), { type: 'earlier', said: [row(3, 'c'), row(1, 'a'), row(5, 'e'), row(3, 'c')] })
  assert.deepEqual(texts(talk), ['a', 'c', 'e', 'f'])
  assert.equal(talk.arrived, 2, 'what is old is not new')
  const full = after(...Array.from({ length: entriesMax - 1 }, (_, index) => said(100 + index, String(index))), { type: 'earlier', said: [row(1, 'old'), row(2, 'older kept')] })
  assert.deepEqual([texts(full)[0], full.entries.length], ['older kept', entriesMax])
})

test('what is written waits, is taken, and goes when it comes back', () => {
  const sending = after({ type: 'sending', draft: draft(7) }, { type: 'sending', draft: draft(8) })
  assert.deepEqual(sending.outgoing.map(({ state }) => state), ['sending', 'sending'])
  const taken = converse(sending, { type: 'taken', packet: 7 })
  assert.deepEqual(taken.outgoing.map(({ state }) => state), ['sent', 'sending'])
  assert.deepEqual(converse(taken, said(1, 'hi', '!other', 7)).outgoing.length, 2, 'another sender may use the same number')
  const back = converse(taken, said(1, 'hi', 'desk', 7))
  assert.deepEqual(back.outgoing.map(({ draft: { packet } }) => packet), [8])
  assert.deepEqual(texts(back), ['hi'])
  assert.deepEqual(converse(back, { type: 'dropped', packet: 8 }).outgoing, [])
})

test('what failed says why and can be sent again in its place; what is forbidden closes the box', () => {
  const failed = after({ type: 'sending', draft: draft(7) }, { type: 'refused', packet: 7, code: 'unavailable', fault: 'may have been said' })
  assert.deepEqual([failed.outgoing[0]?.state, failed.outgoing[0]?.fault, failed.forbidden], ['failed', 'may have been said', undefined])
  const again = converse(failed, { type: 'sending', draft: draft(7) })
  assert.deepEqual([again.outgoing.length, again.outgoing[0]?.state], [1, 'sending'])
  assert.equal(converse(again, { type: 'refused', packet: 7, code: 'forbidden', fault: 'not here' }).forbidden, 'not here')
})

test('another time has another conversation, and what is on its way stays', () => {
  const talk = after(said(1, 'a'), { type: 'sending', draft: draft(7) }, { type: 'cleared' })
  assert.deepEqual([talk.entries.length, talk.outgoing.length, talk.arrived], [0, 1, 0])
})

test('at one below, at, and one above the bound another message is taken to be sent, or is not', () => {
  for (const [waiting, isTaken] of [[outgoingMax - 1, true], [outgoingMax, false], [outgoingMax + 1, false]] as const) {
    const talk = after(...Array.from({ length: waiting }, (_, packet): ConversationEvent => ({ type: 'sending', draft: draft(packet) })))
    assert.equal(talk.outgoing.length, Math.min(waiting, outgoingMax))
    assert.equal(mayBeSent(talk, draft(1000)), isTaken)
    assert.equal(converse(talk, { type: 'sending', draft: draft(1000) }).outgoing.length, Math.min(waiting + 1, outgoingMax))
    assert.equal(mayBeSent(talk, draft(0)), true, 'what failed may be sent again')
    assert.equal(converse(talk, { type: 'sending', draft: draft(0) }).outgoing.length, talk.outgoing.length)
  }
})
