/**
 * Where a node has been in the last minutes, as far as this page saw it.
 *
 * Bounded twice: `trailPointsMax` points, `trailMs` back. The oldest go first.
 */
import type { Point } from './mercator.js'

export interface TrailPoint extends Point { readonly atMs: number }

export const trailMs = 10 * 60_000
export const trailPointsMax = 120
/** Trails that are drawn, where that many can be told apart by an eye. */
export const trailsDrawnMax = 300
/** A node that reports many times a second is one point a second: the last place of it. */
export const trailStepMs = 1000

/** In place: `trail` is oldest first, and has the newest place as its last point. */
export function extend(trail: TrailPoint[], point: TrailPoint): void {
  const last = trail[trail.length - 1]
  if (last && last.x === point.x && last.y === point.y) return
  // The last point is the place now; it becomes part of the way once it is a step away from the one before.
  const before = trail[trail.length - 2]
  if (last && before && last.atMs - before.atMs < trailStepMs) trail.pop()
  trail.push(point)
  if (trail.length > trailPointsMax) trail.splice(0, trail.length - trailPointsMax)
}

/** In place. A way that ended long ago is none: the last point stays only where there is one before it. */
export function forget(trail: TrailPoint[], nowMs: number): void {
  let old = 0
  while (old < trail.length && trail[old]!.atMs < nowMs - trailMs) old++
  if (old > 0) trail.splice(0, old)
}

/** Whose trails are drawn: all of `singles`, or where those are too many only that of the selected one. */
export function trailsOf<T>(singles: readonly T[], selected: T | undefined): readonly T[] {
  const drawn = singles.length <= trailsDrawnMax ? singles : []
  return selected === undefined || drawn.includes(selected) ? drawn : [...drawn, selected]
}
