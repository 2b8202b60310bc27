/**
 * The page's one connection, the time it looks at, and the way every view asks: `look()`.
 */
import { connect, type Query, type Starling } from '@starling/client'
import { live, type Live } from '@starling/svelte'
import { untrack } from 'svelte'
import { offsetAfter } from './server-clock.js'
import { asked, reduce, shownMs, start, worldOf, type Travel, type TravelEvent } from './time-machine.js'

export const starling: Starling = connect(undefined, { clientName: 'starling-dashboard' })

/** Now, whatever there is: an attempt that waits is made, a better way than the present one is tried, and a good connection is made anew. */
export function reconnect(): void {
  const { state, transport } = starling.status
  if (state === 'connected' && transport === 'websocket') starling.disconnect()
  starling.reconnect()
}

let travel: Travel = $state.raw(start)
/** By this machine's clock. */
let nowMs = $state(Date.now())
/** How far the server's is before it. */
let offsetMs = $state(0)

function tell(event: TravelEvent): void {
  const ms = Date.now()
  travel = reduce(travel, event, ms + offsetMs)
  nowMs = ms
}

/** Takes the server's time from an answer: its `Date`, and when it was asked for and came. */
export function heardDate(date: string | null, askedMs: number, answeredMs: number): void {
  const byMs = offsetAfter(offsetMs, date, askedMs, answeredMs) - offsetMs
  if (byMs === 0) return
  offsetMs += byMs
  tell({ type: 'clock', byMs })
}

// Twice a second while the past plays, so that a minute a second does not jump; else ages need no more than a second.
let ticks = 0
setInterval(() => { if (travel.mode === 'replay' || ticks++ % 2 === 0) tell({ type: 'tick' }) }, 500)

/** The time that is shown: now, each second; in the past that. Ages are computed from it. */
export const clock = {
  get nowMs(): number { return shownMs(travel, nowMs + offsetMs) },
  /** Now, as the server has it, wherever the page looks. */
  get newestMs(): number { return nowMs + offsetMs }
}

/** The time of this machine, each second, wherever the page looks: for what is said of the connection. */
export const wall = {
  get nowMs(): number { return nowMs }
}

export const timeMachine = {
  get mode(): Travel['mode'] { return travel.mode },
  /** Another string for each world that is looked at. */
  get world(): string { return worldOf(travel) },
  get speed(): number { return travel.speed },
  live: () => tell({ type: 'live' }),
  look: (atMs: number) => tell({ type: 'look', atMs }),
  play: () => tell({ type: 'play' }),
  pause: () => tell({ type: 'pause' }),
  setSpeed: (speed: number) => tell({ type: 'speed', speed })
}

/** What a view shows: the query, at the time the page looks at. Called while a component initialises; null looks at nothing. */
export function look(query: () => Query | null): Live {
  return live(starling, () => {
    const wanted = query()
    return wanted && asked(wanted, travel, untrack(() => Date.now() + offsetMs))
  })
}
