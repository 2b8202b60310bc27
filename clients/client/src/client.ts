/** Joins what decides (the reducers) with what does (links, timers): it only routes. */

import { type ConnectOptions, type Reconnected, type Starling, StarlingError, type Status, type TransportName } from './api.js'
import { type ConnectionEffect, type ConnectionEvent, disconnected, dueAt, reduce, statusOf } from './connection.js'
import { openHttp } from './http.js'
import { transportOf } from './ladder.js'
import type { Link, LinkEvents } from './link.js'
import { Listeners, perFrame } from './notify.js'
import { emptyOutbox, type OutboxEvent, reduce as reduceOutbox } from './outbox.js'
import { toQuery } from './query.js'
import { openSocket } from './socket.js'
import { type Desk, Viewer } from './viewer.js'
import type { World } from './world.js'

const rungs: readonly TransportName[] = ['websocket', 'stream', 'long-poll', 'poll']
/** What was refused for now is asked for again so long after. */
const laterMs = 30_000
/** `lastMessageAt` is as old as that at most. */
const statusMs = 1000

type Event = ConnectionEvent extends infer One ? One extends unknown ? Omit<One, 'now' | 'chance'> : never : never

/** `http(s)://host/path` of whatever address was given. */
function baseOf(url: string | URL | undefined, here: string | undefined): string {
  const { protocol, host, pathname } = new URL(url ?? '/', here)
  return `${protocol.replace('ws', 'http')}//${host}${pathname.replace(/\/(live)?$/, '')}`
}

