// Pages of other origins over HTTP: those in `allowed_origins` may do what anybody may, the others nothing; as headers, and in Chromium.
import assert from 'node:assert/strict'
import test from 'node:test'

import { openBrowser } from './support/browser.mjs'
import { bundle, servePage } from './support/bundles.mjs'
import { ask, post, publish } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'

const timeout = 60_000
const allowing = (origin) => ({ config: `[server]\nallowed_origins = ["${origin}"]\n` })
const ofCrossOrigin = ({ headers }) => Object.fromEntries(Object.entries(headers).filter(([name]) => name === 'vary' || name.startsWith('access-control-')))

test('every answer to an allowed origin says so, and a preflight what may be asked', { timeout }, async (t) => {
  const origin = 'https://map.example.com'
  const starling = await startStarling(t, allowing(origin))
  const from = { Origin: origin }
  const said = { vary: 'Origin', 'access-control-allow-origin': origin, 'access-control-expose-headers': 'ETag, Retry-After' }

  assert.deepEqual(ofCrossOrigin(await post(starling.url, '/api/v1/publish/site:position?key=van-1', { latitude: 1 }, { headers: from })), said)
  for (const [path, status, parameters = {}] of [
    ['/api/v1/state/site:position', 200], ['/api/v1/changes?channels=site:*', 200], ['/api/v1/history', 200], ['/healthz', 200], ['/metrics', 200], ['/nowhere', 404],
    ['/live', 426], ['/api/v1/state/site:position?bounds=1', 400], ['/api/v1/publish', 405], ['/api/v1/publish', 415, { method: 'POST', body: '{}' }],
  ]) {
    const answer = await ask(starling.url, path, { ...parameters, headers: from })
    assert.equal(answer.status, status, `${path}: ${answer.text}`)
    assert.deepEqual(ofCrossOrigin(answer), said, path)
  }

  const preflight = (path, headers, method = 'OPTIONS') => ask(starling.url, path, { method, headers })
  const wish = { ...from, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization,content-type' }
  const answer = await preflight('/api/v1/publish', wish)
  assert.equal(answer.status, 204)
  assert.equal(answer.text, '')
  assert.equal(answer.headers['content-length'], undefined)
  assert.deepEqual(ofCrossOrigin(answer), {
    ...said, 'access-control-allow-methods': 'POST', 'access-control-max-age': '7200',
    'access-control-allow-headers': 'Authorization, Content-Type, If-None-Match, Last-Event-ID',
  })
  assert.equal((await preflight('/api/v1/stream', wish)).headers['access-control-allow-methods'], 'GET, HEAD')
  assert.equal((await preflight('/nowhere', wish)).status, 404)
  assert.equal((await preflight('/api/v1/publish', from)).status, 405, 'no preflight')

  for (const other of ['https://evil.example', 'null']) {
    const refused = await preflight('/api/v1/publish', { ...wish, Origin: other })
    assert.equal(refused.status, 403)
    assert.deepEqual(ofCrossOrigin(refused), { vary: 'Origin' })
  }
  assert.deepEqual(ofCrossOrigin(await ask(starling.url, '/healthz')), { vary: 'Origin' })
})

test('no origin is allowed: no answer speaks of any', { timeout }, async (t) => {
  const starling = await startStarling(t)
  assert.deepEqual(ofCrossOrigin(await ask(starling.url, '/healthz')), {})
  assert.deepEqual(ofCrossOrigin(await ask(starling.url, '/healthz', { headers: { Origin: starling.url } })), {})
})

test('in Chromium a page of an allowed origin reads and publishes over each transport, with a token too; another gets nothing', { timeout }, async (t) => {
  const modules = { 'client.js': await bundle('cross_origin/page.ts') }
  const body = '<script type="module" src="/client.js"></script>'
  const [ours, other] = [await servePage(t, modules, body), await servePage(t, modules, body)]
  const starling = await startStarling(t, allowing(ours.url))
  await publish(starling.url, '/api/v1/publish/site:position?key=van-1', { latitude: 1 })
  const held = (page) => page.evaluate(() => Object.keys(Object.fromEntries(window.subscription.channel('site:position'))))

  const { page, complaints } = await openBrowser(t, ours.url)
  let number = 1
  for (const transport of ['websocket', 'stream', 'long-poll', 'poll']) {
    for (const token of [undefined, 'secret']) {
      await page.evaluate(([url, how]) => window.begin(url, how), [starling.url, { transports: [transport], token, pollIntervalMs: 200 }])
      await until(async () => (await page.evaluate(() => window.starling.status)).transport === transport, { what: transport, everyMs: 20 })
      number += 1
      await page.evaluate((key) => window.starling.publish('site:position', key, { latitude: 2 }), `van-${number}`)
      await until(async () => (await held(page)).length === number, { what: `${number} over ${transport}`, everyMs: 20 })
      await page.evaluate(() => window.starling.disconnect())
    }
  }
  assert.deepEqual(complaints, [])

  const { page: foreign } = await openBrowser(t, other.url)
  await foreign.evaluate((url) => window.begin(url, { transports: ['long-poll'] }), starling.url)
  await until(() => foreign.evaluate(() => window.starling.status.error !== undefined), { what: 'it to fail', everyMs: 20 })
  assert.deepEqual(await held(foreign), [])
  assert.equal(await foreign.evaluate((url) => fetch(`${url}/healthz`).then(() => 'read', () => 'kept from it'), starling.url), 'kept from it')
  assert.equal(await page.evaluate((url) => fetch(`${url}/healthz`).then(() => 'read', () => 'kept from it'), starling.url), 'read')
})
