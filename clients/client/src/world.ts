/** All that the client has of the outside: time, chance, lines, and the page. Tests give another one. */

import type { Unsubscribe, WebSocketConstructor } from './api.js'

export interface World {
  /** Milliseconds since 1970. */
  now(): number
  /** From 0 to 1. */
  chance(): number
  /** Runs it once after so many milliseconds, unless what it returns is called before. */
  after(ms: number, run: () => void): Unsubscribe
  /** Runs it before the page is drawn again; in 200 ms where that does not come; in 16 ms where nothing is ever drawn. */
  frame(run: () => void): void
  fetch(url: string, init: RequestInit): Promise<Response>
  /** Undefined: there is none here. */
  readonly WebSocket: WebSocketConstructor | undefined
  /** The page's own address. */
  readonly here: string | undefined
  isHidden(): boolean
  /** Told when the page is hidden or shown, and when the machine's network comes and goes. */
  onPage(listener: () => void): Unsubscribe
}

/** A hidden page is not drawn. */
const frameMaxMs = 200

export function ownWorld(socket: WebSocketConstructor | undefined): World {
  // In Node there are none of these.
  const { document, location, requestAnimationFrame: draw } = globalThis as Partial<typeof globalThis>
  return {
    now: Date.now,
    chance: Math.random,
    after(ms, run) {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
    frame(run) {
      const once = (): void => {
        run()
        run = () => {}
      }
      setTimeout(once, draw ? frameMaxMs : 16)
      draw?.(once)
    },
    fetch: (url, init) => fetch(url, init),
    WebSocket: socket ?? (globalThis as Partial<typeof globalThis>).WebSocket,
    here: location?.href,
    isHidden: () => !!document?.hidden,
    onPage(listener) {
      const owner = new AbortController()
      for (const what of ['visibilitychange', 'online', 'offline']) globalThis.addEventListener?.(what, listener, { capture: true, signal: owner.signal })
      return () => owner.abort()
    },
  }
}
