/** What the map's wire carries (docs/DOORS.md, `mesh`). Times are milliseconds since 1970; what is not known is left out. */
import type { Bounds, Value } from '@starling/client'

export interface MeshNode {
  /** "!%08x" */
  id: string
  nodeNum?: number
  shortName?: string
  longName?: string
  hwModel?: string
  role?: string | number
  lastHeard: number
  batteryLevel?: number
  voltage?: number
}

export interface MeshPosition {
  /** Of the packet; 0: not known. */
  id: number
  nodeId: string
  latitude: number
  longitude: number
  altitude?: number
  timestamp: number
}

export interface MeshTelemetry {
  id: number
  nodeId: string
  timestamp: number
  batteryLevel?: number
  voltage?: number
  channelUtilization?: number
  airUtilTx?: number
  uptime?: number
  temperature?: number
}

/** In both shapes: as the map's server writes it, and as its client reads it. */
export interface MeshMessage {
  id: number
  fromId: string
  toId: string
  channel: number
  text?: string
  timestamp: number
  snr?: number
  rssi?: number
  hopsAway?: number
  /** The nodes' numbers; 0: it is no node's id. */
  from: number
  to: number
  /** In seconds. */
  rxTime: number
  payload: { text?: string }
}

export interface MeshPacket {
  id: number
  topic: string
  /** In base64. */
  payload: string
  timestamp: number
  parsedType: string
  nodeId?: string
  data?: Value
}

/** Nodes heard within the last hour and messages newest first, the last position of every node by its id. */
export interface MeshSnapshot {
  nodes: MeshNode[]
  positions: MeshPosition[]
  recentMessages: MeshMessage[]
  timestamp: number
}

export type MeshKind = 'node' | 'position' | 'telemetry' | 'message'

/** Every member is optional; an empty list is as if it were not there. A node is where its last position was, and so is what is told of it. */
export interface MeshFilter {
  nodeIds?: readonly string[]
  bounds?: Bounds
  messageTypes?: readonly MeshKind[]
}

export type MeshFrame =
  | { type: 'snapshot', data: MeshSnapshot }
  | { type: 'node_update', nodes: MeshNode[] }
  | { type: 'position_update', positions: MeshPosition[] }
  | { type: 'telemetry_update', telemetry: MeshTelemetry[] }
  | { type: 'node_status', nodeId: string, online: boolean }
  | { type: 'message', messages: MeshMessage[] }
  | { type: 'mqtt_raw', packets: MeshPacket[] }
