/**
 * Where the connection stands, and what is to be done: `(state, event) → [state, effects]`. It opens nothing and knows no clock: times and
 * chance come in events, and `dueAt` says when the next `time` is wanted.
 */

import { type ConnectionState, StarlingError, type Status, type TransportName } from './api.js'
import { type BackoffOptions, waitMs } from './backoff.js'
import { climb, descend, type Ladder, type Failure, transportOf } from './ladder.js'

export interface ConnectionOptions extends BackoffOptions {
  readonly attempts: number
  readonly climbIntervalMs: number
  readonly pauseWhenHidden: boolean
}

/** From the beginning of an attempt to the first message, or from byte to byte while it is slow. */
export const openMaxMs = 10_000
/** From a ping to whatever comes next. */
export const pongMaxMs = 10_000
export const hiddenMaxMs = 30_000
/** How often the server says something at least, where it has not told. */
export const heartbeatMs = 30_000
/** A line on which nothing came for so many heartbeats is asked whether it is one. */
export const quietBeats = 1.5
const climbFactorMax = 10

/** `hide`: a hidden page's connection ends. `climbed`: the WebSocket beside is given up. */
type Deadline = 'hide' | 'retry' | 'open' | 'pong' | 'ping' | 'climbed' | 'climb'

export interface Connection {
  readonly mode: 'off' | 'waiting' | 'opening' | 'open'
  readonly ladder: Ladder
  readonly due: { readonly [name in Deadline]?: number }
  readonly attempt: number
  /** Before attempts, since it was last open. */
  readonly waits: number
  readonly hasBeenOpen: boolean
  /** Somebody answers, though nothing of the protocol has come yet. */
  readonly isReached: boolean
  readonly isPaused: boolean
  readonly heartbeatMs: number
  readonly climbMs: number
  readonly error: StarlingError | undefined
}

export interface Loss {
  readonly error: StarlingError
  /** The server says when to come back. */
  readonly afterMs?: number | undefined
  /** It says that there is no use. */
  readonly isFinal?: boolean
  /** Something on the way does not stand this transport. */
  readonly isUnfit?: boolean
}

export type ConnectionEvent = { readonly now: number, readonly chance: number } & (
  | { readonly type: 'start', readonly isHidden: boolean }
  | { readonly type: 'stop' | 'time' | 'reached' | 'heard' | 'hidden' | 'visible' | 'online' | 'offline' | 'stayed' }
  | { readonly type: 'opened' | 'climbed', readonly heartbeatMs?: number | undefined }
  | { readonly type: 'lost', readonly loss: Loss }
)

/** `switch`: the WebSocket beside takes the place of what there is. */
export type ConnectionEffect =
  | { readonly type: 'open' | 'climb', readonly transport: TransportName }
  | { readonly type: 'close' | 'ping' | 'switch' | 'stay' }

type Next = [Connection, ConnectionEffect[]]

export function disconnected(rungs: readonly TransportName[], { climbIntervalMs }: ConnectionOptions): Connection {
  return {
    mode: 'off', ladder: { rungs, rung: 0, failures: 0 }, due: {}, attempt: 0, waits: 0, hasBeenOpen: false, isReached: false, isPaused: false,
    heartbeatMs, climbMs: climbIntervalMs, error: undefined,
  }
}

/** When `time` is to come; Infinity: never. */
export const dueAt = ({ due }: Connection): number => Math.min(Infinity, ...Object.values(due))

export function stateOf({ mode, hasBeenOpen }: Connection): ConnectionState {
  return mode === 'off' ? 'disconnected' : mode === 'open' ? 'connected' : hasBeenOpen ? 'reconnecting' : 'connecting'
}

export function statusOf(connection: Connection, lastMessageAt: number | undefined): Status {
  const { mode, ladder, attempt, due, error, isPaused } = connection
  return { state: stateOf(connection), transport: mode === 'open' ? transportOf(ladder) : undefined, attempt, retryAt: due.retry, lastMessageAt, error, isPaused }
}

export function reduce(connection: Connection, event: ConnectionEvent, options: ConnectionOptions): Next {
  const { mode, ladder, due } = connection
  const { now } = event
  switch (event.type) {
    case 'start':
      if (mode === 'open') return due.climb ? beginClimb(connection, now) : [connection, []]
      if (mode === 'opening') return [connection, []]
      return open({
        ...connection, isPaused: false, error: undefined, ...mode === 'off' && { attempt: 0, waits: 0, due: hideDue(event.isHidden, now, options) },
      }, now)
    case 'stop':
      return [{ ...connection, mode: 'off', isPaused: false, error: undefined, due: {} }, [{ type: 'close' }]]
    case 'reached':
      return [{ ...connection, isReached: true }, []]
    case 'opened':
      return settle({ ...connection, mode: 'open', hasBeenOpen: true, attempt: 0, waits: 0, error: undefined, ladder: { ...ladder, failures: 0 } }, event.heartbeatMs, now)
    case 'climbed': {
      const [next] = settle({ ...connection, ladder: climb(ladder), climbMs: options.climbIntervalMs }, event.heartbeatMs, now)
      return [next, [{ type: 'switch' }]]
    }
    case 'stayed': {
      const climbMs = Math.min(connection.climbMs * 2, options.climbIntervalMs * climbFactorMax)
      return [{ ...connection, climbMs, due: { ...without(due, 'climbed'), climb: now + climbMs } }, [{ type: 'stay' }]]
    }
    case 'heard':
      if (mode === 'opening') return [{ ...connection, due: { ...due, open: now + openMaxMs } }, []]
      return [due.ping || due.pong ? { ...connection, due: { ...without(due, 'pong'), ping: now + connection.heartbeatMs * quietBeats } } : connection, []]
    case 'lost':
      return lose(connection, event.loss, mode === 'opening' && !connection.isReached && ladder.rungs[ladder.rung] !== 'websocket' ? 'unreachable' : 'failed', now, event.chance, options)
    case 'hidden':
      return [{ ...connection, ...mode !== 'off' && { due: { ...due, ...hideDue(true, now, options) } } }, []]
    case 'visible':
    case 'online':
    case 'offline':
      return wake({ ...connection, due: event.type === 'visible' ? without(due, 'hide') : due }, event.type, now)
    case 'time':
      return onTime(connection, now, event.chance, options)
  }
}

