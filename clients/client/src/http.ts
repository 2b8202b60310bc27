/**
 * A link over HTTP: for each subscription a stream of events (`stream.ts`), or polls (`poll.ts`); publishes are posted, one after the other.
 *
 * Browsers open about six connections to a host with HTTP/1.1, so at most four subscriptions hold one, the first four; those after them ask
 * every five seconds, and move up when one of the first ends.
 */

import { StarlingError, type TransportName } from './api.js'
import { readRetryAfter } from './backoff.js'
import { readJson, readProblem } from './codec.js'
import { lineError, type Loss } from './connection.js'
import type { Link, LinkEvents } from './link.js'
import type { Cursor, ErrorMessage } from './message.js'
import { poll } from './poll.js'
import { isOfThePast, writeParameters } from './query.js'
import { stream } from './stream.js'
import type { World } from './world.js'

export const holdersMax = 4
export const turnMs = 5000
/** A poll that is answered at once is not asked again at once. */
export const pauseMs = 250
/** Without a byte; of streams and polls that wait, so much beyond what they wait for. */
const silenceMaxMs = 20_000

/** What ended a request that was answered, but not as it was meant. */
class Refusal {
  /** `isOurs`: what was asked is at fault, and not the line. */
  constructor(readonly error: StarlingError, readonly loss: Omit<Loss, 'error'> & { isAuth: boolean }, readonly isOurs: boolean) {}
}

/** Asks for `path`, and hands on what comes while it comes. `waitMs`: how long the server may rightly say nothing. */
export type Request = (path: string, waitMs: number, take: (text: string) => void) => Promise<void>

interface Follower { readonly owner: AbortController, readonly parameters: URLSearchParams, isAccepted: boolean }

export interface HttpOptions {
  readonly mode: TransportName
  token: string | undefined
  readonly pollIntervalMs: number
}

