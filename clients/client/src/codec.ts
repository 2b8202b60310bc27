/**
 * What comes off the wire is `unknown` until it has been here. What this client does not use may be there or not, and be anything; what it
 * does use is what docs/PROTOCOL.md says, or the message is none.
 */

import { StarlingError } from './api.js'
import { lineError, type Loss } from './connection.js'
import type { Cursor, Ok, ServerMessage } from './message.js'

interface Members { readonly [name: string]: unknown }

const at = { id: 0, seq: 0 }
const records = { '*': {} }
const gap = { after: 0, before: 0 }

/** Each message by example: 0 is a count, `name?` may be absent, `*` is any name, and a list is one of such. */
const examples = new Map<unknown, Members>(Object.entries<Members>({
  welcome: { epoch: '', heartbeat_ms: 0, limits: { message_bytes: 0 } },
  subscribed: { ...at, resumed: true, reason: '', 'view?': '', 'gaps?': { '*': gap } },
  snapshot: { ...at, channels: { '*': records }, more: true },
  update: {
    ...at,
    channels: {
      '*': { 'remove?': { '*': '' }, 'set?': records, 'patch?': records, 'gap?': gap, 'events?': [{ seq: 0, n: 0, time: '', data: {} }] },
    },
  },
  progress: { at: { '*': 0 } },
  bye: { reconnect_ms: 0 },
  unsubscribed: { id: 0 },
  ok: { seq: 0 },
  error: { code: '', message: '', retry: '' },
} satisfies { [type in ServerMessage['type']]: Members }))

/** None, of what is no object. */
const membersOf = (value: unknown): Members => Object(value) as Members

function isLike(example: unknown, value: unknown): boolean {
  if (!(example instanceof Object)) return typeof value === typeof example && (example !== 0 || Number.isSafeInteger(value) && value as number >= 0)
  return value instanceof Object && Array.isArray(value) === Array.isArray(example) && Object.entries(example).every(([name, inner]) => {
    const plain = name.replace('?', '')
    const member = (value as Members)[plain]
    return name === '*' || name === '0' ? Object.values(value).every((one) => isLike(inner, one)) : name !== plain && member === undefined || isLike(inner, member)
  })
}

/** What no server of this protocol says: who is told so cannot trust what it holds. */
export const broken = (what: string): StarlingError => new StarlingError('bad_message', what, 'resync')

/** Undefined: a message of a type that this version does not know, which is none of our business. Throws on what no server sends. */
export function readMessage(value: unknown): ServerMessage | undefined {
  const { type } = membersOf(value)
  const example = examples.get(type)
  if (typeof type !== 'string' || example && !isLike(example, value)) throw broken(type as string)
  return example ? value as unknown as ServerMessage : undefined // it is like its example
}

/** JSON, or undefined where it is none. */
export function readJson(text: unknown): unknown {
  try {
    return JSON.parse(text as string)
  } catch {
    return undefined
  }
}

/** What it is now, as JSON has it, whatever becomes of it. */
export const copyOf = <Value>(value: Value): Value => readJson(JSON.stringify(value)) as Value

/** The answer of `changes`. One that was cut off is as if it had not been asked for. */
export function readAnswer(text: string): { frames: ServerMessage[], cursor: Cursor } {
  const { frames, since } = membersOf(readJson(text))
  const cursor = readCursor(since)
  if (!cursor || !Array.isArray(frames)) throw lineError('no answer')
  return { frames: frames.flatMap((frame) => readMessage(frame) ?? []), cursor }
}

/** The answer of `publish`. */
export const readAccepted = (text: string): Ok => readMessage({ ...membersOf(readJson(text)), type: 'ok' }) as Ok

/** A cursor as HTTP has it, `epoch:seq:view`. */
export function readCursor(text: unknown): Cursor | undefined {
  const [, epoch = '', seq, view = ''] = /(.+):(\d+):(.+)/.exec(text as string) ?? []
  return seq ? { epoch, seq: Number(seq), view } : undefined
}

/** What a problem document says (RFC 9457), or what answers in its place. */
export function readProblem(text: string, { status, headers }: Pick<Response, 'status' | 'headers'>): Loss {
  const { code, detail = `HTTP ${status}`, field } = membersOf(readJson(text))
  const isTooLarge = [413, 414, 431].includes(status)
  return Object.assign(new StarlingError((code ?? (isTooLarge ? 'limit_message' : 'http')) as string, detail as string, status === 401 ? 'auth' : status > 428 || !code ? 'later' : 'never', field as string | undefined), {
    afterMs: Number(headers.get('Retry-After')) * 1000, isUnfit: !code && status > 499, isOurs: code ? ![401, 429, 503].includes(status) : isTooLarge,
  })
}

/** What was thrown while a line was spoken to. */
export const readError = (error: unknown): StarlingError => error instanceof StarlingError ? error : lineError(String(error))
