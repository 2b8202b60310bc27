/**
 * What part of the world a screen shows: a centre, a zoom and a size, and what moving and zooming makes of them.
 *
 * North is up always. At zoom 0 the world is 512 px wide, each further one doubles it (as MapLibre counts). The world is there again to its
 * east and west; north and south it ends, so it is never shown smaller than the screen is high.
 */
import type { Bounds } from '@starling/client'
import { eastward, latitudeMax, latitudeOf, longitudeOf, wrapX, xOf, yOf, type Place, type Point } from './mercator.js'

export interface View extends Place { readonly zoom: number }
/** CSS pixels. */
export interface Size { readonly width: number, readonly height: number }

export const zoomMax = 18
/** At zoom 0, in pixels. */
export const worldPx = 512

export const wholeWorld: Bounds = { north: 90, south: -90, east: 180, west: -180 }

export const worldAt = (zoom: number): number => worldPx * 2 ** zoom
export const zoomMin = (size: Size): number => Math.max(0, Math.log2(Math.max(1, size.height) / worldPx))

/** The nearest view that has nothing beyond the poles. */
export function clamped(view: View, size: Size): View {
  const zoom = Math.min(zoomMax, Math.max(zoomMin(size), view.zoom))
  const halfHeight = Math.min(0.5, size.height / 2 / worldAt(zoom))
  const y = Math.max(halfHeight, Math.min(1 - halfHeight, yOf(view.latitude)))
  return { latitude: latitudeOf(y), longitude: longitudeOf(xOf(view.longitude)), zoom }
}

/** Where on the screen a point of the world is: of its copies the one nearest to the middle. */
export function toScreen(view: View, size: Size, point: Point): Point {
  const world = worldAt(view.zoom)
  return {
    x: size.width / 2 + eastward(xOf(view.longitude), point.x) * world,
    y: size.height / 2 + (point.y - yOf(view.latitude)) * world
  }
}

/** The place under a point of the screen. */
export function fromScreen(view: View, size: Size, at: Point): Place {
  const world = worldAt(view.zoom)
  return {
    longitude: longitudeOf(xOf(view.longitude) + (at.x - size.width / 2) / world),
    latitude: latitudeOf(Math.max(0, Math.min(1, yOf(view.latitude) + (at.y - size.height / 2) / world)))
  }
}

/** The map follows a hand that went `dx` right and `dy` down, in pixels. */
export function panned(view: View, size: Size, dx: number, dy: number): View {
  const world = worldAt(view.zoom)
  return clamped({
    longitude: longitudeOf(xOf(view.longitude) - dx / world),
    latitude: latitudeOf(yOf(view.latitude) - dy / world),
    zoom: view.zoom
  }, size)
}

/** What is under `at` stays under it. */
export function zoomedAround(view: View, size: Size, at: Point, zoom: number): View {
  const wanted = Math.min(zoomMax, Math.max(zoomMin(size), zoom))
  const [before, after] = [worldAt(view.zoom), worldAt(wanted)]
  const [right, down] = [at.x - size.width / 2, at.y - size.height / 2]
  return clamped({
    longitude: longitudeOf(xOf(view.longitude) + right / before - right / after),
    latitude: latitudeOf(yOf(view.latitude) + down / before - down / after),
    zoom: wanted
  }, size)
}

/** The box that is seen. What lies beyond the map's edge at a pole belongs to it when the edge does. */
export function boundsOf(view: View, size: Size): Bounds {
  const world = worldAt(view.zoom)
  const [x, y] = [xOf(view.longitude), yOf(view.latitude)]
  const [top, bottom] = [y - size.height / 2 / world, y + size.height / 2 / world]
  const edge = 1 / world
  const isAllRound = size.width >= world
  return {
    north: top <= edge ? 90 : latitudeOf(top),
    south: bottom >= 1 - edge ? -90 : latitudeOf(bottom),
    west: isAllRound ? -180 : longitudeOf(x - size.width / 2 / world),
    east: isAllRound ? 180 : longitudeOf(x + size.width / 2 / world)
  }
}

/** The view with all of `bounds` in it and `marginPx` around, at most as near as `nearest` (a zoom). */
export function fitted(bounds: Bounds, size: Size, { marginPx = 48, nearest = 15 } = {}): View {
  const [west, top, bottom] = [xOf(bounds.west), yOf(Math.min(bounds.north, latitudeMax)), yOf(Math.max(bounds.south, -latitudeMax))]
  const isAllRound = bounds.east - bounds.west >= 360
  const wide = isAllRound ? 1 : wrapX(xOf(bounds.east) - west)
  const [width, height] = [Math.max(1, size.width - 2 * marginPx), Math.max(1, size.height - 2 * marginPx)]
  const zoom = Math.min(nearest, Math.log2(width / worldPx / wide), Math.log2(height / worldPx / (bottom - top)))
  return clamped({
    longitude: isAllRound ? 0 : longitudeOf(west + wide / 2),
    latitude: latitudeOf((top + bottom) / 2),
    zoom
  }, size)
}

/** On the way from one view to another; `part` goes from 0 to 1. */
export function between(from: View, to: View, part: number): View {
  const y = yOf(from.latitude) + (yOf(to.latitude) - yOf(from.latitude)) * part
  const x = xOf(from.longitude) + eastward(xOf(from.longitude), xOf(to.longitude)) * part
  return { longitude: longitudeOf(x), latitude: latitudeOf(y), zoom: from.zoom + (to.zoom - from.zoom) * part }
}
