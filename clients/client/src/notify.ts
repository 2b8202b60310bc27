/** Who is told of something. */

import type { Unsubscribe } from './api.js'

export class Listeners<Told> {
  readonly #listeners = new Set<(told: Told) => void>()

  readonly add = (listener: (told: Told) => void): Unsubscribe => {
    // What a listener throws is the application's, and keeps nobody else from being told.
    const own = (told: Told): void => {
      try {
        listener(told)
      } catch (error) {
        queueMicrotask(() => { throw error })
      }
    }
    this.#listeners.add(own)
    return () => { this.#listeners.delete(own) }
  }

  tell(told: Told): void { for (const own of this.#listeners) own(told) }
}
