// One viewer on /live.
import WebSocket from 'ws'

import { Replica } from './replica.mjs'
import { until } from './until.mjs'

// For whom a whole viewer is too much, and whose folder has no packages of its own.
export { WebSocket }

export class Viewer {
  /** Every frame that came, with `cameAt` (performance.now()). */
  frames = []
  replicas = new Map()
  welcome = null
  /** {code, reason} */
  closed = null
  socket

  static async open(t, base, replicas = new Map(), options = {}) {
    const viewer = new Viewer(base, replicas, options)
    t.after(() => viewer.socket.terminate())
    await until(() => viewer.welcome ?? viewer.closed, { what: 'a welcome' })
    return viewer
  }

  /** `options` are of the socket: {ca, …}. */
  constructor(base, replicas, options = {}) {
    this.replicas = replicas
    this.socket = new WebSocket(`${base.replace('http', 'ws')}/live`, 'starling.v1', { perMessageDeflate: false, ...options })
    this.socket.on('message', (data) => this.#take(JSON.parse(data)))
    this.socket.on('close', (code, reason) => { this.closed = { code, reason: String(reason) } })
    this.socket.on('error', (error) => { this.error = error })
  }

  send(message) { this.socket.send(typeof message === 'string' ? message : JSON.stringify(message)) }

  /** Subscribes and waits for the first whole cut of it. */
  async subscribe(channels, options = {}) {
    const { id = 1 } = options
    const from = this.frames.length
    this.send({ type: 'subscribe', channels, ...options, id })
    const isAnswer = (frame) => (frame.id === id && frame.type === 'error') ||
      (frame.id === id && ['snapshot', 'update'].includes(frame.type) && !frame.more)
    await until(() => this.frames.slice(from).find((frame, index, all) =>
      isAnswer(frame) && all.slice(0, index + 1).some((one) => one.type === 'error' || (one.type === 'subscribed' && one.id === id))),
    { what: () => `the answer to subscribe; came: ${JSON.stringify(this.frames.slice(from)).slice(0, 1000)}` })
    return this.replica(id)
  }

  replica(id = 1) {
    if (!this.replicas.has(id)) this.replicas.set(id, new Replica())
    return this.replicas.get(id)
  }

  records(channel, id = 1) { return this.replica(id).records(channel) }

  of(type, from = 0) { return this.frames.slice(from).filter((frame) => frame.type === type) }

  /** What updates since frame `from` say of `channel`: [{set?, patch?, remove?, events?}]. */
  changes(channel, from = 0) {
    return this.of('update', from).flatMap(({ channels }) => (channels[channel] ? [channels[channel]] : []))
  }

  /** The first frame since `from` that fits. */
  frame(fits, { from = 0, ...options } = {}) {
    return until(() => this.frames.slice(from).find(fits), {
      what: () => `a frame that fits; came: ${JSON.stringify(this.frames.slice(from)).slice(0, 1000)}`, ...options,
    })
  }

  /** The line is cut, without a goodbye. */
  async cut() {
    this.socket.terminate()
    await until(() => this.closed, { what: 'the cut line to be noticed' })
  }

  #take(frame) {
    frame.cameAt = performance.now()
    this.frames.push(frame)
    if (frame.type === 'welcome') this.welcome = frame
    if (frame.type === 'progress') {
      for (const [id, seq] of Object.entries(frame.at)) this.replica(Number(id)).moveTo(seq)
    }
    if (frame.id === undefined) return
    const replica = this.replica(frame.id)
    if (frame.type === 'subscribed') replica.epoch = this.welcome.epoch
    replica.take(frame)
  }
}
