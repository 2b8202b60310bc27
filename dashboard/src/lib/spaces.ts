/** How much of what there is: entities and channels by space, and who is online. */
import type { Fields } from '@starling/client'

type Channels = ReadonlyMap<string, ReadonlyMap<string, Fields>>

export interface Space {
  readonly name: string
  /** Entities that any of its channels knows. */
  readonly count: number
  /** Of them, by `space:presence`; undefined where nothing tells. */
  readonly online: number | undefined
  readonly channels: readonly { readonly name: string, readonly count: number }[]
}

/** What is said of the fleet's surroundings, and has a place of its own on the page. */
const surroundings: ReadonlySet<string> = new Set(['services:health', 'websdrs:status', 'spectrum:sweep'])

export const presenceOf = (space: string): string => `${space}:presence`

/** A subscription names 256 channels at most (docs/PROTOCOL.md), of which one may be `*`. */
export const presencesMax = 255

/** What is asked for by name, because wildcards leave it out: the presence of these spaces. Of more spaces than that it is not known who is online. */
export const presenceChannels = (spaces: Iterable<string>): string[] => [...new Set(spaces)].sort().slice(0, presencesMax).map(presenceOf)

export function spacesOf(channels: Channels): readonly Space[] {
  const bySpace = new Map<string, Map<string, ReadonlyMap<string, Fields>>>()
  for (const [channel, records] of channels) {
    if (records.size === 0 || surroundings.has(channel)) continue
    const space = channel.slice(0, channel.indexOf(':'))
    const facets = bySpace.get(space) ?? new Map<string, ReadonlyMap<string, Fields>>()
    bySpace.set(space, facets.set(channel, records))
  }
  return [...bySpace].map(([name, facets]) => spaceOf(name, facets)).sort((a, b) => b.count - a.count || a.name.localeCompare(b.name))
}

function spaceOf(name: string, facets: ReadonlyMap<string, ReadonlyMap<string, Fields>>): Space {
  const presence = facets.get(presenceOf(name))
  const keys = new Set<string>()
  for (const records of facets.values()) for (const key of records.keys()) keys.add(key)
  return {
    name,
    count: keys.size,
    online: presence && [...presence.values()].filter(({ online }) => online === true).length,
    channels: [...facets].filter(([channel]) => channel !== presenceOf(name)).map(([channel, records]) => ({ name: channel, count: records.size }))
      .sort((a, b) => b.count - a.count || a.name.localeCompare(b.name))
  }
}
