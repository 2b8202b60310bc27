// The program as people get it: the demo runs, a viewer sees it.
import assert from 'node:assert/strict'
import test from 'node:test'

import { ask } from '../e2e/support/http.mjs'
import { startStarling } from '../e2e/support/starling.mjs'
import { until } from '../e2e/support/until.mjs'
import { Viewer } from '../e2e/support/viewer.mjs'

test('the demo: healthy, sixty nodes in the snapshot, then updates', { timeout: 60_000 }, async (t) => {
  const startedAt = performance.now()
  const starling = await startStarling(t, { parameters: ['--demo'] })
  t.diagnostic(`listening after ${(performance.now() - startedAt).toFixed(0)} ms`)
  const health = await ask(starling.url, '/healthz')
  assert.equal(health.status, 200)
  assert.deepEqual(health.json(), { status: 'ok' })

  const early = await Viewer.open(t, starling.url)
  await early.subscribe(['mesh:*'])
  await until(() => Object.keys(early.records('mesh:position')).length === 60, { what: 'sixty positions' })

  const viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe(['mesh:*'])
  const parts = viewer.of('snapshot')
  const nodes = parts.flatMap(({ channels }) => Object.keys(channels['mesh:node'] ?? {}))
  assert.equal(nodes.length, 60)
  assert.equal(new Set(nodes).size, 60)
  await until(() => viewer.of('update').length >= 10, { what: 'ten updates' })
  await until(() => viewer.replica().seq === early.replica().seq, { what: 'both viewers at one seq' })
  assert.deepEqual(viewer.replica().channels['mesh:position'], early.replica().channels['mesh:position'])
})
