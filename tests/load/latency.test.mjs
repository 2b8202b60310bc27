// From a broker to a viewer, after quiet.
import assert from 'node:assert/strict'
import test from 'node:test'

import { startBroker, startPublisher, untilSubscribed } from '../e2e/support/broker.mjs'
import { keyOf, position, sourceConfig, topic, topicFilter } from '../e2e/support/packets.mjs'
import { startStarling } from '../e2e/support/starling.mjs'
import { elapse, quantile } from '../e2e/support/until.mjs'
import { Viewer } from '../e2e/support/viewer.mjs'
import { untilWithin } from './support/within.mjs'

test('a position published to the broker after quiet is at the viewer within 150 ms', { timeout: 90_000 }, async (t) => {
  const broker = await startBroker(t)
  const starling = await startStarling(t, { config: sourceConfig(broker) })
  await untilSubscribed(broker, topicFilter)
  const { send } = await startPublisher(t, broker, topic)
  const viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe(['mesh:*'])

  let sent = 0
  await untilWithin(t, async () => {
    const delaysMs = []
    for (let n = 1; n <= 20; n++) {
      // Quiet is two beats without news; the odd rest makes every phase of the beat occur.
      await elapse(250 + n * 13 % 100)
      const from = viewer.frames.length
      const sentAt = performance.now()
      send(position(0x0a11ce01, 407_128_000 + ++sent, -740_060_000))
      const { cameAt } = await viewer.frame(({ channels }) => channels?.['mesh:position'], { from })
      delaysMs.push(cameAt - sentAt)
    }
    assert.ok(viewer.records('mesh:position')[keyOf(0x0a11ce01)])
    t.diagnostic(`broker to viewer after quiet, of ${delaysMs.length}: median ${quantile(delaysMs, 0.5).toFixed(1)} ms, ` +
      `slowest ${Math.max(...delaysMs).toFixed(1)} ms`)
    return Math.max(...delaysMs) < 150 ? [] : [delaysMs.map((delay) => delay.toFixed(1)).join(' ')]
  })
})
