/**
 * One sweep of a receiver: how strong what was heard is, bin by bin. It is read from `spectrum:sweep` (docs/DASHBOARD.md), in either of the
 * two shapes that are said there.
 */
import type { Fields, Value } from '@starling/client'

export type PowerUnit = 'dB' | 'dBm'

export interface Sweep {
  /** Of each bin, rising. */
  readonly frequenciesHz: Float64Array
  /** As many; NaN where nothing was measured. */
  readonly power: Float32Array
  readonly unit: PowerUnit
  /** When it was taken (ms since 1970), where it says so. */
  readonly timeMs: number | undefined
}

/** More than any screen has columns; what is beyond is left out, as a record that large would be refused anyway. */
export const binsMax = 32_768

/** A sweep, or in words why the record is none. */
export function sweepOf(record: Fields): Sweep | string {
  const timeMs = timeOf(record['timestamp'])
  const isInDbm = Array.isArray(record['power_dbm'])
  const listed = isInDbm ? record['power_dbm'] : record['power'] ?? record['power_db']
  if (!Array.isArray(listed)) return 'it has no list called power, power_db or power_dbm'
  const power = Float32Array.from(listed.slice(0, binsMax), value => (typeof value === 'number' && Number.isFinite(Math.fround(value)) ? value : NaN))
  if (power.length < 2) return 'a sweep has two bins or more'
  const frequenciesHz = Array.isArray(record['frequencies']) ? listedFrequencies(record['frequencies']) : steppedFrequencies(record['start_hz'], record['step_hz'], power.length)
  if (typeof frequenciesHz === 'string') return frequenciesHz
  if (frequenciesHz.length !== power.length) return `it has ${frequenciesHz.length} frequencies and ${power.length} powers`
  return rising({ frequenciesHz, power, unit: isInDbm ? 'dBm' : 'dB', timeMs })
}

/** Whether one can be laid over the other, bin on bin. */
export const isSameGrid = (a: Sweep, b: Sweep): boolean =>
  a.unit === b.unit && a.frequenciesHz.length === b.frequenciesHz.length && a.frequenciesHz.every((hz, bin) => hz === b.frequenciesHz[bin])

/** The bin whose frequency is nearest. */
export function nearestBin(frequenciesHz: Float64Array, hz: number): number {
  let low = 0
  let high = frequenciesHz.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (frequenciesHz[middle]! <= hz) low = middle
    else high = middle
  }
  return hz - frequenciesHz[low]! <= frequenciesHz[high]! - hz ? low : high
}

// No radio is swept below 10 kHz, and none reaches 10,000 MHz: what is smaller is said in MHz, as Argos' stream has it.
const megahertzBelow = 10_000

function listedFrequencies(list: readonly Value[]): Float64Array | string {
  const frequencies = Float64Array.from(list.slice(0, binsMax), value => (typeof value === 'number' ? value : NaN))
  if (frequencies.some(value => Number.isNaN(value))) return 'one of its frequencies is no number'
  return frequencies.every(value => value < megahertzBelow) ? frequencies.map(value => value * 1e6) : frequencies
}

function steppedFrequencies(start: Value | undefined, step: Value | undefined, count: number): Float64Array | string {
  if (typeof start !== 'number' || typeof step !== 'number') return 'it has no frequencies, and no start_hz and step_hz in their place'
  if (!(step > 0)) return 'its step_hz is not above 0'
  return Float64Array.from({ length: count }, (_, bin) => start + bin * step)
}

/** In the order of the frequencies: a receiver that sweeps in blocks may tell them as it took them. */
function rising(sweep: Sweep): Sweep {
  const { frequenciesHz, power } = sweep
  if (frequenciesHz.every((hz, bin) => bin === 0 || hz > frequenciesHz[bin - 1]!)) return sweep
  const order = Uint32Array.from(frequenciesHz, (_, bin) => bin).sort((a, b) => frequenciesHz[a]! - frequenciesHz[b]!)
  return { ...sweep, frequenciesHz: Float64Array.from(order, bin => frequenciesHz[bin]!), power: Float32Array.from(order, bin => power[bin]!) }
}

function timeOf(value: Value | undefined): number | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return value < 1e11 ? value * 1000 : value
  const ms = typeof value === 'string' ? Date.parse(value) : NaN
  return Number.isNaN(ms) ? undefined : ms
}
