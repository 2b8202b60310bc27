/**
 * Which names there is room for: the first ones that overlap nothing that is there already.
 *
 * What is taken is kept in squares, so that a thousand candidates cost about as many looks.
 */

export interface Box { readonly left: number, readonly top: number, readonly width: number, readonly height: number }

/** Names at once: more of them are a carpet. */
export const labelsMax = 150
/** Widths of texts that are remembered. */
export const widthsMax = 5000

const squarePx = 64

export class Room {
  readonly #taken = new Map<number, Box[]>()
  #names = 0

  isFree(box: Box): boolean {
    for (const square of squaresOf(box)) {
      if (this.#taken.get(square)?.some(other => overlap(box, other))) return false
    }
    return true
  }

  /** Whether a name stands there; then its place is taken. One that has to does, whatever it covers. */
  name(box: Box, hasTo = false): boolean {
    if (this.#names >= labelsMax || !hasTo && !this.isFree(box)) return false
    this.#names++
    this.take(box)
    return true
  }

  take(box: Box): void {
    for (const square of squaresOf(box)) {
      const boxes = this.#taken.get(square)
      if (boxes) boxes.push(box)
      else this.#taken.set(square, [box])
    }
  }
}

/** Who may have a name, by rank: 0 has to, then 1, then 2. Where more than twice as many stand as have names, only those that have to. */
export function toName<T>(all: readonly T[], rankOf: (one: T) => 0 | 1 | 2): T[] {
  const ranks = all.length <= 2 * labelsMax ? [0, 1, 2] : [0]
  return ranks.flatMap(rank => all.filter(one => rankOf(one) === rank))
}

/** How wide texts are, measured once. Past {@link widthsMax} all are measured anew: most were of a part of the world that was left. */
export class Widths {
  readonly #widths = new Map<string, number>()

  of(text: string, measure: () => number): number {
    let width = this.#widths.get(text)
    if (width === undefined) {
      if (this.#widths.size >= widthsMax) this.#widths.clear()
      this.#widths.set(text, width = measure())
    }
    return width
  }
}

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height

function* squaresOf({ left, top, width, height }: Box): Generator<number> {
  for (let row = Math.floor(top / squarePx); row <= Math.floor((top + height) / squarePx); row++) {
    // A screen is less than 2^15 squares wide.
    for (let column = Math.floor(left / squarePx); column <= Math.floor((left + width) / squarePx); column++) yield row * 65_536 + column
  }
}
