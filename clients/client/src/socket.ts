/** A link over a WebSocket: `/live`. No other file touches one. */

import { StarlingError, type WebSocketConstructor, type WebSocketLike } from './api.js'
import { readError, readJson, readMessage } from './codec.js'
import { lineError } from './connection.js'
import type { Link, LinkEvents } from './link.js'
import type { ClientMessage, ServerMessage } from './message.js'

/** What the hundreds of a private close code ask for: docs/PROTOCOL.md, close codes. */
const policies: { readonly [hundreds: number]: StarlingError['retry'] } = { 41: 'auth', 43: 'resync', 44: 'never' }

export function openSocket<Viewer extends { moveTo(seq: number): void }>(
  Socket: WebSocketConstructor, url: string, given: Promise<string | undefined>, client: string | undefined, on: LinkEvents<Viewer>,
): Link<Viewer> {
  const ids = new Map<Viewer, number>()
  /** With null for those that have been given up, until the server has said so too. */
  const viewers = new Map<number, Viewer | null>()
  let epoch = ''
  let bytesMax = Infinity
  let isOpen = false
  let socket: WebSocketLike | undefined
  let isClosed = false
  /** Empty: there is none any more. */
  let token: string | undefined

  /** What is larger than the server takes would end the line: it is refused here, as the server would. */
  function send(message: ClientMessage): void {
    const text = JSON.stringify(message)
    if (new TextEncoder().encode(text).length > bytesMax) receive({ ...message, type: 'error', code: 'limit_message', message: `over ${bytesMax} bytes`, retry: 'never' })
    else socket?.send(text)
  }
  const lose = (error: unknown): void => on.line({ type: 'lost', error: readError(error) })
  given.then((first) => {
    if (isClosed) return
    token ??= first
    socket = new Socket(url, 'starling.v1')
    socket.onopen = () => {
      on.line({ type: 'reached' })
      if (token || client) send({ type: 'hello', token: token || undefined, client })
      isOpen = true
    }
    socket.onmessage = ({ data }: { data: string }) => {
      on.heard(data.length)
      if (isClosed) return
      try {
        const message = readMessage(readJson(data))
        if (message) receive(message)
      } catch (error) {
        lose(error)
      }
    }
    // Why it failed a browser does not say; `close` follows.
    socket.onerror = () => {}
    socket.onclose = ({ code, reason }: { code: number, reason: string }) => {
      const retry = policies[code / 100 | 0] ?? 'later'
      lose(new StarlingError(retry === 'never' ? 'refused' : 'lost', `closed ${code} ${reason}`, retry))
    }
  }).catch(lose)

  function receive(message: ServerMessage): void {
    const viewer = viewers.get((message as { id?: number }).id ?? 0)
    switch (message.type) {
      case 'welcome':
        bytesMax = message.limits.message_bytes
        if (!epoch) {
          on.line({ type: 'opened', heartbeatMs: message.heartbeat_ms })
          on.ready(Infinity)
        }
        epoch = message.epoch
        return
      case 'progress':
        for (const [id, seq] of Object.entries(message.at)) {
          const mover = viewers.get(+id)
          mover?.moveTo(seq)
        }
        return
      case 'unsubscribed':
        viewers.delete(message.id)
        return
      case 'ok':
        return on.answered(message.ref, message)
      case 'error': {
        const error = new StarlingError(message.code, message.message, message.retry, message.field)
        return viewer ? on.refused(viewer, error) : on.answered(message.ref, error)
      }
      case 'bye':
        return lose(lineError('bye', message.reconnect_ms))
      default:
        if (viewer) on.frame(viewer, message, epoch)
    }
  }

  return {
    ask(viewer, query, since) {
      let id = ids.get(viewer) ?? 0
      if (!id) while (viewers.has(++id)) {} // who numbers from 1 shares frames with others
      ids.set(viewer, id)
      viewers.set(id, viewer)
      send({ ...query, type: 'subscribe', id, since })
    },
    drop(viewer) {
      const id = ids.get(viewer)
      if (!id) return
      ids.delete(viewer)
      viewers.set(id, null)
      send({ type: 'unsubscribe', id })
    },
    refresh(viewer) { send({ type: 'snapshot', id: ids.get(viewer) ?? 0 }) },
    send({ ref, message }) { send({ type: 'publish', ref, ...message }) },
    ping() { send({ type: 'ping' }) },
    setToken(next = '') {
      token = next
      if (isOpen && token) send({ type: 'token', token })
    },
    close() {
      isClosed = true
      socket?.close(1000)
    },
  }
}
