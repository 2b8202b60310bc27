/** Where the connection stands. */
import { useCallback, useSyncExternalStore } from 'react'

import type { Starling, Status } from '@starling/client'

export function useStatus(starling: Starling): Status {
  const subscribe = useCallback((listener: () => void) => starling.onStatus(listener), [starling])
  const current = (): Status => starling.status
  return useSyncExternalStore(subscribe, current, current)
}
