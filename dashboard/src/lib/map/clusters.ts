/**
 * Which nodes are drawn as one: those that stand too close to be told apart.
 *
 * The world is cut into squares that are fixed to it (so nothing dances while the map moves), of about `cellPx` on the screen. A square
 * with `crowd` nodes or more is one cluster, at the mean of their places; the others are drawn one by one.
 */
import { latitudeOf, longitudeOf, type Point } from './mercator.js'
import { worldAt } from './viewport.js'
import type { Bounds } from '@starling/client'

/** Where it is drawn, and who is in it. */
export interface Cluster<T> extends Point { readonly members: readonly T[] }

export interface Grouped<T> { readonly clusters: readonly Cluster<T>[], readonly singles: readonly T[] }

export const cellPx = 56
export const crowd = 8
/** From this level on everything is drawn one by one: a square is some 100 m wide, and those in it are where they are together. */
export const zoomWithoutClusters = 16

/** How wide a square is on the screen: it grows with the zoom until the next level. */
export const cellPxAt = (zoom: number): number => cellPx * 2 ** (zoom - levelOf(zoom))

/** Changes only with whole zooms, so that zooming a little changes nothing. */
export const levelOf = (zoom: number): number => Math.round(zoom)

export function grouped<T extends Point>(nodes: readonly T[], zoom: number): Grouped<T> {
  if (levelOf(zoom) >= zoomWithoutClusters) return { clusters: [], singles: nodes }
  const columns = worldAt(levelOf(zoom)) / cellPx
  const cells = new Map<number, T[]>()
  for (const node of nodes) {
    const cell = Math.floor(node.y * columns) * columns + Math.floor(node.x * columns)
    const members = cells.get(cell)
    if (members) members.push(node)
    else cells.set(cell, [node])
  }
  const clusters: Cluster<T>[] = []
  const singles: T[] = []
  for (const members of cells.values()) {
    if (members.length < crowd) {
      singles.push(...members)
      continue
    }
    let [x, y] = [0, 0]
    for (const member of members) {
      x += member.x
      y += member.y
    }
    clusters.push({ x: x / members.length, y: y / members.length, members })
  }
  return { clusters, singles }
}

/** The box around a cluster's members; they share a square, so they never lie across the date line. */
export function boxOf(members: readonly Point[]): Bounds {
  let [west, east, top, bottom] = [1, 0, 1, 0]
  for (const { x, y } of members) {
    west = Math.min(west, x)
    east = Math.max(east, x)
    top = Math.min(top, y)
    bottom = Math.max(bottom, y)
  }
  return { north: latitudeOf(top), south: latitudeOf(bottom), east: longitudeOf(east), west: longitudeOf(west) }
}
