// Peers without manners: sockets that say whatever they like, and frames as bytes.
import { randomBytes } from 'node:crypto'
import net from 'node:net'

import { until } from '../../e2e/support/until.mjs'
import { WebSocket } from '../../e2e/support/viewer.mjs'

export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 }

/** A client's frame as bytes; the mask is zero, so that what is written is what is meant. `reserved`: RSV1 is 4, RSV2 2, RSV3 1. */
export function frame(code, payload = '', { fin = true, masked = true, reserved = 0 } = {}) {
  const body = Buffer.from(payload)
  const length = body.length < 126 ? [body.length] : body.length < 65_536 ? [126, 0, 0] : [127, 0, 0, 0, 0, 0, 0, 0, 0]
  const head = Buffer.from([(fin ? 0x80 : 0) | (reserved << 4) | code, ...length])
  if (head[1] === 126) head.writeUInt16BE(body.length, 2)
  if (head[1] === 127) head.writeBigUInt64BE(BigInt(body.length), 2)
  if (!masked) return Buffer.concat([head, body])
  head[1] |= 0x80
  return Buffer.concat([head, Buffer.alloc(4), body])
}

/** The bytes of an upgrade that a server accepts. */
export const upgrade = (port) => `GET /live HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Protocol: starling.v1\r\n\r\n`

/** All connections of one case: none outlives it. */
export class Gang {
  #port
  #sockets = new Set()
  #afterwards = []

  constructor(port) { this.#port = port }

  /** As of a test: what is to be done when the case is over. */
  after(then) { this.#afterwards.push(then) }

  /** A socket that is connected; what comes is thrown away unless somebody listens. */
  connect() {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
      this.#keep(socket)
      socket.once('connect', () => resolve(socket))
      socket.on('error', reject)  // after it is connected nobody waits any more: being cut off is what they ask for
    })
  }

  /** A WebSocket that is open: {socket, frames, closed: code, write(bytes)}. `options` are of `ws`. */
  live(options = {}) {
    const peer = { frames: [], closed: null }
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${this.#port}/live`, 'starling.v1', { perMessageDeflate: false, ...options })
      peer.socket = socket
      socket.on('upgrade', ({ socket: line }) => this.#keep(line))
      socket.on('message', (data) => peer.frames.push(JSON.parse(data)))
      socket.on('close', (code) => { peer.closed = code })
      socket.on('open', () => {
        peer.write = (bytes) => socket._socket?.write(bytes)
        resolve(peer)
      })
      socket.on('error', reject)
    })
  }

  /** `count` times `make(n)`, so many at a time. */
  async each(count, make, atATime = 100) {
    const results = []
    for (let from = 0; from < count; from += atATime) {
      results.push(...await Promise.all(Array.from({ length: Math.min(atATime, count - from) }, (_, n) => make(from + n))))
    }
    return results
  }

  /** Whoever is still there is gone at once, with a reset. */
  async end() {
    for (const then of this.#afterwards) await then()
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await until(() => this.#sockets.size === 0, { what: 'the sockets of a case to be closed' })
  }

  #keep(socket) {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
  }
}

/** Until a live peer was told `pong` with this ref. */
export const untilPong = (peer, ref) =>
  until(() => peer.frames.some((told) => told.type === 'pong' && told.ref === ref) || peer.closed !== null, {
    what: () => `pong ${ref}; last came ${JSON.stringify(peer.frames.at(-1))?.slice(0, 300)}`, withinMs: 20_000,
  })

/** Until the server has closed a live peer; the code. */
export const untilClosed = async (peer) => {
  await until(() => peer.closed !== null, { what: () => `the server to close; last came ${JSON.stringify(peer.frames.at(-1))?.slice(0, 300)}` })
  return peer.closed
}

/** Numbers below 2^32 that a seed decides. */
export function seeded(seed) {
  let state = seed >>> 0
  return () => {
    // SplitMix32.
    state = (state + 0x9e3779b9) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
}
