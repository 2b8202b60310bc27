/**
 * What the map knows of each node: the records of all channels that name it, read for what is drawn.
 *
 * A node is an entity that some record gives a place, by the fields `latitude` and `longitude`. It is kept up to date with what changed, not
 * gone through anew: five thousand nodes change each second.
 */
import type { Change, Fields } from '@starling/client'
import { xOf, yOf, type Place } from './mercator.js'
import { extend, forget, type TrailPoint } from './trail.js'

export interface MapNode {
  /** `space/key`: keys of two spaces have nothing to do with each other. */
  readonly id: string
  readonly space: string
  readonly key: string
  latitude: number
  longitude: number
  /** Mercator, the unit square. */
  x: number
  y: number
  name: string
  /** What there is room for on a map. */
  shortName: string
  /** Undefined where the space has no presence. */
  isOnline: boolean | undefined
  /** When something was last heard of it, as far as that is known (ms since 1970). */
  heardMs: number | undefined
  readonly trail: TrailPoint[]
}

type Channels = ReadonlyMap<string, ReadonlyMap<string, Fields>>

/** What is read, and so all that has to be sent. */
export const fieldsRead = ['latitude', 'longitude', 'name', 'long_name', 'short_name', 'online', 'heard'] as const

const presence = 'presence'

export class NodeTable {
  readonly #nodes = new Map<string, MapNode>()

  get size(): number { return this.#nodes.size }
  values(): IterableIterator<MapNode> { return this.#nodes.values() }
  get(id: string): MapNode | undefined { return this.#nodes.get(id) }

  /** Of all spaces; the first, where two have the same key. */
  find(key: string): MapNode | undefined {
    for (const node of this.#nodes.values()) if (node.key === key) return node
    return undefined
  }

  /** Forgets everything, trails too, and takes what the maps hold. Of when that was heard nothing is known but what presence says. */
  reset(channels: Channels, nowMs: number): void {
    this.#nodes.clear()
    const made = new Set<MapNode>()
    for (const [channel, records] of channels) for (const key of records.keys()) this.#place(channels, channel, key, nowMs, made)
  }

  /** Takes what changed; `wasAway`: while nobody listened, so that it is not known when, nor which way it went. */
  apply(channels: Channels, change: Change, nowMs: number, wasAway = false): void {
    if (change.isReset) {
      this.reset(channels, nowMs)
      return
    }
    const made = new Set<MapNode>()
    const others: [channel: string, key: string][] = []
    for (const [channel, { changed, removed }] of change.channels) {
      for (const key of changed) if (!this.#place(channels, channel, key, nowMs, made, wasAway)) others.push([channel, key])
      for (const key of removed.keys()) others.push([channel, key])
    }
    // Only now that every place is known: where it has gone is not what is left of where it was.
    for (const [channel, key] of others) this.#lookAgain(channels, channel, key, nowMs)
  }

  /** An event that names it was heard of it too. */
  heard(channel: string, key: string, atMs: number): void {
    const node = this.#nodes.get(idOf(spaceOf(channel), key))
    if (node) node.heardMs = Math.max(node.heardMs ?? 0, atMs)
  }

  forgetTrails(nowMs: number): void {
    for (const node of this.#nodes.values()) forget(node.trail, nowMs)
  }

  /** False: the record has no place. What comes into view is in `made` and goes nowhere, though another channel has another place of it. */
  #place(channels: Channels, channel: string, key: string, nowMs: number, made: Set<MapNode>, wasAway = false): boolean {
    const record = channels.get(channel)?.get(key)
    const place = placeOf(record)
    if (!place) return false
    const space = spaceOf(channel)
    const id = idOf(space, key)
    const node = this.#nodes.get(id)
    if (node) {
      put(node, place, nowMs, !wasAway && !made.has(node))
      if (record?.['name'] !== undefined || record?.['long_name'] !== undefined || record?.['short_name'] !== undefined) nameIt(node, channels)
    } else {
      const comer = this.#make(channels, space, key, place.latitude, place.longitude, nowMs)
      this.#nodes.set(id, comer)
      made.add(comer)
    }
    return true
  }

  /** Another channel said something of it, or one that had a place of it has none. */
  #lookAgain(channels: Channels, channel: string, key: string, nowMs: number): void {
    const space = spaceOf(channel)
    const id = idOf(space, key)
    const node = this.#nodes.get(id)
    if (!node) return
    const left = placeLeft(channels, node)
    if (!left) {
      this.#nodes.delete(id)
      return
    }
    put(node, left, nowMs, false)
    if (channel === `${space}:${presence}`) tellPresence(node, channels.get(channel)?.get(key))
    else nameIt(node, channels)
  }

  #make(channels: Channels, space: string, key: string, latitude: number, longitude: number, nowMs: number): MapNode {
    const [x, y] = [xOf(longitude), yOf(latitude)]
    const node: MapNode = {
      id: idOf(space, key), space, key, latitude, longitude, x, y, name: key, shortName: key, isOnline: undefined, heardMs: undefined, trail: []
    }
    extend(node.trail, { x, y, atMs: nowMs })
    nameIt(node, channels)
    tellPresence(node, channels.get(`${space}:${presence}`)?.get(key))
    return node
  }
}

export const spaceOf = (channel: string): string => channel.slice(0, channel.indexOf(':'))

const idOf = (space: string, key: string): string => `${space}/${key}`

function placeOf(record: Fields | undefined): Place | undefined {
  const latitude = record?.['latitude']
  const longitude = record?.['longitude']
  return typeof latitude === 'number' && typeof longitude === 'number' ? { latitude, longitude } : undefined
}

// Who comes into view has not been heard just then: only who was there already, and is somewhere else now. What is no move begins the trail anew.
function put(node: MapNode, { latitude, longitude }: Place, nowMs: number, isMove: boolean): void {
  if (node.latitude === latitude && node.longitude === longitude) return
  node.latitude = latitude
  node.longitude = longitude
  node.x = xOf(longitude)
  node.y = yOf(latitude)
  if (isMove) node.heardMs = Math.max(node.heardMs ?? 0, nowMs)
  else node.trail.length = 0
  extend(node.trail, { x: node.x, y: node.y, atMs: nowMs })
}

/** Where its records say it is: where it is drawn, if one of them says so, else what the last one says, as after a reset. */
function placeLeft(channels: Channels, { space, key, latitude, longitude }: MapNode): Place | undefined {
  let left: Place | undefined
  for (const [channel, records] of channels) {
    const place = channel.startsWith(`${space}:`) ? placeOf(records.get(key)) : undefined
    if (place?.latitude === latitude && place.longitude === longitude) return place
    left = place ?? left
  }
  return left
}

function nameIt(node: MapNode, channels: Channels): void {
  let [name, short]: (string | undefined)[] = []
  for (const [channel, records] of channels) {
    if (!channel.startsWith(`${node.space}:`)) continue
    const record = records.get(node.key)
    name ??= textOf(record?.['long_name']) ?? textOf(record?.['name'])
    short ??= textOf(record?.['short_name'])
  }
  node.name = name ?? short ?? node.key
  node.shortName = short ?? node.name
}

function tellPresence(node: MapNode, record: Fields | undefined): void {
  const online = record?.['online']
  node.isOnline = typeof online === 'boolean' ? online : undefined
  const heard = record?.['heard']
  const heardMs = typeof heard === 'string' ? Date.parse(heard) : NaN
  if (!Number.isNaN(heardMs)) node.heardMs = Math.max(node.heardMs ?? 0, heardMs)
}

const textOf = (value: unknown): string | undefined => typeof value === 'string' && value !== '' ? value : undefined
