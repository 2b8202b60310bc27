/**
 * A link over HTTP: for each subscription a stream of events (`stream.ts`), or polls (`poll.ts`); publishes are posted, one after the other.
 *
 * Browsers open about six connections to a host with HTTP/1.1, so at most four subscriptions hold one, the first four; those after them ask
 * every five seconds, and move up when one of the first ends.
 */

import { StarlingError, type TransportName } from './api.js'
import { readAccepted, readError, readProblem } from './codec.js'
import { type Loss, quietMsOf } from './connection.js'
import type { HttpDesk } from './http-desk.js'
import type { Link, LinkEvents } from './link.js'
import type { Cursor } from './message.js'
import { poll } from './poll.js'
import { type Parameters, writeAddress, writeParameters } from './query.js'
import { stream } from './stream.js'
import type { World } from './world.js'

export const holdersMax = 4
export const turnMs = 5000
/** A poll that was answered is not asked again at once. */
export const pauseMs = 250
/** So long the server may wait for news. */
export const waitS = 30
/** Without a byte, beyond what was agreed to wait. */
export const silenceMaxMs = 20_000
/**
 * Of the 16 KiB that a head may have, so that what browsers add finds room. One that is longer is refused here, as the server would: it
 * refuses what it cannot read to the end, so a page of another origin is not let see that it did.
 */
export const pathMax = 14_336

export function openHttp<Viewer extends { moveTo(seq: number): void }>(
  world: World, base: string, mode: TransportName, pollIntervalMs: number, token: Promise<string | undefined>, on: LinkEvents<Viewer>,
): Link<Viewer> {
  /** Of what is being asked for each. */
  const followers = new Map<Viewer, AbortController>()
  /** Of what is asked for nobody in particular. */
  const owner = new AbortController()

  /** Throws a Loss where the answer is not what it was meant to be. */
  async function request(owner: AbortController, path: string, init?: RequestInit, waitMs = 0, take?: (text: string) => void): Promise<string> {
    let cancel = (): void => {}
    const listen = (): void => {
      cancel()
      cancel = world.after(waitMs + silenceMaxMs, () => owner.abort())
    }
    let text = ''
    listen()
    try {
      const bearer = await token
      const response = path.length > pathMax ? new Response('', { status: 414 }) : await world.fetch(`${base}/api/v1/${path}`, {
        ...init, headers: { ...init?.body && { 'Content-Type': 'application/json' }, ...bearer && { Authorization: `Bearer ${bearer}` } }, signal: owner.signal,
      })
      if (!response.ok) throw readProblem(await response.text(), response)
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
      for (let part; (part = await reader?.read())?.value;) {
        listen()
        on.heard(part.value.length)
        text += part.value
        if (take) {
          take(text)
          text = ''
        }
      }
      return text
    } finally {
      cancel()
    }
  }

  const lose = (error: unknown): void => on.line({ type: 'lost', error: readError(error) })

  async function follow(viewer: Viewer, parameters: Parameters, since: Cursor | undefined): Promise<void> {
    followers.get(viewer)?.abort()
    const owner = new AbortController()
    followers.set(viewer, owner)
    const isCurrent = (): boolean => followers.get(viewer) === owner
    const desk: HttpDesk = {
      get: (route, cursor, wait, take) => request(owner, writeAddress(route, parameters, cursor, wait), {}, wait === undefined ? quietMsOf() : wait * 1000, take),
      frame(message, epoch = '') {
        on.line({ type: 'opened' })
        if (!isCurrent()) return
        on.frame(viewer, message, epoch)
      },
      moved(seq) { if (isCurrent()) viewer.moveTo(seq) },
    }
    try {
      for (let isFirst = true; isCurrent(); isFirst = false) {
        const isHolder = [...followers.keys()].indexOf(viewer) < holdersMax
        if (isHolder && mode === 'stream') await stream(desk, since)
        const isWaiting = isHolder && mode === 'long-poll'
        since = await poll(desk, since, isFirst, isWaiting && !isFirst ? waitS : 0)
        await new Promise<void>((resolve) => { owner.signal.onabort = world.after(isWaiting ? pauseMs : mode === 'poll' ? pollIntervalMs : turnMs, resolve) })
      }
    } catch (thrown) {
      const error: Loss = readError(thrown)
      if (!isCurrent()) return
      if (!error.isOurs) return lose(error)
      on.line({ type: 'opened' })
      drop(viewer)
      on.refused(viewer, error)
    }
  }

  function drop(viewer: Viewer): void {
    followers.get(viewer)?.abort()
    followers.delete(viewer)
  }

  request(owner, 'openapi.json', { method: 'HEAD' }).then(() => {
    on.line({ type: 'reached' })
    on.ready(1)
    if (followers.size === 0) on.line({ type: 'opened' })
  }).catch(lose)

  return {
    ask(viewer, query, since) {
      const parameters = writeParameters(query)
      if (parameters) return void follow(viewer, parameters, since)
      drop(viewer)
      on.refused(viewer, new StarlingError('unavailable', 'no WebSocket', 'later'))
    },
    drop,
    send({ ref, message }) {
      request(owner, 'publish', { method: 'POST', body: JSON.stringify(message) })
        .then((text) => on.answered(ref, readAccepted(text)))
        .catch((error: Loss) => error.isOurs ? on.answered(ref, error) : lose(error))
    },
    setToken(given) { token = Promise.resolve(given) },
    close() {
      owner.abort()
      for (const viewer of followers.keys()) drop(viewer)
    },
  }
}