/** Of what is due, the first; what else is due comes with the next `time`, which is wanted at once. */
function onTime(connection: Connection, now: number, chance: number, options: ConnectionOptions): Next {
  const { due, isReached, ladder } = connection
  const isDue = (name: Deadline): boolean => (due[name] ?? Infinity) <= now
  const silence = (what: string): Loss => ({ error: lineError(what) })
  if (isDue('hide')) return [{ ...connection, mode: 'off', isPaused: true, due: {} }, [{ type: 'close' }]]
  if (isDue('retry')) return open({ ...connection, due: without(due, 'retry') }, now)
  if (isDue('open')) {
    const failure = isReached ? 'silent' : transportOf(ladder) === 'websocket' ? 'failed' : 'unreachable'
    return lose(connection, silence(isReached ? 'nothing came' : 'no answer'), failure, now, chance, options)
  }
  if (isDue('pong')) return lose(connection, silence('the line went silent'), 'failed', now, chance, options)
  if (isDue('ping')) return ping(connection, now)
  if (isDue('climbed')) return reduce(connection, { type: 'stayed', now, chance }, options)
  if (isDue('climb')) return beginClimb(connection, now)
  return [connection, []]
}

export const lineError = (message: string): StarlingError => new StarlingError('lost', message, 'later')

function without(due: Connection['due'], name: Deadline): Connection['due'] {
  const { [name]: _, ...rest } = due
  return rest
}

const hideDue = (isHidden: boolean, now: number, { pauseWhenHidden }: ConnectionOptions): Connection['due'] =>
  isHidden && pauseWhenHidden ? { hide: now + hiddenMaxMs } : {}

/** What stays due whatever becomes of the line. */
const kept = ({ due: { hide } }: Connection): Connection['due'] => hide ? { hide } : {}

/** Another attempt: on the next rung at once, it still is the same one. */
function open(connection: Connection, now: number, isSame = false): Next {
  return [
    { ...connection, mode: 'opening', isReached: false, attempt: connection.attempt + (isSame ? 0 : 1), due: { ...kept(connection), open: now + openMaxMs } },
    [{ type: 'open', transport: transportOf(connection.ladder) }],
  ]
}

/** It is open: what is to be looked after from here on. */
function settle(connection: Connection, heartbeat = connection.heartbeatMs, now: number): Next {
  const { ladder, climbMs } = connection
  const isSocket = transportOf(ladder) === 'websocket'
  return [{
    ...connection, heartbeatMs: heartbeat,
    due: { ...kept(connection), ...isSocket ? { ping: now + heartbeat * quietBeats } : ladder.rungs[0] === 'websocket' && { climb: now + climbMs } },
  }, []]
}

function lose(connection: Connection, { error, afterMs, isFinal, isUnfit }: Loss, failure: Failure, now: number, chance: number, options: ConnectionOptions): Next {
  const { mode, attempt, waits } = connection
  if (mode === 'off' || mode === 'waiting') return [connection, []]
  const ladder = isUnfit && connection.isReached ? descend(connection.ladder, 'silent') : mode === 'open' ? connection.ladder : descend(connection.ladder, failure)
  const next: Connection = { ...connection, mode: 'off', ladder, error, due: kept(connection) }
  const close: ConnectionEffect = { type: 'close' }
  if (isFinal) return [{ ...next, due: {} }, [close]]
  if (ladder.rung > connection.ladder.rung && afterMs === undefined) {
    const [opening, effects] = open(next, now, true)
    return [opening, [close, ...effects]]
  }
  if (mode === 'opening' && attempt >= options.attempts) return [{ ...next, due: {} }, [close]]
  return [{ ...next, mode: 'waiting', waits: waits + 1, due: { ...next.due, retry: now + (afterMs ?? waitMs(waits, chance, options)) } }, [close]]
}

/** Something has changed that may have to do with the line. */
function wake(connection: Connection, why: 'visible' | 'online' | 'offline', now: number): Next {
  const { mode, isPaused, due } = connection
  if (due.ping) return ping(connection, now)
  if (why === 'visible' ? isPaused || mode === 'waiting' : why === 'online' && mode === 'waiting') return open({ ...connection, isPaused: false, due: without(due, 'retry') }, now)
  return [connection, []]
}

function ping(connection: Connection, now: number): Next {
  return [{ ...connection, due: { ...without(connection.due, 'ping'), pong: now + pongMaxMs } }, [{ type: 'ping' }]]
}

function beginClimb(connection: Connection, now: number): Next {
  return [{ ...connection, due: { ...without(connection.due, 'climb'), climbed: now + openMaxMs } }, [{ type: 'climb', transport: 'websocket' }]]
}
