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

/** `hide`: a hidden page's connection ends. `stay`: the WebSocket beside is given up. With `retry` it waits, with `open` it tries. */
type Deadline = 'hide' | 'retry' | 'open' | 'pong' | 'ping' | 'stay' | 'climb'

export interface Connection {
  readonly state: ConnectionState
  readonly ladder: Ladder
  readonly due: { readonly [name in Deadline]?: number | undefined }
  readonly attempt: number
  /** Before attempts, since it was last open. */
  readonly waits: number
  readonly hasBeenOpen: boolean
  /** Somebody answers, though nothing of the protocol has come yet. */
  readonly isReached: boolean
  readonly isPaused: boolean
  readonly quietMs: number
  readonly climbMs: number
  readonly error: StarlingError | undefined
}

/** Why a line is no more. */
export type Loss = StarlingError & {
  /** The server says when to come back. */
  readonly afterMs?: number | undefined
  /** Something on the way does not stand this transport. */
  readonly isUnfit?: boolean
  /** What was asked is at fault, and not the line. */
  readonly isOurs?: boolean
}

export type ConnectionEvent = { readonly now: number, readonly chance: number } & (
  /** The application wants it; something has changed for the page. */
  | { readonly type: 'start' | 'page', readonly isHidden: boolean }
  | { readonly type: 'stop' | 'time' | 'reached' | 'heard' | 'stayed' }
  | { readonly type: 'opened' | 'climbed', readonly heartbeatMs?: number | undefined }
  /** `isFinal`: there is no use in coming back. */
  | { readonly type: 'lost', readonly error: Loss, readonly isFinal?: boolean }
)

/** `open`: of the ladder's rung. `climb`: a WebSocket beside; `stay` gives it up, `switch` puts it in the place of what there is. */
export type ConnectionEffect = 'open' | 'close' | 'ping' | 'climb' | 'stay' | 'switch'

type Next = [Connection, ...ConnectionEffect[]]

export const disconnected = (rungs: readonly TransportName[], options: ConnectionOptions): Connection => ({
  state: 'disconnected', ladder: { rungs, rung: 0, failures: 0 }, due: {}, attempt: 0, waits: 0, hasBeenOpen: false, isReached: false, isPaused: false, quietMs: 0,
  climbMs: options.climbIntervalMs, error: undefined,
})

/** When `time` is to come; Infinity: never. */
export const dueAt = ({ due }: Connection): number => Math.min(...Object.values(due).map((at) => at ?? Infinity))

export const statusOf = ({ state, ladder, attempt, due, error, isPaused }: Connection, lastMessageAt: number | undefined): Status =>
  ({ state, transport: state === 'connected' ? transportOf(ladder) : undefined, attempt, retryAt: due.retry, lastMessageAt, error, isPaused })

export const lineError = (message: string, afterMs?: number): Loss => Object.assign(new StarlingError('lost', message, 'later'), { afterMs })

