/** Which rows of a long list are drawn: those seen and a few on both sides, so that a turn of the wheel finds them there. */
export interface Seen { readonly scrollTop: number, readonly height: number, readonly rowHeight: number, readonly count: number, readonly overscan: number }

/** The first row to draw, and the one after the last. */
export function windowOf({ scrollTop, height, rowHeight, count, overscan }: Seen): { first: number, end: number } {
  // What is scrolled past the end (a list that became shorter) still shows its last rows.
  const top = Math.min(Math.max(0, scrollTop), Math.max(0, count * rowHeight - height))
  const first = Math.max(0, Math.floor(top / rowHeight) - overscan)
  const end = Math.min(count, Math.ceil((top + height) / rowHeight) + overscan)
  return { first: Math.min(first, end), end }
}

/** Where to scroll so that row `index` is seen whole; the same where it is. `height` is without the head that covers the top. */
export function scrollTo(index: number, { scrollTop, height, rowHeight }: Pick<Seen, 'scrollTop' | 'height' | 'rowHeight'>): number {
  const top = index * rowHeight
  if (top < scrollTop) return top
  return top + rowHeight > scrollTop + height ? top + rowHeight - height : scrollTop
}

export type Move = 'up' | 'down' | 'page-up' | 'page-down' | 'first' | 'last'

/** The key that moves, as `KeyboardEvent.key` has it. */
export const moveOf: Readonly<Record<string, Move>> =
  { ArrowUp: 'up', ArrowDown: 'down', PageUp: 'page-up', PageDown: 'page-down', Home: 'first', End: 'last' }

/** The row to go to from `index`; −1 is none, and goes to the first or the last. */
export function moved(index: number, move: Move, count: number, pageRows: number): number {
  if (count === 0) return -1
  const page = Math.max(1, pageRows)
  const to = {
    up: index < 0 ? count - 1 : index - 1, down: index + 1,
    'page-up': index < 0 ? 0 : index - page, 'page-down': index < 0 ? page - 1 : index + page,
    first: 0, last: count - 1
  }[move]
  return Math.min(count - 1, Math.max(0, to))
}
