import { StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'

import { useWebSocketMQTT } from '@starling/mesh-map'
import type { MeshConnection, MeshFilter } from '@starling/mesh-map'

type Told = [handler: string, ...given: unknown[]]
interface Controls { told: Told[], connection: MeshConnection, filter(filter: MeshFilter | undefined): void, end(): void }

function MeshMap({ url, controls }: { url: string, controls: Controls }) {
  const [filter, setFilter] = useState<MeshFilter>()
  // As an application writes them: others at each drawing.
  const tell = (handler: string) => (...given: unknown[]): void => { controls.told.push([handler, ...given]) }
  const connection = useWebSocketMQTT({
    onSnapshot: tell('onSnapshot'),
    onNodeUpdate: tell('onNodeUpdate'),
    onPositionUpdate: tell('onPositionUpdate'),
    onTelemetryUpdate: tell('onTelemetryUpdate'),
    onNodeStatus: tell('onNodeStatus'),
    onMessage: tell('onMessage'),
    onMQTTRaw: tell('onMQTTRaw'),
  }, { url, ...filter && { filter: { ...filter } } })
  Object.assign(controls, { connection, filter: setFilter })
  return <>
    <p id="connected">{String(connection.isConnected)} {String(connection.state.connected)}</p>
    <p id="error">{connection.error?.message}</p>
  </>
}

export function start(url: string, target: HTMLElement): Controls {
  const root = createRoot(target)
  const controls = { told: [], end: () => root.unmount() } as unknown as Controls
  root.render(<StrictMode><MeshMap url={url} controls={controls} /></StrictMode>)
  return controls
}
