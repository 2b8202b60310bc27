/** A link over a WebSocket: `/live`. No other file touches one. */

import { StarlingError, type WebSocketConstructor } from './api.js'
import { readJson, readMessage } from './codec.js'
import { lineError } from './connection.js'
import type { Link, LinkEvents } from './link.js'
import type { ClientMessage, ErrorMessage, ServerMessage } from './message.js'
import { writeSubscribe } from './query.js'

export interface SocketOptions {
  readonly token?: string | undefined
  readonly clientName?: string | undefined
}

export function openSocket<Viewer>(Socket: WebSocketConstructor, url: string, { token, clientName }: SocketOptions, on: LinkEvents<Viewer>): Link<Viewer> {
  const ids = new Map<Viewer, number>()
  /** With null for those that have been given up, until the server has said so too. */
  const viewers = new Map<number, Viewer | null>()
  let epoch: string | undefined

  const socket = new Socket(url, 'starling.v1')
  const send = (message: ClientMessage): void => socket.send(JSON.stringify(message))
  socket.onopen = () => {
    on.reached()
    if (token !== undefined || clientName !== undefined) send({ type: 'hello', token, client: clientName })
  }
  socket.onmessage = ({ data }: { data: unknown }) => {
    on.heard(String(data).length, 1)
    try {
      const message = readMessage(readJson(data))
      if (message) receive(message)
    } catch (error) {
      if (!(error instanceof StarlingError)) throw error
      on.lost({ error, isAnew: true })
    }
  }
  // Why it failed a browser does not say; `close` follows.
  socket.onerror = () => {}
  socket.onclose = ({ code, reason }: { code: number, reason: string }) => {
    const kind = Math.floor(code / 100)
    on.lost({
      error: kind === 44 ? new StarlingError('refused', `${code} ${reason}`) : kind === 41 ? new StarlingError('unauthorized', `${code} ${reason}`, 'auth') : lineError(`closed with ${code} ${reason}`.trim()),
      isFinal: kind === 44, isAuth: kind === 41, isAnew: kind === 43,
    })
  }

  function receive(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome': {
        const isFirst = epoch === undefined
        epoch = message.epoch
        if (!isFirst) return
        on.opened(message.heartbeat_ms)
        return on.ready(Infinity)
      }
      case 'subscribed':
      case 'snapshot':
      case 'update': {
        const viewer = viewers.get(message.id)
        if (viewer) on.frame(viewer, message, epoch ?? '')
        return
      }
      case 'progress':
        for (const [id, seq] of Object.entries(message.at)) {
          const viewer = viewers.get(Number(id))
          if (viewer) on.moved(viewer, seq)
        }
        return
      case 'unsubscribed':
        if (viewers.get(message.id) === null) viewers.delete(message.id)
        return
      case 'ok':
        return on.answered(Number(message.ref), message)
      case 'error':
        return refuse(message)
      case 'bye':
        return on.lost({ error: lineError('the server restarts'), afterMs: message.reconnect_ms })
      case 'pong':
        return
    }
  }

  function refuse(message: ErrorMessage): void {
    const { id = 0, ref, code, retry, field } = message
    const viewer = viewers.get(id)
    if (viewer) on.frame(viewer, message, '')
    else if (viewers.get(id) === null) viewers.delete(id)
    else if (ref !== undefined) on.answered(Number(ref), new StarlingError(code, message.message, retry, field))
  }

  return {
    ask(viewer, query, since, isInUse) {
      let id = ids.get(viewer)
      if (!id) {
        for (id = 1; viewers.has(id);) ++id // who numbers from 1 shares frames with others
        ids.set(viewer, id)
        viewers.set(id, viewer)
      }
      send(writeSubscribe(id, query, isInUse ? undefined : since))
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
    setToken(token) { send({ type: 'token', token }) },
    close() {
      socket.onopen = socket.onmessage = socket.onclose = null
      socket.close(1000)
    },
  }
}
