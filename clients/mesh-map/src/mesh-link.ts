/** A connection that is made when it is asked for, and the frames that come of it. */
import { connect } from '@starling/client'
import type { Starling, StarlingError, Status, Subscription, Unsubscribe } from '@starling/client'

import { call } from '@starling/client/notify'
import { MeshFrames } from './frames.js'
import { kindsOf, queryOf } from './query.js'
import type { MeshFilter, MeshFrame } from './types.js'

/** What `useWebSocketMQTT` and `WebSocketManager` are made of. */
export class MeshLink {
  readonly #url: string | undefined
  readonly #tell: (frame: MeshFrame) => void
  readonly #listeners = new Set<() => void>()
  #holders = 0
  #filter: MeshFilter | undefined
  #starling: Starling | undefined
  #subscription: Subscription | undefined
  #frames: MeshFrames | undefined

  /** `url`: of the server, with the map's path (`/api/ws`) or without. Default: where the page is from. */
  constructor(url: string | undefined, tell: (frame: MeshFrame) => void) {
    this.#url = url
    this.#tell = (frame) => call(() => tell(frame))
  }

  get status(): Status { return this.#starling?.status ?? notAsked }

  /** Why the filter was refused, or what is wrong with the connection. */
  get error(): StarlingError | undefined { return this.#subscription?.error ?? this.status.error }

  /** Told when `status` or `error` has changed. */
  readonly subscribe = (listener: () => void): Unsubscribe => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Nothing happens where it is connected already. */
  connect(): void {
    if (!this.#starling) return this.#begin()
    if (this.status.state !== 'connected') this.#starling.reconnect()
  }

  /** Stays so until `connect`; then it goes on where it was. */
  disconnect(): void { this.#starling?.disconnect() }

  /** For a component. Once nobody holds it any more it is disconnected, but not where it is held again at once, as by StrictMode. */
  hold(): Unsubscribe {
    this.#holders++
    return () => {
      this.#holders--
      queueMicrotask(() => { if (this.#holders === 0) this.disconnect() })
    }
  }

  /** In place: what is in both is not told again. */
  setFilter(filter: MeshFilter | undefined): void {
    this.#filter = filter
    this.#subscription?.replace(queryOf(filter))
    this.#frames?.ask(kindsOf(filter))
  }

  requestSnapshot(): void { this.#frames?.snapshot() }

  #begin(): void {
    const starling = connect(serverOf(this.#url), { pauseWhenHidden: false, clientName: 'mesh-map' })
    const subscription = starling.subscribe(queryOf(this.#filter))
    const frames = new MeshFrames(subscription, kindsOf(this.#filter), this.#tell)
    subscription.onChange((change) => frames.change(change))
    subscription.onEvent((event) => frames.event(event))
    subscription.onState(() => this.#changed())
    starling.onStatus(() => this.#changed())
    this.#starling = starling
    this.#subscription = subscription
    this.#frames = frames
    this.#changed()
  }

  #changed(): void { for (const listener of this.#listeners) listener() }
}

const notAsked: Status = {
  state: 'disconnected', transport: undefined, attempt: 0, retryAt: undefined, lastMessageAt: undefined, error: undefined, isPaused: false,
}

/** The server that a door's address is of. */
function serverOf(url: string | undefined): URL | undefined {
  if (url === undefined) return undefined
  const server = new URL(url, globalThis.location?.href)
  server.pathname = server.pathname.replace(/\/api\/ws\/?$/, '/')
  server.search = ''
  return server
}
