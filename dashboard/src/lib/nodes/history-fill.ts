/**
 * Earlier measurements of what is on the screen, from `/api/v1/history`.
 *
 * Asked is for what is seen, a few at a time, newest wish first: who scrolls past a thousand rows asks for the last of them. A channel without a
 * history is not asked again.
 */
import type { Fields, Value } from '@starling/client'

import { numberIn, type Metric } from './node-table.js'

export interface Wish { readonly channel: string, readonly key: string, readonly metric: Metric }

/** Measurements are read from so long before the time shown. */
export const historySpanMs = 6 * 3_600_000
export const requestsAtOnce = 2
/** More wishes than rows on any screen: older ones have scrolled away. */
export const wishesMax = 200

export interface HistoryRow { readonly kind: string, readonly time: string, readonly record?: Fields, readonly data?: Fields }

/** Where the rows of one key are; `limit` is a page, and the newest of them count. */
export function historyPath({ channel, key }: Pick<Wish, 'channel' | 'key'>, nowMs: number): string {
  const query = new URLSearchParams({ key, from: new Date(nowMs - historySpanMs).toISOString(), to: new Date(nowMs).toISOString(), limit: '2000' })
  return `api/v1/history/${encodeURIComponent(channel)}?${query}`
}

/** What rows of history measured. A late report is of its own time, and counts as well. */
export function samplesOf(rows: readonly HistoryRow[], metric: Metric): { timeMs: number, value: number }[] {
  return rows.flatMap(({ record, data, time }) => {
    const value = numberIn(record ?? data ?? {}, metric)
    const timeMs = Date.parse(time)
    return value === undefined || Number.isNaN(timeMs) ? [] : [{ timeMs, value }]
  })
}

/** What was answered: rows; or that there is no history of this channel; or nothing, and it may be asked again. */
export type Answer = { readonly rows: readonly HistoryRow[] } | 'none' | 'later'

/** `ask` fetches, `found` is told; both belong to the view. */
export class HistoryFill {
  readonly #ask: (wish: Wish) => Promise<Answer>
  readonly #found: (wish: Wish, samples: { timeMs: number, value: number }[]) => void
  readonly #asked = new Set<string>()
  readonly #without = new Set<string>()
  #wishes: Wish[] = []
  #running = 0
  #life = 0

  constructor(ask: (wish: Wish) => Promise<Answer>, found: (wish: Wish, samples: { timeMs: number, value: number }[]) => void) {
    this.#ask = ask
    this.#found = found
  }

  want(wishes: readonly Wish[]): void {
    for (const wish of wishes) {
      const name = nameOf(wish)
      if (this.#asked.has(name) || this.#without.has(wish.channel)) continue
      this.#asked.add(name)
      this.#wishes.push(wish)
    }
    // What is given up may be wished for again.
    for (const wish of this.#wishes.splice(0, Math.max(0, this.#wishes.length - wishesMax))) this.#asked.delete(nameOf(wish))
    this.#next()
  }

  /** Another time is shown: nothing has been asked yet, and answers under way are of no use. */
  reset(): void {
    this.#life++
    this.#asked.clear()
    this.#without.clear()
    this.#wishes = []
  }

  #next(): void {
    while (this.#running < requestsAtOnce) {
      const wish = this.#wishes.pop()
      if (wish === undefined) return
      if (this.#without.has(wish.channel)) continue
      this.#running++
      void this.#run(wish, this.#life)
    }
  }

  async #run(wish: Wish, life: number): Promise<void> {
    const answer = await this.#ask(wish).catch((): Answer => 'later')
    this.#running--
    if (life === this.#life) {
      if (answer === 'none') this.#without.add(wish.channel)
      else if (answer === 'later') this.#asked.delete(nameOf(wish))
      else this.#found(wish, samplesOf(answer.rows, wish.metric))
    }
    this.#next()
  }
}

/** An answer of `/api/v1/history` in JSON, as far as it is one. */
export function rowsIn(body: unknown): HistoryRow[] {
  const rows = isObject(body) ? body['rows'] : undefined
  return Array.isArray(rows) ? rows.filter(isRow) : []
}

const nameOf = ({ channel, key, metric }: Wish) => `${metric} ${channel} ${key}`
const isObject = (value: unknown): value is Record<string, Value> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isRow = (row: unknown): row is HistoryRow =>
  isObject(row) && typeof row['kind'] === 'string' && typeof row['time'] === 'string' &&
  (row['record'] === undefined || isObject(row['record'])) && (row['data'] === undefined || isObject(row['data']))
