// The storm over sockets, with a tenth of each: 490 viewers of a box of their own and 10 of everything, half of these stalling half-way.
import assert from 'node:assert/strict'
import test from 'node:test'

import { metric, publishLines, stateOf } from '../e2e/support/http.mjs'
import { startStarling } from '../e2e/support/starling.mjs'
import { until } from '../e2e/support/until.mjs'
import { startStorm } from './support/storm.mjs'
import { channel, startTraffic } from './support/traffic.mjs'

const nodes = 10_000
const perSecond = 1000
const stallSeconds = 20

test('500 viewers connect within 2 s under load, 5 stall half-way through their snapshot for 20 s: each ends with the truth', { timeout: 180_000 }, async (t) => {
  const starling = await startStarling(t, { config: '[limits]\nlog_bytes = "2MiB"\n' })
  const all = Array.from({ length: nodes }, (_, node) => ({
    channel, key: `node-${String(node).padStart(4, '0')}`,
    // The padding makes the snapshot of everything larger than what the sockets between hold.
    data: { latitude: 40 + node / 1000, longitude: -74, round: 0, sent_ms: 0, padding: 'x'.repeat(1000) },
  }))
  for (let from = 0; from < nodes; from += 500) await publishLines(starling.url, all.slice(from, from + 500))

  const traffic = startTraffic(t, starling.url, { nodes, perSecond, seconds: 2 + stallSeconds + 3 })
  const storm = await startStorm(t, starling.url, { boxed: 490, whole: 10, stalling: 5, withinMs: 2000, stallMs: stallSeconds * 1000, nodes, channel })
  const { sent, accepted, lateMs } = await traffic.done
  assert.equal(accepted, sent)
  const truth = await stateOf(starling.url, channel)
  assert.equal(Object.keys(truth).length, nodes)
  let verdict
  await until(async () => {
    verdict = await storm.judge(truth)
    return verdict.differing === 0
  }, { what: () => `all to hold the truth: ${JSON.stringify(verdict)}`, withinMs: 30_000, everyMs: 500 })

  t.diagnostic(`${sent} updates, the publisher was at most ${lateMs.toFixed(1)} ms late; all were connected after ${verdict.connectedMs.toFixed(0)} ms`)
  t.diagnostic(`held by all: ${verdict.records} records; ${verdict.stalled} stalled half-way; ` +
    `expired ${await metric(starling.url, 'starling_cursors_expired_total')}, catch-ups ${await metric(starling.url, 'starling_catch_ups_total')}`)
  assert.equal(verdict.stalled, 5)
  assert.equal(verdict.closed, 0)
})
