import type { Fields, LiveEvent } from '@starling/client'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hear, nothingHeard, perMinute, secondsMax } from './signals.js'

const event = (channel: string, data: Fields, more: Partial<LiveEvent> = {}): LiveEvent => ({ channel, seq: 1, n: 0, time: '1970-01-01T00:00:01.000Z', data, ...more })

test('signals are counted, the last is kept, and the minute goes by', () => {
  let heard = nothingHeard
  for (let i = 0; i < 3; i++) heard = hear(heard, event('signals:detected', { frequency_mhz: 145.5, snr_db: 12.3, websdr_id: i }), i * 30_000)
  assert.equal(heard.signals, 3)
  assert.deepEqual(heard.last, { frequencyHz: 145_500_000, snrDb: 12.3, receiver: '2', atMs: 1000 })
  assert.equal(perMinute(heard, 60_000), 2)
  assert.equal(perMinute(heard, 200_000), 0)
})

test('a localisation is where its data says, or its location', () => {
  const said = hear(nothingHeard, event('localizations:updated', { latitude: 38.7, longitude: -9.1, uncertainty_m: 120, confidence: 0.8, timestamp: '1970-01-01T00:00:05Z' }), 0)
  assert.deepEqual(said.localisation, { latitude: 38.7, longitude: -9.1, uncertaintyM: 120, confidence: 0.8, atMs: 5000 })
  const located = hear(nothingHeard, event('localizations:updated', {}, { location: { latitude: 1, longitude: 2 } }), 0)
  assert.deepEqual([located.localisation?.latitude, located.localisation?.longitude], [1, 2])
})

test('one without a place is none, and others are not counted', () => {
  assert.equal(hear(nothingHeard, event('localizations:updated', { confidence: 1 }), 0), nothingHeard)
  assert.equal(hear(nothingHeard, event('mesh:message', { text: 'hi' }), 0), nothingHeard)
})

test('at one below, at, and one above the bound a minute is counted whole, however many came in it', () => {
  for (const [seconds, kept] of [[secondsMax - 1, secondsMax - 1], [secondsMax, secondsMax], [secondsMax + 1, secondsMax]] as const) {
    let heard = nothingHeard
    for (let second = 0; second < seconds; second++) for (let i = 0; i < 3; i++) heard = hear(heard, event('signals:detected', {}), second * 1000 + i * 300)
    assert.equal(heard.perSecond.length, kept)
    assert.equal(perMinute(heard, (seconds - 1) * 1000), kept * 3)
    assert.equal(heard.signals, seconds * 3)
  }
})
