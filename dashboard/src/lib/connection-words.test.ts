import type { Status } from '@starling/client'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectionWords, nextAttempt, transportNote } from './connection-words.js'

const status = (of: Partial<Status>): Status =>
  ({ state: 'connecting', transport: undefined, attempt: 0, retryAt: undefined, lastMessageAt: undefined, error: undefined, isPaused: false, ...of })

test('only what is being tried spins, and each state has its colour', () => {
  const said = (['disconnected', 'connecting', 'reconnecting', 'connected'] as const).map(state => connectionWords(status({ state })))
  assert.deepEqual(said.map(({ tone }) => tone), ['bad', 'wait', 'wait', 'good'])
  assert.deepEqual(said.map(({ isSpinning }) => isSpinning), [false, true, true, false])
  assert.equal(new Set(said.map(({ label }) => label)).size, 4)
})

test('the next attempt counts down to now', () => {
  const waiting = status({ state: 'reconnecting', retryAt: 10_000 })
  const plain = (nowMs: number) => nextAttempt(waiting, nowMs)?.replaceAll('\u00a0', ' ')
  assert.equal(plain(0), 'in 10 s')
  assert.equal(plain(9001), 'in 1 s')
  assert.equal(plain(10_000), 'now')
  assert.equal(nextAttempt(status({ state: 'reconnecting' }), 0), 'now')
  assert.equal(nextAttempt(status({ state: 'connected', retryAt: 1 }), 0), undefined)
  assert.equal(nextAttempt(status({ state: 'disconnected' }), 0), undefined)
})

test('every way but the best says why', () => {
  assert.equal(transportNote('websocket'), '')
  for (const transport of ['stream', 'long-poll', 'poll'] as const) assert.notEqual(transportNote(transport), '')
})
