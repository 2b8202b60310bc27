/** The same as classic stores: `$status`, `$nodes`. They look while somebody is subscribed to them. */
import { readable } from 'svelte/store'
import type { Readable } from 'svelte/store'

import type { Query, Starling, Status } from '@starling/client'
import { LiveQuery } from '@starling/client/live'
import type { Live } from '@starling/client/live'

export function statusStore(starling: Starling): Readable<Status> {
  return readable(starling.status, (set) => {
    set(starling.status)
    return starling.onStatus(set)
  })
}

export function liveStore(starling: Starling, query: Query | string | readonly string[]): Readable<Live> {
  const looked = new LiveQuery(starling)
  return readable(looked.current, (set) => {
    const stop = looked.subscribe(() => set(looked.current))
    looked.look(query)
    return () => {
      stop()
      looked.look(null)
    }
  })
}
