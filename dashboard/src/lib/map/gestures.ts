/**
 * What fingers and mice on a map mean, as a reducer: one pointer drags, two pinch, one that hardly moved taps.
 */
import type { Point } from './mercator.js'

export interface Gesture {
  readonly pointers: ReadonlyMap<number, Point>
  /** Where the first pointer came down, while it may still be a tap. */
  readonly tapFrom: Point | undefined
}

export type PointerSaid = { readonly type: 'down' | 'move' | 'up' | 'cancel', readonly id: number, readonly at: Point }

export type GestureEffect =
  | { readonly type: 'pan', readonly dx: number, readonly dy: number }
  /** `factor` times as near, around `at`. */
  | { readonly type: 'zoom', readonly factor: number, readonly at: Point }
  | { readonly type: 'tap', readonly at: Point }

export const gestureAtRest: Gesture = { pointers: new Map(), tapFrom: undefined }

/** A hand is never quite still. */
export const tapSlackPx = 5

export function gestured(gesture: Gesture, said: PointerSaid): [Gesture, GestureEffect[]] {
  const pointers = new Map(gesture.pointers)
  const before = pointers.get(said.id)
  switch (said.type) {
    case 'down': {
      pointers.set(said.id, said.at)
      return [{ pointers, tapFrom: pointers.size === 1 ? said.at : undefined }, []]
    }
    case 'move': {
      if (!before) return [gesture, []]
      const tapFrom = gesture.tapFrom && distance(gesture.tapFrom, said.at) <= tapSlackPx ? gesture.tapFrom : undefined
      if (tapFrom) return [gesture, []]
      pointers.set(said.id, said.at)
      return [{ pointers, tapFrom: undefined }, moved([...gesture.pointers.values()], [...pointers.values()])]
    }
    case 'up':
    case 'cancel': {
      if (!before) return [gesture, []]
      pointers.delete(said.id)
      const isTap = said.type === 'up' && gesture.tapFrom !== undefined
      return [{ pointers, tapFrom: undefined }, isTap ? [{ type: 'tap', at: said.at }] : []]
    }
    default:
      return said.type satisfies never
  }
}

/** The middle of the first two goes along, and what is between them grows with their distance. */
function moved(before: readonly Point[], after: readonly Point[]): GestureEffect[] {
  const [a, b] = [middle(before), middle(after)]
  const effects: GestureEffect[] = [{ type: 'pan', dx: b.x - a.x, dy: b.y - a.y }]
  const [spread, spreadNow] = [spreadOf(before), spreadOf(after)]
  if (spread > 0 && spreadNow > 0 && spread !== spreadNow) effects.push({ type: 'zoom', factor: spreadNow / spread, at: b })
  return effects
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y)
const spreadOf = ([a, b]: readonly Point[]): number => a && b ? distance(a, b) : 0
const middle = ([a, b]: readonly Point[]): Point => b ? { x: (a!.x + b.x) / 2, y: (a!.y + b.y) / 2 } : a!
