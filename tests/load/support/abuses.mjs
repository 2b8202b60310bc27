// What a server on a public address is sent. Each abuse says how often it did what it does, and checks what must come of it.
import assert from 'node:assert/strict'
import { constants, deflateRawSync } from 'node:zlib'

import { ask } from '../../e2e/support/http.mjs'
import { elapse, until } from '../../e2e/support/until.mjs'
import { descriptors } from './process.mjs'
import { frame, opcode, seeded, untilClosed, untilPong, upgrade } from './rude.mjs'
import { channel, startTraffic } from './traffic.mjs'

const goodHead = (port) => `GET /live HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\n`
const ping = (ref) => JSON.stringify({ type: 'ping', ref })
const subscribe = (id, more = {}) => JSON.stringify({ type: 'subscribe', id, channels: [channel], ...more })
/** What a message of exactly so many bytes looks like that is answered with pong. */
const padded = (bytes, ref) => {
  const bare = JSON.stringify({ type: 'ping', ref, pad: '' })
  return bare.replace('"pad":""', `"pad":"${'x'.repeat(bytes - bare.length)}"`)
}
const box = (south) => ({ filter: { bounds: { north: south + 0.05, south, east: 0, west: -180 } } })

/** Connected, part of a head, nothing more. */
export async function halfOpen({ starling, gang, counts }) {
  const before = descriptors(starling.pid)
  const head = goodHead(starling.port)
  await gang.each(counts.halfOpen, async (n) => {
    const socket = await gang.connect()
    if (n % 8 > 0) socket.write(head.slice(0, 1 + (n * 13) % head.length))
    socket.resume()
  }, 200)
  await until(() => descriptors(starling.pid) >= before + counts.halfOpen, { what: 'the server to have accepted them all' })
  await elapse(300)
  return `${counts.halfOpen} handshakes begun`
}

/** Gone with a reset, wherever they are. */
export async function resets({ starling, gang, counts }) {
  const head = goodHead(starling.port)
  const body = `POST /api/v1/publish HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\nContent-Length: 9999\r\n\r\n{"channel"`
  const listing = `GET /api/v1/state/${channel}?limit=1000 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`
  const heard = (socket) => new Promise((resolve) => { socket.once('data', resolve).once('close', resolve) })
  const stages = [
    async () => gang.connect(),
    async () => { const socket = await gang.connect(); socket.write(head); return socket },
    async () => { const socket = await gang.connect(); socket.write(body); await elapse(1); return socket },
    async () => { const socket = await gang.connect(); socket.write(listing); await elapse(1); return socket },
    async () => { const socket = await gang.connect(); socket.write(listing); await heard(socket); return socket },
    async () => { const socket = await gang.connect(); socket.write(upgrade(starling.port)); return socket },
    async () => { const socket = await gang.connect(); socket.write(upgrade(starling.port)); await heard(socket); return socket },
    async () => {
      const socket = await gang.connect()
      socket.write(upgrade(starling.port))
      await heard(socket)
      socket.write(frame(opcode.text, subscribe(1)))
      await heard(socket)
      return socket
    },
    async () => {
      const socket = await gang.connect()
      socket.write(upgrade(starling.port))
      await heard(socket)
      socket.write(frame(opcode.text, padded(1000, 'x')).subarray(0, 500))
      return socket
    },
    async () => {
      const socket = await gang.connect()
      socket.write(upgrade(starling.port))
      await heard(socket)
      socket.write(frame(opcode.close))
      return socket
    },
  ]
  await gang.each(counts.resets, async (n) => (await stages[n % stages.length]()).resetAndDestroy())
  return `${counts.resets} resets in ${stages.length} stages`
}

/** They see everything, a MiB of it, and read nothing. */
export async function neverReading({ starling, gang, counts }) {
  const peers = await gang.each(counts.neverReading, () => gang.live(), 20)
  for (const { socket } of peers) {
    socket.pause()
    for (let id = 1; id <= 4; id++) socket.send(JSON.stringify({ type: 'subscribe', id, channels: ['*'] }))
  }
  const { sent, accepted } = await startTraffic(gang, starling.url, { nodes: 1000, perSecond: 2000, seconds: counts.neverReadingSeconds }).done
  assert.equal(accepted, sent)
  for (const { socket } of peers) assert.ok(socket._socket.bytesRead < 1 << 20, `${socket._socket.bytesRead} bytes were read`)
  return `${peers.length} viewers did not read ${sent} updates`
}

