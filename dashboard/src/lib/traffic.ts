/** Rates from counters that only go up. */

interface Counters { readonly bytes: number, readonly messages: number }

export interface Traffic {
  readonly last: Counters
  readonly lastMs: number
  /** Of the last minute, a number a sample, oldest first. */
  readonly bytesPerS: readonly number[]
  readonly messagesPerS: readonly number[]
}

export const samplesMax = 60
/** A rate is that of so many samples: what comes in a burst every few seconds would else be nothing in between. */
const rateSamples = 5

/** The mean of the last few. */
export function rateOf(perS: readonly number[]): number {
  const last = perS.slice(-rateSamples)
  return last.length === 0 ? 0 : last.reduce((sum, rate) => sum + rate, 0) / last.length
}

/** As a picture of a minute has them: what was before the page is not known. */
export const minuteOf = (perS: readonly number[]): (number | undefined)[] => [...Array.from({ length: samplesMax - perS.length }, () => undefined), ...perS]

export const begun = ({ bytes, messages }: Counters, nowMs: number): Traffic =>
  ({ last: { bytes, messages }, lastMs: nowMs, bytesPerS: [], messagesPerS: [] })

/** A page that was hidden samples late: what came meanwhile is spread over that time. */
export function sampled(before: Traffic, { bytes, messages }: Counters, nowMs: number): Traffic {
  const seconds = (nowMs - before.lastMs) / 1000
  if (seconds <= 0) return before
  const rate = (now: number, then: number) => Math.max(0, now - then) / seconds
  const add = (rates: readonly number[], value: number) => [...rates, value].slice(-samplesMax)
  return {
    last: { bytes, messages },
    lastMs: nowMs,
    bytesPerS: add(before.bytesPerS, rate(bytes, before.last.bytes)),
    messagesPerS: add(before.messagesPerS, rate(messages, before.last.messages))
  }
}