export function openHttp<Viewer>(world: World, base: string, options: HttpOptions, on: LinkEvents<Viewer>): Link<Viewer> {
  const { mode, pollIntervalMs } = options
  const followers = new Map<Viewer, Follower>()
  const owners = new Set<AbortController>()
  let hasSpoken = false

  async function request(path: string, owner: AbortController, init: RequestInit, waitMs: number, take: (text: string) => void): Promise<void> {
    let cancel = (): void => {}
    const listen = (): void => {
      cancel()
      cancel = world.after(waitMs + silenceMaxMs, () => owner.abort())
    }
    listen()
    owners.add(owner)
    try {
      const headers = { ...init.body ? { 'Content-Type': 'application/json' } : {}, ...options.token ? { Authorization: `Bearer ${options.token}` } : {} }
      const response = await world.fetch(base + path, { ...init, headers, cache: 'no-store', signal: owner.signal })
      const reader = response.body?.getReader()
      const decoder = new TextDecoder()
      let problem = ''
      for (;;) {
        const part = await reader?.read()
        if (!part || part.done) break
        listen()
        on.heard(part.value.length, 0)
        const text = decoder.decode(part.value, { stream: true })
        if (response.ok) take(text)
        else problem += text
      }
      if (response.ok) return
      const { status } = response
      const error = readProblem(problem, status)
      const afterMs = readRetryAfter(response.headers.get('Retry-After'), world.now())
      throw new Refusal(error, { afterMs, isAuth: status === 401, isUnfit: status >= 500 && status !== 503 }, error.code !== 'http' && ![401, 429, 503].includes(status))
    } finally {
      cancel()
      owners.delete(owner)
    }
  }

  /** The server speaks. */
  function speak(): void {
    if (!hasSpoken) on.opened()
    hasSpoken = true
  }

  function lose(error: unknown): void {
    on.lost(error instanceof Refusal ? { ...error.loss, error: error.error } : error instanceof StarlingError ? { error, isAnew: error.retry === 'resync' } : { error: lineError(String(error)) })
  }

  async function follow(viewer: Viewer, parameters: URLSearchParams, since: Cursor | undefined): Promise<void> {
    const before = followers.get(viewer)
    before?.owner.abort()
    const owner = new AbortController()
    const own: Follower = { owner, parameters, isAccepted: false }
    followers.set(viewer, own)
    const isCurrent = (): boolean => followers.get(viewer) === own
    /** Hands on what is still wanted. */
    const events: Pick<LinkEvents<Viewer>, 'frame' | 'moved' | 'lost'> = {
      frame(...told) {
        if (!isCurrent()) return
        own.isAccepted = true
        speak()
        on.heard(0, 1)
        on.frame(...told)
      },
      moved(...told) { if (isCurrent()) on.moved(...told) },
      lost(loss) { if (isCurrent()) on.lost(loss) },
    }
    const get: Request = (path, waitMs, take) => request(path, owner, {}, waitMs, (text) => { if (isCurrent()) take(text) })
    try {
      for (let cursor = since, isFirst = true; isCurrent(); isFirst = false) {
        const isHolder = [...followers.keys()].indexOf(viewer) < holdersMax
        if (isHolder && mode === 'stream') {
          await stream(viewer, parameters, cursor, get, events)
          throw lineError('the stream ended')
        }
        const isWaiting = isHolder && mode === 'long-poll'
        cursor = await poll(viewer, parameters, cursor, isWaiting && !isFirst, isFirst, get, events)
        const ms = isWaiting ? pauseMs : mode === 'poll' ? pollIntervalMs : turnMs
        await new Promise<void>((resolve) => { owner.signal.addEventListener('abort', world.after(ms, resolve)) })
      }
    } catch (error) {
      if (!isCurrent()) return
      if (!(error instanceof Refusal && error.isOurs)) return lose(error)
      followers.delete(viewer)
      speak()
      const accepted = own.isAccepted ? undefined : before
      refuse(viewer, error.error)
      // What was asked before goes on.
      if (accepted && !followers.has(viewer)) void follow(viewer, accepted.parameters, since)
    }
  }

  function refuse(viewer: Viewer, { code, message, retry, field }: StarlingError): void {
    const told: ErrorMessage = { type: 'error', id: 1, code, message, retry, ...field !== undefined && { field } }
    on.frame(viewer, told, '')
  }

  function drop(viewer: Viewer): void {
    followers.get(viewer)?.owner.abort()
    followers.delete(viewer)
  }

  void request('/api/v1/openapi.json', new AbortController(), { method: 'HEAD' }, 0, () => {}).then(() => {
    on.reached()
    on.ready(1)
    if (followers.size === 0) speak()
  }, lose)

  return {
    ask(viewer, query, since) {
      const parameters = writeParameters(query)
      if (parameters) return void follow(viewer, parameters, since)
      const isPast = isOfThePast(query)
      if (isPast) drop(viewer)
      refuse(viewer, new StarlingError('unavailable', 'only over a WebSocket', 'later', isPast ? 'at' : undefined))
    },
    drop,
    refresh(viewer) {
      const follower = followers.get(viewer)
      if (follower) void follow(viewer, follower.parameters, undefined)
    },
    async send({ ref, message }) {
      let text = ''
      try {
        await request('/api/v1/publish', new AbortController(), { method: 'POST', body: JSON.stringify(message) }, 0, (more) => { text += more })
        const { seq } = readJson(text) as { seq: number }
        on.answered(ref, { seq })
      } catch (error) {
        if (error instanceof Refusal && error.isOurs) return on.answered(ref, error.error)
        if (error instanceof Refusal) on.returned(ref)
        lose(error)
      }
    },
    ping() {}, // nothing to say it with; each request listens for itself
    setToken(token) { options.token = token },
    close() {
      for (const { owner } of followers.values()) owner.abort()
      for (const owner of owners) owner.abort()
      followers.clear()
    },
  }
}
