// `starling watch`, our client's side of the engine, on servers that are not ours: npm ws, Debian's python3-websockets, and one that says what no
// server may.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import net from 'node:net'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

import { WebSocketServer } from 'ws'

import { Program } from './support/cleanup.mjs'
import { crawlingLine } from './support/crawling_line.mjs'
import { until } from './support/until.mjs'

const folder = dirname(fileURLToPath(import.meta.url))
const welcome = '{"type":"welcome","session":"s","epoch":"e","time":"2026-11-21T09:00:00.000Z","tick_ms":100,"heartbeat_ms":30000,"timeout_ms":60000,' +
  '"limits":{"message_bytes":262144,"frame_bytes":262144,"subscriptions":64,"channels_per_subscription":256,"publish_per_second":0},"server":"foreign"}'
const record = JSON.stringify({ name: 'Grüße, 世界 🛰 '.repeat(2_000) })
const frames = [welcome,
  '{"type":"subscribed","id":1,"seq":1,"view":"v","resumed":false,"reason":"new"}',
  `{"type":"snapshot","id":1,"seq":1,"channels":{"mesh:node":{"!a1":${record}}},"more":false}`,
  ...[2, 3, 4].map((seq) => `{"type":"update","id":1,"seq":${seq},"channels":{"mesh:node":{"patch":{"!a1":{"n":${seq}}}}}}`)]
const subscribe = '{"type":"subscribe","id":1,"channels":["mesh:*"]}'

function startWatch(t, port) {
  const watch = new Program(process.env.STARLING_BIN, ['watch', 'mesh:*', '--no-reconnect', '--url', `ws://127.0.0.1:${port}/live`])
  t.after(() => watch.end('SIGKILL'))
  return watch
}

const told = (watch) => watch.stdout.split('\n').slice(0, -1)

