/**
 * Web Mercator as a unit square: x grows eastward from 0 at 180° W to 1 at 180° E, y southward from 0 at 85.05° N to 1 at 85.05° S.
 *
 * What is nearer to a pole than that is drawn at the edge: it is on the map, if not quite where it is.
 */

export interface Point { readonly x: number, readonly y: number }
/** Degrees, WGS 84. */
export interface Place { readonly latitude: number, readonly longitude: number }

/** Where the square ends, in degrees: atan(sinh(π)). */
export const latitudeMax = 85.0511287798066

/** Into [0, 1): 181° E is 179° W. */
export function wrapX(x: number): number {
  const wrapped = x - Math.floor(x)
  return wrapped === 1 ? 0 : wrapped
}

export const xOf = (longitude: number): number => wrapX((longitude + 180) / 360)

export function yOf(latitude: number): number {
  const clamped = Math.max(-latitudeMax, Math.min(latitudeMax, latitude))
  const y = 0.5 - Math.asinh(Math.tan(clamped * Math.PI / 180)) / (2 * Math.PI)
  return Math.max(0, Math.min(1, y))
}

/** From −180 up to, and without, 180. */
export const longitudeOf = (x: number): number => wrapX(x) * 360 - 180

export const latitudeOf = (y: number): number => Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180 / Math.PI

/** The way from one x to another, the shorter way round: −0.5 up to, and without, 0.5. */
export const eastward = (from: number, to: number): number => wrapX(to - from + 0.5) - 0.5
