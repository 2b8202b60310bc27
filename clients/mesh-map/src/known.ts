import type { MeshMessage } from './types.js'

/** Messages that are known when they come again; the oldest are forgotten. */
const knownMax = 1000

/** Which messages came. */
export class KnownMessages {
  readonly #names = new Set<string>()

  /** False: it came before. */
  add(message: MeshMessage): boolean {
    const name = nameOf(message), isKnown = this.#names.delete(name)
    this.#names.add(name)
    for (const oldest of this.#names) {
      if (this.#names.size <= knownMax) break
      this.#names.delete(oldest)
    }
    return !isKnown
  }
}

/** What tells a message from the others; where its id is not known, when and what it says. */
export const nameOf = ({ id, fromId, timestamp, text }: MeshMessage): string => JSON.stringify(id === 0 ? [fromId, timestamp, text] : [fromId, id])
