/**
 * Which transport is tried: the best one, until it has failed twice in a row where the server can be reached; then the next.
 *
 * That a WebSocket does not open can mean that something on the way takes none, or that no server is there. Only HTTP tells: so after two
 * failures HTTP is tried at once, and if nobody answers there either, it is the WebSocket's turn again.
 */

import type { TransportName } from './api.js'

export interface Ladder {
  readonly rungs: readonly TransportName[]
  readonly rung: number
  /** In a row, on this rung. */
  readonly failures: number
}

/** `failed`: refused, or lost before anything came. `silent`: opened, and nothing came. `unreachable`: nobody answers HTTP. */
export type Failure = 'failed' | 'silent' | 'unreachable'

export const transportOf = ({ rungs, rung }: Ladder): TransportName => rungs[rung] ?? 'poll'

export function descend(ladder: Ladder, failure: Failure): Ladder {
  if (failure === 'unreachable') return climb(ladder)
  const failures = ladder.failures + (failure === 'silent' ? 2 : 1)
  return failures < 2 ? { ...ladder, failures } : { ...ladder, rung: (ladder.rung + 1) % ladder.rungs.length, failures: 0 }
}

/** Back to the best. */
export const climb = (ladder: Ladder): Ladder => ({ ...ladder, rung: 0, failures: 0 })