export function reduce(connection: Connection, event: ConnectionEvent, options: ConnectionOptions): Next {
  const { state, ladder, due, isReached, quietMs } = connection
  const { now } = event
  switch (event.type) {
    case 'start':
    case 'page': {
      const { isHidden } = event
      const hide = isHidden && options.pauseWhenHidden ? due.hide ?? now + hiddenMaxMs : undefined
      const next = { ...connection, due: { ...due, hide } }
      if (state === 'disconnected') return event.type === 'start' || connection.isPaused && !isHidden ? open({ ...next, attempt: 0, waits: 0, error: undefined }, now) : [connection]
      // Whoever looks at it wants to know now.
      return isHidden ? [next] : due.retry ? open(next, now) : due.ping ? ping(next, now) : due.climb ? beginClimb(next, now) : [next]
    }
    case 'stop':
      return [{ ...connection, state: 'disconnected', isPaused: false, error: undefined, due: {} }, 'close']
    case 'reached':
      return [{ ...connection, isReached: true }]
    case 'opened':
      return [settle({ ...connection, state: 'connected', hasBeenOpen: true, attempt: 0, waits: 0, error: undefined, ladder: { ...ladder, failures: 0 } }, now, event.heartbeatMs)]
    case 'climbed':
      return [settle({ ...connection, ladder: { ...ladder, rung: 0 }, climbMs: options.climbIntervalMs }, now, event.heartbeatMs), 'switch']
    case 'stayed': {
      const climbMs = Math.min(connection.climbMs * 2, options.climbIntervalMs * climbFactorMax)
      return [{ ...connection, climbMs, due: { ...due, stay: undefined, climb: now + climbMs } }, 'stay']
    }
    case 'heard':
      return [{ ...connection, due: { ...due, ...due.open ? { open: now + answerMaxMs } : due.ping || due.pong ? { pong: undefined, ping: now + quietMs } : {} } }]
    case 'lost':
      return lose(connection, event, due.open && !isReached ? 'refused' : 'failed', options)
    case 'time': {
      const isDue = (name: Deadline): boolean => (due[name] ?? Infinity) <= now
      // Of what is due, the first; the next comes with the next `time`, which is wanted at once.
      if (isDue('hide')) return [{ ...connection, state: 'disconnected', isPaused: true, due: {} }, 'close']
      if (isDue('retry')) return open(connection, now)
      if (isDue('open')) return lose(connection, { ...event, error: lineError('no answer') }, isReached ? 'silent' : 'refused', options)
      if (isDue('pong')) return lose(connection, { ...event, error: lineError('silence') }, 'failed', options)
      if (isDue('ping')) return ping(connection, now)
      if (isDue('stay')) return reduce(connection, { ...event, type: 'stayed' }, options)
      return isDue('climb') ? beginClimb(connection, now) : [connection]
    }
  }
}

/** Another attempt; on the next rung it still is the same one. */
function open(connection: Connection, now: number, isSame = false): Next {
  return [{
    ...connection, state: connection.hasBeenOpen ? 'reconnecting' : 'connecting', isReached: false, isPaused: false, attempt: connection.attempt + (isSame ? 0 : 1),
    due: { hide: connection.due.hide, open: now + answerMaxMs },
  }, 'open']
}

/** It is open: what is to be looked after from here on. */
function settle(connection: Connection, now: number, heartbeatMs: number | undefined): Connection {
  const { ladder: { rungs, rung }, climbMs, due: { hide } } = connection
  const quietMs = quietMsOf(heartbeatMs)
  return { ...connection, quietMs, due: { hide, ...rungs[0] === 'websocket' && (rung ? { climb: now + climbMs } : { ping: now + quietMs }) } }
}

function lose(connection: Connection, { now, chance, error, isFinal }: { now: number, chance: number, error: Loss, isFinal?: boolean }, failure: Failure, options: ConnectionOptions): Next {
  const { state, isReached, attempt, waits, ladder, due: { hide } } = connection
  const { afterMs } = error
  const isOpen = state === 'connected'
  const isUnfit = error.isUnfit && isReached
  const lower = isOpen && !isUnfit ? ladder : descend(ladder, isUnfit ? 'silent' : failure)
  const next: Connection = { ...connection, ladder: lower, error, due: { hide } }
  if (!isFinal) {
    if (lower.rung > ladder.rung && !afterMs) return [open(next, now, true)[0], 'close', 'open']
    if (isOpen || attempt < options.attempts) {
      return [{ ...next, state: connection.hasBeenOpen ? 'reconnecting' : 'connecting', waits: waits + 1, due: { hide, retry: now + (afterMs ?? waitMs(waits, chance, options)) } }, 'close']
    }
  }
  return [{ ...next, state: 'disconnected', due: {} }, 'close']
}

const ping = (connection: Connection, now: number): Next =>
  [{ ...connection, due: { ...connection.due, ping: undefined, pong: now + answerMaxMs } }, 'ping']

const beginClimb = (connection: Connection, now: number): Next =>
  [{ ...connection, due: { ...connection.due, climb: undefined, stay: now + answerMaxMs } }, 'climb']
