/**
 * What comes off the wire is `unknown` until it has been here. What this client does not use may be there or not, and be anything; what it
 * does use is what docs/PROTOCOL.md says, or the message is none.
 */

import { StarlingError } from './api.js'
import type { Loss } from './connection.js'
import type { Cursor, ServerMessage } from './message.js'

interface Members { readonly [name: string]: unknown }

const at = { id: 0, seq: 0 }
const records = { '*': {} }
const gap = { after: 0, before: 0 }

/** Each message by example: 0 is a count, `name?` may be absent, `*` is any name, and a list is one of such. */
const examples: { readonly [type in ServerMessage['type']]: Members } = {
  welcome: { epoch: '', heartbeat_ms: 0 },
  subscribed: { ...at, resumed: true, reason: '', 'view?': '', 'replay?': true, 'time?': '', 'gaps?': { '*': gap } },
  snapshot: { ...at, channels: { '*': records }, more: true },
  update: {
    ...at,
    channels: {
      '*': { 'remove?': { '*': '' }, 'set?': records, 'patch?': records, 'gap?': gap, 'events?': [{ seq: 0, n: 0, 'key?': '', time: '', data: {} }] },
    },
    'time?': '', 'more?': true,
  },
  progress: { at: { '*': 0 } },
  bye: { reconnect_ms: 0 },
  unsubscribed: { id: 0 },
  ok: { seq: 0 },
  pong: {},
  error: { code: '', message: '', retry: '', 'id?': 0, 'field?': '' },
}

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)

function isLike(example: unknown, value: unknown): boolean {
  if (Array.isArray(example)) return Array.isArray(value) && value.every((one) => isLike(example[0], one))
  if (!isObject(example)) return typeof value === typeof example && (example !== 0 || Number.isSafeInteger(value) && Number(value) >= 0)
  return isObject(value) && Object.entries(example).every(([name, inner]) => {
    if (name === '*') return Object.values(value).every((one) => isLike(inner, one))
    const [plain = ''] = name.split('?')
    return name !== plain && value[plain] === undefined || isLike(inner, value[plain])
  })
}

/** What no server of this protocol says: who is told so cannot trust what it holds. */
export const broken = (what: string): StarlingError => new StarlingError('bad_message', what, 'resync')

/** Undefined: a message of a type that this version does not know, which is none of our business. Throws on what no server sends. */
export function readMessage(value: unknown): ServerMessage | undefined {
  const type = isObject(value) && value.type
  const example = Object.hasOwn(examples, String(type)) && examples[type as ServerMessage['type']]
  if (typeof type !== 'string' || example && !isLike(example, value)) throw broken(`a wrong ${String(type)}`)
  return example ? value as unknown as ServerMessage : undefined // it is like its example
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
export function readAnswer(text: string): { frames: ServerMessage[], cursor: Cursor } {
  const value = readJson(text)
  const cursor = isObject(value) && readCursor(value.since)
  if (!cursor || !Array.isArray(value.frames)) throw broken('a wrong answer')
  return { frames: value.frames.flatMap((frame) => readMessage(frame) ?? []), cursor }
}

/** The answer of `publish`. */
export function readAccepted(text: string): { seq: number } {
  const value = readJson(text)
  if (isObject(value) && typeof value.seq === 'number') return { seq: value.seq }
  throw new StarlingError('http', 'a wrong answer', 'later')
}

/** A cursor as HTTP has it, `epoch:seq:view`. */
export function readCursor(text: unknown): Cursor | undefined {
  const [, epoch, seq, view] = /^(.+):(\d+):([^:]+)$/.exec(String(text)) ?? []
  return epoch && view ? { epoch, seq: Number(seq), view } : undefined
}

/** What a problem document says (RFC 9457), or what answers in its place. `retryAfter`: in seconds. */
export function readProblem(text: string, status: number, retryAfter: string | null): Loss {
  const value = readJson(text)
  const { code = 'http', detail = `HTTP ${status}`, field } = isObject(value) ? value : {} as Members
  const isLater = status === 429 || status === 503
  const retry = status === 401 ? 'auth' : isLater || status > 499 ? 'later' : 'never'
  return Object.assign(new StarlingError(String(code), String(detail), retry, field === undefined ? field : String(field)), {
    afterMs: Number(retryAfter) * 1000 || undefined, isUnfit: status > 499 && !isLater, isOurs: code !== 'http' && !isLater && status !== 401,
  })
}

/** What was thrown while a line was spoken to. */
export const readError = (error: unknown): StarlingError => error instanceof StarlingError ? error : new StarlingError('lost', String(error), 'later')
