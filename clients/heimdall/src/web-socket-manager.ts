/**
 * Heimdall's client, as applications of theirs use it, on a Starling server's own wire.
 *
 * `subscribe(event, callback)` is told what the door at `/ws/updates` would tell: of a state the whole map when something in it has changed,
 * of an event each one. What was wrong with theirs is not: who subscribes is told at once what there is, what was missed while there was no
 * connection comes after it, a connection that has died is noticed, and only what somebody here subscribed to is asked for.
 */
import { connect } from '@starling/client'
import type { Change, ConnectionState as LinkState, Fields, LiveEvent, Starling, Status, Subscription } from '@starling/client'

import { call } from '@starling/client/notify'
import { channelOf } from './events.js'
import type { HeimdallEvents } from './events.js'

export type ConnectionState = 'Disconnected' | 'Connecting' | 'Connected' | 'Reconnecting'
export type EventCallback<Data = unknown> = (data: Data) => void
export type StateCallback = (state: ConnectionState) => void

export interface WebSocketManagerOptions {
  /** Of the server, with theirs' path (`/ws/updates`, `/ws`) or without. */
  url: string
  /** Taken, and not needed: the connection itself notices that it is dead. */
  heartbeatInterval?: number
  /** Longest wait before reconnecting, in milliseconds; each is drawn from 0 to it. Default 30,000. */
  maxReconnectDelay?: number
  /** The first wait before reconnecting, in milliseconds; it doubles from there. Default 1,000. */
  initialReconnectDelay?: number
}

const names: Record<LinkState, ConnectionState> =
  { disconnected: 'Disconnected', connecting: 'Connecting', connected: 'Connected', reconnecting: 'Reconnecting' }

type Records = ReadonlyMap<string, Fields>
type DataOf<Name extends string> = Name extends keyof HeimdallEvents ? HeimdallEvents[Name] : unknown

export class WebSocketManager {
  readonly #options: WebSocketManagerOptions
  readonly #callbacks = new Map<string, Set<EventCallback<never>>>()
  readonly #stateCallbacks = new Set<StateCallback>()
  /** What the application asked the server for itself, by `send('subscribe', …)`; empty: everything. */
  readonly #chosen = new Set<string>()
  /** The records of each channel that its callbacks were last told. */
  readonly #told = new Map<string, Records>()
  #starling: Starling | undefined
  #subscription: Subscription | undefined
  #state: ConnectionState = 'Disconnected'

