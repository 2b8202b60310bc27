/**
 * Which names there is room for: the first ones that overlap nothing that is there already.
 *
 * What is taken is kept in squares, so that a thousand candidates cost about as many looks.
 */

export interface Box { readonly left: number, readonly top: number, readonly width: number, readonly height: number }

const squarePx = 64

export class Room {
  readonly #taken = new Map<number, Box[]>()

  isFree(box: Box): boolean {
    for (const square of squaresOf(box)) {
      if (this.#taken.get(square)?.some(other => overlap(box, other))) return false
    }
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

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height

function* squaresOf({ left, top, width, height }: Box): Generator<number> {
  for (let row = Math.floor(top / squarePx); row <= Math.floor((top + height) / squarePx); row++) {
    // A screen is less than 2^15 squares wide.
    for (let column = Math.floor(left / squarePx); column <= Math.floor((left + width) / squarePx); column++) yield row * 65_536 + column
  }
}
