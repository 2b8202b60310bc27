/** What the view Server says, of what `/metrics`, `/healthz` and `/api/v1/system/status` say. */
import { sumOf, valueOf, type Metrics } from './metrics-text.js'
import { isRecord } from './resource.js'

export interface Scrape { readonly atMs: number, readonly metrics: Metrics }

/** How many a second between two scrapes; undefined before there are two, and across a restart (counters begin at 0 again). */
export function rateOf(before: Scrape | undefined, now: Scrape | undefined, name: string): number | undefined {
  if (!before || !now || now.atMs <= before.atMs) return undefined
  const then = sumOf(before.metrics, name)
  const value = sumOf(now.metrics, name)
  if (then === undefined || value === undefined || value < then) return undefined
  return ((value - then) * 1000) / (now.atMs - before.atMs)
}

/** How many viewers an encoded frame was sent to, since the server began; undefined before one was. */
export function shareRatio(metrics: Metrics): number | undefined {
  const encoded = valueOf(metrics, 'starling_updates_encoded_total')
  const sent = valueOf(metrics, 'starling_updates_sent_total')
  return encoded === undefined || sent === undefined || encoded === 0 ? undefined : sent / encoded
}

/** What is left of frames after deflating, 0 to 1. */
export function deflatedTo(metrics: Metrics): number | undefined {
  const before = valueOf(metrics, 'starling_deflated_bytes_before_total')
  const after = valueOf(metrics, 'starling_deflated_bytes_after_total')
  return before === undefined || after === undefined || before === 0 ? undefined : after / before
}

export interface SourceFacts {
  readonly name: string
  readonly isConnected: boolean
  readonly payloads: number | undefined
  readonly updates: number | undefined
  readonly badPayloads: number | undefined
}

export function sourcesOf(metrics: Metrics): readonly SourceFacts[] {
  return (metrics.get('starling_source_connected')?.samples ?? []).map(({ labels, value }) => {
    const name = labels['source'] ?? ''
    const of = (metric: string) => valueOf(metrics, metric, { source: name })
    return {
      name,
      isConnected: value === 1,
      payloads: of('starling_source_payloads_total'),
      updates: of('starling_source_updates_total'),
      badPayloads: of('starling_source_bad_payloads_total')
    }
  })
}

export interface StoreFacts { readonly isDegraded: boolean, readonly cause: string | undefined, readonly written: number | undefined, readonly waitingBatches: number | undefined }

const number = (value: unknown) => (typeof value === 'number' ? value : undefined)
const text = (value: unknown) => (typeof value === 'string' ? value : undefined)

/** Of `/healthz`; undefined where there is no store. */
export function storeOf(health: unknown): StoreFacts | undefined {
  const store = isRecord(health) ? health['store'] : undefined
  if (!isRecord(store)) return undefined
  return { isDegraded: store['status'] !== 'ok', cause: text(store['cause']), written: number(store['written']), waitingBatches: number(store['waiting_batches']) }
}

export interface SystemFacts {
  readonly version: string | undefined
  readonly epoch: string | undefined
  readonly uptimeS: number | undefined
  readonly overall: string | undefined
  /** By source, why it is not connected. */
  readonly errors: ReadonlyMap<string, string>
}

/** Of `/api/v1/system/status`. */
export function systemOf(status: unknown): SystemFacts {
  const all = isRecord(status) ? status : {}
  const server = isRecord(all['server']) ? all['server'] : {}
  const sources = Array.isArray(all['sources']) ? all['sources'].filter(isRecord) : []
  const errors = sources.flatMap(source => {
    const name = text(source['name'])
    const error = text(source['last_error'])
    return name !== undefined && error !== undefined ? [[name, error] as const] : []
  })
  return { version: text(server['version']), epoch: text(server['epoch']), uptimeS: number(server['uptime_s']), overall: text(all['overall_status']), errors: new Map(errors) }
}
