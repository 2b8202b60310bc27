// A thousand clients of Heimdall's door beside a busy fleet: how long until they have what was published.
import assert from 'node:assert/strict'
import test from 'node:test'

import { ask, keepAlive, post } from '../e2e/support/http.mjs'
import { startService } from '../e2e/support/services.mjs'
import { startStarling } from '../e2e/support/starling.mjs'
import { elapse, quantile, until } from '../e2e/support/until.mjs'
import { startCrowd } from './support/crowd.mjs'
import { clockMs, startDoorCrowd } from './support/door_crowd.mjs'
import { channel, startTraffic } from './support/traffic.mjs'
import { untilWithin } from './support/within.mjs'

const clients = 1000
const seconds = 10
const average = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length

test('1,000 clients of Heimdall\'s door in a busy system have what is published after less than 50 ms on average', { timeout: 240_000 }, async (t) => {
  const starling = await startStarling(t, { config: `[[probe]]\nname = "api"\nurl = "${(await startService(t)).url}"\nevery = "1h"\n` })
  const agent = keepAlive(t)
  const crowd = await startDoorCrowd(t, `${starling.url.replace('http', 'ws')}/ws/updates`, clients)
  const natives = await startCrowd(t, starling.url, 20, channel)
  const say = async (path, data) => {
    const answer = await post(starling.url, `/api/v1/publish/${path}`, { ...data, sent_ms: clockMs() }, { agent })
    assert.equal(answer.status, 200, answer.text)
  }
  /** What came of these to all, `count` times each. */
  const arrived = async (names, count) => {
    const came = Object.fromEntries(names.map((name) => [name, []]))
    const lengths = () => names.map((name) => came[name].length)
    await until(async () => {
      const { arrivals, closed } = await crowd.arrivals()
      assert.equal(closed, 0)
      for (const name of names) came[name].push(...arrivals[name] ?? [])
      return lengths().every((length) => length >= count * clients)
    }, { what: () => `${count * clients} of each of ${names}; there are ${lengths()}`, everyMs: 300 })
    assert.deepEqual(lengths(), names.map(() => count * clients))
    return came
  }

  await untilWithin(t, async () => {
    const broken = []
    const traffic = startTraffic(t, starling.url, { nodes: 1000, perSecond: 2000, seconds: seconds + 2 })
    let published = 0
    // Odd waits, so that every phase of the beat occurs.
    for (const end = clockMs() + seconds * 1000; clockMs() < end; published++) {
      await elapse(170 + published * 37 % 100)
      await say('signals:detected', { frequency_mhz: 145.5, snr_db: 12.5, websdr_id: 'w1', timestamp: new Date().toISOString() })
      await elapse(130)
      await say('websdrs:status?key=w1', { status: 'online', response_time_ms: published })
    }
    const arrivals = await arrived(['signals:detected', 'websdrs:status'], published)
    const { sent, accepted, seconds: took } = await traffic.done
    const { updates } = await natives.counts()
    t.diagnostic(`beside them ${(accepted / took).toFixed(0)} other updates a second, told ${updates.length} native viewers in ${updates[0]} frames each`)
    assert.equal(accepted, sent)
    for (const [name, all] of Object.entries(arrivals)) {
      const delaysMs = all.map(({ sent_ms, at_ms }) => at_ms - sent_ms)
      t.diagnostic(`${name}: ${delaysMs.length} arrivals of ${published}, on average after ${average(delaysMs).toFixed(1)} ms; ` +
        `median ${quantile(delaysMs, 0.5).toFixed(1)}, p99 ${quantile(delaysMs, 0.99).toFixed(1)}, slowest ${quantile(delaysMs, 1).toFixed(1)}`)
      if (average(delaysMs) >= 50) broken.push(`${name} after ${average(delaysMs)} ms`)
    }
    return broken
  })

  await crowd.arrivals() // what came of services before anybody asked
  await untilWithin(t, async () => {
    const broken = []
    for (let call = 1; call <= 5; call++) {
      const answer = await ask(starling.url, '/api/v1/system/status', { agent })
      const answeredAt = clockMs()
      assert.equal(answer.status, 200)
      const told = await arrived(['services:health'], 1) // each is told of each call once
      const slowestMs = Math.max(...told['services:health'].map(({ at_ms }) => at_ms - answeredAt))
      t.diagnostic(`call ${call} of the status: told all ${slowestMs.toFixed(1)} ms after the answer`)
      if (slowestMs >= 100) broken.push(`told after ${slowestMs} ms`)
    }
    return broken
  })
})
