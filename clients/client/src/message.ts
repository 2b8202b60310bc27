/** The native wire, as far as this client speaks it; docs/PROTOCOL.md says what each member means. */

import type { Fields, PublishOptions, Query, RemoveReason } from './api.js'

export interface Welcome { readonly type: 'welcome', readonly epoch: string, readonly heartbeat_ms: number, readonly limits: { readonly message_bytes: number } }

/** What may have been lost: `after` < seq < `before`. */
export interface Span { readonly after: number, readonly before: number }

export interface Subscribed {
  readonly type: 'subscribed'
  readonly id: number
  readonly seq: number
  readonly view?: string
  readonly resumed: boolean
  /** `new`, `resumed`, `replaced`, `epoch`, `query`, `expired`, `ended`; others begin anew as well. */
  readonly reason: string
  readonly replay?: boolean
  readonly time?: string
  readonly gaps?: { readonly [channel: string]: Span }
}

export interface Snapshot {
  readonly type: 'snapshot'
  readonly id: number
  readonly seq: number
  readonly channels: { readonly [channel: string]: { readonly [key: string]: Fields } }
  readonly more: boolean
}

export interface ToldEvent {
  readonly seq: number
  readonly n: number
  readonly key?: string
  readonly time: string
  readonly location?: { readonly latitude: number, readonly longitude: number }
  readonly data: Fields
}

export interface ChannelUpdate {
  readonly remove?: { readonly [key: string]: RemoveReason }
  readonly set?: { readonly [key: string]: Fields }
  readonly patch?: { readonly [key: string]: Fields }
  readonly gap?: Span
  readonly events?: readonly ToldEvent[]
}

export interface Update {
  readonly type: 'update'
  readonly id: number
  readonly seq: number
  readonly channels: { readonly [channel: string]: ChannelUpdate }
  readonly time?: string
  readonly more?: boolean
}

export interface Progress { readonly type: 'progress', readonly at: { readonly [id: string]: number } }
export interface Bye { readonly type: 'bye', readonly reconnect_ms: number }
export interface Unsubscribed { readonly type: 'unsubscribed', readonly id: number }
export interface Ok { readonly type: 'ok', readonly ref?: string | number, readonly seq: number }

export interface ErrorMessage {
  readonly type: 'error'
  readonly code: string
  readonly message: string
  readonly retry: 'never' | 'later' | 'auth' | 'resync'
  readonly ref?: string | number
  readonly id?: number
  readonly field?: string
}

export type ServerMessage = Welcome | Subscribed | Snapshot | Update | Progress | Bye | Unsubscribed | Ok | ErrorMessage

/** How far a client is with a subscription: everything up to and including `seq`, as `view` shows it. */
export interface Cursor { readonly epoch: string, readonly seq: number, readonly view: string }

export interface Subscribe extends Query { readonly type: 'subscribe', readonly id: number, readonly since?: Cursor | undefined }

export interface Publish extends PublishOptions { readonly channel: string, readonly key: string | undefined, readonly data: Fields }

export type ClientMessage =
  | { readonly type: 'hello', readonly token?: string | undefined, readonly client?: string | undefined }
  | Subscribe
  | { readonly type: 'unsubscribe' | 'snapshot', readonly id: number }
  | Publish & { readonly type: 'publish', readonly ref: number }
  | { readonly type: 'ping' }
  | { readonly type: 'token', readonly token: string }
