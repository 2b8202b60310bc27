/**
 * All things of one space as rows of a list: what each is, when it was last heard, and what it measured lately.
 *
 * It is told of changes key by key and makes anew only the rows of those: five thousand moving things cost what moved. It is sorted and
 * searched when asked, so whoever draws decides how often.
 */
import type { Change, Fields, LiveEvent, Value } from '@starling/client'

import { labelOf } from '../field-text.js'
import { folded, wordsOf } from '../folded.js'
import { columnsOf, knownFields, knownValue, type Column, type Facets, type Known } from './node-columns.js'
import { Samples, type Sample } from './samples.js'

export type Metric = 'battery' | 'snr'
export const metrics: readonly Metric[] = ['battery', 'snr']

export interface Row {
  readonly key: string
  /** What it calls itself, else its key. */
  readonly name: string
  readonly shortName: string | undefined
  readonly hardware: string | undefined
  readonly role: string | undefined
  /** Undefined where nobody asks who is there. */
  readonly isOnline: boolean | undefined
  /** When it was heard, or seen to change (ms since 1970); undefined if neither since the page looks. */
  readonly heardMs: number | undefined
  readonly battery: number | undefined
  readonly snr: number | undefined
  readonly facets: Facets
  /** What is searched, and what the name is sorted by. */
  readonly words: string
  readonly nameOrder: string
}

export interface Sort { readonly column: string, readonly isDescending: boolean }

type Channels = ReadonlyMap<string, ReadonlyMap<string, Fields>>

/** Of so many things the fields are counted: enough to know which most of them have. */
export const columnSampleMax = 200

export class NodeTable {
  readonly #space: string
  readonly #rows = new Map<string, Row>()
  readonly #seenMs = new Map<string, number>()
  readonly #eventSnr = new Map<string, number>()
  readonly #samples: Record<Metric, Map<string, Samples>> = { battery: new Map(), snr: new Map() }
  readonly #channels: Record<Metric, Set<string>> = { battery: new Set(), snr: new Set() }

