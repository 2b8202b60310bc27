/** A world in which nothing happens by itself: the client's clock, its frames and its sockets are played by a test. */
import assert from 'node:assert/strict'

import type { Starling } from '../api.js'
import { connectIn } from '../client.js'
import type { World } from '../world.js'
import type { JsonObject } from './naive.js'

/** Lets everything run that has been promised. */
export const settle = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })

export class StageSocket {
  onopen: unknown = null
  onmessage: unknown = null
  onerror: unknown = null
  onclose: unknown = null
  isEnded = false
  readonly #sent: string[] = []

  constructor(readonly url: string, readonly protocol: string) {}

  send(text: string): void {
    assert.ok(!this.isEnded, 'it sends on a socket that has ended')
    this.#sent.push(text)
  }

  close(): void { this.isEnded = true }

  open(): void { this.#tell(this.onopen, {}) }
  hear(data: string): void { this.#tell(this.onmessage, { data }) }

  /** The other side, or the line, has ended it. */
  lose(code: number): void {
    this.isEnded = true
    this.#tell(this.onclose, { code, reason: '' })
  }

  /** What has been sent since the last time. */
  take(): JsonObject[] { return this.#sent.splice(0).map((text) => JSON.parse(text) as JsonObject) }

  #tell(listener: unknown, event: object): void {
    if (typeof listener === 'function') listener(event)
  }
}

export class Stage {
  now = Date.parse('2026-11-21T09:00:00.000Z')
  /** Those that were opened and that nobody has taken. */
  readonly sockets: StageSocket[] = []
  #timers: { at: number, run: () => void }[] = []

  /** A client of this world. */
  start(): Starling {
    const { sockets } = this
    class Socket extends StageSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol)
        sockets.push(this)
      }
    }
    const world: World = {
      now: () => this.now,
      chance: () => 0.5,
      after: (ms, run) => this.#after(ms, run),
      frame: (run) => { this.#after(16, run) },
      fetch: () => Promise.reject(new Error('there is only a WebSocket here')),
      WebSocket: Socket,
      here: undefined,
      isHidden: () => false,
      onPage: () => () => {},
    }
    return connectIn(world, 'http://server.example', { transports: ['websocket'] })
  }

  #after(ms: number, run: () => void): () => void {
    const timer = { at: this.now + ms, run }
    this.#timers.push(timer)
    return () => { this.#timers = this.#timers.filter((one) => one !== timer) }
  }

  /** Time passes, and what is due on the way happens when it is due. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms
    for (;;) {
      const next = this.#timers.reduce<{ at: number, run: () => void } | undefined>((first, one) => (first === undefined || one.at < first.at ? one : first), undefined)
      if (next === undefined || next.at > end) break
      this.now = Math.max(this.now, next.at)
      this.#timers = this.#timers.filter((one) => one !== next)
      next.run()
      await settle()
    }
    this.now = end
  }

  /** The newest socket that has been opened and not given up; time passes until there is one. */
  async nextSocket(withinMs: number): Promise<{ socket: StageSocket, waitedMs: number }> {
    const from = this.now
    for (;;) {
      const socket = this.sockets.splice(0).reverse().find(({ isEnded }) => !isEnded)
      if (socket !== undefined) return { socket, waitedMs: this.now - from }
      assert.ok(this.now - from < withinMs, `no attempt within ${withinMs} ms`)
      await this.pass(10)
    }
  }
}
