/**
 * Where the connection stands, and what is to be done: `(state, event) → [state, ...effects]`. It opens nothing and knows no clock: times and
 * chance come in events, and `dueAt` says when the next `time` is wanted.
 */

import { type ConnectionState, StarlingError, type Status, type TransportName } from './api.js'
import { type BackoffOptions, waitMs } from './backoff.js'
import { descend, type Failure, type Ladder, transportOf } from './ladder.js'

export interface ConnectionOptions extends BackoffOptions {
  readonly attempts: number
  readonly climbIntervalMs: number
  readonly pauseWhenHidden: boolean
}

/** From the beginning of an attempt to the first message, or from byte to byte where it is slow; from a ping to whatever comes next. */
export const answerMaxMs = 10_000
export const hiddenMaxMs = 30_000
/** A line on which nothing came for one and a half heartbeats is asked whether it is one. Over HTTP nobody says how long one is. */
export const quietMsOf = (heartbeatMs = 30_000): number => heartbeatMs * 1.5
const climbFactorMax = 10

/** `stay`: the WebSocket beside is given up. With `retry` it waits, with `open` it tries. */
type Deadline = 'retry' | 'open' | 'pong' | 'ping' | 'stay' | 'climb'

export interface Connection {
  readonly state: ConnectionState
  readonly ladder: Ladder
  readonly due: { readonly [name in Deadline]?: number }
  /** A hidden page's connection ends. */
  readonly hideAt: number
  readonly attempt: number
  readonly wasOpen?: boolean
  /** Somebody answers, though nothing of the protocol has come yet. */
  readonly isReached?: boolean
  readonly isPaused?: boolean
  readonly heartbeatMs?: number | undefined
  readonly climbIntervalMs: number
  readonly error?: StarlingError | undefined
}

/** Why a line is no more. */
export type Loss = StarlingError & {
  /** The server says when to come back. 0 and NaN: it does not. */
  readonly afterMs?: number | undefined
  /** Something on the way does not stand this transport. */
  readonly isUnfit?: boolean
  /** What was asked is at fault, and not the line. */
  readonly isOurs?: boolean
}

/** `isBeside`: of the WebSocket that is tried beside. `isFinal`: there is no use in coming back. */
export type ConnectionEvent = { readonly now: number, readonly chance: number, readonly isHidden: boolean, readonly isBeside?: boolean, readonly isFinal?: boolean } & (
  /** `start`: the application wants it. `page`: something has changed for the page. */
  | { readonly type: 'start' | 'stop' | 'page' | 'time' }
  | LineEvent
)

/** What has become of a line. */
export type LineEvent =
  /** Somebody answers; something came. */
  | { readonly type: 'reached' | 'heard' }
  /** The server speaks. */
  | { readonly type: 'opened', readonly heartbeatMs?: number }
  | { readonly type: 'lost', readonly error: Loss }

/** `open`: of the ladder's rung. `climb`: a WebSocket beside; `stay` gives it up, `switch` puts it in the place of what there is. */
export type ConnectionEffect = 'open' | 'close' | 'ping' | 'climb' | 'stay' | 'switch'

type Next = [Connection, ...ConnectionEffect[]]

export const disconnected = (rungs: readonly TransportName[], { climbIntervalMs }: ConnectionOptions): Connection => ({
  state: 'disconnected', hideAt: Infinity, due: {}, attempt: 0, ladder: { rungs, rung: 0, failures: 0 }, climbIntervalMs,
})

/** When `time` is to come; Infinity: never. */
export const dueAt = ({ due, hideAt }: Connection): number => Math.min(hideAt, ...Object.values(due))

export const statusOf = ({ state, ladder, attempt, due, error, isPaused = false }: Connection, lastMessageAt: number | undefined): Status =>
  ({ state, transport: state === 'connected' ? transportOf(ladder) : undefined, attempt, retryAt: due.retry, lastMessageAt, error, isPaused })

export const lineError = (message: string, afterMs?: number): Loss => Object.assign(new StarlingError('lost', message, 'later'), { afterMs })