export function connectIn(world: World, url?: string | URL, given: ConnectOptions = {}): Starling {
  const options = {
    attempts: Infinity, reconnectDelayMs: 1000, reconnectDelayMaxMs: 30_000, pollIntervalMs: 30_000, climbIntervalMs: 30_000, pauseWhenHidden: true, queueMax: 1000, ...given,
  }
  const base = baseOf(url, world.here)
  let { token } = options
  let connection = disconnected((options.transports ?? rungs).filter((name) => name !== 'websocket' || world.WebSocket), options)
  let outbox = emptyOutbox
  /** What goes to the server, and a WebSocket beside it that is being tried. */
  let link: Link<Viewer> | undefined
  let beside: Link<Viewer> | undefined
  const viewers = new Set<Viewer>()
  const received = { bytes: 0, messages: 0 }
  let heardAt: number | undefined
  /** Those that have not said yet how they came back. */
  let returning: Set<Viewer> | undefined
  let isContinuous = true
  /** The link, once it may be asked. */
  let linked: Link<Viewer> | undefined
  let cancelTimer = (): void => {}
  let leavePage: (() => void) | undefined

  const statuses = new Listeners<Status>()
  const reconnects = new Listeners<Reconnected>()
  let status = statusOf(connection, heardAt)

  function dispatch(event: Event): void {
    const [next, ...effects] = reduce(connection, { ...event, now: world.now(), chance: world.chance() }, options)
    connection = next
    for (const effect of effects) run(effect)
    cancelTimer()
    const due = dueAt(connection)
    if (due < Infinity) cancelTimer = world.after(due - world.now(), () => dispatch({ type: 'time' }))
    tellStatus()
  }

  function run(effect: ConnectionEffect): void {
    switch (effect) {
      case 'open':
        link = openLink(transportOf(connection.ladder))
        return
      case 'climb':
        beside = openLink('websocket')
        return
      case 'switch':
        detach()
        link = beside
        beside = undefined
        return
      case 'close':
        detach()
        return leaveBeside()
      case 'stay':
        return leaveBeside()
      case 'ping':
        link?.ping?.()
    }
  }

  function leaveBeside(): void {
    beside?.close()
    beside = undefined
  }

  function detach(): void {
    link?.close()
    link = linked = returning = undefined
    for (const viewer of viewers) viewer.dispatch({ type: 'unlinked' })
    tellOutbox({ type: 'lost', isRepeatable: ({ op, channel }) => (op ?? 'merge') !== 'merge' || [...viewers].some((viewer) => viewer.channel(channel).size > 0) })
  }

  function tellOutbox(event: OutboxEvent): void {
    const [next, ...effects] = reduceOutbox(outbox, event, options)
    outbox = next
    for (const { letter, answer } of effects) answer ? letter.settle(answer) : link?.send(letter)
  }

  /** Once all that was held has said whether it went on, the application is told. */
  function settleReturn(viewer?: Viewer): void {
    if (viewer) returning?.delete(viewer)
    if (returning?.size !== 0 || connection.state !== 'connected') return
    returning = undefined
    reconnects.tell({ transport: transportOf(connection.ladder), isContinuous })
  }

  function tellStatus(): void {
    const next = statusOf(connection, heardAt)
    if ((Object.keys(next) as (keyof Status)[]).every((name) => next[name] === status[name])) return
    status = next
    statuses.tell(status)
  }

  function openLink(transport: TransportName): Link<Viewer> {
    const isReturn = connection.hasBeenOpen
    const on: LinkEvents<Viewer> = {
      reached() { if (me === link) dispatch({ type: 'reached' }) },
      opened(heartbeatMs) {
        if (me === link && connection.state === 'connected') return
        dispatch({ type: me === link ? 'opened' : 'climbed', heartbeatMs })
        settleReturn()
      },
      ready(window) {
        linked = me
        if (isReturn) {
          returning = new Set([...viewers].filter(({ looking }) => looking.shown && !looking.isOver))
          isContinuous = true
        }
        for (const viewer of viewers) viewer.dispatch({ type: 'linked' })
        tellOutbox({ type: 'opened', window })
        settleReturn()
      },
      heard(bytes, messages) {
        received.bytes += bytes
        received.messages += messages
        if (world.now() - (heardAt ?? 0) >= statusMs) heardAt = world.now()
        if (me === link) dispatch({ type: 'heard' })
      },
      frame(viewer, message, epoch) {
        const step = viewer.replica.take(message, epoch)
        if (message.type === 'subscribed') {
          if (!message.resumed && message.reason !== 'replaced' && returning?.has(viewer)) isContinuous = false
          viewer.dispatch({ type: 'subscribed', message })
        }
        if (!step) return
        viewer.apply(step)
        settleReturn(viewer)
      },
      moved(viewer, seq) { viewer.replica.moveTo(seq) },
      refused(viewer, error) {
        if (error.retry === 'later') world.after(laterMs, () => viewer.dispatch({ type: 'again' }))
        viewer.dispatch({ type: 'refused', error })
        settleReturn(viewer)
      },
      answered(ref, answer) { tellOutbox({ type: 'answered', ref, answer }) },
      lost(error) {
        if (me !== link) return dispatch({ type: 'stayed' })
        const { retry, code } = error
        if (retry === 'resync') for (const { replica } of viewers) replica.cursor = undefined
        dispatch({ type: 'lost', error, isFinal: code === 'refused' || retry === 'auth' && typeof token !== 'function' })
      },
    }
    const given = new Promise<string | undefined>((resolve) => { resolve(typeof token === 'function' ? token() : token) })
    const me = transport === 'websocket' && world.WebSocket
      ? openSocket(world.WebSocket, `${base.replace('http', 'ws')}/live`, given, options.clientName, on)
      : openHttp(world, base, transport, options.pollIntervalMs, given, on)
    return me
  }

  function start(): void {
    leavePage ??= world.onPage(() => dispatch({ type: 'page', isHidden: world.isHidden() }))
    dispatch({ type: 'start', isHidden: world.isHidden() })
  }

  const desk: Desk = {
    run(viewer, effect) {
      const { replica, looking } = viewer
      if (effect === 'refresh') return link?.refresh(viewer)
      const query = looking.asked ?? looking.wanted
      const { replay } = query
      replica.wantsSnapshot = query.snapshot !== false
      // A replay that was cut off goes on where it was.
      const from = looking.shown === query && replica.time
      link?.ask(viewer, replay && from ? { ...query, replay: { ...replay, from } } : query, replica.cursor, looking.held !== undefined)
    },
    drop(viewer) {
      viewers.delete(viewer)
      link?.drop(viewer)
      settleReturn(viewer)
    },
    perFrame: perFrame(world),
  }

  start()
  return {
    get status() { return status },
    received,
    onStatus: (listener) => statuses.add(listener),
    onReconnect: (listener) => reconnects.add(listener),
    subscribe(query) {
      const viewer = new Viewer(toQuery(query), desk)
      viewers.add(viewer)
      if (linked) viewer.dispatch({ type: 'linked' })
      return viewer
    },
    publish(channel, key, data, given) {
      return new Promise((resolve, reject) => {
        tellOutbox({
          type: 'publish', message: { ...given, channel, key: key ?? undefined, data }, settle: (answer) => answer instanceof StarlingError ? reject(answer) : resolve({ seq: answer.seq }),
        })
      })
    },
    setToken(given) {
      token = given
      if (given) link?.setToken(given)
      if (connection.state === 'disconnected' && connection.error?.retry === 'auth') start()
    },
    reconnect: start,
    disconnect() {
      leavePage?.()
      leavePage = undefined
      dispatch({ type: 'stop' })
    },
  }
}