/** A byte a second: a head ends with 408 in time; a message that is allowed to be slow is answered when it is whole. */
export async function oneByteASecond({ starling, gang, counts }) {
  const each = counts.slow / 4
  const beganAt = performance.now()
  const ended = { head: [], body: [], other: [] }
  const watch = (socket, kind) => {
    socket.on('close', () => ended[kind].push((performance.now() - beganAt) / 1000))
    socket.resume()
    return socket
  }
  const heads = await gang.each(2 * each, async () => watch(await gang.connect(), 'head'))
  const bodies = await gang.each(each, async () => watch(await gang.connect(), 'body'))
  const peers = await gang.each(each, () => gang.live())
  const message = frame(opcode.text, ping('slowly'))
  const slowBytes = Math.min(counts.slowSeconds - 4, message.length)
  for (const socket of bodies) {
    socket.write(`POST /api/v1/publish/${channel}?key=slow HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n`)
  }
  for (const peer of peers) peer.write(message.subarray(0, message.length - slowBytes))
  const head = goodHead(starling.port)
  for (let second = 0; second < counts.slowSeconds; second++) {
    for (const socket of heads) if (socket.writable) socket.write(head[second % head.length])
    for (const socket of bodies) if (socket.writable) socket.write(second === 0 ? '{' : ' ')
    if (second < slowBytes) {
      const at = message.length - slowBytes + second
      for (const peer of peers) peer.write(message.subarray(at, at + 1))
    }
    await elapse(Math.max(0, beganAt + (second + 1) * 1000 - performance.now()))
  }
  for (const peer of peers) await untilPong(peer, 'slowly')
  await until(() => ended.head.length === heads.length, { what: 'every head that does not end to be given up' })
  assert.ok(Math.max(...ended.head) < 15, `the last head was given up after ${Math.max(...ended.head)} s`)
  if (counts.slowSeconds > 60) await until(() => ended.body.length === bodies.length, { what: 'every body that does not come to be given up' })
  const range = (seconds) => (seconds.length > 0 ? `after ${Math.min(...seconds).toFixed(1)} to ${Math.max(...seconds).toFixed(1)} s` : 'not yet')
  return `${heads.length} heads ended ${range(ended.head)}, ${bodies.length} bodies ${range(ended.body)}, ${peers.length} messages were answered`
}

/** A message of nothing but pieces. */
export async function emptyFragments({ gang, counts }) {
  const peer = await gang.live()
  peer.write(frame(opcode.text, '', { fin: false }))
  peer.write(Buffer.concat(new Array(counts.fragments - 2).fill(frame(opcode.continuation, '', { fin: false }))))
  peer.write(frame(opcode.continuation, ping('whole')))
  await untilPong(peer, 'whole')
  assert.equal(peer.closed, null)
  // And one that is left unfinished.
  const other = await gang.live()
  other.write(frame(opcode.text, '', { fin: false }))
  other.write(Buffer.concat(new Array(counts.fragments / 10).fill(frame(opcode.continuation, '', { fin: false }))))
  return `${counts.fragments} fragments of a message, then its answer`
}

export async function pings({ gang, counts }) {
  const peer = await gang.live()
  let pongs = 0
  peer.socket.on('pong', () => { pongs++ })
  const many = Buffer.concat(new Array(1000).fill(frame(opcode.ping, 'x'.repeat(125))))
  for (let sent = 0; sent < counts.pings; sent += 1000) peer.write(many)
  peer.socket.send(ping('after'))
  await untilPong(peer, 'after')
  assert.equal(peer.closed, null)
  assert.ok(pongs > 0)
  // And one who does not read the pongs.
  const deaf = await gang.live()
  deaf.socket.pause()
  for (let sent = 0; sent < counts.pings; sent += 1000) deaf.write(many)
  await until(() => deaf.socket._socket.writableLength === 0, { what: 'the pings of one who does not read to be read' })
  return `${2 * counts.pings} pings; ${pongs} pongs to who read them`
}

