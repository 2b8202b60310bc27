/** A world of a test's own: time passes where it says so, lines are what it makes of them. */

import type { TestContext } from 'node:test'

import type { ConnectOptions, Starling, Subscription } from './api.js'
import { connectIn } from './client.js'
import type { World } from './world.js'

export class FakeSocket {
  onopen: unknown
  onmessage: unknown
  onerror: unknown
  onclose: unknown
  readonly sent: Record<string, unknown>[] = []
  isClosed = false

  constructor(readonly url: string, readonly protocol: string) {}

  send(text: string): void { this.sent.push(JSON.parse(text) as Record<string, unknown>) }
  close(): void { this.isClosed = true }

  opens(): void { (this.onopen as () => void)() }
  says(...messages: unknown[]): void {
    for (const message of messages) (this.onmessage as (event: { data: string }) => void)({ data: typeof message === 'string' ? message : JSON.stringify(message) })
  }
  ends(code = 1006, reason = ''): void { (this.onclose as (event: { code: number, reason: string }) => void)({ code, reason }) }
  /** Up to and including `welcome`. */
  welcomes(epoch = 'e1', bytesMax = 262_144): this {
    this.opens()
    this.says({ type: 'welcome', session: 's', epoch, time: '2026-11-21T09:00:00.000Z', tick_ms: 100, heartbeat_ms: 30_000, timeout_ms: 60_000, limits: { message_bytes: bytesMax }, server: 'x' })
    return this
  }

  /** Up to the first whole state, of its first subscription. */
  begins(channels: object): void { this.welcomes().says(subscribed(1, 1), snapshot(1, 1, channels)) }

  of(type: string): Record<string, unknown>[] { return this.sent.filter((message) => message.type === type) }
}

/** A request that waits for its answer. */
export interface FakeRequest {
  readonly path: string
  readonly parameters: URLSearchParams
  readonly init: RequestInit
  answer(body: unknown, status?: number, headers?: Record<string, string>): void
  /** Nobody is there. */
  fails(): void
  /** The head of a stream; returns what sends more of it. */
  streams(): { says(text: string): void, ends(): void }
}

export class FakeWorld implements World {
  time = 1_000_000
  chanceNext = 1
  isPageHidden = false
  readonly sockets: FakeSocket[] = []
  readonly requests: FakeRequest[] = []
  hasWebSocket = true
  here = 'http://host.example/page'
  #timers: { at: number, run: () => void }[] = []
  #frames: (() => void)[] = []
  #listeners = new Set<() => void>()

  now(): number { return this.time }
  chance(): number { return this.chanceNext }
  after(ms: number, run: () => void): () => void {
    const timer = { at: this.time + ms, run }
    this.#timers.push(timer)
    return () => { this.#timers = this.#timers.filter((one) => one !== timer) }
  }
  readonly frame = (run: () => void): void => { this.#frames.push(run) }
  isHidden(): boolean { return this.isPageHidden }
  onPage(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }

  get WebSocket(): (new (url: string, protocol: string) => FakeSocket) | undefined {
    const { sockets } = this
    return this.hasWebSocket
      ? class extends FakeSocket {
        constructor(url: string, protocol: string) {
          super(url, protocol)
          sockets.push(this)
        }
      }
      : undefined
  }

  fetch(url: string, init: RequestInit): Promise<Response> {
    const { pathname, searchParams } = new URL(url)
    return new Promise((resolve, reject) => {
      init.signal?.addEventListener('abort', () => reject(new Error('aborted')))
      this.requests.push({
        path: pathname, parameters: searchParams, init,
        answer: (body, status = 200, headers = {}) => resolve(new Response(init.method === 'HEAD' ? null : typeof body === 'string' ? body : JSON.stringify(body), { status, headers })),
        fails: () => reject(new TypeError('fetch failed')),
        streams: () => {
          let controller: ReadableStreamDefaultController<Uint8Array> | undefined
          resolve(new Response(new ReadableStream<Uint8Array>({ start(given) { controller = given } })))
          init.signal?.addEventListener('abort', () => controller?.error(new Error('aborted')))
          return { says: (text) => controller?.enqueue(new TextEncoder().encode(text)), ends: () => controller?.close() }
        },
      })
    })
  }

  /** What is waiting in promises comes to pass. */
  async settle(): Promise<void> { for (let turn = 0; turn < 5; ++turn) await settle() }

  /** Time passes, and what becomes due on the way is done when it is due. */
  async pass(ms: number): Promise<void> {
    const until = this.time + ms
    await this.settle()
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.#timers = this.#timers.filter((one) => one !== next)
      this.time = Math.max(this.time, next.at)
      next.run()
      await this.settle()
    }
    this.time = until
  }

  /** How many wait. */
  get timers(): number { return this.#timers.length }
  draw(): void { for (const run of this.#frames.splice(0)) run() }
  changePage(isHidden: boolean): void {
    this.isPageHidden = isHidden
    for (const listener of this.#listeners) listener()
  }

  get socket(): FakeSocket { return this.sockets.at(-1) ?? fail('no socket') }
  /** The newest request of this path. */
  request(path: string): FakeRequest { return this.requests.filter((one) => one.path === `/api/v1/${path}`).at(-1) ?? fail(`no request of ${path}`) }
}

/** Lines and frames of the screen are the test's from here on, for what is given no world. */
export function fakePage(t: TestContext): { sockets: FakeSocket[], draw(): void } {
  const world = new FakeWorld()
  const page = globalThis as { WebSocket?: unknown, requestAnimationFrame?: unknown }
  const { WebSocket: socket, requestAnimationFrame: frame } = page
  Object.assign(page, { WebSocket: world.WebSocket, requestAnimationFrame: world.frame })
  t.after(() => { Object.assign(page, { WebSocket: socket, requestAnimationFrame: frame }) })
  return { sockets: world.sockets, draw: () => world.draw() }
}

/** What is waiting in promises comes to pass. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function fail(what: string): never { throw new Error(what) }

export async function begin(options: ConnectOptions = {}, world = new FakeWorld()): Promise<{ world: FakeWorld, starling: Starling }> {
  const starling = connectIn(world, undefined, options)
  await world.settle()
  return { world, starling }
}

/** Fallen back to `transport`, with the request of the probe answered. */
export async function beginOverHttp(transport: 'stream' | 'long-poll' | 'poll'): ReturnType<typeof begin> {
  const it = await begin({ transports: [transport] })
  it.world.request('openapi.json').answer('')
  await it.world.settle()
  return it
}

export const position = (records: object): object => ({ 'a:position': records })
export const held = (subscription: Subscription, channel = 'a:position'): object => Object.fromEntries(subscription.channel(channel))
export const subscribed = (id: number, seq: number, more: object = {}): object => ({ type: 'subscribed', id, seq, view: 'v', resumed: false, reason: 'new', ...more })
export const snapshot = (id: number, seq: number, channels: object, more = false): object => ({ type: 'snapshot', id, seq, channels, more })
export const update = (id: number, seq: number, channels: object, more: object = {}): object => ({ type: 'update', id, seq, channels, ...more })
