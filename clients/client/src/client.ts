/** Joins what decides (the reducers) with what does (links, timers): it only routes. */

import { type ConnectOptions, type Reconnected, type Starling, StarlingError, type Status, type TransportName } from './api.js'
import { copyOf } from './codec.js'
import { type ConnectionEffect, type ConnectionEvent, disconnected, dueAt, reduce, statusOf } from './connection.js'
import { openHttp } from './http.js'
import { transportOf } from './ladder.js'
import type { Link, LinkEvents } from './link.js'
import { Listeners } from './notify.js'
import { emptyOutbox, type OutboxEvent, reduce as reduceOutbox } from './outbox.js'
import { isOfThePast, toQuery } from './query.js'
import { openSocket } from './socket.js'
import { type Desk, Viewer } from './viewer.js'
import type { World } from './world.js'

const rungs: readonly TransportName[] = ['websocket', 'stream', 'long-poll', 'poll']
/** `lastMessageAt` is as old as that at most. */
const statusMs = 1000

type Event = ConnectionEvent extends infer One ? One extends unknown ? Omit<One, 'now' | 'chance' | 'isHidden'> : never : never

export function connectIn(world: World, url?: string | URL, given: ConnectOptions = {}): Starling {
  const options = {
    attempts: Infinity, reconnectDelayMs: 1000, reconnectDelayMaxMs: 30_000, pollIntervalMs: 30_000, climbIntervalMs: 30_000, pauseWhenHidden: true, queueMax: 1000, ...given,
  }
  const { protocol, host, pathname } = new URL(url ?? '/', world.here)
  const base = `${protocol.replace('ws', 'http')}//${host}${pathname.replace(/\/(live)?$/, '')}`
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
  let returning: Set<Viewer | undefined> | undefined
  let isContinuous = true
  let cancelTimer: (() => void) | undefined
  let leavePage: (() => void) | undefined

  const statuses = new Listeners<Status>()
  const reconnects = new Listeners<Reconnected>()
  let status = statusOf(connection, heardAt)

  function dispatch(event: Event): void {
    const [next, ...effects] = reduce(connection, { ...event, now: world.now(), chance: world.chance(), isHidden: world.isHidden() }, options)
    connection = next
    for (const effect of effects) run(effect)
    cancelTimer?.()
    const due = dueAt(connection)
    if (due < Infinity) cancelTimer = world.after(due - world.now(), () => dispatch({ type: 'time' }))
    if (event.type !== 'heard' || heardAt !== status.lastMessageAt) statuses.tell(status = statusOf(connection, heardAt))
    settle()
  }

  function run(effect: ConnectionEffect): void {
    if (effect === 'ping') return link?.ping?.()
    if (effect !== 'climb' && effect !== 'stay') {
      link?.close()
      link = returning = undefined
      for (const viewer of viewers) {
        viewer.cutOff()
        viewer.dispatch({ type: 'unlinked' })
      }
      tellOutbox({ type: 'lost', isRepeatable: ({ op, channel }) => op?.startsWith('re') || [...viewers].some((viewer) => viewer.channel(channel).size > 0) })
    }
    if (effect === 'switch') link = beside
    else beside?.close()
    if (effect === 'open') link = openLink(transportOf(connection.ladder))
    beside = effect === 'climb' ? openLink('websocket') : undefined
  }

  function tellOutbox(event: OutboxEvent): void {
    const [next, ...effects] = reduceOutbox(outbox, event, options)
    outbox = next
    for (const { letter, answer } of effects) answer ? letter.settle(answer) : link?.send(letter)
  }

  /** `viewer` has said how it came back; once all have, the application is told. */
  function settle(viewer?: Viewer): void {
    returning?.delete(viewer)
    if (returning?.size !== 0 || connection.state !== 'connected') return
    returning = undefined
    reconnects.tell({ transport: transportOf(connection.ladder), isContinuous })
  }

  function openLink(transport: TransportName): Link<Viewer> {
    const isReturn = connection.wasOpen
    const on: LinkEvents<Viewer> = {
      line(event) {
        const isBeside = me !== link
        // A listener may have ended it between two things that it says.
        if (isBeside && me !== beside) return
        const { code, retry } = (event as Partial<Extract<typeof event, { error: unknown }>>).error ?? {} as Partial<StarlingError>
        if (retry === 'resync') for (const viewer of viewers) viewer.cursor = undefined
        if (event.type !== 'opened' || isBeside || connection.state !== 'connected') {
          dispatch({ ...event, isBeside, isFinal: code === 'refused' || retry === 'auth' && typeof token !== 'function' })
        }
      },
      ready(window) {
        if (me !== link) return
        if (isReturn) {
          returning = new Set([...viewers].filter(({ looking }) => looking.shown && !looking.isOver))
          isContinuous = true
        }
        for (const viewer of viewers) viewer.dispatch({ type: 'linked' })
        tellOutbox({ type: 'opened', window })
        settle()
      },
      heard(bytes) {
        received.bytes += bytes
        if (world.now() - (heardAt ?? 0) >= statusMs) heardAt = world.now()
        on.line({ type: 'heard' })
      },
      frame(viewer, message, epoch) {
        ++received.messages
        if (message.type === 'subscribed') {
          if (!message.resumed && returning?.has(viewer)) isContinuous = false
          viewer.dispatch(message)
        }
        const step = viewer.take(message, epoch)
        if (!step) return
        viewer.apply(step)
        settle(viewer)
      },
      refused(viewer, error) {
        viewer.dispatch({ type: 'refused', error })
        const { asked, held } = viewer.looking
        // What was followed before goes on.
        if (held && !asked && !me.ping) me.ask(viewer, held, viewer.cursor)
        settle(viewer)
      },
      answered(ref, answer) { tellOutbox({ type: 'answered', ref, answer }) },
    }
    const given = (async () => typeof token === 'function' ? token() : token)()
    const me: Link<Viewer> = transport === 'websocket' && world.WebSocket
      ? openSocket(world.WebSocket, `${base.replace('http', 'ws')}/live`, given, options.clientName, on)
      : openHttp(world, base, transport, options.pollIntervalMs, given, on)
    return me
  }

  function start(): void {
    leavePage ??= world.onPage(() => dispatch({ type: 'page' }))
    dispatch({ type: 'start' })
  }

  const desk: Desk = {
    run(viewer, effect) {
      const { looking, time, cursor } = viewer
      if (effect === 'refresh') return link?.refresh?.(viewer)
      const query = looking.asked ?? looking.wanted
      const { replay } = query
      // A replay that was cut off goes on where it was.
      const from = looking.shown === query && time
      link?.ask(viewer, replay && from ? { ...query, replay: { ...replay, from } } : query, looking.held || isOfThePast(query) ? undefined : cursor)
    },
    drop(viewer) {
      viewers.delete(viewer)
      link?.drop(viewer)
      settle(viewer)
    },
    frame: world.frame,
  }

  start()
  return {
    get status() { return status },
    received,
    onStatus: statuses.add,
    onReconnect: reconnects.add,
    subscribe(query) {
      const viewer = new Viewer(toQuery(query), desk)
      viewers.add(viewer)
      if (outbox.window) viewer.dispatch({ type: 'linked' })
      return viewer
    },
    publish(channel, key, data, given) {
      return new Promise((resolve, reject) => {
        tellOutbox({
          type: 'publish', message: { ...given, channel, key: key ?? undefined, data: copyOf(data) }, settle: (answer) => answer instanceof StarlingError ? reject(answer) : resolve({ seq: answer.seq }),
        })
      })
    },
    setToken(given) {
      token = given
      link?.setToken(given)
      beside?.setToken(given)
    },
    reconnect: start,
    disconnect() {
      leavePage?.()
      leavePage = undefined
      dispatch({ type: 'stop' })
    },
  }
}
