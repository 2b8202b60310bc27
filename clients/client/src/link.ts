/** One way to the server while it lasts, whatever it is made of: what `socket.ts` and `http.ts` are to `client.ts`. */

import type { Query, StarlingError } from './api.js'
import type { Loss } from './connection.js'
import type { Cursor, ServerMessage } from './message.js'
import type { Answer, Letter } from './outbox.js'

/** `Viewer` is whatever the caller tells its subscriptions apart by. */
export interface Link<Viewer> {
  /** Subscribes, and goes on from `since`; `isInUse`: replaces the query. */
  ask(viewer: Viewer, query: Query, since: Cursor | undefined, isInUse: boolean): void
  /** Nothing of it follows. */
  drop(viewer: Viewer): void
  /** The snapshot again. */
  refresh(viewer: Viewer): void
  send(letter: Letter): void
  ping?(): void
  setToken(token: string): void
  /** Nothing is told any more. */
  close(): void
}

export interface LinkEvents<Viewer> {
  /** Somebody answers. */
  reached(): void
  /** The server speaks. */
  opened(heartbeatMs?: number): void
  /** It may be asked now. `window`: how many letters at a time. */
  ready(window: number): void
  /** So much came, and perhaps a message with it. */
  heard(bytes: number, messages: number): void
  /** Of what concerns a subscription, and perhaps others, which are nothing to it. */
  frame(viewer: Viewer, message: ServerMessage, epoch: string): void
  /** It holds everything up to here. */
  moved(viewer: Viewer, seq: number): void
  refused(viewer: Viewer, error: StarlingError): void
  answered(ref: number, answer: Answer): void
  /** Of `retry: resync`: what is held cannot be gone on from. Of `auth`: another token is needed. Code `refused`: for good. */
  lost(error: Loss): void
}
