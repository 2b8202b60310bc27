/**
 * What an application touches: a connection, and the replicas it keeps.
 *
 * `connect()` makes a {@link Starling}; its `subscribe()` makes a {@link Subscription}, whose maps are at any moment exactly what the query
 * shows of the server's state at one `seq`. Nothing here waits or throws for a lost connection: the replica stays as it was, says that it
 * is stale, and goes on by itself.
 */

/** One value of a record as the server has it: a number, a text, true, false, null, a list or an object. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [field: string]: Value }

/** What one channel says of one key. Never changed in place: a record that changes is another object. */
export type Fields = { readonly [field: string]: Value }

/** `connecting` is the first time, `reconnecting` every later one; `disconnected` is what was asked for, or given up. */
export type ConnectionState = 'disconnected' | 'connecting' | 'connected' | 'reconnecting'

/** How the server is spoken to, best first: `/live`; a stream of events by fetch; long polls; a poll every 30 s. */
export type TransportName = 'websocket' | 'stream' | 'long-poll' | 'poll'

/**
 * `syncing`: nothing whole has come yet. `live`: the replica follows. `stale`: it holds what was, and is to go on once there is a
 * connection. `replay`: it shows the past (`at`, `replay` in the query).
 */
export type SubscriptionState = 'syncing' | 'live' | 'stale' | 'replay'

export type Unsubscribe = () => void

/** Degrees, WGS 84. `west > east` crosses the date line; edges belong to the box. */
export interface Bounds { north: number, south: number, east: number, west: number }

export type Condition = Value | Partial<Record<'lt' | 'le' | 'gt' | 'ge' | 'ne', Value> & { in: readonly Value[], exists: boolean }>

export interface Filter {
  keys?: readonly string[]
  bounds?: Bounds
  /** `{field: value}` or `{field: {lt, le, gt, ge, ne, in, exists}}`; all must hold. `"facet/field"` is another channel's of the same key. */
  where?: { readonly [field: string]: Condition }
  /** With `bounds`: also what has no place. Default false. */
  unlocated?: boolean
}

/** What is looked at: docs/PROTOCOL.md, `subscribe`. */
export interface Query {
  /** Names, `space:*` or `*`. */
  channels: readonly string[]
  filter?: Filter
  /** Only these fields. Default: all. */
  fields?: readonly string[]
  /** Updates a second; 0 pauses. Default: every tick of the server. */
  rate?: number
  /** The newest n events of each event channel to begin with. */
  recent?: number
  /** False: no snapshot; for event channels only. */
  snapshot?: boolean
  /** The state as it was then (RFC 3339), and nothing after it. */
  at?: string
  /** What was between two times, told `speed` times as fast (0.1 to 1,000; default 1). `to` is now where it is absent. */
  replay?: { from: string, to?: string, speed?: number }
}

export type RemoveReason = 'moved' | 'filtered' | 'deleted' | 'expired' | 'revoked'

/** What has become different since listeners were last told; the replica holds it already. */
export interface Change {
  /** The seq that the replica holds now. */
  readonly seq: number
  /** By channel: the keys that were set or changed, and those that went, with why. */
  readonly channels: ReadonlyMap<string, { readonly changed: ReadonlySet<string>, readonly removed: ReadonlyMap<string, RemoveReason> }>
  /** The replica is another one (a snapshot, not a difference): everything may have changed. */
  readonly isReset: boolean
}

/** An event of an event channel. `(seq, n)` names it within an epoch; none is delivered twice. */
export interface LiveEvent {
  readonly channel: string
  readonly seq: number
  readonly n: number
  readonly key?: string
  /** RFC 3339. */
  readonly time: string
  readonly location?: { readonly latitude: number, readonly longitude: number }
  readonly data: Fields
}

/** Events that this subscription can no longer get, told before the first one after them. Seqs, both exclusive. */
export interface Gap { readonly channel: string, readonly after: number, readonly before: number }

export interface Subscription {
  readonly query: Query
  readonly state: SubscriptionState
  /** Counts up with every change of what is held, of `state` and of `error`: what a store compares. */
  readonly version: number
  /** The seq whose state the maps show; 0 before the first. */
  readonly seq: number
  /** Of a replay: the time whose state the maps show (RFC 3339). */
  readonly time: string | undefined
  /** Why the server refused this query, or stopped it; undefined while nothing is wrong. */
  readonly error: StarlingError | undefined
  /** By channel, by key. The maps are the same objects all the time, and never in between two seqs. */
  readonly channels: ReadonlyMap<string, ReadonlyMap<string, Fields>>
  /** The map of one channel, empty where nothing of it is shown. */
  channel(name: string): ReadonlyMap<string, Fields>

  /**
   * Looks at something else from here on, in place: what is in both is kept, what left goes, what came in comes. Calls before the
   * last one has been answered are one (the newest), so it may be called as often as a map moves.
   */
  replace(query: Query): void
  /** Asks for a whole snapshot again, over a WebSocket; and again for what was refused for now. */
  refresh(): void

  /** Told at most once an animation frame (in Node: in 16 ms, in hidden pages: in 200 ms), after the maps hold it. */
  onChange(listener: (change: Change) => void): Unsubscribe
  /** Each event once, in order, after the state it speaks of is in the maps. Not batched. */
  onEvent(listener: (event: LiveEvent) => void): Unsubscribe
  onGap(listener: (gap: Gap) => void): Unsubscribe
  /** Told when `state` or `error` changes. */
  onState(listener: (state: SubscriptionState) => void): Unsubscribe
  /** The events from here on. At most `queueMax` (default 1,000) wait for a slow reader; then the oldest go, and a gap is told. */
  events(options?: { queueMax?: number }): AsyncIterableIterator<LiveEvent>
  /** Resolves when the first whole state is held; rejects with what the server refused it for, or when it is ended before. */
  readonly ready: Promise<void>
  /** Ends it. What it holds stays readable. */
  unsubscribe(): void
}

