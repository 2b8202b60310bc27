/** Signals that were detected, counted, and where the last one came from (docs/DOORS.md). */
import type { LiveEvent } from '@starling/client'
import { timeOf } from './format.js'

export interface Signal { readonly frequencyHz: number | undefined, readonly snrDb: number | undefined, readonly receiver: string | undefined, readonly atMs: number | undefined }
export interface Localisation {
  readonly latitude: number
  readonly longitude: number
  readonly uncertaintyM: number | undefined
  /** 0 to 1. */
  readonly confidence: number | undefined
  readonly atMs: number | undefined
}

export interface Heard {
  /** Since the page began to listen. */
  readonly signals: number
  readonly last: Signal | undefined
  readonly localisation: Localisation | undefined
  /** How many came in each of the last {@link secondsMax} seconds that brought any, oldest first. */
  readonly perSecond: readonly (readonly [second: number, signals: number])[]
}

export const nothingHeard: Heard = { signals: 0, last: undefined, localisation: undefined, perSecond: [] }

/** A minute, however many come in it. */
export const secondsMax = 60

const number = (value: unknown) => (typeof value === 'number' ? value : undefined)

export function hear(heard: Heard, event: LiveEvent, nowMs: number): Heard {
  const { data } = event
  const atMs = timeOf(data['timestamp']) ?? timeOf(event.time)
  if (event.channel === 'signals:detected') {
    const frequencyMhz = number(data['frequency_mhz'])
    const id = data['websdr_id']
    return {
      ...heard,
      signals: heard.signals + 1,
      last: {
        frequencyHz: frequencyMhz === undefined ? undefined : frequencyMhz * 1e6,
        snrDb: number(data['snr_db']),
        receiver: typeof id === 'string' || typeof id === 'number' ? String(id) : undefined,
        atMs
      },
      perSecond: oneMore(heard.perSecond, secondOf(nowMs))
    }
  }
  if (event.channel === 'localizations:updated') {
    const latitude = number(data['latitude']) ?? event.location?.latitude
    const longitude = number(data['longitude']) ?? event.location?.longitude
    if (latitude === undefined || longitude === undefined) return heard
    return { ...heard, localisation: { latitude, longitude, uncertaintyM: number(data['uncertainty_m']), confidence: number(data['confidence']), atMs } }
  }
  return heard
}

/** In the minute before `nowMs`. */
export const perMinute = ({ perSecond }: Heard, nowMs: number): number =>
  perSecond.reduce((sum, [second, signals]) => (second > secondOf(nowMs) - secondsMax ? sum + signals : sum), 0)

const secondOf = (ms: number) => Math.floor(ms / 1000)

function oneMore(perSecond: Heard['perSecond'], second: number): Heard['perSecond'] {
  const last = perSecond.at(-1)
  return last?.[0] === second ? [...perSecond.slice(0, -1), [second, last[1] + 1]] : [...perSecond, [second, 1] as const].slice(-secondsMax)
}
