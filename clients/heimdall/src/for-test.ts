/** A line of a test's own, in the place of a WebSocket: what is said on it is what the test says. */
import type { TestContext } from 'node:test'

export class FakeSocket {
  onopen: unknown
  onmessage: unknown
  onerror: unknown
  onclose: unknown
  readonly sent: { type: string, id?: number, channels?: readonly string[] }[] = []

  send(text: string): void { this.sent.push(JSON.parse(text) as FakeSocket['sent'][number]) }
  close(): void {}

  says(...messages: object[]): void { for (const message of messages) (this.onmessage as (event: { data: string }) => void)({ data: JSON.stringify(message) }) }
  ends(): void { (this.onclose as (event: { code: number, reason: string }) => void)({ code: 1006, reason: '' }) }

  /** Up to the first whole state, of its first subscription. */
  begins(channels: object): void {
    (this.onopen as () => void)()
    this.says(
      { type: 'welcome', session: 's', epoch: 'e', time: '2026-11-21T09:00:00.000Z', tick_ms: 100, heartbeat_ms: 30_000, timeout_ms: 60_000, limits: {}, server: 'x' },
      { type: 'subscribed', id: 1, seq: 1, view: 'v', resumed: false, reason: 'new' },
      { type: 'snapshot', id: 1, seq: 1, channels, more: false },
    )
  }
}

/** Lines and frames of the screen are the test's from here on. */
export function fakePage(t: TestContext): { sockets: FakeSocket[], draw(): void } {
  const sockets: FakeSocket[] = []
  const frames: (() => void)[] = []
  const page = globalThis as { WebSocket?: unknown, requestAnimationFrame?: unknown }
  const { WebSocket: socket, requestAnimationFrame: frame } = page
  page.WebSocket = class extends FakeSocket {
    constructor() {
      super()
      sockets.push(this)
    }
  }
  page.requestAnimationFrame = (run: () => void) => frames.push(run)
  t.after(() => { Object.assign(page, { WebSocket: socket, requestAnimationFrame: frame }) })
  return { sockets, draw: () => { for (const run of frames.splice(0)) run() } }
}

/** What is waiting in promises comes to pass. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
