// The TypeScript client on a real server, asked for more than a message or a request may hold: that query is refused, and nothing else is.
import assert from 'node:assert/strict'
import test from 'node:test'

import { connect } from '../../clients/client/dist/index.js'
import { postLines } from './support/http.mjs'
import { startMiddlebox } from './support/middlebox.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'
import { WebSocket } from './support/viewer.mjs'

const timeout = 60_000
const bytesMax = 32 * 1024
const config = `[limits]\nmessage_bytes = "32 KiB"\n`

/** Keys that make the text that `writes` makes of them this long. */
function keysOf(bytes, writes) {
  const keys = Array.from({ length: 400 }, (_, n) => `key${n}`)
  const spare = bytes - writes(keys).length
  const each = Math.floor(spare / keys.length)
  const longer = keys.map((key) => key + 'x'.repeat(each))
  longer[0] += 'x'.repeat(bytes - writes(longer).length)
  return longer
}

/** A page on `url`, its first subscription live, and how often its connection has become another. */
async function open(t, url, options) {
  const starling = connect(url, { WebSocket, reconnectDelayMs: 20, reconnectDelayMaxMs: 50, pollIntervalMs: 100, ...options })
  t.after(() => starling.disconnect())
  const page = { starling, other: starling.subscribe('fleet:*'), losses: 0 }
  await page.other.ready
  starling.onStatus(({ state }) => { if (state !== 'connected') page.losses += 1 })
  return page
}

/** What is said now reaches the first subscription on the line that there is. */
async function goesOn(base, { starling, other, losses }, number) {
  await postLines(base, [{ channel: 'fleet:status', key: 'van', data: { number } }])
  await until(() => other.channel('fleet:status').get('van')?.number === number, { what: 'the other subscription to go on' })
  assert.deepEqual([starling.status.state, losses, other.error], ['connected', 0, undefined])
}

test('over a WebSocket a message of message_bytes is taken, and one byte more is refused before it is sent', { timeout }, async (t) => {
  const { url } = await startStarling(t, { config })
  await postLines(url, [{ channel: 'fleet:status', key: 'van', data: { number: 0 } }])
  const page = await open(t, url, { transports: ['websocket'] })
  const writes = (keys) => JSON.stringify({ channels: ['fleet:*'], filter: { keys }, type: 'subscribe', id: 2 })
  const query = (bytes) => ({ channels: ['fleet:*'], filter: { keys: keysOf(bytes, writes) } })
  const large = page.starling.subscribe(query(bytesMax + 1))
  await assert.rejects(large.ready, { code: 'limit_message', retry: 'never' })
  await goesOn(url, page, 1)
  for (const bytes of [bytesMax - 1, bytesMax]) {
    const fits = page.starling.subscribe(query(bytes))
    await fits.ready
    fits.replace(query(bytesMax + 1))
    assert.deepEqual([fits.error?.code, fits.state, fits.query.filter.keys.join().length], ['limit_message', 'live', query(bytes).filter.keys.join().length])
  }
  await assert.rejects(page.starling.publish('fleet:status', 'van', { text: 'x'.repeat(bytesMax) }), { code: 'limit_message' })
  await goesOn(url, page, 2)
})

for (const transport of ['stream', 'long-poll', 'poll']) {
  test(`over HTTP a query whose address is too long is refused, by the client or by the server: ${transport}`, { timeout }, async (t) => {
    const { url } = await startStarling(t, {})
    await postLines(url, [{ channel: 'fleet:status', key: 'van', data: { number: 0 } }])
    // With it a head is more than 16 KiB where the address is almost as long as it may be.
    const page = await open(t, url, { transports: [transport], token: 'x'.repeat(4000) })
    for (const [number, [length, message]] of [[100_000, 'HTTP 414'], [13_000, /16 KiB/]].entries()) {
      const large = page.starling.subscribe({ channels: ['fleet:*'], filter: { keys: keysOf(length, (keys) => keys.join('%2C')) } })
      await assert.rejects(large.ready, { code: 'limit_message', retry: 'later', message })
      await goesOn(url, page, 2 * number + 1)
      large.replace({ channels: ['fleet:*'] })
      await until(() => large.state === 'live', { what: 'a smaller one to be taken' })
      await goesOn(url, page, 2 * number + 2)
    }
  })
}

test('what is too large for HTTP is asked for again over a WebSocket', { timeout }, async (t) => {
  const { url } = await startStarling(t, { config })
  await postLines(url, [{ channel: 'fleet:status', key: 'van', data: { number: 0 } }])
  const box = await startMiddlebox(t, url)
  box.upgrade = 'refuse'
  const { starling, other } = await open(t, box.url, { climbIntervalMs: 300 })
  const large = starling.subscribe({ channels: ['fleet:*'], filter: { keys: keysOf(20_000, (keys) => keys.join()) } })
  await assert.rejects(large.ready, { code: 'limit_message' })
  assert.deepEqual([starling.status.transport, large.state, other.state], ['stream', 'syncing', 'live'])
  box.upgrade = 'pass'
  await until(() => large.state === 'live', { what: () => `it to be live; it is ${JSON.stringify(starling.status)}` })
  assert.deepEqual([starling.status.transport, large.error], ['websocket', undefined])
})
