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

/** `refused`: not even reached. `failed`: lost before anything came. `silent`: opened, and nothing came. */
export type Failure = 'refused' | 'failed' | 'silent'

export const transportOf = ({ rungs, rung }: Ladder): TransportName => rungs[rung] as TransportName

export function descend(ladder: Ladder, failure: Failure): Ladder {
  // Where HTTP is not answered nobody is there.
  const isAlone = failure === 'refused' && transportOf(ladder) !== 'websocket'
  return !isAlone && !ladder.failures && failure !== 'silent' ? { ...ladder, failures: 1 } : { ...ladder, rung: isAlone ? 0 : (ladder.rung + 1) % ladder.rungs.length, failures: 0 }
}
