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
  for (const wrong of ['', '<html>', '{"frames":[', '{"frames":[]}', '{"since":"e:1:v"}']) assert.throws(() => readAnswer(wrong), { code: 'lost', retry: 'later' }, wrong)
  assert.throws(() => readAnswer('{"frames":[1],"since":"e:1:v"}'), { code: 'bad_message', retry: 'resync' })
  assert.equal(readAccepted('{"accepted":1,"seq":3}').seq, 3)
  assert.throws(() => readAccepted('<html>'), { code: 'bad_message' })
})

test('a problem document says what and why; anything else is the way\'s, not the server\'s', () => {
  const problem = (text: string, status: number, after?: string): ReturnType<typeof readProblem> => readProblem(text, { status, headers: new Headers(after ? { 'Retry-After': after } : {}) })
  const told = ({ code, message, retry, field, afterMs, isUnfit, isOurs }: ReturnType<typeof readProblem>): unknown[] => [code, message, retry, field, afterMs, isUnfit, isOurs]
  assert.deepEqual(told(problem('{"status":400,"code":"bad_filter","detail":"no box","field":"bounds"}', 400)), ['bad_filter', 'no box', 'never', 'bounds', 0, false, true])
  for (const status of [413, 414, 431]) {
    assert.deepEqual(told(problem('<html>', status)), ['limit_message', `HTTP ${status}`, 'later', undefined, 0, false, true])
  }
  assert.deepEqual(told(problem('{"code":"limit_record","detail":"m"}', 413)), ['limit_record', 'm', 'never', undefined, 0, false, true])
  assert.deepEqual(told(problem('<html>', 430)), ['http', 'HTTP 430', 'later', undefined, 0, false, false])
  assert.deepEqual(told(problem('<html>', 502)), ['http', 'HTTP 502', 'later', undefined, 0, true, false])
  assert.deepEqual(told(problem('{"detail":"full"}', 503, '10')), ['http', 'full', 'later', undefined, 10_000, true, false])
  assert.deepEqual(told(problem('{}', 429, 'Wed, 21 Oct 2026 07:28:00 GMT')), ['http', 'HTTP 429', 'later', undefined, NaN, false, false])
  assert.deepEqual(told(problem('{"code":"unauthorized"}', 401)), ['unauthorized', 'HTTP 401', 'auth', undefined, 0, false, false])
})
