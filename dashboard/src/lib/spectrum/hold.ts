/** What a receiver has heard since the traces were reset: each bin's highest, and its course without the noise. */
import { isSameGrid, type Sweep } from './sweep.js'

/** Of the new sweep in the average: after ten sweeps two thirds of what was before are gone. */
const averageShare = 0.1

export interface Hold {
  readonly latest: Sweep
  /** The highest of each bin. */
  readonly peak: Float32Array
  /** The moving average of each bin, in dB: what the eye takes for the level. */
  readonly average: Float32Array
  /** Sweeps since the reset. */
  readonly sweeps: number
}

/** Takes one sweep more. One of another grid begins anew, as does `held` being undefined. Arrays of `held` are used again. */
export function hold(held: Hold | undefined, sweep: Sweep): Hold {
  if (held === undefined || !isSameGrid(held.latest, sweep)) return { latest: sweep, peak: sweep.power.slice(), average: sweep.power.slice(), sweeps: 1 }
  const { peak, average } = held
  sweep.power.forEach((power, bin) => {
    if (Number.isNaN(power)) return
    const before = average[bin]!
    if (!(peak[bin]! >= power)) peak[bin] = power
    average[bin] = Number.isNaN(before) ? power : before + (power - before) * averageShare
  })
  return { latest: sweep, peak, average, sweeps: held.sweeps + 1 }
}

export interface Range { readonly low: number, readonly high: number }

const stepDb = 5
const headroomDb = 5

/**
 * From which level to which it is drawn: from below the noise (the tenth part of all bins) to above the peak, in steps of 5 dB. It
 * widens at once and narrows by a whole step only when two are free, so that the picture stands still while a level plays about an edge.
 */
export function rangeOf({ latest, peak }: Pick<Hold, 'latest' | 'peak'>, before: Range | undefined): Range {
  const measured = latest.power.filter(power => Number.isFinite(power)).sort()
  if (measured.length === 0) return before ?? { low: -120, high: -20 }
  const floor = measured[Math.floor(measured.length * 0.1)]!
  const top = peak.reduce((most, power) => (power > most ? power : most), floor)
  const low = Math.floor((floor - headroomDb) / stepDb) * stepDb
  const high = Math.max(low + 4 * stepDb, Math.ceil((top + headroomDb) / stepDb) * stepDb)
  if (before === undefined) return { low, high }
  return {
    low: low < before.low || low >= before.low + 2 * stepDb ? low : before.low,
    high: high > before.high || high <= before.high - 2 * stepDb ? high : before.high
  }
}
