// One client of a door, as plain as can be: what comes, with when it came.
import WebSocket from 'ws'

import { until } from './until.mjs'

export class DoorClient {
  /** Every message that came, parsed; `texts` as they came, `cameAt` (performance.now()) of each. */
  frames = []
  texts = []
  cameAt = []
  /** {code, reason} */
  closed = null
  socket

  static async open(t, base, path, options) {
    const client = new DoorClient(base, path, options)
    t.after(() => client.socket.terminate())
    await until(() => client.isOpen || client.closed, { what: `${path} to open` })
    return client
  }

  /** `protocols` are offered; other options are the socket's. */
  constructor(base, path, { protocols = [], ...options } = {}) {
    this.socket = new WebSocket(`${base.replace('http', 'ws')}${path}`, protocols, { perMessageDeflate: false, ...options })
    this.socket.on('message', (data) => {
      const text = data.toString()
      this.cameAt.push(performance.now())
      this.texts.push(text)
      this.frames.push(JSON.parse(text))
    })
    this.socket.on('close', (code, reason) => { this.closed = { code, reason: String(reason) } })
    this.socket.on('error', (error) => { this.error = error })
  }

  get isOpen() { return this.socket.readyState === WebSocket.OPEN }

  send(message) { this.socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message)) }

  /** The first frame since `from` that fits. */
  frame(fits, { from = 0, ...options } = {}) {
    return until(() => this.frames.slice(from).find(fits), {
      what: () => `a frame that fits; came: ${JSON.stringify(this.frames.slice(from)).slice(0, 1000)}`, ...options,
    })
  }
}

/** The status with which an upgrade at `path` is answered: 101 where it is one. */
export function upgradeStatus(base, path) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${base.replace('http', 'ws')}${path}`)
    socket.on('unexpected-response', (request, response) => { resolve(response.statusCode); request.destroy() })
    socket.on('upgrade', () => { resolve(101); socket.terminate() })
    socket.on('error', reject) // of no use once it is resolved
  })
}
