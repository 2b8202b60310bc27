/** What a query shows, as a zustand store: `const useNodes = createLiveStore(starling, 'mesh:node')`. */
import { create } from 'zustand'
import type { StoreApi, UseBoundStore } from 'zustand'

import type { Query, Starling } from '@starling/client'
import { LiveQuery } from '@starling/client/live'
import type { Live } from '@starling/client/live'

/** Looks from here on, as long as the store lives; `getState().subscription` replaces the query, or ends it. */
export function createLiveStore(starling: Starling, query: Query | string | readonly string[]): UseBoundStore<StoreApi<Live>> {
  const looked = new LiveQuery(starling)
  looked.look(query)
  const store = create<Live>(() => looked.current)
  looked.subscribe(() => store.setState(looked.current, true))
  return store
}
