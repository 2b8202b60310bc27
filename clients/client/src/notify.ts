/** Who is told of something. */

import type { Unsubscribe } from './api.js'

/** Calls what is the application's: what it throws is told, and keeps nobody else from being called. */
export function call(run: () => void): void {
  try {
    run()
  } catch (error) {
    queueMicrotask(() => { throw error })
  }
}

export class Listeners<Told> {
  readonly #listeners = new Set<(told: Told) => void>()

  readonly add = (listener: (told: Told) => void): Unsubscribe => {
    const own = (told: Told): void => call(() => listener(told))
    this.#listeners.add(own)
    return () => { this.#listeners.delete(own) }
  }

  tell(told: Told): void { for (const own of this.#listeners) own(told) }
}
