// The TypeScript client in Chromium, through a middlebox of the test: it falls back and says so, climbs again, rests while nobody looks, and
// notices a line that is none. After each of these it holds what the server shows, and no event is missing in the end.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isDeepStrictEqual } from 'node:util'

import { openBrowser } from './support/browser.mjs'
import { shownOf } from './support/held.mjs'
import { publishLines } from './support/http.mjs'
import { startMiddlebox } from './support/middlebox.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'

const clients = fileURLToPath(new URL('../../clients/', import.meta.url))
const config = '[[channel]]\nname = "fleet:message"\nkind = "event"\n'
const query = { channels: ['fleet:*'], filter: { bounds: { west: 0, south: 0, east: 10, north: 10 }, unlocated: true } }

/** A page that only connects to where it is from, and writes down what it is told. */
const page = `
import { connect } from '${join(clients, 'client/dist/index.js')}'
const starling = connect(undefined, { reconnectDelayMs: 100, pollIntervalMs: 500 })
const subscription = starling.subscribe(${JSON.stringify(query)})
const told = { transports: [], states: [], reconnects: [], events: [], gaps: [] }
starling.onStatus(({ state, transport }) => {
  if (transport && transport !== told.transports.at(-1)) told.transports.push(transport)
  if (state !== told.states.at(-1)) told.states.push(state)
})
starling.onReconnect((how) => told.reconnects.push(how))
subscription.onEvent(({ data }) => told.events.push(data.number))
subscription.onGap((gap) => told.gaps.push(gap))
Object.assign(window, { starling, subscription, told })`

async function bundled() {
  const { default: esbuild } = await import(pathToFileURL(join(clients, 'node_modules/esbuild/lib/main.js')))
  const { outputFiles } = await esbuild.build({ stdin: { contents: page, resolveDir: clients }, bundle: true, format: 'esm', write: false })
  return outputFiles[0].text
}

test('in a browser it comes through whatever is let through, and is right', { timeout: 60_000 }, async (t) => {
  const starling = await startStarling(t, { config })
  const box = await startMiddlebox(t, starling.url)
  box.pages.set('/empty', ['text/html', '<!doctype html><link rel="icon" href="data:,">'])
  box.pages.set('/page', ['text/html', '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>'])
  box.pages.set('/page.js', ['text/javascript', await bundled()])

  let number = 0
  /** Something changes, and something is said. */
  const report = () => publishLines(starling.url, [
    ...Array.from({ length: 5 }, (_, n) => ({ channel: 'fleet:position', key: `n${(number + n) % 20}`, data: { latitude: (number * 3 + n * 5) % 14, longitude: n, round: number } })),
    { channel: 'fleet:status', key: `s${number % 7}`, ...number % 3 === 2 ? { op: 'remove' } : { data: { battery: number } } },
    { channel: 'fleet:message', data: { number: number += 1 }, location: { latitude: 5, longitude: 5 } },
  ])
  await report()

  box.upgrade = 'refuse'
  // Its clock is ours from before the page begins: it goes on by itself, and jumps where the test says so.
  const { page } = await openBrowser(t, `${box.url}/empty`)
  await page.clock.install()
  await page.goto(`${box.url}/page`)
  const status = () => page.evaluate(() => window.starling.status)
  const told = () => page.evaluate(() => window.told)
  const later = (ms) => page.clock.fastForward(ms)
  const held = () => page.evaluate(() => Object.fromEntries(['fleet:position', 'fleet:status'].map((name) => [name, Object.fromEntries(window.subscription.channel(name))])))
  const shown = async () => ({ 'fleet:position': await shownOf(starling.url, query, 'fleet:position'), 'fleet:status': await shownOf(starling.url, { }, 'fleet:status') })
  /** It goes over this, and follows. */
  async function isRight(transport) {
    await until(async () => (await status()).transport === transport, { everyMs: 20 }).catch(async () => assert.deepEqual(await status(), { transport }))
    for (let times = 0; times < 2; times += 1) {
      await report()
      await until(async () => isDeepStrictEqual(await held(), await shown()), { everyMs: 20 }).catch(async () => assert.deepEqual(await held(), await shown(), transport))
      await until(async () => (await told()).events.at(-1) === number, { what: `event ${number} over ${transport}`, everyMs: 20 })
    }
    assert.equal(await page.evaluate(() => window.subscription.state), 'live')
    assert.deepEqual((await told()).gaps, [])
  }

  await t.test('upgrades are blocked: a stream of events', async () => {
    await isRight('stream')
    assert.deepEqual((await told()).transports, ['stream'])
    assert.deepEqual((await told()).states, ['connecting', 'connected'])
  })

  await t.test('streams are held back for ever: long polls', async () => {
    box.stream = 'buffer'
    const { length } = box.requests
    box.cut()
    await until(() => box.requests.slice(length).some(({ kind }) => kind === 'stream'), { what: 'a stream to be tried' })
    await later(11_000)
    await isRight('long-poll')
  })

  await t.test('what is not answered at once is refused: a poll every so often', async () => {
    box.longPoll = 'refuse'
    box.cut()
    await isRight('poll')
  })

  await t.test('upgrades are let through again: it climbs back, and goes on where it was', async () => {
    box.upgrade = 'pass'
    await later(31_000)
    await isRight('websocket')
    assert.deepEqual((await told()).transports, ['stream', 'long-poll', 'poll', 'websocket'])
    assert.ok((await told()).reconnects.every(({ isContinuous }) => isContinuous))
  })

  await t.test('nobody looks for a while: it rests, and goes on when somebody does', async () => {
    // Chromium without a screen hides no page, so the document is made to say so.
    const look = (state) => page.evaluate((value) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, value })
      Object.defineProperty(document, 'hidden', { configurable: true, value: value === 'hidden' })
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
    }, state)
    await look('hidden')
    await later(20_000)
    assert.equal((await status()).state, 'connected')
    await later(11_000)
    await until(async () => (await status()).isPaused, { what: 'it to rest' })
    assert.equal((await status()).state, 'disconnected')
    const { length } = box.requests
    await report()
    await later(600_000)
    assert.deepEqual(box.requests.slice(length), [])
    assert.equal(await page.evaluate(() => window.subscription.state), 'stale')
    await look('visible')
    await isRight('websocket')
    assert.equal((await status()).isPaused, false)
  })

  await t.test('the line swallows what is said: it asks, hears nothing, and takes another', async () => {
    const { length } = box.requests
    box.swallow()
    await report()
    await later(46_000)
    assert.equal((await status()).state, 'connected')
    await later(11_000)
    await until(() => box.requests.length > length, { what: 'another line' })
    await isRight('websocket')
    assert.equal((await told()).reconnects.at(-1).isContinuous, true)
  })

  // All but the first, which was said before anybody looked.
  assert.deepEqual((await told()).events, Array.from({ length: number - 1 }, (_, index) => index + 2))
})
