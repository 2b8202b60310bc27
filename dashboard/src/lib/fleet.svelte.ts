/**
 * The page's one connection, the time it looks at, and the way every view asks: `look()`.
 */
import { connect, type Query, type Starling } from '@starling/client'
import { live, type Live } from '@starling/svelte'
import { untrack } from 'svelte'
import { asked, reduce, shownMs, start, worldOf, type Travel, type TravelEvent } from './time-machine.js'

export const starling: Starling = connect(undefined, { clientName: 'starling-dashboard' })

/** Now, whatever there is: an attempt that waits is made, a better way than the present one is tried, and a good connection is made anew. */
export function reconnect(): void {
  const { state, transport } = starling.status
  if (state === 'connected' && transport === 'websocket') starling.disconnect()
  starling.reconnect()
}

let travel: Travel = $state.raw(start)
let nowMs = $state(Date.now())

function tell(event: TravelEvent): void {
  const ms = Date.now()
  travel = reduce(travel, event, ms)
  nowMs = ms
}

// Twice a second while the past plays, so that a minute a second does not jump; else ages need no more than a second.
let ticks = 0
setInterval(() => { if (travel.mode === 'replay' || ticks++ % 2 === 0) tell({ type: 'tick' }) }, 500)

/** The time that is shown: now, each second; in the past that. Ages are computed from it. */
export const clock = {
  get nowMs(): number { return shownMs(travel, nowMs) }
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
    return wanted && asked(wanted, travel, untrack(() => Date.now()))
  })
}
