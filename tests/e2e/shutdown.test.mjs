// SIGTERM and SIGINT: viewers are told, and the program ends.
import assert from 'node:assert/strict'
import test from 'node:test'

import { post } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'
import { Viewer } from './support/viewer.mjs'

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} closes every viewer with 1001 and ends with status 0 within 5 s`, { timeout: 30_000 }, async (t) => {
    const starling = await startStarling(t, { parameters: ['--demo'] })
    const viewers = await Promise.all(Array.from({ length: 5 }, () => Viewer.open(t, starling.url)))
    for (const viewer of viewers) await viewer.subscribe(['*'])
    const stuck = await Viewer.open(t, starling.url) // one that reads nothing must not hold it up
    await stuck.subscribe(['*'])
    stuck.socket.pause()
    assert.equal((await post(starling.url, '/api/v1/publish/site:state?key=a', { v: 1 })).status, 200)

    const startedAt = performance.now()
    assert.deepEqual(await starling.end(signal, 5000), { code: 0, signal: null }, starling.stderr)
    t.diagnostic(`ended after ${(performance.now() - startedAt).toFixed(0)} ms`)
    await until(() => viewers.every(({ closed }) => closed), { what: 'every viewer to be closed' })
    assert.deepEqual(viewers.map(({ closed }) => closed.code), viewers.map(() => 1001))
  })
}
