// A stop and a start under a thousand viewers: each resumes where it was, nobody gets a snapshot, and all hold the state in the end.
import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import test from 'node:test'

import { temporaryFolder } from '../e2e/support/cleanup.mjs'
import { postLines, stateOf } from '../e2e/support/http.mjs'
import { startStarling } from '../e2e/support/starling.mjs'
import { until } from '../e2e/support/until.mjs'
import { Viewer } from '../e2e/support/viewer.mjs'

const viewers = 1000
const channel = 'fleet:position'
const config = '[server]\nshards = 2\ndrain_spread = "1s"\n[store]\nurl = "sqlite:fleet.db"\n'
const fleet = (version) => Array.from({ length: 100 }, (_, n) => ({ channel, key: `n${n}`, data: { version, latitude: n / 10, longitude: n } }))
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms) })

/** Somebody who comes back, as the protocol says, for as long as the test runs. */
class Staying {
  told = []        // [resumed, reason] of each subscribed
  snapshots = 0
  longestPauseMs = 0
  lastAt = performance.now()

  constructor(t, url) { this.t = t; this.url = url }

  async stay(isOver) {
    let replicas = new Map()
    while (!isOver()) {
      const viewer = new Viewer(this.url, replicas)
      this.viewer = viewer
      let seen = 0
      const look = () => {
        for (; seen < viewer.frames.length; seen += 1) {
          const frame = viewer.frames[seen]
          if (frame.type === 'subscribed') this.told.push([frame.resumed, frame.reason])
          if (frame.type === 'snapshot') this.snapshots += 1
          if (frame.type !== 'update' && frame.type !== 'snapshot') continue
          this.longestPauseMs = Math.max(this.longestPauseMs, frame.cameAt - this.lastAt)
          this.lastAt = frame.cameAt
        }
      }
      let isSubscribed = false
      while (!viewer.closed && !isOver()) {
        if (viewer.welcome && !isSubscribed) {
          isSubscribed = true
          viewer.send({ type: 'subscribe', id: 1, channels: [channel], since: this.since })
        }
        look()
        await sleep(20)
      }
      look()
      replicas = viewer.replicas
      this.since = viewer.replicas.get(1)?.since ?? this.since
      if (isOver()) { viewer.socket.terminate(); return }
      await sleep(viewer.of('bye')[0]?.reconnect_ms ?? 100 + Math.random() * 200)
    }
  }
}

test('a thousand viewers resume over a restart: no snapshot, nothing missed', { timeout: 120_000 }, async (t) => {
  const folder = temporaryFolder(t)
  let starling = await startStarling(t, { config, folder })
  const { port } = starling
  let version = 1
  assert.equal((await postLines(starling.url, fleet(version))).status, 200)

  let isOver = false, isPublishing = true
  const staying = Array.from({ length: viewers }, () => new Staying(t, starling.url))
  const stays = staying.map((one) => one.stay(() => isOver))
  t.after(() => { isOver = true })
  await until(() => staying.every((one) => one.snapshots > 0), { what: 'a thousand snapshots', withinMs: 60_000 })
  const publishing = (async () => {
    while (isPublishing) {
      await postLines(starling.url, fleet(version + 1)).then(() => { version += 1 }, () => {})
      await sleep(200)
    }
  })()
  await sleep(2_000)
  for (const one of staying) Object.assign(one, { told: [], snapshots: 0, longestPauseMs: 0, lastAt: performance.now() })

  const stoppedAt = performance.now()
  assert.deepEqual(await starling.end(), { code: 0, signal: null }, starling.stderr)
  const wasDownAt = performance.now()
  starling = await startStarling(t, { config, folder, port })
  const wasUpAt = performance.now()
  await until(() => staying.every((one) => one.told.length > 0), { what: 'all to be back', withinMs: 60_000 })
  await sleep(1_000)
  isPublishing = false
  await publishing
  const state = await stateOf(starling.url, channel)
  await until(() => staying.every((one) => one.viewer.records(channel).n99?.version === state.n99.version), { what: 'all to hold the state', withinMs: 30_000 })
  for (const one of staying) {
    assert.deepEqual(one.told, [[true, 'resumed']])
    assert.equal(one.snapshots, 0)
    assert.deepEqual(one.viewer.records(channel), state)
  }
  isOver = true
  await Promise.all(stays)
  const pauses = staying.map((one) => one.longestPauseMs).sort((a, b) => a - b)
  t.diagnostic(`the longest pause ${pauses.at(-1).toFixed(0)} ms, the median one ${pauses[viewers / 2].toFixed(0)} ms; the stop took ${(wasDownAt - stoppedAt).toFixed(0)} ms, the start ${(wasUpAt - wasDownAt).toFixed(0)}`)
})
