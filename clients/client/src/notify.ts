/** Who is told, and when: at once, or once a frame of the screen. */

import type { Unsubscribe } from './api.js'
import type { World } from './world.js'

export class Listeners<Told> {
  readonly #listeners = new Set<{ listener: (told: Told) => void }>()

  add(listener: (told: Told) => void): Unsubscribe {
    const entry = { listener }
    this.#listeners.add(entry)
    return () => { this.#listeners.delete(entry) }
  }

  /** What a listener throws is the application's, and keeps nobody else from being told. */
  tell(told: Told): void {
    for (const { listener } of [...this.#listeners]) {
      try {
        listener(told)
      } catch (error) {
        queueMicrotask(() => { throw error })
      }
    }
  }
}

/** Runs what it is given with the next frame, each once. */
export function perFrame(world: World): (run: () => void) => void {
  let waiting = new Set<() => void>()
  return (run) => {
    if (waiting.size === 0) {
      world.frame(() => {
        const due = waiting
        waiting = new Set()
        for (const one of due) one()
      })
    }
    waiting.add(run)
  }
}
