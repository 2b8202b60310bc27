/** Joins what decides (the reducers) with what does (links, timers): it only routes. */

import { type ConnectOptions, type Reconnected, type Starling, StarlingError, type Status, type TransportName } from './api.js'
import { type ConnectionEffect, type ConnectionEvent, disconnected, dueAt, lineError, reduce, statusOf } from './connection.js'
import { openHttp } from './http.js'
import { transportOf } from './ladder.js'
import type { Link, LinkEvents } from './link.js'
import { Listeners, perFrame } from './notify.js'
import * as outboxes from './outbox.js'
import { toQuery } from './query.js'
import { openSocket } from './socket.js'
import { type Desk, Viewer } from './viewer.js'
import type { World } from './world.js'

const rungs: readonly TransportName[] = ['websocket', 'stream', 'long-poll', 'poll']
/** What was refused for now is asked for again so long after. */
const laterMs = 30_000
/** `lastMessageAt` is told no oftener. */
const statusMs = 1000

/** A link, as soon as there is a token for it. */
interface Line { link?: Link<Viewer>, isClosed: boolean }

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
  let outbox = outboxes.emptyOutbox
  /** What goes to the server, and a WebSocket beside it that is being tried. */
  let line: Line | undefined
  let beside: Line | undefined
  const viewers = new Set<Viewer>()
  const answers = new Map<number, { resolve: (answer: { seq: number }) => void, reject: (error: StarlingError) => void }>()
  const received = { bytes: 0, messages: 0 }
  let heardAt: number | undefined
  /** Those that have not said yet how they came back. */
  let returning: Set<Viewer> | undefined
  let isContinuous = true
  /** Subscriptions can be asked for. */
  let isReady = false
  let cancelTimer = (): void => {}
  let timerAt = Infinity
  let leavePage: (() => void) | undefined

  const statuses = new Listeners<Status>()
  const reconnects = new Listeners<Reconnected>()
  let status = statusOf(connection, heardAt)

  function dispatch(event: Event): void {
    const [next, effects] = reduce(connection, { ...event, now: world.now(), chance: world.chance() }, options)
    connection = next
    for (const effect of effects) run(effect)
    setTimer()
    tellStatus()
  }

  /** One that comes too early does no harm, so that it need not be set anew with every message. */
  function setTimer(): void {
    const due = dueAt(connection)
    if (timerAt <= due && due < Infinity) return
    cancelTimer()
    timerAt = due
    if (due === Infinity) return
    cancelTimer = world.after(Math.max(0, due - world.now()), () => {
      timerAt = Infinity
      dispatch({ type: 'time' })
    })
  }

  function run(effect: ConnectionEffect): void {
    switch (effect.type) {
      case 'open':
        line = openLine(effect.transport)
        return
      case 'climb':
        beside = openLine(effect.transport)
        return
      case 'switch':
        detach()
        line = beside
        beside = undefined
        return
      case 'close':
        detach()
        return leaveBeside()
      case 'stay':
        return leaveBeside()
      case 'ping':
        return line?.link?.ping()
    }
  }

  function close(one: Line | undefined): void {
    if (!one) return
    one.isClosed = true
    one.link?.close()
  }

  function leaveBeside(): void {
    close(beside)
    beside = undefined
  }

  function detach(): void {
    close(line)
    isReady = false
    line = returning = undefined
    for (const viewer of viewers) viewer.dispatch({ type: 'unlinked' })
    tellOutbox({ type: 'lost', isRepeatable: ({ op, channel }) => (op ?? 'merge') !== 'merge' || [...viewers].some((viewer) => viewer.channel(channel).size > 0) })
  }

  function tellOutbox(event: outboxes.OutboxEvent): void {
    const [next, effects] = outboxes.reduce(outbox, event, options)
    outbox = next
    for (const effect of effects) {
      if (effect.type === 'send') {
        line?.link?.send(effect.letter)
      } else {
        const { ref, answer } = effect
        const waiting = answers.get(ref)
        answers.delete(ref)
        if (answer instanceof StarlingError) waiting?.reject(answer)
        else waiting?.resolve({ seq: answer.seq })
      }
    }
  }

  /** Once all that was held has said whether it went on, the application is told. */
  function settleReturn(viewer?: Viewer): void {
    if (viewer) returning?.delete(viewer)
    if (returning?.size !== 0 || connection.mode !== 'open') return
    returning = undefined
    reconnects.tell({ transport: transportOf(connection.ladder), isContinuous })
  }

  function tellStatus(): void {
    const next = statusOf(connection, heardAt)
    const names = Object.keys(next) as (keyof Status)[]
    if (names.every((name) => name === 'lastMessageAt' ? (heardAt ?? 0) < (status.lastMessageAt ?? -statusMs) + statusMs : next[name] === status[name])) return
    status = next
    statuses.tell(status)
  }

  function openLine(transport: TransportName): Line {
    const me: Line = { isClosed: false }
    const isReturn = connection.hasBeenOpen
    const on: LinkEvents<Viewer> = {
      reached() { dispatch({ type: 'reached' }) },
      opened(heartbeatMs) {
        dispatch({ type: me === beside ? 'climbed' : 'opened', heartbeatMs })
        settleReturn()
      },
      ready(window) {
        isReady = true
        if (isReturn) {
          returning = new Set([...viewers].filter(({ looking }) => looking.shown && !looking.isDone))
          isContinuous = true
        }
        for (const viewer of viewers) viewer.dispatch({ type: 'linked' })
        tellOutbox({ type: 'opened', window })
        settleReturn()
      },
      heard(bytes, messages) {
        received.bytes += bytes
        received.messages += messages
        heardAt = world.now()
        if (me === line) dispatch({ type: 'heard' })
      },
      frame(viewer, message, epoch) {
        if (message.type === 'error') {
          const { code, retry, field } = message
          if (retry === 'later') world.after(laterMs, () => { if (viewers.has(viewer)) viewer.dispatch({ type: 'again' }) })
          viewer.dispatch({ type: 'refused', error: new StarlingError(code, message.message, retry, field) })
          return settleReturn(viewer)
        }
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
      answered(ref, answer) { tellOutbox({ type: 'answered', ref, answer }) },
      returned(ref) { tellOutbox({ type: 'returned', ref }) },
      lost({ isAnew, isAuth, ...loss }) {
        if (me === beside) return dispatch({ type: 'stayed' })
        if (isAnew) for (const { replica } of viewers) replica.cursor = undefined
        dispatch({ type: 'lost', loss: { ...loss, isFinal: loss.isFinal || (isAuth && typeof token !== 'function') || false } })
      },
    }
    // Who is closed tells nothing more.
    for (const name of Object.keys(on) as (keyof typeof on)[]) {
      const tell = on[name] as (...told: unknown[]) => void
      Object.assign(on, { [name]: (...told: unknown[]) => { if (!me.isClosed) tell(...told) } })
    }
    const fail = (error: unknown): void => { world.after(0, () => on.lost({ error: lineError(String(error)) })) }
    const begin = (given: string | undefined): void => {
      if (me.isClosed) return
      try {
        me.link = transport === 'websocket' && world.WebSocket
          ? openSocket(world.WebSocket, `${base.replace('http', 'ws')}/live`, { token: given, clientName: options.clientName }, on)
          : openHttp(world, base, { mode: transport, token: given, pollIntervalMs: options.pollIntervalMs }, on)
      } catch (error) {
        fail(error)
      }
    }
    if (typeof token === 'function') Promise.resolve().then(token).then(begin, fail)
    else begin(token)
    return me
  }

  function start(): void {
    leavePage ??= world.onPage((what) => dispatch({ type: what }))
    dispatch({ type: 'start', isHidden: world.isHidden() })
  }

  const desk: Desk = {
    run(viewer, effect) {
      const { replica, looking } = viewer
      if (effect.type === 'snapshot') return line?.link?.refresh(viewer)
      const { query, isInUse } = effect
      const { replay } = query
      replica.wantsSnapshot = query.snapshot !== false
      // A replay that was cut off goes on where it was.
      const from = looking.shown === query && replica.time
      line?.link?.ask(viewer, replay && from ? { ...query, replay: { ...replay, from } } : query, replica.cursor, isInUse)
    },
    drop(viewer) {
      viewers.delete(viewer)
      line?.link?.drop(viewer)
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
      if (isReady) viewer.dispatch({ type: 'linked' })
      return viewer
    },
    publish(channel, key, data, given) {
      const { op, ...rest } = given ?? {}
      return new Promise((resolve, reject) => {
        answers.set(outbox.next, { resolve, reject })
        tellOutbox({ type: 'publish', message: { channel, ...key !== null && { key }, ...op !== 'remove' && { data }, ...op && { op }, ...rest } })
      })
    },
    setToken(given) {
      token = given
      if (given) line?.link?.setToken(given)
      if (connection.mode === 'off' && connection.error?.retry === 'auth') start()
    },
    reconnect: start,
    disconnect() {
      leavePage?.()
      leavePage = undefined
      dispatch({ type: 'stop' })
    },
  }
}