  /** `space` is what stands before the colon of the channels that count. */
  constructor(space: string) { this.#space = space }

  get size(): number { return this.#rows.size }
  row(key: string): Row | undefined { return this.#rows.get(key) }
  samples(metric: Metric, key: string): Samples | undefined { return this.#samples[metric].get(key) }
  /** Of which channels the history may have earlier measurements. */
  channelsOf(metric: Metric): ReadonlySet<string> { return this.#channels[metric] }

  /** Begins anew with what there is; what was measured before may be of another time, and is dropped. */
  reset(channels: Channels, nowMs: number): void {
    this.#rows.clear()
    this.#seenMs.clear()
    this.#eventSnr.clear()
    for (const metric of metrics) {
      this.#samples[metric].clear()
      this.#channels[metric].clear()
    }
    for (const key of this.#keysOf(channels)) this.#make(key, channels)
    for (const [name, records] of channels) {
      if (this.#isOurs(name)) for (const [key, record] of records) this.#measure(name, record, nowMs, (metric, sample) => this.#samplesOf(metric, key).assume(sample))
    }
  }

  /**
   * Makes the rows anew of which `change` tells; `channels` holds it already. What fills an empty table is what there is, as in a reset: it has
   * come into sight, and nobody heard it just now. `wasAway`: it changed while nobody listened, so that it is not known when.
   */
  apply(change: Pick<Change, 'channels' | 'isReset'>, channels: Channels, nowMs: number, wasAway = false): void {
    if (change.isReset || this.size === 0) return this.reset(channels, nowMs)
    const touched = new Set<string>()
    for (const [name, { changed, removed }] of change.channels) {
      if (!this.#isOurs(name)) continue
      for (const key of changed) {
        touched.add(key)
        const record = channels.get(name)?.get(key)
        // That it went offline is no sign of life.
        if (!wasAway && !isPresence(name)) this.#seenMs.set(key, nowMs)
        if (record !== undefined) this.#measure(name, record, nowMs, (metric, sample) => {
          const samples = this.#samplesOf(metric, key)
          if (wasAway) samples.assume(sample)
          else samples.push(sample)
        })
      }
      for (const key of removed.keys()) touched.add(key)
    }
    for (const key of touched) this.#make(key, channels)
  }

  /** What is said on the way tells how well its sender was heard. */
  hear(event: LiveEvent, channels: Channels): void {
    if (event.key === undefined || !this.#isOurs(event.channel)) return
    const snr = numberIn(event.data, 'snr')
    const timeMs = Date.parse(event.time)
    if (snr === undefined || Number.isNaN(timeMs)) return
    this.#eventSnr.set(event.key, snr)
    this.#channels.snr.add(event.channel)
    this.#samplesOf('snr', event.key).push({ timeMs, value: snr })
    this.#make(event.key, channels)
  }

  /** Earlier measurements, as the server kept them. */
  fill(metric: Metric, key: string, older: readonly Sample[]): void {
    if (older.length > 0 && this.#rows.has(key)) this.#samplesOf(metric, key).putBefore(older)
  }

  columns(): Column[] {
    return columnsOf(this.#someFacets(), this.#present(), labelOf)
  }

  /**
   * The rows of which every word of `search` is a part, sorted. What has no value comes last both ways, and of equal ones their names and then their
   * keys decide, so that nothing changes places without having changed.
   */
  rows(search: string, sort: Sort, columns: readonly Column[]): Row[] {
    const words = wordsOf(search)
    const rows = [...this.#rows.values()].filter(row => words.every(word => row.words.includes(word)))
    const column = columns.find(one => one.id === sort.column)
    const direction = sort.isDescending ? -1 : 1
    const valued = rows.map(row => ({ row, value: column === undefined ? undefined : sortValue(row, column) }))
    valued.sort((a, b) => compared(a.value, b.value, direction) || compared(a.row.nameOrder, b.row.nameOrder, 1) || compared(a.row.key, b.row.key, 1))
    return valued.map(({ row }) => row)
  }

  #isOurs(channel: string): boolean { return channel.startsWith(`${this.#space}:`) }

  #keysOf(channels: Channels): Set<string> {
    const keys = new Set<string>()
    for (const [name, records] of channels) if (this.#isOurs(name) && !isPresence(name)) for (const key of records.keys()) keys.add(key)
    return keys
  }

  #make(key: string, channels: Channels): void {
    const facets = new Map<string, Fields>()
    let presence: Fields | undefined
    for (const [name, records] of channels) {
      if (!this.#isOurs(name)) continue
      const record = records.get(key)
      if (record === undefined) continue
      if (isPresence(name)) presence = record
      else facets.set(name.slice(this.#space.length + 1), record)
    }
    if (facets.size === 0) return this.#forget(key)
    const shortName = textOf(knownValue(facets, 'shortName'))
    const name = textOf(knownValue(facets, 'name')) ?? key
    const hardware = textOf(knownValue(facets, 'hardware'))
    const role = textOf(knownValue(facets, 'role'))
    const was = this.#rows.get(key)
    // Most changes are of places and measurements: what it is called is worked out once.
    const isCalledTheSame = was?.name === name && was.shortName === shortName && was.hardware === hardware && was.role === role
    this.#rows.set(key, {
      key, name, shortName, hardware, role, facets,
      isOnline: typeof presence?.['online'] === 'boolean' ? presence['online'] : undefined,
      heardMs: latest(timeOf(presence?.['heard']), this.#seenMs.get(key)),
      battery: numberOf(knownValue(facets, 'battery')),
      snr: numberOf(knownValue(facets, 'snr')) ?? this.#eventSnr.get(key),
      words: isCalledTheSame ? was.words : folded([name, shortName, key, hardware, role].filter(word => word !== undefined).join('\n')),
      nameOrder: isCalledTheSame ? was.nameOrder : textOrder(name)
    })
  }

  #forget(key: string): void {
    this.#rows.delete(key)
    this.#seenMs.delete(key)
    this.#eventSnr.delete(key)
    for (const metric of metrics) this.#samples[metric].delete(key)
  }

  /** Hands on what the record measures. */
  #measure(channel: string, record: Fields, timeMs: number, take: (metric: Metric, sample: Sample) => void): void {
    for (const metric of metrics) {
      const value = numberIn(record, metric)
      if (value === undefined) continue
      this.#channels[metric].add(channel)
      take(metric, { timeMs, value })
    }
  }

  #samplesOf(metric: Metric, key: string): Samples {
    let samples = this.#samples[metric].get(key)
    if (samples === undefined) this.#samples[metric].set(key, samples = new Samples())
    return samples
  }

  #present(): Set<Known> {
    const present = new Set<Known>()
    for (const row of this.#rows.values()) {
      if (row.name !== row.key) present.add('name')
      for (const known of ['hardware', 'role', 'battery', 'snr'] as const) if (row[known] !== undefined) present.add(known)
    }
    return present
  }

  * #someFacets(): Iterable<Facets> {
    let left = columnSampleMax
    for (const { facets } of this.#rows.values()) {
      if (left-- === 0) return
      yield facets
    }
  }
}

/** What a metric's value is in a record, or in an event; undefined where it is none. */
export function numberIn(record: Fields, metric: Metric): number | undefined {
  for (const field of knownFields[metric]) {
    const number = numberOf(record[field])
    if (number !== undefined) return number
  }
  return undefined
}

/** What a column shows of a row: of a known one what the row says, else the field. */
export function valueOf(row: Row, column: Column): Value | undefined {
  if (column.kind === 'field') return row.facets.get(column.facet ?? '')?.[column.field ?? '']
  switch (column.id) {
    case 'name': return row.name
    case 'key': return row.key
    case 'hardware': return row.hardware
    case 'role': return row.role
    case 'heard': return row.heardMs
    case 'battery': return row.battery
    case 'snr': return row.snr
    default: return undefined
  }
}

function sortValue(row: Row, column: Column): number | string | undefined {
  const value = valueOf(row, column)
  if (typeof value === 'boolean') return Number(value)
  if (column.id === 'name') return row.nameOrder
  return typeof value === 'string' ? textOrder(value) : typeof value === 'number' ? value : undefined
}

function compared(a: number | string | undefined, b: number | string | undefined, direction: number): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  if (typeof a === 'number' && typeof b === 'number') return (a - b) * direction
  if (typeof a === 'string' && typeof b === 'string') return (a < b ? -1 : a > b ? 1 : 0) * direction
  return (typeof a === 'number' ? -1 : 1) * direction
}

/** By this "Team 2" comes before "Team 10". Made once a row: a collator would take ten times as long in each of some sixty thousand comparisons. */
const textOrder = (text: string) => folded(text).replaceAll(/\d+/g, digits => digits.padStart(16, '0'))

const isPresence = (channel: string) => channel.endsWith(':presence')
const numberOf = (value: Value | undefined) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined)
const textOf = (value: Value | undefined) => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined)

function timeOf(value: Value | undefined): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : NaN
  return Number.isNaN(ms) ? undefined : ms
}

function latest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Math.max(a, b)
}
