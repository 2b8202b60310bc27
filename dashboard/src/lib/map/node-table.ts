/**
 * What the map knows of each node: the records of all channels that name it, read for what is drawn.
 *
 * A node is an entity that some record gives a place, by the fields `latitude` and `longitude`. It is kept up to date with what changed, not
 * gone through anew: five thousand nodes change each second.
 */
import type { Change, Fields } from '@starling/client'
import { xOf, yOf } from './mercator.js'
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
    for (const [channel, records] of channels) {
      for (const key of records.keys()) this.#read(channels, channel, key, nowMs)
    }
  }

  /** Takes what changed. */
  apply(channels: Channels, change: Change, nowMs: number): void {
    if (change.isReset) {
      this.reset(channels, nowMs)
      return
    }
    for (const [channel, { changed, removed }] of change.channels) {
      for (const key of changed) this.#read(channels, channel, key, nowMs)
      for (const key of removed.keys()) this.#read(channels, channel, key, nowMs)
    }
  }

  /** An event that names it was heard of it too. */
  heard(channel: string, key: string, atMs: number): void {
    const node = this.#nodes.get(idOf(spaceOf(channel), key))
    if (node) node.heardMs = Math.max(node.heardMs ?? 0, atMs)
  }

  forgetTrails(nowMs: number): void {
    for (const node of this.#nodes.values()) forget(node.trail, nowMs)
  }

  #read(channels: Channels, channel: string, key: string, nowMs: number): void {
    const space = spaceOf(channel)
    const id = idOf(space, key)
    const node = this.#nodes.get(id)
    const record = channels.get(channel)?.get(key)
    const place = placeOf(record)
    if (place) {
      if (node) {
        move(node, place.latitude, place.longitude, nowMs)
        if (record?.['name'] !== undefined || record?.['long_name'] !== undefined || record?.['short_name'] !== undefined) nameIt(node, channels)
      } else this.#nodes.set(id, this.#make(channels, space, key, place.latitude, place.longitude, nowMs))
    } else if (node) {
      // Another channel said something, or the one with the place has gone: the rest is looked up again.
      if (!hasPlace(channels, space, key)) this.#nodes.delete(id)
      else if (channel === `${space}:${presence}`) tellPresence(node, record)
      else nameIt(node, channels)
    }
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

/** The channels to ask for by name, because wildcards leave them out: the presence of each space that is seen. */
export const presenceChannels = (spaces: Iterable<string>): string[] => [...new Set(spaces)].sort().map(space => `${space}:${presence}`)

export const spaceOf = (channel: string): string => channel.slice(0, channel.indexOf(':'))

const idOf = (space: string, key: string): string => `${space}/${key}`

function placeOf(record: Fields | undefined): { latitude: number, longitude: number } | undefined {
  const latitude = record?.['latitude']
  const longitude = record?.['longitude']
  return typeof latitude === 'number' && typeof longitude === 'number' ? { latitude, longitude } : undefined
}

// Who comes into view has not been heard just then: only who was there already, and is somewhere else now.
function move(node: MapNode, latitude: number, longitude: number, nowMs: number): void {
  if (node.latitude === latitude && node.longitude === longitude) return
  node.latitude = latitude
  node.longitude = longitude
  node.x = xOf(longitude)
  node.y = yOf(latitude)
  node.heardMs = Math.max(node.heardMs ?? 0, nowMs)
  extend(node.trail, { x: node.x, y: node.y, atMs: nowMs })
}

/** Whether any record of it has a place. */
function hasPlace(channels: Channels, space: string, key: string): boolean {
  for (const [channel, records] of channels) {
    if (channel.startsWith(`${space}:`) && placeOf(records.get(key))) return true
  }
  return false
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