/** What is wrong, as the server says it (docs/PROTOCOL.md, error codes) or one of ours. */
export class StarlingError extends Error {
  override readonly name = 'StarlingError'

  /**
   * `code`: the protocol's, or one of ours: `closed` (ended by the application), `full` (the queue of publishes), `lost` (the line), `refused` (the
   * server closed for good), `http` (an answer that is not Starling's). `limit_message` is what is larger than a message or a request may be.
   */
  constructor(readonly code: string, message: string, readonly retry: 'never' | 'later' | 'auth' | 'resync' = 'never', readonly field?: string) {
    super(message)
  }
}

/** Where the connection stands, whole; another object after every change. */
export interface Status {
  readonly state: ConnectionState
  /** What it goes over now; undefined while there is none. */
  readonly transport: TransportName | undefined
  /** Which attempt this is since it was last connected, or after the first one that failed. */
  readonly attempt: number
  /** When the next attempt is due (ms since 1970), while one waits. */
  readonly retryAt: number | undefined
  /** When something last came (ms since 1970). */
  readonly lastMessageAt: number | undefined
  /** Why the last attempt or connection ended. */
  readonly error: StarlingError | undefined
  /** Nothing is asked while the page is hidden (`pauseWhenHidden`). */
  readonly isPaused: boolean
}

/** How it came back. */
export interface Reconnected {
  readonly transport: TransportName
  /** True: every subscription went on where it was. False: some began anew (another server or epoch, or away for too long). */
  readonly isContinuous: boolean
}

export interface PublishOptions {
  /** `merge` (default) changes the fields given, `replace` the record, `remove` takes it away. */
  op?: 'merge' | 'replace' | 'remove'
  location?: { latitude: number, longitude: number } | null
  /** When it was measured (RFC 3339). */
  time?: string
}

export interface Starling {
  readonly status: Status
  onStatus(listener: (status: Status) => void): Unsubscribe
  onReconnect(listener: (how: Reconnected) => void): Unsubscribe
  /** A name or a list of names is a query of these channels. */
  subscribe(query: Query | string | readonly string[]): Subscription
  /**
   * Says something: `key` is null for an event without one. Resolves when the server has taken it, with the seq whose state shows it.
   * What is said while there is no connection waits, and goes out once there is one; `queueMax` may be unanswered (code `full` beyond).
   * What was sent and not answered when a connection was lost is said again where that changes nothing (state), and rejected where it
   * might be said twice (events; code `unavailable`, retry `later`).
   */
  publish(channel: string, key: string | null, data: Fields, options?: PublishOptions): Promise<{ seq: number }>
  /** From here on this token; undefined takes it away. */
  setToken(token: string | undefined): void
  /** Connects now: at once if an attempt waits, again after `disconnect()` or giving up. */
  reconnect(): void
  /** Ends the connection and stays so until `reconnect()`. Replicas stay readable, `stale`. */
  disconnect(): void
  /** What came since the start, by all transports: characters, as they were before compression, and messages of subscriptions. */
  readonly received: { readonly bytes: number, readonly messages: number }
}

export interface ConnectOptions {
  /** Sent as the first message, or as `Authorization: Bearer`. A function is asked at each connect and when the server wants a new one. */
  token?: string | (() => string | Promise<string>)
  /** Attempts in a row after one that failed, or after a loss, before it gives up. Default: for ever. */
  attempts?: number
  /** The first wait before reconnecting, in milliseconds; each is drawn from 0 to it, and it doubles. Default 1,000. */
  reconnectDelayMs?: number
  /** Longest wait before reconnecting, in milliseconds. Default 30,000. */
  reconnectDelayMaxMs?: number
  /** How it may be spoken to, best first. Default: all four. */
  transports?: readonly TransportName[]
  /** How often the transport `poll` asks, in milliseconds. Default 30,000. */
  pollIntervalMs?: number
  /** How long after falling back a WebSocket is tried again, in milliseconds; doubles up to ten times that. Default 30,000. */
  climbIntervalMs?: number
  /** Whether a hidden page ends its connection after 30 s, and resumes when it is seen. Default true. */
  pauseWhenHidden?: boolean
  /** Publishes that are not answered yet, at most. Default 1,000. */
  queueMax?: number
  /** What `hello` says who this is. */
  clientName?: string
  /** Where there is none by itself (Node before 22): that of the package `ws`. Without any, the best transport is `stream`. */
  WebSocket?: WebSocketConstructor
}

/** What browsers, Node 22 and the package `ws` have. */
export type WebSocketConstructor = new (url: string, protocol: string) => WebSocketLike

export interface WebSocketLike {
  onopen: unknown
  onmessage: unknown
  onerror: unknown
  onclose: unknown
  send(text: string): void
  close(code: number): void
}

/**
 * Connects to a server. `url` is its address (`http`, `https`, `ws` or `wss`; a path before `/live` is kept); default: where the page is
 * from. Begins at once; never throws for a server that is not there.
 */
export type Connect = (url?: string | URL, options?: ConnectOptions) => Starling
