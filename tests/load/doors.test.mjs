// A thousand clients of Heimdall's door beside a busy fleet: how long until they have what was published.
import assert from 'node:assert/strict'
import test from 'node:test'

import { ask, keepAlive, post } from '../e2e/support/http.mjs'
import { startService } from '../e2e/support/services.mjs'
import { startStarling } from '../e2e/support/starling.mjs'
import { elapse, quantile } from '../e2e/support/until.mjs'
import { startCrowd } from './support/crowd.mjs'
import { clockMs, startDoorCrowd } from './support/door_crowd.mjs'
import { channel, startTraffic } from './support/traffic.mjs'

const clients = 1000
const seconds = 10
const average = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length

test('1,000 clients of Heimdall\'s door in a busy system have what is published after less than 50 ms on average', { timeout: 120_000 }, async (t) => {
  const starling = await startStarling(t, { config: `[[probe]]\nname = "api"\nurl = "${(await startService(t)).url}"\nevery = "1h"\n` })
  const agent = keepAlive(t)
  const crowd = await startDoorCrowd(t, `${starling.url.replace('http', 'ws')}/ws/updates`, clients)
  const traffic = startTraffic(t, starling.url, { nodes: 1000, perSecond: 2000, seconds: seconds + 2 })
  const natives = await startCrowd(t, starling.url, 20, channel)

  let published = 0
  const say = async (path, data) => {
    const answer = await post(starling.url, `/api/v1/publish/${path}`, { ...data, sent_ms: clockMs() }, { agent })
    assert.equal(answer.status, 200, answer.text)
  }
  // Odd waits, so that every phase of the beat occurs.
  for (const until = clockMs() + seconds * 1000; clockMs() < until; published++) {
    await elapse(170 + published * 37 % 100)
    await say('signals:detected', { frequency_mhz: 145.5, snr_db: 12.5, websdr_id: 'w1', timestamp: new Date().toISOString() })
    await elapse(130)
    await say('websdrs:status?key=w1', { status: 'online', response_time_ms: published })
  }
  await elapse(500)
  const { arrivals, closed } = await crowd.arrivals()
  const { sent, accepted, seconds: took } = await traffic.done
  const { updates } = await natives.counts()
  t.diagnostic(`beside them ${(accepted / took).toFixed(0)} other updates a second, told ${updates.length} native viewers in ${updates[0]} frames each`)
  assert.equal(accepted, sent)
  assert.equal(closed, 0)
  for (const name of ['signals:detected', 'websdrs:status']) {
    const delaysMs = arrivals[name].map(({ sent_ms, at_ms }) => at_ms - sent_ms)
    t.diagnostic(`${name}: ${delaysMs.length} arrivals of ${published}, on average after ${average(delaysMs).toFixed(1)} ms; ` +
      `median ${quantile(delaysMs, 0.5).toFixed(1)}, p99 ${quantile(delaysMs, 0.99).toFixed(1)}, slowest ${quantile(delaysMs, 1).toFixed(1)}`)
    assert.equal(delaysMs.length, published * clients, name)
    assert.ok(average(delaysMs) < 50, `${average(delaysMs)} ms`)
  }

  for (let call = 1; call <= 5; call++) {
    const answer = await ask(starling.url, '/api/v1/system/status', { agent })
    const answeredAt = clockMs()
    assert.equal(answer.status, 200)
    await elapse(300)
    const told = (await crowd.arrivals()).arrivals['services:health'] ?? []
    const slowestMs = Math.max(...told.map(({ at_ms }) => at_ms - answeredAt))
    t.diagnostic(`call ${call} of the status: told all ${slowestMs.toFixed(1)} ms after the answer`)
    assert.equal(told.length, clients, 'each is told of each call once')
    assert.ok(slowestMs < 100, `${slowestMs} ms`)
  }
})
