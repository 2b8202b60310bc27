// The page at `/`, in a real browser.
import assert from 'node:assert/strict'
import test from 'node:test'

import { openBrowser } from './support/browser.mjs'
import { ask, post } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'

async function openPage(t, url) {
  const { page, complaints } = await openBrowser(t, url)
  const becomes = (state, timeout) => page.waitForFunction((wanted) => window.starlingPage.state() === wanted, state, { timeout })
  return { page, complaints, becomes }
}

test('the page is live, follows, and comes back by itself', { timeout: 120_000 }, async (t) => {
  const starling = await startStarling(t, { parameters: ['--demo'] })
  const { page, complaints, becomes } = await openPage(t, starling.url)

  await t.test('it becomes live and shows the fleet', async () => {
    await becomes('live', 20_000)
    await page.waitForFunction(() => window.starlingPage.entityCount() >= 50, undefined, { timeout: 20_000 })
  })

  await t.test('positions change', async () => {
    const keys = await until(async () => {
      const answer = await ask(starling.url, '/api/v1/state/mesh:position?limit=1000')
      const all = answer.status === 200 ? Object.keys(answer.json().records) : []
      return all.length >= 50 && all
    }, { what: 'fifty positions in the demo', everyMs: 50 })
    await page.evaluate((all) => {
      const placesOf = () => all.map((key) => JSON.stringify(window.starlingPage.record('mesh:position', key)))
      window.before = placesOf()
      window.moved = () => placesOf().filter((place, index) => place !== window.before[index]).length
    }, keys)
    await page.waitForFunction(() => window.moved() >= 10, undefined, { timeout: 20_000 })
  })

  await t.test('what is published appears', async () => {
    assert.equal((await post(starling.url, '/api/v1/publish/site:position?key=me', { latitude: 38.7, longitude: -9.1, name: '<b>me</b>' })).status, 200)
    await page.waitForFunction(() => window.starlingPage.record('site:position', 'me')?.latitude === 38.7, undefined, { timeout: 10_000 })
  })

  await t.test('nothing was complained about', async () => {
    assert.deepEqual(complaints, [])
    assert.deepEqual(await page.evaluate(() => window.violations), [])
  })

  await t.test('the server goes and comes back: reconnecting, then live', async () => {
    await starling.end('SIGKILL')
    await becomes('reconnecting', 10_000)
    const again = await startStarling(t, { port: starling.port, parameters: ['--demo'] })
    await becomes('live', 40_000)
    await page.waitForFunction(() => window.starlingPage.entityCount() >= 50, undefined, { timeout: 20_000 })
    // What only the old server held is gone.
    await page.waitForFunction(() => window.starlingPage.record('site:position', 'me') === null, undefined, { timeout: 10_000 })
    assert.notEqual(again.pid, starling.pid)
    assert.deepEqual(complaints.filter((text) => !/WebSocket connection to .* failed/.test(text)), [])
    assert.deepEqual(await page.evaluate(() => window.violations), [])
  })
})
