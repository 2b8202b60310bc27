/** The map's hook, as its design has it: handlers, and what is asked for. */
import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react'

import type { ConnectionState } from '@starling/client'

import { MeshLink } from './mesh-link.js'
import type { MeshFilter, MeshFrame, MeshMessage, MeshNode, MeshPacket, MeshPosition, MeshSnapshot, MeshTelemetry } from './types.js'

/** Those of the last drawing are called; they need not be the same ones. */
export interface MeshHandlers {
  onSnapshot?(snapshot: MeshSnapshot): void
  onNodeUpdate?(nodes: MeshNode[]): void
  onPositionUpdate?(positions: MeshPosition[]): void
  onTelemetryUpdate?(telemetry: MeshTelemetry[]): void
  onNodeStatus?(nodeId: string, online: boolean): void
  onMessage?(messages: MeshMessage[]): void
  onMQTTRaw?(packets: MeshPacket[]): void
}

export interface MeshOptions {
  /** Of the server, with the map's path (`/api/ws`) or without. Default: where the page is from. */
  url?: string
  /** Default true. */
  autoConnect?: boolean
  /** One that says something else is asked for in place. */
  filter?: MeshFilter
}

export interface MeshConnection {
  readonly isConnected: boolean
  readonly state: { readonly connected: boolean, readonly connection: ConnectionState }
  /** Why the filter was refused, or what is wrong with the connection. */
  readonly error: Error | undefined
  connect(): void
  disconnect(): void
  /** In place of the options' filter, until that says something else. */
  setFilter(filter: MeshFilter | undefined): void
  /** The same, as the design calls it. */
  subscribe(filter: MeshFilter | undefined): void
}

export function useWebSocketMQTT(handlers: MeshHandlers = {}, { url, autoConnect = true, filter }: MeshOptions = {}): MeshConnection {
  const latest = useRef(handlers)
  useEffect(() => { latest.current = handlers })
  const link = useMemo(() => new MeshLink(url, (frame) => hand(latest.current, frame)), [url])
  const said = JSON.stringify(filter ?? null)
  useEffect(() => link.setFilter((JSON.parse(said) as MeshFilter | null) ?? undefined), [link, said])
  useEffect(() => {
    if (autoConnect) link.connect()
  }, [link, autoConnect])
  useEffect(() => link.hold(), [link])
  const status = useSyncExternalStore(link.subscribe, () => link.status, () => link.status)
  const error = useSyncExternalStore(link.subscribe, () => link.error, () => link.error)
  return useMemo(() => {
    const isConnected = status.state === 'connected'
    const setFilter = (wanted: MeshFilter | undefined): void => link.setFilter(wanted)
    return {
      isConnected,
      state: { connected: isConnected, connection: status.state },
      error,
      connect: () => link.connect(),
      disconnect: () => link.disconnect(),
      setFilter,
      subscribe: setFilter,
    }
  }, [link, status, error])
}

function hand(handlers: MeshHandlers, frame: MeshFrame): void {
  switch (frame.type) {
    case 'snapshot': return handlers.onSnapshot?.(frame.data)
    case 'node_update': return handlers.onNodeUpdate?.(frame.nodes)
    case 'position_update': return handlers.onPositionUpdate?.(frame.positions)
    case 'telemetry_update': return handlers.onTelemetryUpdate?.(frame.telemetry)
    case 'node_status': return handlers.onNodeStatus?.(frame.nodeId, frame.online)
    case 'message': return handlers.onMessage?.(frame.messages)
    case 'mqtt_raw': return handlers.onMQTTRaw?.(frame.packets)
    default: frame satisfies never
  }
}
