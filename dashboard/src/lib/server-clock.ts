/** How far the server's clock is before this machine's: a phone may be minutes off, and ages and the end of the slider are the server's. */

/** A Date header has whole seconds, and the way takes its time: a smaller difference than this is none. */
const noticedMs = 2000

/** An answer that took longer says nothing of when it was written. */
const slowMs = 2000

/**
 * The offset in ms that is added to this machine's clock, after an answer: its `Date`, and when by this clock it was asked for and came.
 * It stays as it was while that is about right, so that time does not leap to and fro with each answer.
 */
export function offsetAfter(before: number, date: string | null, askedMs: number, answeredMs: number): number {
  const ms = date === null ? NaN : Date.parse(date)
  if (Number.isNaN(ms) || answeredMs < askedMs || answeredMs - askedMs > slowMs) return before
  const measured = ms + 500 - (askedMs + answeredMs) / 2
  if (Math.abs(measured) < noticedMs) return 0
  return Math.abs(measured - before) < noticedMs ? before : measured
}
