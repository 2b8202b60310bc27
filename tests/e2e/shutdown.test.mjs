// SIGTERM and SIGINT: viewers are told when to come back, and the program ends.
import assert from 'node:assert/strict'
import test from 'node:test'

import { post } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'
import { Viewer } from './support/viewer.mjs'

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} says bye to every viewer, closes with 1012 and ends with status 0 within 5 s`, { timeout: 30_000 }, async (t) => {
    const starling = await startStarling(t, { parameters: ['--demo'], config: '[server]\ndrain_spread = "2s"\nshards = 1' })
    const viewers = await Promise.all(Array.from({ length: 10 }, () => Viewer.open(t, starling.url)))
    for (const viewer of viewers) await viewer.subscribe(['*'])
    const stuck = await Viewer.open(t, starling.url) // one that reads nothing must not hold it up
    await stuck.subscribe(['*'])
    stuck.socket.pause()
    assert.equal((await post(starling.url, '/api/v1/publish/site:state?key=a', { v: 1 })).status, 200)

    const startedAt = performance.now()
    assert.deepEqual(await starling.end(signal, 5000), { code: 0, signal: null }, starling.stderr)
    t.diagnostic(`ended after ${(performance.now() - startedAt).toFixed(0)} ms`)
    await until(() => viewers.every(({ closed }) => closed), { what: 'every viewer to be closed' })
    assert.deepEqual(viewers.map(({ closed }) => closed.code), viewers.map(() => 1012))
    const byes = viewers.map((viewer) => viewer.of('bye'))
    for (const [index, viewer] of viewers.entries()) {
      assert.equal(byes[index].length, 1)
      assert.equal(viewer.frames.at(-1).type, 'bye', 'nothing follows it')
      assert.equal(byes[index][0].reason, 'restart')
    }
    // Spread over the two seconds: of eleven, each in a part of its own.
    const waits = byes.map(([{ reconnect_ms }]) => reconnect_ms).sort((a, b) => a - b)
    assert.ok(waits[0] >= 0 && waits.at(-1) < 2000, `${waits}`)
    const parts = new Set(waits.map((wait) => Math.floor(wait / (2000 / 11))))
    assert.ok(parts.size >= 9, `${waits}`) // a wait is cut to whole milliseconds, which may put it into the part before
  })
}
