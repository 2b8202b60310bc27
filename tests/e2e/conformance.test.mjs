// The engine as a server, held by implementations that are not ours: npm ws, Debian's python3-websockets, Chromium. They talk to the echo example.
import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import test from 'node:test'

import { openBrowser } from './support/browser.mjs'
import { Program } from './support/cleanup.mjs'
import { crawlingLine } from './support/crawling_line.mjs'
import { until } from './support/until.mjs'
import { WebSocket } from './support/viewer.mjs'

const sizes = [0, 1, 2, 124, 125, 126, 127, 511, 512, 513, 65535, 65536, 200_000]
const smallSizes = sizes.filter((size) => size <= 600)
const python = '/usr/bin/python3' // Debian's, which has the package

async function startEcho(t) {
  const echo = new Program(join(dirname(process.env.STARLING_BIN), 'starling-echo'), ['--listen', '127.0.0.1:0'])
  t.after(async () => assert.deepEqual(await echo.end(), { code: 0, signal: null }, echo.stderr))
  const url = await until(() => /serving on (http:\S+)/.exec(echo.stderr)?.[1], { what: () => `the echo to listen; it said: ${echo.stderr}`, withinMs: 20_000 })
  return Number(new URL(url).port)
}

const text = (size) => 'Grüße, 世界 🛰 '.repeat(size / 10 + 1).slice(0, size)
const bytes = (size) => Buffer.from(Array.from({ length: size }, (_, i) => (i * 7919) >> 3))

/** Everything that is said comes back as it went. */
async function converse(port, { perMessageDeflate, sizes }) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/echo`, { perMessageDeflate, skipUTF8Validation: false })
  const came = []
  socket.on('message', (data, isBinary) => came.push({ data, isBinary }))
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  const isEchoed = async (message, isBinary, how) => {
    await until(() => came.length > 0, { what: () => `the echo of ${message.length}, ${how}`, withinMs: 20_000 })
    const echoed = came.shift()
    assert.equal(echoed.isBinary, isBinary)
    assert.ok(echoed.data.equals(Buffer.from(message)), `${message.length} ${how}, binary: ${isBinary}`)
  }
  for (const size of sizes) {
    for (const message of [text(size), bytes(size)]) {
      const isBinary = typeof message !== 'string'
      socket.send(message)
      await isEchoed(message, isBinary, 'whole')
      socket.send(message.slice(0, 1), { fin: false, binary: isBinary })
      socket.ping('between')
      socket.send(message.slice(1, 1), { fin: false })
      socket.send(message.slice(1), { fin: true })
      await isEchoed(message, isBinary, 'fragmented')
    }
  }
  let pong = null
  socket.once('pong', (data) => { pong = String(data) })
  socket.ping('still there')
  await until(() => pong === 'still there', { what: 'a pong' })
  const closed = new Promise((resolve) => socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })))
  socket.close(3001, 'enough')
  assert.equal((await closed).code, 3001)
  return socket.extensions
}

for (const perMessageDeflate of [false, true]) {
  const how = perMessageDeflate ? 'deflated' : 'plain'

  test(`npm ws: every size comes back, whole and in fragments, ${how}`, { timeout: 120_000 }, async (t) => {
    const extensions = await converse(await startEcho(t), { perMessageDeflate, sizes })
    assert.equal(extensions.includes('permessage-deflate'), perMessageDeflate)
  })

  test(`npm ws: the same byte by byte, ${how}`, { timeout: 120_000 }, async (t) => {
    await converse(await crawlingLine(t, await startEcho(t)), { perMessageDeflate, sizes: smallSizes })
  })

  for (const line of ['at once', 'byte by byte']) {
    test(`python3-websockets: every size comes back, whole and in fragments, ${how}, ${line}`, { timeout: 120_000 }, async (t) => {
      const isCrawling = line === 'byte by byte'
      const echo = await startEcho(t)
      const port = isCrawling ? await crawlingLine(t, echo) : echo
      const client = new Program(python, [join(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), 'support/echo_client.py'),
        `ws://127.0.0.1:${port}/echo`, perMessageDeflate ? 'deflate' : 'plain', ...(isCrawling ? smallSizes : sizes).map(String)])
      await until(() => client.exit, { what: 'the client to end', withinMs: 100_000 })
      assert.equal(client.exit.code, 0, client.stderr)
      assert.deepEqual(JSON.parse(client.stdout), {
        came_back: (isCrawling ? smallSizes : sizes).length * 4, extensions: perMessageDeflate ? ['PerMessageDeflate'] : [], closed: 1000,
      })
    })
  }
}

test('Chromium: every size comes back, text and binary, with what it offers', { timeout: 120_000 }, async (t) => {
  const port = await startEcho(t)
  const { page } = await openBrowser(t, `http://127.0.0.1:${port}/`)
  const told = await page.evaluate(async ({ url, sizes }) => {
    const socket = new WebSocket(url)
    socket.binaryType = 'arraybuffer'
    const next = () => new Promise((resolve) => socket.addEventListener('message', ({ data }) => resolve(data), { once: true }))
    await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = () => reject(new Error('no connection')) })
    const wrong = []
    for (const size of sizes) {
      const said = 'Grüße, 世界 🛰 '.repeat(size / 10 + 1).slice(0, size).toWellFormed()
      let heard = next()
      socket.send(said)
      if (await heard !== said) wrong.push(`text of ${size}`)
      const bytes = Uint8Array.from({ length: size }, (_, i) => i * 31)
      heard = next()
      socket.send(bytes)
      const echoed = new Uint8Array(await heard)
      if (echoed.length !== size || echoed.some((byte, i) => byte !== bytes[i])) wrong.push(`${size} bytes`)
    }
    const closed = new Promise((resolve) => { socket.onclose = ({ code, wasClean }) => resolve({ code, wasClean }) })
    socket.close(1000, 'enough')
    return { wrong, extensions: socket.extensions, closed: await closed }
  }, { url: `ws://127.0.0.1:${port}/echo`, sizes })
  assert.deepEqual(told.wrong, [])
  assert.equal(told.extensions, 'permessage-deflate; server_no_context_takeover; client_no_context_takeover')
  assert.deepEqual(told.closed, { code: 1000, wasClean: true })
})
