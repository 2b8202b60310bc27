/**
 * A link over HTTP: for each subscription a stream of events (`stream.ts`), or polls (`poll.ts`); publishes are posted, one after the other.
 *
 * Browsers open about six connections to a host with HTTP/1.1, so at most four subscriptions hold one, the first four; those after them ask
 * every five seconds, and move up when one of the first ends.
 */

import { StarlingError, type TransportName } from './api.js'
import { readAccepted, readError, readProblem } from './codec.js'
import { lineError, type Loss } from './connection.js'
import type { Link, LinkEvents } from './link.js'
import type { Cursor } from './message.js'
import { poll } from './poll.js'
import { isOfThePast, writeParameters } from './query.js'
import { stream } from './stream.js'
import type { World } from './world.js'

export const holdersMax = 4
export const turnMs = 5000
/** A poll that was answered is not asked again at once. */
export const pauseMs = 250
/** Without a byte, beyond what was agreed to wait. */
export const silenceMaxMs = 20_000

/** What has been asked for one viewer. */
interface Follower { readonly owner: AbortController, readonly parameters: URLSearchParams }

/** What a follower needs of the link: it asks for `path` and is handed what comes while it comes, until `owner` is aborted. */
export interface Desk<Viewer> extends Pick<LinkEvents<Viewer>, 'frame' | 'moved' | 'lost'> {
  readonly viewer: Viewer
  readonly parameters: URLSearchParams
  readonly signal: AbortSignal
  /** `waitMs`: how long the server may rightly say nothing. */
  get(path: string, waitMs: number, take: (text: string) => void): Promise<void>
}

/** Ends with its parent. */
function child(parent: AbortController): AbortController {
  const own = new AbortController()
  parent.signal.addEventListener('abort', () => own.abort(), own)
  return own
}

export function openHttp<Viewer>(
  world: World, base: string, mode: TransportName, pollIntervalMs: number, token: Promise<string | undefined>, on: LinkEvents<Viewer>,
): Link<Viewer> {
  const followers = new Map<Viewer, Follower>()
  const link = new AbortController()

  /** Throws a Loss where the answer is not what it was meant to be. */
  async function request(parent: AbortController, path: string, waitMs: number, take: (text: string) => void, init: RequestInit = {}): Promise<void> {
    const owner = child(parent)
    let cancel = (): void => {}
    const listen = (): void => {
      cancel()
      cancel = world.after(waitMs + silenceMaxMs, () => owner.abort())
    }
    listen()
    try {
      const bearer = await token
      const headers = { 'Content-Type': 'application/json', ...bearer && { Authorization: `Bearer ${bearer}` } }
      const response = await world.fetch(`${base}/api/v1/${path}`, { ...init, headers, cache: 'no-store', signal: owner.signal })
      if (!response.ok) throw readProblem(await response.text(), response.status, response.headers.get('Retry-After'))
      const reader = response.body?.getReader()
      const decoder = new TextDecoder()
      for (let part; (part = await reader?.read())?.value;) {
        listen()
        on.heard(part.value.length, 0)
        take(decoder.decode(part.value, { stream: true }))
      }
    } finally {
      cancel()
      owner.abort()
    }
  }

  const lose = (error: unknown): void => { if (!link.signal.aborted) on.lost(readError(error)) }

  async function follow(viewer: Viewer, parameters: URLSearchParams, since: Cursor | undefined): Promise<void> {
    const before = followers.get(viewer)
    before?.owner.abort()
    const owner = child(link)
    const { signal } = owner
    let isAccepted = false
    followers.set(viewer, { owner, parameters })
    const desk: Desk<Viewer> = {
      ...on, viewer, parameters, signal,
      get: (path, waitMs, take) => request(owner, path, waitMs, take),
      frame(...frame) {
        isAccepted = true
        on.opened()
        on.heard(0, 1)
        on.frame(...frame)
      },
    }
    try {
      for (let cursor = since, isFirst = true; !signal.aborted; isFirst = false) {
        const isHolder = [...followers.keys()].indexOf(viewer) < holdersMax
        if (isHolder && mode === 'stream') {
          await stream(desk, cursor)
          throw lineError('the stream ended')
        }
        const isWaiting = isHolder && mode === 'long-poll'
        cursor = await poll(desk, cursor, isFirst, isWaiting && !isFirst)
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', world.after(isWaiting ? pauseMs : mode === 'poll' ? pollIntervalMs : turnMs, resolve))
        })
      }
    } catch (thrown) {
      const error: Loss = readError(thrown)
      if (signal.aborted) return
      if (!error.isOurs) return lose(error)
      on.opened()
      drop(viewer)
      on.refused(viewer, error)
      // What was asked before goes on.
      if (before && !isAccepted && !followers.has(viewer)) void follow(viewer, before.parameters, since)
    }
  }

  function drop(viewer: Viewer): void {
    followers.get(viewer)?.owner.abort()
    followers.delete(viewer)
  }

  request(link, 'openapi.json', 0, () => {}, { method: 'HEAD' }).then(() => {
    if (link.signal.aborted) return
    on.reached()
    on.ready(1)
    if (followers.size === 0) on.opened()
  }).catch(lose)

  return {
    ask(viewer, query, since) {
      const parameters = writeParameters(query)
      if (parameters) return void follow(viewer, parameters, since)
      const isPast = isOfThePast(query)
      if (isPast) drop(viewer)
      on.refused(viewer, new StarlingError('unavailable', 'needs a WebSocket', 'later', isPast ? 'at' : undefined))
    },
    drop,
    refresh(viewer) {
      const follower = followers.get(viewer)
      if (follower) void follow(viewer, follower.parameters, undefined)
    },
    send({ ref, message }) {
      let text = ''
      request(link, 'publish', 0, (more) => { text += more }, { method: 'POST', body: JSON.stringify(message) })
        .then(() => on.answered(ref, readAccepted(text)))
        .catch((error: Loss) => error.isOurs ? on.answered(ref, error) : lose(error))
    },
    setToken(given) { token = Promise.resolve(given) },
    close() { link.abort() },
  }
}
