/**
 * How long to wait before the next attempt: exponential with full jitter, so that a thousand viewers of a server that restarted do not come
 * back in one moment.
 */

export interface BackoffOptions {
  readonly reconnectDelayMs: number
  readonly reconnectDelayMaxMs: number
}

/** Drawn from 0 to a bound that doubles: 1, 2, 4 … 30 s. `waits`: so many there were since it was open; `chance` is from 0 to 1. */
export const waitMs = (waits: number, chance: number, { reconnectDelayMs, reconnectDelayMaxMs }: BackoffOptions): number =>
  chance * Math.min(reconnectDelayMaxMs, reconnectDelayMs * 2 ** waits)
