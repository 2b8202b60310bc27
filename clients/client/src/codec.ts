/**
 * What comes off the wire is `unknown` until it has been here. What this client does not use may be there or not, and be anything; what it
 * does use is what docs/PROTOCOL.md says, or the message is none.
 */

import { StarlingError } from './api.js'
import type { Cursor, ServerMessage } from './message.js'

type Check = (value: unknown) => boolean
type Members = { readonly [name: string]: unknown }

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)
const isText: Check = (value) => typeof value === 'string'
const isNumber: Check = (value) => typeof value === 'number'
const isFlag: Check = (value) => typeof value === 'boolean'
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0
const maybe = (check: Check): Check => (value) => value === undefined || check(value)
/** An object whose members all are so, whatever their names. */
const each = (check: Check): Check => (value) => isObject(value) && Object.values(value).every(check)
const list = (check: Check): Check => (value) => Array.isArray(value) && value.every(check)
/** An object with these members. */
const shape = (members: { readonly [name: string]: Check }): Check => {
  const checks = Object.entries(members)
  return (value) => isObject(value) && checks.every(([name, check]) => check(value[name]))
}

const at = { id: isCount, seq: isCount }
const records = each(isObject)
const span = shape({ after: isCount, before: isCount })

const messages = new Map<unknown, Check>(Object.entries({
  welcome: shape({ epoch: isText, heartbeat_ms: isNumber }),
  subscribed: shape({ ...at, view: maybe(isText), resumed: isFlag, reason: isText, replay: maybe(isFlag), time: maybe(isText), gaps: maybe(each(span)) }),
  snapshot: shape({ ...at, channels: each(records), more: isFlag }),
  update: shape({
    ...at,
    channels: each(shape({
      remove: maybe(each(isText)), set: maybe(records), patch: maybe(records), gap: maybe(span),
      events: maybe(list(shape({ seq: isCount, n: isCount, key: maybe(isText), time: isText, location: maybe(isObject), data: isObject }))),
    })),
    time: maybe(isText), more: maybe(isFlag),
  }),
  progress: shape({ at: each(isCount) }),
  bye: shape({ reconnect_ms: isNumber }),
  unsubscribed: shape({ id: isCount }),
  ok: shape({ seq: isCount }),
  pong: isObject,
  error: shape({ code: isText, message: isText, retry: isText, id: maybe(isCount), field: maybe(isText) }),
} satisfies { [type in ServerMessage['type']]: Check }))

/** What no server of this protocol says; who is told so cannot trust what it holds. */
export const broken = (what: string): StarlingError => new StarlingError('bad_message', what, 'resync')

/** Undefined: a message of a type that this version does not know, which is none of our business. Throws on what no server sends. */
export function readMessage(value: unknown): ServerMessage | undefined {
  if (!isObject(value)) throw broken('not an object')
  const check = messages.get(value.type)
  if (check && !check(value)) throw broken(`a wrong ${value.type}`)
  return check && value as unknown as ServerMessage // it has just been checked by its type
}

/** JSON, or undefined where it is none. */
export function readJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text))
  } catch {
    return undefined
  }
}

/** The answer of `changes`. */
export function readAnswer(text: string): { frames: (ServerMessage | undefined)[], since: Cursor } {
  const value = readJson(text)
  const since = isObject(value) && readCursor(value.since)
  if (!since || !Array.isArray(value.frames)) throw broken('a wrong answer')
  return { frames: value.frames.map(readMessage), since }
}

/** A cursor as HTTP has it, `epoch:seq:view`. */
export function readCursor(text: unknown): Cursor | undefined {
  const [, epoch, seq, view] = /^(.+):(\d+):([^:]+)$/.exec(String(text)) ?? []
  return epoch && seq && view ? { epoch, seq: Number(seq), view } : undefined
}

export const writeCursor = ({ epoch, seq, view }: Cursor): string => `${epoch}:${seq}:${view}`

/** What a problem document says (RFC 9457), or what answers in its place. */
export function readProblem(text: string, status: number): StarlingError {
  const value = readJson(text)
  const { code, detail, field } = isObject(value) ? value : {} as Members
  return new StarlingError(
    isText(code) ? String(code) : 'http', isText(detail) ? String(detail) : `HTTP ${status}`,
    status === 401 || status === 403 ? 'auth' : status === 429 || status >= 500 ? 'later' : 'never', isText(field) ? String(field) : undefined,
  )
}