/** No HTTP, and no frames. */
export async function garbage({ starling, gang, counts }) {
  const lines = ['\0\0\0\0\r\n\r\n', 'HELO you\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'GET / HTTP/9.9\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '\r\n'.repeat(5000),
    'GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: no\r\n\r\n', `GET /${'x'.repeat(40_000)} HTTP/1.1\r\n`]
  await gang.each(counts.garbage, async (n) => {
    const socket = await gang.connect()
    socket.resume()
    socket.end(Buffer.from(lines[n % lines.length], 'latin1'))
    await new Promise((resolve) => { socket.once('close', resolve) })
  })
  const wrong = [
    [1002, frame(opcode.text, '{}', { masked: false })],
    [1002, frame(3, 'x')], [1002, frame(11, 'x')],
    [1002, frame(opcode.text, '{}', { reserved: 2 })],
    [1002, frame(opcode.text, '{}', { reserved: 1 })],
    [1002, frame(opcode.continuation, '{}')],
    [1002, frame(opcode.ping, 'x', { fin: false })],
    [1002, frame(opcode.ping, 'x'.repeat(126))],
    [1002, Buffer.from([0x81, 0xfe, 0, 1, 0, 0, 0, 0, 0x20])],
    [1007, frame(opcode.text, Buffer.from([0xff, 0xfe, 0xc0]))],
    [1003, frame(opcode.binary, 'x')],
    [1009, Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])],
    [4429, Buffer.concat(new Array(100).fill(frame(opcode.text, 'no JSON')))],
  ]
  await gang.each(counts.garbage, async (n) => {
    const [code, bytes] = wrong[n % wrong.length]
    const peer = await gang.live()
    peer.write(bytes)
    peer.write(Buffer.alloc(1000, n & 0xff))
    assert.equal(await untilClosed(peer), code, bytes.subarray(0, 20).toString('hex'))
  })
  return `${counts.garbage} times garbage instead of HTTP, ${counts.garbage} times instead of frames`
}

