import type { Fields } from '@starling/client'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { receiversOf, servicesOf, summaryOf } from './services.js'

const records = (of: Record<string, Fields>) => new Map(Object.entries(of))

test('what needs a look stands first', () => {
  const services = servicesOf(records({
    web: { status: 'healthy', response_time_ms: 12 }, api: { status: 'healthy', response_time_ms: null }, rf: { status: 'unreachable', response_time_ms: null },
    db: { status: 'degraded', response_time_ms: 900 }, mail: { status: 'asleep' }
  }))
  assert.deepEqual(services.map(({ name, tone }) => [name, tone]), [['rf', 'bad'], ['db', 'wait'], ['mail', 'idle'], ['api', 'good'], ['web', 'good']])
  assert.deepEqual(services.map(({ responseMs }) => responseMs), [undefined, 900, undefined, undefined, 12])
})

test('a record that says nothing is not taken for good', () => {
  assert.deepEqual(servicesOf(records({ a: {}, b: { status: 7 }, c: { status: 'constructor' } })).map(({ tone }) => tone), ['idle', 'idle', 'idle'])
})

test('a receiver has a name, or its id', () => {
  const [offline, online] = receiversOf(records({
    a: { websdr_id: 'a', name: 'Twente', status: 'online', last_check: '1970-01-01T00:00:01.000Z', response_time_ms: 31, uptime: 99.9, avg_snr: null },
    b: { status: 'offline', error_message: 'Couldn\'t connect to server' }
  }))
  assert.deepEqual(online, { id: 'a', name: 'Twente', status: 'online', tone: 'good', responseMs: 31, uptimePercent: 99.9, averageSnrDb: undefined, checkedMs: 1000, error: undefined })
  assert.equal(offline?.name, 'b')
  assert.equal(offline?.error, 'Couldn\'t connect to server')
})

test('the summary is as bad as the worst', () => {
  const of = (...tones: ('good' | 'wait' | 'bad')[]) => summaryOf(tones.map(tone => ({ tone })), 'healthy')
  assert.equal(of(), undefined)
  assert.deepEqual(of('good', 'good'), { tone: 'good', label: 'all healthy' })
  assert.deepEqual(of('good', 'wait'), { tone: 'wait', label: '1 of 2 healthy' })
  assert.deepEqual(of('good', 'wait', 'bad'), { tone: 'bad', label: '1 of 3 healthy' })
})
