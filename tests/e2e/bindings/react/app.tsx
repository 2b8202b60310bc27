import { memo, StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'

import { connect } from '@starling/client'
import type { Fields, Starling } from '@starling/client'
import { useLive, useStatus } from '@starling/react'
import { createLiveStore } from '@starling/react/zustand'

type Controls = { ask(channels: string[] | null): void, store(is: boolean): void }

let drawn = 0
const Others = memo(({ records }: { records: ReadonlyMap<string, Fields> }) => <p id="others">{`${records.size} ${++drawn}`}</p>)

function Stored({ starling }: { starling: Starling }) {
  const [useStored] = useState(() => createLiveStore(starling, 'a:d'))
  const records = useStored((live) => live.channel('a:d'))
  return <p id="stored">{useStatus(starling).state} {[...records].map(([key, { x }]) => `${key}=${String(x)}`).join(';')}</p>
}

function App({ starling, controls }: { starling: Starling, controls: Controls }) {
  const [channels, ask] = useState<string[] | null>(['a:b', 'a:c'])
  const [isStored, store] = useState(false)
  Object.assign(controls, { ask, store })
  const status = useStatus(starling)
  const shown = useLive(starling, channels && { channels }) // another object at each drawing, which says the same
  return <>
    <p id="status">{status.state}</p>
    <p id="state">{shown.state}</p>
    <p id="channels">{[...shown.channels.keys()].sort().join()}</p>
    <p id="rows">{[...shown.channel('a:b')].map(([key, { x }]) => `${key}=${String(x)};`)}</p>
    <Others records={shown.channel('a:c')} />
    {isStored && <Stored starling={starling} />}
  </>
}

/** {ask, store, end}: `ask` is another query, or null. */
export function start(url: string, target: HTMLElement): object {
  const root = createRoot(target)
  const controls = { end: () => root.unmount() } as unknown as Controls
  const starling = connect(url, { reconnectDelayMs: 200, reconnectDelayMaxMs: 200 })
  root.render(<StrictMode><App starling={starling} controls={controls} /></StrictMode>)
  return controls
}
