// Waiting for what is to become true, and no longer.
import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'

const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds) })

/**
 * The first truthy value of `condition` (asked every few milliseconds; it may be a promise).
 *
 * `what` completes "waited for"; a function is asked when it is too late.
 */
export async function until(condition, { what = 'a condition', withinMs = 10_000, everyMs = 5 } = {}) {
  const deadline = performance.now() + withinMs
  for (;;) {
    const value = await condition()
    if (value) return value
    if (performance.now() > deadline) assert.fail(`waited ${withinMs} ms for ${typeof what === 'function' ? what() : what}`)
    await pause(everyMs)
  }
}

/** Until what `read` says fits; it is returned. */
export async function untilFits(read, fits, wanted) {
  let found
  await until(async () => fits(found = await read()), { what: () => `${wanted}; it is ${JSON.stringify(found)}`, everyMs: 50 })
  return found
}

export const untilIs = (read, wanted) => untilFits(read, (found) => isDeepStrictEqual(found, wanted), JSON.stringify(wanted))

/** The time passes: for what happens over time itself, such as load. */
export const elapse = pause

/** The `fraction` quantile of numbers. */
export function quantile(numbers, fraction) {
  const sorted = Float64Array.from(numbers).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))]
}
