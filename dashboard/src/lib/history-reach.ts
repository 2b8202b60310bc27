/**
 * How far back can be looked: what the server says of its history, and the stretch of it that a slider shows.
 */
import { isRecord } from './resource.js'
import { timeOf } from './format.js'

export type Reach =
  | { readonly state: 'asking' }
  /** `why` is for people. */
  | { readonly state: 'none', readonly why: string }
  | { readonly state: 'known', readonly fromMs: number }

/** What `GET /api/v1/history` answered. */
export function reachOf(body: unknown): Reach {
  const fromMs = isRecord(body) ? timeOf(body['from']) : undefined
  if (fromMs !== undefined) return { state: 'known', fromMs }
  const hasStore = !isRecord(body) || body['kept'] !== false
  return { state: 'none', why: hasStore ? 'nothing has been kept yet.' : 'this server has no store, and keeps nothing.' }
}

export interface Span { readonly label: string, readonly ms: number }

const minute = 60_000
const hour = 60 * minute

const allSpans: readonly Span[] = [
  { label: '10 min', ms: 10 * minute }, { label: '1 h', ms: hour }, { label: '6 h', ms: 6 * hour },
  { label: '1 d', ms: 24 * hour }, { label: '7 d', ms: 7 * 24 * hour }
]

/** Those that show less than there is, and then all of it. */
export function spansOf(fromMs: number, nowMs: number): readonly Span[] {
  const wholeMs = Math.max(0, nowMs - fromMs)
  return [...allSpans.filter(({ ms }) => ms < wholeMs), { label: 'all', ms: Infinity }]
}

export interface Scale { readonly minMs: number, readonly maxMs: number, readonly stepMs: number }

/** Of a slider whose last step is now. A step is some three hundredth of it, in whole seconds; the first may be before `fromMs` by less than one. */
export function scaleOf(fromMs: number, spanMs: number, nowMs: number): Scale {
  const lengthMs = Math.max(1000, Math.min(nowMs - fromMs, spanMs))
  const stepMs = Math.max(1000, Math.round(lengthMs / 300 / 1000) * 1000)
  return { minMs: nowMs - Math.ceil(lengthMs / stepMs) * stepMs, maxMs: nowMs, stepMs }
}
