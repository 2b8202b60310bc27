/** Services and receivers, as `services:health` and `websdrs:status` have them (docs/DOORS.md). */
import type { Fields } from '@starling/client'
import { timeOf } from './format.js'

export type Tone = 'good' | 'wait' | 'bad' | 'idle'
type Records = ReadonlyMap<string, Fields>

export interface Service {
  readonly name: string
  /** `healthy`, `degraded`, `unhealthy` or `unreachable`; of others that publish there, what they say. */
  readonly status: string
  readonly tone: Tone
  readonly responseMs: number | undefined
}

/** It has every service asked, of which the slowest may take a minute. */
export const statusMaxMs = 65_000

const toneOf: Readonly<Record<string, Tone>> = { healthy: 'good', online: 'good', degraded: 'wait', unhealthy: 'bad', unreachable: 'bad', offline: 'bad' }
const worst: readonly Tone[] = ['bad', 'wait', 'idle', 'good']

const number = (value: unknown) => (typeof value === 'number' ? value : undefined)
const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
const tone = (status: string): Tone => (Object.hasOwn(toneOf, status) ? toneOf[status] : undefined) ?? 'idle'

/** What needs a look first, then by name. */
const byTone = (a: { tone: Tone, name: string }, b: { tone: Tone, name: string }) =>
  worst.indexOf(a.tone) - worst.indexOf(b.tone) || a.name.localeCompare(b.name)

export function servicesOf(records: Records): readonly Service[] {
  return [...records].map(([name, fields]) => {
    const status = text(fields['status']) ?? 'unknown'
    return { name, status, tone: tone(status), responseMs: number(fields['response_time_ms']) }
  }).sort(byTone)
}

export interface Receiver {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly tone: Tone
  readonly responseMs: number | undefined
  readonly uptimePercent: number | undefined
  readonly averageSnrDb: number | undefined
  readonly checkedMs: number | undefined
  readonly error: string | undefined
}

export function receiversOf(records: Records): readonly Receiver[] {
  return [...records].map(([id, fields]) => {
    const status = text(fields['status']) ?? 'unknown'
    return {
      id,
      name: text(fields['name']) ?? id,
      status,
      tone: tone(status),
      responseMs: number(fields['response_time_ms']),
      uptimePercent: number(fields['uptime']),
      averageSnrDb: number(fields['avg_snr']),
      checkedMs: timeOf(fields['last_check']),
      error: text(fields['error_message'])
    }
  }).sort(byTone)
}

/** All of them in a word: `3 of 4 healthy`. Undefined where there is none. */
export function summaryOf(all: readonly { readonly tone: Tone }[], good: string): { readonly tone: Tone, readonly label: string } | undefined {
  if (all.length === 0) return undefined
  const fine = all.filter(one => one.tone === 'good').length
  const tones = all.map(one => one.tone)
  return {
    tone: worst.find(tone => tones.includes(tone)) ?? 'idle',
    label: fine === all.length ? `all ${good}` : `${fine} of ${all.length} ${good}`
  }
}
