/**
 * At what time the page looks: now, at a moment that stands still, or at a past that plays.
 *
 * A replay is told between two times, and "now" has moved when it gets to the second. So at its end it goes on from there with another
 * one, until what is left is too little to be worth it; then the page is live.
 */
import type { Query } from '@starling/client'

export type Travel =
  | { readonly mode: 'live', readonly speed: number }
  | { readonly mode: 'at', readonly speed: number, readonly atMs: number }
  | { readonly mode: 'replay', readonly speed: number, readonly fromMs: number, readonly toMs: number, readonly startedMs: number }

export type TravelEvent =
  | { readonly type: 'live' }
  | { readonly type: 'look', readonly atMs: number }
  | { readonly type: 'play' }
  | { readonly type: 'pause' }
  | { readonly type: 'speed', readonly speed: number }
  | { readonly type: 'tick' }
  /** The clock was set, forward by this. */
  | { readonly type: 'clock', readonly byMs: number }

export const speeds = [1, 2, 5, 10, 30, 60] as const

/** A replay that gets this close to now has arrived there. */
export const arrivedMs = 3000

export const start: Travel = { mode: 'live', speed: 10 }

/** The time that is shown. */
export function shownMs(travel: Travel, nowMs: number): number {
  switch (travel.mode) {
    case 'live': return nowMs
    case 'at': return travel.atMs
    case 'replay': return Math.min(travel.toMs, travel.fromMs + (nowMs - travel.startedMs) * travel.speed)
  }
}

/** Which world is looked at: what was counted or said in one has no place in another. */
export const worldOf = (travel: Travel): string => (travel.mode === 'at' ? `at ${travel.atMs}` : travel.mode)

export function reduce(travel: Travel, event: TravelEvent, nowMs: number): Travel {
  const { speed } = travel
  switch (event.type) {
    case 'live': return { mode: 'live', speed }
    case 'look': return event.atMs >= nowMs ? { mode: 'live', speed } : { mode: 'at', speed, atMs: event.atMs }
    case 'play': return travel.mode === 'at' ? play(travel.atMs, speed, nowMs) : travel
    case 'pause': return travel.mode === 'replay' ? { mode: 'at', speed, atMs: shownMs(travel, nowMs) } : travel
    case 'speed': return travel.mode === 'replay' ? play(shownMs(travel, nowMs), event.speed, nowMs) : { ...travel, speed: event.speed }
    case 'tick': return travel.mode === 'replay' && shownMs(travel, nowMs) >= travel.toMs ? play(travel.toMs, speed, nowMs) : travel
    case 'clock': return travel.mode === 'replay' ? { ...travel, startedMs: travel.startedMs + event.byMs } : travel
  }
}

function play(fromMs: number, speed: number, nowMs: number): Travel {
  if (nowMs - fromMs <= arrivedMs) return { mode: 'live', speed }
  return { mode: 'replay', speed, fromMs, toMs: nowMs, startedMs: nowMs }
}

/** The query as it is asked at that time. Who joins a replay begins where it is. */
export function asked(query: Query, travel: Travel, nowMs: number): Query {
  switch (travel.mode) {
    case 'live': return query
    case 'at': return { ...query, at: rfc3339(travel.atMs) }
    case 'replay':
      return { ...query, replay: { from: rfc3339(shownMs(travel, nowMs)), to: rfc3339(travel.toMs), speed: travel.speed } }
  }
}

const rfc3339 = (ms: number) => new Date(ms).toISOString()
