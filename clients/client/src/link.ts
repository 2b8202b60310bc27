/** One way to the server while it lasts, whatever it is made of: what `socket.ts` and `http.ts` are to `client.ts`. */

import type { Query, StarlingError } from './api.js'
import type { LineEvent } from './connection.js'
import type { Cursor, ServerMessage } from './message.js'
import type { Answer, Letter } from './outbox.js'

export interface Link<Viewer> {
  /** Subscribes, and goes on from `since`; without, in the place of what was asked before. */
  ask(viewer: Viewer, query: Query, since: Cursor | undefined): void
  /** Nothing of it follows. */
  drop(viewer: Viewer): void
  /** The snapshot again; over HTTP there is no asking for it. */
  refresh?(viewer: Viewer): void
  send(letter: Letter): void
  /** Over HTTP there is none; and there a query that is refused has ended the one before. */
  ping?(): void
  /** Of every letter from here on; undefined: none. */
  setToken(token: string | undefined): void
  /** What it still says of the line is not listened to; of subscriptions it says nothing more. */
  close(): void
}

export interface LinkEvents<Viewer> {
  /**
   * What has become of the line. Lost with an error of `retry: resync`: what is held cannot be gone on from. Of `auth`: another token is
   * needed. With code `refused`: it is for good.
   */
  line(event: LineEvent): void
  /** It may be asked now. `window`: how many letters at a time. */
  ready(window: number): void
  /** So much came. */
  heard(bytes: number): void
  /** Of what concerns a subscription, and perhaps others, which are nothing to it. */
  frame(viewer: Viewer, message: ServerMessage, epoch: string): void
  refused(viewer: Viewer, error: StarlingError): void
  answered(ref: unknown, answer: Answer): void
}
