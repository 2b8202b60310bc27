/**
 * Whether a change is of while nobody listened.
 *
 * A subscription that was stale and goes on where it was tells in one change all that became different meanwhile, and not when. What changed
 * then was not heard just now.
 */
import type { Subscription } from '@starling/client'

export class Away {
  readonly #subscription: Pick<Subscription, 'state' | 'version'>
  #version: number
  #isAway: boolean
  /** It is back, and what changed meanwhile has not been told yet. */
  #isDue = false

  constructor(subscription: Pick<Subscription, 'state' | 'version'>) {
    this.#subscription = subscription
    this.#version = subscription.version
    this.#isAway = subscription.state === 'stale'
  }

  /** To be called each time `onState` tells something. */
  noted(): void {
    const { state, version } = this.#subscription
    if (state === 'stale') this.#isAway = true
    else if (this.#isAway) {
      this.#isAway = false
      // The state itself counts one; where it is all, nothing became different.
      if (version > this.#version + 1) this.#isDue = true
    }
    this.#version = version
  }

  /** To be called with each change: whether it tells of while nobody listened. */
  tells(): boolean {
    const isDue = this.#isDue
    this.#isDue = false
    return isDue
  }
}