export function reduce(connection: Connection, event: ConnectionEvent, options: ConnectionOptions): Next {
  const { state, ladder, due, hideAt, isReached, isPaused, attempt } = connection
  const { now, type, isHidden, isBeside } = event
  const trying = connection.wasOpen ? 'reconnecting' : 'connecting'
  const to = (changes?: Partial<Connection>, ...effects: ConnectionEffect[]): Next => [{ ...connection, ...changes }, ...effects]
  const off = (changes?: Partial<Connection>): Next => to({ state: 'disconnected', hideAt: Infinity, due: {}, attempt: 0, ...changes }, 'close')
  /** Another attempt. */
  const open = (changes?: Partial<Connection>): Next =>
    to({ state: trying, isReached: false, isPaused: false, attempt: attempt + 1, due: { open: now + answerMaxMs }, ...changes }, 'open')
  /** Is there a line, or a better one? */
  const look = (changes?: Partial<Connection>): Next =>
    due.ping ? to({ due: { pong: now + answerMaxMs }, ...changes }, 'ping')
    : due.climb ? to({ due: { stay: now + answerMaxMs }, ...changes }, 'climb')
    : to(changes)
  const stay = (): Next => {
    const climbIntervalMs = Math.min(connection.climbIntervalMs * 2, options.climbIntervalMs * climbFactorMax)
    return to({ climbIntervalMs, due: { climb: now + climbIntervalMs } }, 'stay')
  }
  const lose = (error: Loss, failure: Failure): Next => {
    const { afterMs } = error
    const { isFinal } = event
    const isOpen = state === 'connected'
    const lower = isOpen && failure !== 'silent' ? ladder : descend(ladder, failure)
    const changes = { ladder: lower, error }
    // On the next rung at once, it still is the same attempt.
    if (!isFinal && lower.rung > ladder.rung && !afterMs) return open({ ...changes, attempt })
    return isFinal || !isOpen && attempt >= options.attempts
      ? off(changes)
      : to({ ...changes, state: trying, due: { retry: now + (afterMs || waitMs(attempt, event.chance, options)) } }, 'close')
  }

  if (isBeside && type !== 'opened') return type === 'lost' ? stay() : to()
  switch (type) {
    case 'start':
    case 'page': {
      const hide = { hideAt: isHidden && options.pauseWhenHidden ? Math.min(hideAt, now + hiddenMaxMs) : Infinity }
      if (state === 'disconnected') return type === 'start' || isPaused && !isHidden ? open({ ...hide, attempt: 0, error: undefined }) : to()
      // Whoever looks at it wants to know now.
      return isHidden ? to(hide) : due.retry ? open(hide) : look(hide)
    }
    case 'stop':
      return off({ isPaused: false, error: undefined })
    case 'reached':
      return to({ isReached: true })
    case 'opened': {
      const { heartbeatMs } = event
      const { rungs } = ladder
      const rung = isBeside ? 0 : ladder.rung
      const { climbIntervalMs } = isBeside ? options : connection
      return to({
        state: 'connected', wasOpen: true, attempt: 0, error: undefined, ladder: { rungs, rung, failures: 0 }, heartbeatMs, climbIntervalMs,
        due: rungs[rung] === 'websocket' ? { ping: now + quietMsOf(heartbeatMs) } : rungs[0] === 'websocket' ? { climb: now + climbIntervalMs } : {},
      }, ...isBeside ? ['switch' as const] : [])
    }
    case 'heard':
      return due.open ? to({ due: { open: now + answerMaxMs } }) : due.ping || due.pong ? to({ due: { ping: now + quietMsOf(connection.heartbeatMs) } }) : to()
    case 'lost':
      return lose(event.error, due.open && !isReached ? 'refused' : event.error.isUnfit ? 'silent' : 'failed')
    case 'time': {
      const isDue = (at?: number): boolean => at as number <= now
      // Of what is due, the first; the next comes with the next `time`, which is wanted at once.
      return isDue(hideAt) ? off({ isPaused: true })
        : isDue(due.retry) ? open()
        : isDue(due.open) ? lose(lineError('no answer'), isReached ? 'silent' : 'refused')
        : isDue(due.pong) ? lose(lineError('no answer'), 'failed')
        : isDue(due.stay) ? stay()
        // A ping or a climb, or nothing: a timer may be a moment early.
        : look()
    }
  }
}
