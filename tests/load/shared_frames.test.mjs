// A thousand equal viewers: each frame is made once by each thread that serves some of them, and sent to all.
import assert from 'node:assert/strict'
import test from 'node:test'

import { metric } from '../e2e/support/http.mjs'
import { startStarling } from '../e2e/support/starling.mjs'
import { elapse, quantile, until } from '../e2e/support/until.mjs'
import { Viewer } from '../e2e/support/viewer.mjs'
import { startCrowd } from './support/crowd.mjs'
import { channel, startTraffic } from './support/traffic.mjs'
import { untilWithin } from './support/within.mjs'

const crowdSize = 1000
const watcherCount = 3
const counters = ['updates_encoded', 'updates_sent', 'beats', 'catch_ups', 'snapshots', 'cursors_expired']

test('1,000 viewers of 1,000 nodes moving once a second share every frame', { timeout: 180_000 }, async (t) => {
  const starling = await startStarling(t)
  const shards = await metric(starling.url, 'starling_shards')
  const warmUp = startTraffic(t, starling.url, { nodes: 1000, perSecond: 1000, seconds: 1 })
  assert.equal((await warmUp.done).accepted, 1000)
  const crowd = await startCrowd(t, starling.url, crowdSize, channel)
  const watchers = []
  for (let n = 0; n < watcherCount; n++) {
    const watcher = await Viewer.open(t, starling.url)
    await watcher.subscribe([channel])
    assert.equal(Object.keys(watcher.records(channel)).length, 1000)
    watchers.push(watcher)
  }

  const read = async () => Object.fromEntries(await Promise.all(
    counters.map(async (name) => [name, await metric(starling.url, `starling_${name}_total`)])))
  const total = async () => {
    const { updates, closed } = await crowd.counts()
    assert.equal(closed, 0)
    return updates.reduce((sum, count) => sum + count, 0)
  }
  await untilWithin(t, async () => {
    const [before, readBefore] = [await read(), await total()]
    const from = watchers.map((watcher) => watcher.frames.length)
    const traffic = await startTraffic(t, starling.url, { nodes: 1000, perSecond: 1000, seconds: 10 }).done
    assert.equal(traffic.accepted, 10_000)
    // The last frames are on their way for at most a beat.
    const newest = await metric(starling.url, 'starling_log_seq')
    await until(() => watchers.every((watcher) => watcher.replica().seq >= newest), { what: 'the last round' })
    await elapse(200)
    const after = await read()
    const grown = Object.fromEntries(counters.map((name) => [name, after[name] - before[name]]))

    const stalenessMs = watchers.flatMap((watcher, n) => watcher.of('update', from[n]).flatMap(({ channels, cameAt }) =>
      Object.values(channels[channel]?.patch ?? {}).map(({ sent_ms }) => cameAt - sent_ms)))
    const p99 = quantile(stalenessMs, 0.99)
    const encodedByEach = grown.updates_encoded / shards
    const ratio = grown.updates_sent / encodedByEach
    t.diagnostic(`counted: ${JSON.stringify(grown)}; sent per frame of ${shards} shards: ${ratio.toFixed(1)}; in ${traffic.seconds.toFixed(1)} s`)
    t.diagnostic(`staleness of ${stalenessMs.length} reports: median ${quantile(stalenessMs, 0.5).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ` +
      `the publisher was at most ${traffic.lateMs.toFixed(1)} ms late`)

    assert.ok(grown.updates_encoded <= grown.beats + 3 * shards, 'one frame a beat, and the first after quiet')
    let readByCrowd
    await until(async () => {
      readByCrowd = await total() - readBefore
      return readByCrowd >= 0.99 * crowdSize * encodedByEach
    }, { what: () => `what was sent to be read; ${readByCrowd} frames were`, everyMs: 100 })
    // Who is held up has missed beats, and is told two reports of a node as one.
    return [
      ...(encodedByEach >= 90 ? [] : [`${encodedByEach} frames in ten seconds of beats`]),
      ...(ratio >= 990 ? [] : [`${ratio} sent per encoded`]),
      ...(stalenessMs.length === watcherCount * 10_000 ? [] : [`${stalenessMs.length} reports reached the watchers`]),
      ...(p99 <= 200 ? [] : [`p99 ${p99} ms`]),
    ]
  })
})
