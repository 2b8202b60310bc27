import type { Cursor, ServerMessage } from './message.js'

/** What a follower of one subscription (`stream.ts`, `poll.ts`) needs of the link over HTTP. Who is no longer wanted is told nothing, and what he tells goes nowhere. */
export interface HttpDesk {
  /** Asks, and hands on what comes while it comes, or returns it. `waitS`: how long it may wait; undefined: for ever. */
  get(route: string, since: Cursor | undefined, waitS?: number, take?: (text: string) => void): Promise<string>
  frame(message: ServerMessage, epoch?: string): void
  moved(seq: number): void
}
