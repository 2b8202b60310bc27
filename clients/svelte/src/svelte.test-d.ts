/** What the types let a component say, and what they do not. */
import type { Starling, Status } from '@starling/client'
import type { Readable } from 'svelte/store'

import { live, liveStatus } from './index.js'
import { liveStore, statusStore } from './stores.js'

declare const starling: Starling

const nodes = live(starling, () => 'mesh:node')
live(starling, () => null)
live(starling, () => ({ channels: ['mesh:*'], filter: { keys: ['!a1'] } }))
// @ts-expect-error a function, so that it can follow what it reads
live(starling, 'mesh:node')
// @ts-expect-error undefined is not null: it is more likely a mistake
live(starling, () => undefined)
// @ts-expect-error a query names channels
live(starling, () => ({ filter: { keys: ['!a1'] } }))
// @ts-expect-error what is shown is the server's to change
nodes.channel('mesh:node').delete('!a1')
// @ts-expect-error and so is where it stands
nodes.state = 'live'

export const state: Status['state'] = liveStatus(starling).current.state
// @ts-expect-error a status is read, not set
liveStatus(starling).current = starling.status

export const store: Readable<Status> = statusStore(starling)
// @ts-expect-error a store that somebody else could write to
liveStore(starling, 'mesh:node').set(nodes)
// @ts-expect-error a store has one query
liveStore(starling, () => 'mesh:node')