  constructor(options: WebSocketManagerOptions) { this.#options = options }

  /** Resolves when it is connected. Rejects when the first attempt fails, or at `disconnect`; attempts go on, until `disconnect`. */
  connect(): Promise<void> {
    if (this.#starling && !this.isConnected()) this.#starling.reconnect()
    const starling = this.#starling ?? this.#begin()
    return new Promise((resolve, reject) => {
      const settle = ({ state, retryAt, error }: Status): boolean => {
        if (state === 'connected') resolve()
        else if (state === 'disconnected' || retryAt !== undefined) reject(error ?? new Error(`no connection to ${this.#options.url}`))
        else return false
        return true
      }
      if (settle(starling.status)) return
      const stop = starling.onStatus((status) => { if (settle(status)) stop() })
    })
  }

  disconnect(): void { this.#starling?.disconnect() }

  /** An application may say itself what comes with an event, and need not: theirs are known. */
  subscribe<Name extends string, Data = DataOf<Name>>(event: Name, callback: EventCallback<Data>): void {
    const callbacks = this.#callbacks.get(event) ?? new Set()
    this.#callbacks.set(event, callbacks.add(callback))
    this.#look()
    const told = this.#told.get(channelOf(event) ?? '')
    queueMicrotask(() => {
      // Who takes another's place before the server has let go of the channel is told by no change: all of it is here.
      if (!told) this.#tellStates()
      else if (told.size > 0 && callbacks.has(callback)) callback(dataOf(told) as Data)
    })
  }

  unsubscribe<Name extends string, Data = DataOf<Name>>(event: Name, callback: EventCallback<Data>): void {
    this.#callbacks.get(event)?.delete(callback)
    queueMicrotask(() => this.#look()) // another may take its place
  }

  /** Of what can be said there, `subscribe` and `unsubscribe` with `{event_name}` do what they did; a ping is not needed, and nothing else was understood. */
  send(event: string, data?: unknown): void {
    const name = typeof data === 'object' && data !== null && 'event_name' in data ? data.event_name : undefined
    if (typeof name !== 'string') return
    if (event === 'subscribe') this.#chosen.add(name)
    if (event === 'unsubscribe') this.#chosen.delete(name)
    this.#look()
  }

  isConnected(): boolean { return this.#state === 'Connected' }

  getState(): ConnectionState { return this.#state }

  onStateChange(callback: StateCallback): void { this.#stateCallbacks.add(callback) }

  offStateChange(callback: StateCallback): void { this.#stateCallbacks.delete(callback) }

  #begin(): Starling {
    const { url, initialReconnectDelay: reconnectDelayMs = 1000, maxReconnectDelay: reconnectDelayMaxMs = 30_000 } = this.#options
    const starling = connect(serverOf(url), { reconnectDelayMs, reconnectDelayMaxMs, pauseWhenHidden: false, clientName: 'heimdall' })
    this.#starling = starling
    starling.onStatus((status) => this.#become(status))
    this.#become(starling.status)
    this.#look()
    return starling
  }

  #become(status: Status): void {
    const state = names[status.state]
    if (state === this.#state) return
    this.#state = state
    for (const callback of this.#stateCallbacks) call(() => callback(state))
  }

  /** Asks the server for the channels that somebody here wants, no more. */
  #look(): void {
    const wanted = new Set<string>()
    for (const [event, callbacks] of this.#callbacks) {
      const channel = channelOf(event)
      if (channel !== undefined && callbacks.size > 0 && (this.#chosen.size === 0 || this.#chosen.has(event))) wanted.add(channel)
    }
    for (const channel of this.#told.keys()) if (!wanted.has(channel)) this.#told.delete(channel)
    const channels = [...wanted].sort()
    if (channels.join() === (this.#subscription?.query.channels.join() ?? '')) return
    if (channels.length === 0) {
      this.#subscription?.unsubscribe()
      this.#subscription = undefined
    } else if (this.#subscription) {
      this.#subscription.replace({ channels })
    } else if (this.#starling) {
      this.#subscription = this.#starling.subscribe({ channels })
      this.#subscription.onChange(({ channels }) => this.#tellStates(channels))
      this.#subscription.onEvent((event) => this.#tellEvent(event))
    }
  }

  /** Tells each state whole that is not what was told; `changes` is what has changed in them. */
  #tellStates(changes?: Change['channels']): void {
    for (const channel of this.#subscription?.query.channels ?? []) {
      const records = this.#subscription?.channel(channel) ?? new Map()
      if (isSame(records, this.#told.get(channel))) continue
      // The server lets go of a channel that is asked for again already: that is no news of it.
      const { changed, removed } = changes?.get(channel) ?? {}
      if (changed?.size === 0 && [...removed?.values() ?? []].every((reason) => reason === 'filtered')) continue
      const told = new Map(records)
      this.#told.set(channel, told)
      this.#tell(channel, () => dataOf(told))
    }
  }

  /** State first, as at the door: what an event speaks of has been told. */
  #tellEvent({ channel, data }: LiveEvent): void {
    this.#tellStates()
    this.#tell(channel, () => structuredClone(data))
  }

  #tell(channel: string, data: () => unknown): void {
    for (const [event, callbacks] of this.#callbacks) {
      if (channelOf(event) !== channel || callbacks.size === 0) continue
      if (this.#chosen.size > 0 && !this.#chosen.has(event)) continue
      const message = data()
      for (const callback of callbacks) call(() => callback(message as never))
    }
  }
}

export const createWebSocketManager = (url: string, options: Omit<WebSocketManagerOptions, 'url'> = {}): WebSocketManager =>
  new WebSocketManager({ ...options, url })

/** The server that a door's address is of. */
function serverOf(url: string): URL {
  const server = new URL(url, globalThis.location?.href)
  server.pathname = server.pathname.replace(/\/ws(\/updates)?\/?$/, '/')
  server.search = ''
  return server
}

/** Records that have not changed are the same objects. */
function isSame(records: Records, told: Records = new Map()): boolean {
  if (records.size !== told.size) return false
  for (const [key, fields] of records) if (told.get(key) !== fields) return false
  return true
}

/** Theirs to change, and in the door's order. */
const dataOf = (records: Records): unknown =>
  structuredClone(Object.fromEntries([...records].sort(([a], [b]) => (a < b ? -1 : 1))))