/** A server on npm ws that does as the Python one: {port, over: {heard, code, extensions}}. */
async function npmServer(t, { perMessageDeflate, how, then }) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: perMessageDeflate ? { threshold: 0 } : false })
  t.after(() => {
    server.clients.forEach((client) => client.terminate())
    server.close()
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const result = { port: server.address().port, over: null }
  server.once('connection', (socket) => {
    const heard = []
    const say = (frame) => {
      if (how === 'whole') return socket.send(frame)
      const bytes = Buffer.from(frame)
      const middle = bytes.length >> 1 // also within a character
      socket.send(bytes.subarray(0, 1), { fin: false, binary: false })
      socket.ping('in the middle')
      socket.send('', { fin: false })
      socket.send(bytes.subarray(1, middle), { fin: false })
      socket.send(bytes.subarray(middle))
    }
    say(frames[0])
    socket.on('message', (data) => {
      heard.push(String(data))
      if (heard.length > 1) return
      frames.slice(1).forEach(say)
      socket.once('pong', () => {
        if (then === 'close') socket.close(4000, 'that is all')
        if (then === 'cut') socket.terminate()
      })
      socket.ping('are you there')
    })
    socket.on('close', (code) => { result.over = { heard, code, extensions: socket.extensions ? ['PerMessageDeflate'] : [] } })
  })
  return result
}

async function pythonServer(t, { perMessageDeflate, how, then }) {
  const server = new Program('/usr/bin/python3', [join(folder, 'support/live_server.py'), perMessageDeflate ? 'deflate' : 'plain'])
  t.after(() => server.end('SIGKILL'))
  server.child.stdin.write(`${JSON.stringify({ frames, how, then })}\n`)
  const port = Number(await until(() => /^(\d+)\n/.exec(server.stdout)?.[1], { what: () => `python to listen: ${server.stderr}`, withinMs: 20_000 }))
  return { port, get over() { return JSON.parse(server.stdout.split('\n')[1] || 'null') } }
}

for (const [make, start] of [['npm ws', npmServer], ['python3-websockets', pythonServer]]) {
  for (const perMessageDeflate of [false, true]) {
    for (const [how, line] of [['whole', 'at once'], ['fragmented', 'at once'], ['fragmented', 'byte by byte']]) {
      test(`${make}: watch prints what it is sent ${how}, ${line}, ${perMessageDeflate ? 'deflated' : 'plain'}`, { timeout: 60_000 }, async (t) => {
        const server = await start(t, { perMessageDeflate, how, then: 'wait' })
        const watch = startWatch(t, line === 'at once' ? server.port : await crawlingLine(t, server.port))
        await until(() => told(watch).length >= frames.length || watch.exit, { what: () => `the frames; came: ${watch.stdout.slice(0, 300)} ${watch.stderr}`, withinMs: 30_000 })
        assert.deepEqual(told(watch), frames)
        // We close first.
        assert.deepEqual(await watch.end('SIGINT'), { code: 0, signal: null }, watch.stderr)
        assert.deepEqual(await until(() => server.over, { what: 'the end of the connection' }),
          { heard: [subscribe], code: 1000, extensions: perMessageDeflate ? ['PerMessageDeflate'] : [] })
      })
    }
  }

  test(`${make}: the server closes first`, { timeout: 30_000 }, async (t) => {
    const server = await start(t, { perMessageDeflate: false, how: 'whole', then: 'close' })
    const watch = startWatch(t, server.port)
    await until(() => watch.exit, { what: 'watch to end' })
    assert.equal(watch.exit.code, 1)
    assert.match(watch.stderr, /4000/)
    assert.equal((await until(() => server.over, { what: 'the answer to the close' })).code, 4000)
    assert.deepEqual(told(watch), frames)
  })

  test(`${make}: the server hangs up without a word`, { timeout: 30_000 }, async (t) => {
    const server = await start(t, { perMessageDeflate: false, how: 'whole', then: 'cut' })
    const watch = startWatch(t, server.port)
    await until(() => watch.exit, { what: 'watch to end' })
    assert.equal(watch.exit.code, 1)
  })
}

/** A server of bytes: agrees to the upgrade, says `wire`, and keeps what it hears behind the head. */
async function rawServer(t, wire) {
  const result = { heard: Buffer.alloc(0), port: 0, ended: false }
  const server = net.createServer((socket) => {
    let head = ''
    socket.on('error', () => {})
    socket.on('end', () => { result.ended = true })
    socket.on('data', (chunk) => {
      if (head.endsWith('\r\n\r\n')) {
        result.heard = Buffer.concat([result.heard, chunk])
        return
      }
      head += chunk.toString('latin1')
      if (!head.endsWith('\r\n\r\n')) return
      const key = /sec-websocket-key: (\S+)/i.exec(head)[1]
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      // In one segment: what stands behind the head is already WebSocket.
      socket.write(Buffer.concat([Buffer.from(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: starling.v1\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`), wire]))
    })
    t.after(() => socket.destroy())
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  result.port = server.address().port
  return result
}

const frame = (opcode, payload, { masked = false, first = 0x80 } = {}) => {
  const bytes = Buffer.from(payload)
  const length = bytes.length < 126 ? [bytes.length] : [126, bytes.length >> 8, bytes.length & 255]
  length[0] |= masked ? 0x80 : 0
  return Buffer.concat([Buffer.from([first | opcode, ...length]), Buffer.alloc(masked ? 4 : 0), bytes])
}

/** The frames in what a client said, unmasked; every one must be masked. */
function clientFrames(heard) {
  const found = []
  for (let at = 0; at + 6 <= heard.length;) {
    assert.ok(heard[at + 1] & 0x80, 'a client masks every frame')
    const short = heard[at + 1] & 0x7f
    const head = short === 126 ? 4 : 2
    const length = short === 126 ? heard.readUInt16BE(at + 2) : short
    const mask = heard.subarray(at + head, at + head + 4)
    if (at + head + 4 + length > heard.length) break // the rest is yet to come
    const payload = Buffer.from(heard.subarray(at + head + 4, at + head + 4 + length)).map((byte, i) => byte ^ mask[i % 4])
    found.push({ opcode: heard[at] & 15, mask: mask.toString('hex'), payload })
    at += head + 4 + length
  }
  return found
}

for (const [what, wire, code] of [
  ['a masked frame', frame(1, '{}', { masked: true }), 1002],
  ['a reserved bit', frame(1, '{}', { first: 0xa0 }), 1002],
  ['an opcode that is none', frame(3, ''), 1002],
  ['a continuation of nothing', frame(0, '{}'), 1002],
  ['a length with more bytes than it needs', Buffer.from([0x81, 126, 0, 2, 0x7b, 0x7d]), 1002],
  ['a ping in fragments', frame(9, '', { first: 0 }), 1002],
  ['text that is not UTF-8', frame(1, Buffer.from([0x7b, 0xff])), 1007],
]) {
  test(`watch fails the connection with ${code} on ${what}, and masks all it says with keys of its own`, { timeout: 30_000 }, async (t) => {
    const server = await rawServer(t, Buffer.concat([frame(1, welcome), wire]))
    const watch = startWatch(t, server.port)
    const said = await until(() => {
      const said = clientFrames(server.heard)
      return said.at(-1)?.opcode === 8 && said
    }, { what: () => `a close frame; heard ${server.heard.toString('hex')}; ${watch.stderr}` })
    assert.equal(said.at(-1).payload.readUInt16BE(0), code)
    assert.equal(String(said[0].payload), subscribe)
    assert.equal(new Set(said.map(({ mask }) => mask)).size, said.length)
    await until(() => watch.exit, { what: 'watch to end' })
    assert.equal(watch.exit.code, 1)
  })
}
