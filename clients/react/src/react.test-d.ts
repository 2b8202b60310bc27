/** What the types let a component say, and what they do not. */
import type { Fields, Starling, Status } from '@starling/client'

import { useLive, useStatus } from './index.js'
import { createLiveStore } from './zustand.js'

declare const starling: Starling

const nodes = useLive(starling, 'mesh:node')
useLive(starling, null)
useLive(starling, { channels: ['mesh:*'], rate: 1 })
// @ts-expect-error undefined is not null: it is more likely a mistake
useLive(starling, undefined)
// @ts-expect-error of a hook the query is no function
useLive(starling, () => 'mesh:node')
// @ts-expect-error misspelt
useLive(starling, { channels: ['mesh:*'], rates: 1 })
// @ts-expect-error what is shown is the server's to change
nodes.channel('mesh:node').clear()

export const status: Status = useStatus(starling)
// @ts-expect-error of which connection
useStatus()

const useNodes = createLiveStore(starling, 'mesh:node')
export const records: ReadonlyMap<string, Fields> = useNodes((live) => live.channel('mesh:node'))
// @ts-expect-error no such member
useNodes((live) => live.nodes)
// @ts-expect-error nothing is looked at in it
createLiveStore(starling, null)
