import assert from 'node:assert/strict'
import test from 'node:test'

import { readAccepted, readAnswer, readCursor, readMessage, readProblem } from './codec.js'

test('what is not used may be anything', () => {
  const message = { type: 'ok', seq: 7, ref: null, more: { of: 'it' } }
  assert.equal(readMessage(message), message)
  assert.equal(readMessage({ type: 'later version', seq: 'x' }), undefined)
})

test('what is used is as it should be, or the message is none', () => {
  for (const wrong of [
    undefined, null, 'welcome', [], {}, { type: 'ok' }, { type: 'ok', seq: 1.5 }, { type: 'ok', seq: '1' }, { type: 'welcome', epoch: 'e' },
    { type: 'snapshot', id: 1, seq: 1, channels: { 'a:b': { x: 1 } }, more: false }, { type: 'snapshot', id: 1, seq: 1, channels: [], more: false },
    { type: 'subscribed', id: 1, seq: 1, resumed: true, reason: 'x', gaps: { a: 6 } }, { type: 'progress', at: { 1: -1 } }, { type: 'bye' }, { type: 'error', code: 'x' },
  ]) {
    assert.throws(() => readMessage(wrong), { code: 'bad_message', retry: 'resync' }, JSON.stringify(wrong))
  }
})

test('a cursor is epoch:seq:view, whatever the epoch is', () => {
  assert.deepEqual(readCursor('a:b:7:v'), { epoch: 'a:b', seq: 7, view: 'v' })
  for (const wrong of [undefined, '', 'e:7', ':7:v', 'e::v', 'e:x:v', 'e:7:']) assert.equal(readCursor(wrong), undefined)
})

test('the answers over HTTP', () => {
  assert.deepEqual(readAnswer('{"frames":[],"since":"e:1:v"}'), { frames: [], cursor: { epoch: 'e', seq: 1, view: 'v' } })
  for (const wrong of ['', '<html>', '{"frames":[]}', '{"since":"e:1:v"}', '{"frames":[1],"since":"e:1:v"}']) assert.throws(() => readAnswer(wrong), { name: 'StarlingError' }, wrong)
  assert.deepEqual(readAccepted('{"accepted":1,"seq":3}'), { seq: 3 })
  assert.throws(() => readAccepted('<html>'), { code: 'http' })
})

test('a problem document says what and why; anything else is the way\'s, not the server\'s', () => {
  const told = ({ code, message, retry, field, afterMs, isUnfit, isOurs }: ReturnType<typeof readProblem>): unknown[] => [code, message, retry, field, afterMs, isUnfit, isOurs]
  assert.deepEqual(told(readProblem('{"status":400,"code":"bad_filter","detail":"no box","field":"bounds"}', 400, null)), ['bad_filter', 'no box', 'never', 'bounds', undefined, false, true])
  assert.deepEqual(told(readProblem('<html>', 502, null)), ['http', 'HTTP 502', 'later', undefined, undefined, true, false])
  assert.deepEqual(told(readProblem('{"detail":"full"}', 503, '10')), ['http', 'full', 'later', undefined, 10_000, false, false])
  assert.deepEqual(told(readProblem('{}', 429, 'Wed, 21 Oct 2026 07:28:00 GMT')), ['http', 'HTTP 429', 'later', undefined, undefined, false, false])
  assert.deepEqual(told(readProblem('{"code":"unauthorized"}', 401, null)), ['unauthorized', 'HTTP 401', 'auth', undefined, undefined, false, false])
})