/** JSON as deep and as large as a message lets it be, and larger. */
export async function largeJson({ gang, counts }) {
  const max = 256 << 10
  const nested = (depth) => `{"type":"ping","ref":"deep","deep":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
  const list = (item) => `{"type":"ping","ref":"many","list":[${new Array(Math.floor((max - 100) / (item.length + 1))).fill(item).join(',')}]}`
  const keys = Array.from({ length: 10_000 }, (_, n) => `key-${n}`)
  const where = Object.fromEntries(Array.from({ length: 64 }, (_, field) => [`f${field}`, { in: Array.from({ length: 400 }, (_, n) => n) }]))
  const messages = [
    ['pong', nested(64)], ['error', nested(65)], ['error', nested(100_000)],
    ['error', `${'{"a":'.repeat(40_000)}1`], ['error', '['.repeat(max)],
    ['pong', padded(max - 1, 'large')], ['pong', padded(max, 'large')], [1009, padded(max + 1, 'large')], [1009, padded(16 * max, 'large')],
    ['pong', list('{}')], ['pong', list('[[],{"a":1}]')], ['pong', list('-1.5e300')], ['pong', list('"\\ud83d\\ude00"')],
    ['pong', `{"type":"ping",${new Array(20_000).fill('"ref":"x"').join(',')}}`],
    ['pong', `{"type":"ping","ref":"digits","n":${'9'.repeat(max - 100)}}`],
    ['subscribed', subscribe(1, { filter: { keys } })], ['error', subscribe(1, { filter: { keys: [...keys, 'one more'] } })],
    ['subscribed', subscribe(1, { filter: { where } })],
  ]
  let count = 0
  for (let round = 0; round < counts.jsonRounds; round++) {
    await gang.each(messages.length, async (n) => {
      const [wanted, message] = messages[n]
      const peer = await gang.live()
      peer.socket.send(message)
      count++
      if (typeof wanted === 'number') {
        assert.equal(await untilClosed(peer), wanted)
      } else {
        await until(() => peer.frames.length >= 2, { what: () => `an answer to ${message.slice(0, 60)}…` })
        assert.equal(peer.frames[1].type, wanted, `${message.slice(0, 60)}… : ${JSON.stringify(peer.frames[1]).slice(0, 300)}`)
      }
      peer.socket.terminate()
    })
  }
  return `${count} messages, up to ${16 * max} bytes and 100,000 levels`
}

/** Nobody's map moves like that. */
export async function pans({ gang, counts }) {
  const peers = await gang.each(8, () => gang.live())
  const each = counts.pans / peers.length
  for (let n = 0; n < each; n++) {
    for (const [who, { socket }] of peers.entries()) {
      const id = 1 + n % 20
      const south = 40 + (n * 37 + who * 101) % 1000 / 1000
      socket.send(n % 7 === 6 ? JSON.stringify({ type: 'unsubscribe', id }) : subscribe(id, n % 5 === 4 ? {} : box(south)))
      if (n % 11 === 10) socket.send(JSON.stringify({ type: 'snapshot', id }))
    }
    if (n % 20 === 19) await elapse(1)
  }
  for (const { socket } of peers) socket.send(ping('there'))
  for (const peer of peers) await untilPong(peer, 'there')
  return `${counts.pans} subscribes, unsubscribes and pans; ${peers.filter(({ closed }) => closed !== null).length} of ${peers.length} were closed`
}

/** Little that inflates to much. */
export async function bombs({ gang, counts }) {
  const max = 256 << 10
  // As RFC 7692 §7.2.1 has it: flushed, without the four bytes that every flush ends with.
  const deflated = (text) => deflateRawSync(text, { level: 9, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
  const bomb = deflated(Buffer.alloc(64 << 20, 'x'))
  const text = (payload, more = {}) => frame(opcode.text, payload, { reserved: 4, ...more })
  const inFragments = [text(bomb.subarray(0, 100), { fin: false })]
  for (let at = 100; at < bomb.length; at += 100) inFragments.push(frame(opcode.continuation, bomb.subarray(at, at + 100), { fin: at + 100 >= bomb.length }))
  const kinds = [
    ['pong', text(deflated(padded(max, 'large')))], [1009, text(deflated(padded(max + 1, 'large')))],
    [1009, text(bomb)], [1009, Buffer.concat(inFragments)], [1009, text(deflated('{"a":'.repeat(1 << 20)))],
    ['error', text(deflated('['.repeat(max)))],
    [1007, text(Buffer.from('ffffffffffff', 'hex'))], [1007, text(bomb.map((byte, at) => (at === 50 ? byte ^ 0xff : byte)).subarray(0, 60))],
    [1002, frame(opcode.ping, 'x', { reserved: 4 })], [1002, Buffer.concat([text(bomb.subarray(0, 10), { fin: false }), frame(opcode.continuation, 'x', { reserved: 4 })])],
  ]
  await gang.each(counts.bombs, async (n) => {
    const [wanted, bytes] = kinds[n % kinds.length]
    const peer = await gang.live({ perMessageDeflate: true })
    assert.match(peer.socket.extensions, /permessage-deflate/)
    peer.write(bytes)
    if (typeof wanted === 'number') {
      assert.equal(await untilClosed(peer), wanted, bytes.subarray(0, 20).toString('hex'))
    } else {
      await until(() => peer.frames.length >= 2, { what: 'an answer to a message that was deflated' })
      assert.equal(peer.frames[1].type, wanted)
    }
    peer.socket.terminate()
  })
  return `${counts.bombs} messages that are small until they are inflated; the largest are ${bomb.length} bytes and become ${64 << 20}`
}

/** Bytes that a seed decides: raw, as frames, and as frames that are almost right. */
export async function randomBytes({ gang, counts, seed, starling }) {
  const next = seeded(seed)
  const bytes = (most) => Buffer.from(Uint8Array.from({ length: 1 + next() % most }, () => next()))
  const valid = [ping('x'), subscribe(1), subscribe(2, box(40)), '{"type":"unsubscribe","id":1}', '{"type":"hello"}', '{"type":"snapshot","id":2}',
    JSON.stringify({ type: 'publish', channel: 'noise:random', key: 'one', data: { n: 1 } })]
  const flipped = (buffer) => {
    const changed = Buffer.from(buffer)
    for (let flips = next() % 4; flips >= 0; flips--) changed[next() % changed.length] ^= 1 << (next() % 8)
    return changed
  }
  const until = performance.now() + counts.randomSeconds * 1000
  let written = 0
  let connections = 0
  const write = (socket, what) => { written += what.length; socket.write(what) }
  while (performance.now() < until) {
    const kinds = Array.from({ length: 20 }, () => next() % 4)
    await Promise.all(kinds.map(async (kind) => {
      connections++
      const socket = await gang.connect()
      socket.resume()
      if (kind === 0) {
        write(socket, bytes(2000))
      } else if (kind === 1) {
        write(socket, flipped(Buffer.from(upgrade(starling.port))))
      } else {
        write(socket, upgrade(starling.port))
        for (let n = 0; n < 20 && socket.writable; n++) {
          const whole = frame(opcode.text, valid[next() % valid.length])
          write(socket, kind === 2 ? frame(next() % 16, bytes(300), { fin: next() % 4 > 0, reserved: next() % 8 === 0 ? next() % 8 : 0 }) : next() % 3 === 0 ? flipped(whole) : whole)
        }
      }
      await elapse(next() % 10)
      if (next() % 2) socket.resetAndDestroy()
      else socket.destroy()
    }))
  }
  assert.equal((await ask(starling.url, '/healthz')).status, 200)
  return `${written} bytes on ${connections} connections, of seed ${seed}`
}
