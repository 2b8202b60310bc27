/** What a query shows. */
import { useEffect, useMemo, useSyncExternalStore } from 'react'

import type { Query, Starling } from '@starling/client'
import { LiveQuery } from '@starling/client/live'
import type { Live } from '@starling/client/live'

/**
 * Another object after every change, and so are its maps of the channels that changed. A query that says something else is replaced in
 * place (it is compared by what it says: it may be written where it is used); while it is null nothing is looked at.
 */
export function useLive(starling: Starling, query: Query | string | readonly string[] | null): Live {
  const looked = useMemo(() => new LiveQuery(starling), [starling])
  const said = JSON.stringify(query)
  useEffect(() => looked.look(JSON.parse(said) as typeof query), [looked, said])
  // Apart, so that another query does not end the subscription. StrictMode, which runs both twice, ends the first one and looks again.
  useEffect(() => () => looked.look(null), [looked])
  const current = (): Live => looked.current
  return useSyncExternalStore(looked.subscribe, current, current)
}
