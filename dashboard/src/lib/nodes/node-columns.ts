/**
 * Which columns a list of the things of one space has.
 *
 * A mesh radio has a name, hardware, a battery, a signal: fields whose meaning is known, in whatever channel of its space they are said.
 * Of a space nobody foresaw the columns are those fields that most of its things have.
 */
import type { Fields, Value } from '@starling/client'

/** What all state channels of a space say of one key, by facet (`mesh:telemetry` is the facet `telemetry`). */
export type Facets = ReadonlyMap<string, Fields>

/** `known`: found by what it means. `field`: `facet/field` of a space nobody foresaw. */
export interface Column {
  readonly id: string
  readonly kind: 'known' | 'field'
  readonly label: string
  /** Of `field` columns. */
  readonly facet?: string
  readonly field?: string
}

export const knownFields = {
  name: ['long_name', 'name', 'label', 'title', 'short_name'],
  shortName: ['short_name'],
  hardware: ['hardware', 'model'],
  role: ['role', 'type'],
  battery: ['battery_percent', 'battery_level'],
  snr: ['snr_db', 'snr']
} as const

export type Known = keyof typeof knownFields

const labels: Partial<Record<Known | 'key' | 'heard', string>> =
  { name: 'Name', key: 'ID', hardware: 'Hardware', role: 'Role', heard: 'Heard', battery: 'Battery', snr: 'SNR' }

/** Columns at most: more than fit beside one another without reading becoming work. */
export const columnsMax = 7

// Said by every record, and of no use in a list: the map shows them, or nobody asked.
const passedOver = new Set<string>(['latitude', 'longitude', 'num', 'packet_id', 'online', 'heard', 'precision_bits', ...Object.values(knownFields).flat()])

export function knownValue(facets: Facets, known: Known): Value | undefined {
  for (const field of knownFields[known]) {
    for (const record of facets.values()) {
      const value = record[field]
      if (value !== undefined && value !== null && value !== '') return value
    }
  }
  return undefined
}

/** The columns of things of which these are some; `present` is what any of all of them has. */
export function columnsOf(things: Iterable<Facets>, present: ReadonlySet<Known>, labelOf: (field: string) => string): Column[] {
  const counts = new Map<string, number>()
  for (const facets of things) {
    for (const [facet, record] of facets) {
      for (const [field, value] of Object.entries(record)) {
        if (passedOver.has(field) || (typeof value === 'object' && value !== null)) continue
        const id = `${facet}/${field}`
        counts.set(id, (counts.get(id) ?? 0) + 1)
      }
    }
  }
  const known = (id: keyof typeof labels): Column => ({ id, kind: 'known', label: labels[id] ?? id })
  const head = [...(present.has('name') ? [known('name')] : []), known('key')]
  const tail = [known('heard'), ...(['battery', 'snr'] as const).filter(id => present.has(id)).map(known)]
  const middle = (['hardware', 'role'] as const).filter(id => present.has(id)).map(known)
  const room = columnsMax - head.length - middle.length - tail.length
  // The most frequent ones; of equal ones the order of their names, so that columns do not change places by themselves.
  const fields = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, Math.max(0, room)).map(([id]): Column => {
    const [facet = '', field = ''] = split(id)
    return { id, kind: 'field', label: labelOf(field), facet, field }
  })
  return [...head, ...middle, ...fields, ...tail]
}

export const areSameColumns = (a: readonly Column[], b: readonly Column[]) => a.length === b.length && a.every((column, index) => column.id === b[index]?.id)

function split(id: string): [string, string] {
  const slash = id.indexOf('/')
  return [id.slice(0, slash), id.slice(slash + 1)]
}
