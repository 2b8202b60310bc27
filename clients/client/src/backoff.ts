/**
 * How long to wait before the next attempt: exponential with full jitter, so that a thousand viewers of a server that restarted do not come
 * back in one moment.
 */

export interface BackoffOptions {
  readonly reconnectDelayMs: number
  readonly reconnectDelayMaxMs: number
}

/** The longest that the wait after so many in a row can be: 1, 2, 4 … 30 s. */
export const waitMaxMs = (waits: number, { reconnectDelayMs, reconnectDelayMaxMs }: BackoffOptions): number =>
  Math.min(reconnectDelayMaxMs, reconnectDelayMs * 2 ** waits)

/** `chance` is from 0 to 1. */
export const waitMs = (waits: number, chance: number, options: BackoffOptions): number => chance * waitMaxMs(waits, options)
