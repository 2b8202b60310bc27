// A viewer that stops reading costs the server nothing, and is right again within a second.
import assert from 'node:assert/strict'
import test from 'node:test'
import { isDeepStrictEqual } from 'node:util'

import { metric, stateOf } from '../e2e/support/http.mjs'
import { startStarling } from '../e2e/support/starling.mjs'
import { elapse, until } from '../e2e/support/until.mjs'
import { Viewer } from '../e2e/support/viewer.mjs'
import { residentBytes, sendQueueBytes } from './support/process.mjs'
import { channel, startTraffic } from './support/traffic.mjs'

const mib = 1 << 20

test('while a viewer does not read at 5,000 updates a second, memory stands still; then it catches up within 1 s', { timeout: 90_000 }, async (t) => {
  const starling = await startStarling(t, { config: '[limits]\nlog_bytes = "4MiB"\n' })
  const traffic = startTraffic(t, starling.url, { nodes: 1000, perSecond: 5000, seconds: 20 })
  const startedAt = performance.now()
  const at = (seconds) => elapse(Math.max(0, startedAt + seconds * 1000 - performance.now()))

  await at(1)
  const viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe([channel])
  await until(() => Object.keys(viewer.records(channel)).length === 1000, { what: 'a thousand records' })
  const peerPort = viewer.socket._socket.localPort
  await at(2)
  viewer.socket.pause()
  const framesBefore = viewer.frames.length
  const seqBefore = viewer.replica().seq

  // The log fills, allocators settle.
  await at(8)
  const memoryBefore = residentBytes(starling.pid)
  let memoryMost = 0
  let queueMost = 0
  for (let second = 8; second < 19.5; second += 0.25) {
    await at(second)
    memoryMost = Math.max(memoryMost, residentBytes(starling.pid))
    queueMost = Math.max(queueMost, sendQueueBytes(starling.port, peerPort))
  }
  const { sent, accepted, lateMs } = await traffic.done
  const heldBack = (await metric(starling.url, 'starling_log_seq')) - seqBefore
  const logBytes = await metric(starling.url, 'starling_log_bytes')
  const wanted = await stateOf(starling.url, channel)
  assert.ok(viewer.frames.length - framesBefore <= 1, 'it read nothing')

  const resumedAt = performance.now()
  viewer.socket.resume()
  await until(() => isDeepStrictEqual({ ...viewer.records(channel) }, wanted), {
    what: () => `the viewer to hold the state; it is at ${viewer.replica().seq}`, withinMs: 10_000, everyMs: 1,
  })
  const catchUpMs = performance.now() - resumedAt

  const grownBytes = memoryMost - memoryBefore
  t.diagnostic(`sent ${sent} records, the publisher was at most ${lateMs.toFixed(1)} ms late; the viewer was ${heldBack} batches behind; ` +
    `log ${(logBytes / mib).toFixed(2)} MiB`)
  t.diagnostic(`memory: ${(memoryBefore / mib).toFixed(1)} MiB after 8 s, at most ${(grownBytes / mib).toFixed(2)} MiB more until 20 s`)
  t.diagnostic(`send queue: at most ${(queueMost / 1024).toFixed(0)} KiB; right again after ${catchUpMs.toFixed(0)} ms; ` +
    `${viewer.of('snapshot', framesBefore).length} parts of a snapshot, ${viewer.of('update', framesBefore).length} updates`)
  assert.equal(accepted, sent)
  assert.equal(sent, 100_000)
  assert.ok(grownBytes < 2 * mib, `memory grew by ${grownBytes} bytes`)
  assert.ok(queueMost < 512 * 1024, `${queueMost} bytes in the send queue`)
  assert.ok(catchUpMs < 1000, `caught up after ${catchUpMs} ms`)
  assert.deepEqual(viewer.of('subscribed', framesBefore).map(({ reason }) => reason), ['expired'], 'the log went past it, and it was told')
})
