/**
 * A client of the mesh map's `/api/ws`, made from the description of its wire and of its interface alone, with nothing of Starling's.
 *
 * It never pings. It shows what a node lacks as "Unknown" or 0, and takes a message's numbers and its `payload` for granted: a frame in which one is
 * missing is lost whole.
 */

export interface MapNode {
  id: string
  nodeNum: number
  shortName: string
  longName: string
  hwModel: string
  role: string
  lastHeard: number
  batteryLevel: number
  voltage: number
}

export interface MapMessage {
  id: number
  from: number
  to: number
  channel: number
  text: string
  /** Milliseconds. */
  timestamp: number
}

/** As it comes. */
export interface RawPacket {
  id: number
  topic: string
  payload: string
  timestamp: number
  parsedType: string
  nodeId?: string
  data?: unknown
}

export interface MapEvents {
  /** A node of the snapshot. */
  'node.new': MapNode
  'node.update': MapNode
  'message.new': MapMessage
  mqtt_raw: RawPacket
  'device.connection': { connected: boolean }
  error: Error
}
type Listener<Name extends keyof MapEvents> = (payload: MapEvents[Name]) => void

interface WireNode extends Partial<MapNode> {
  id: string
}
interface WireMessage {
  id: number
  from: number
  to: number
  channel: number
  rxTime: number
  payload: { text: string }
}
type Frame =
  | { type: 'snapshot'; data: { nodes: WireNode[] } }
  | { type: 'node_update'; nodes: WireNode[] }
  | { type: 'message'; messages: WireMessage[] }
  | { type: 'mqtt_raw'; packets: RawPacket[] }
  | { type: 'error'; error: string; code?: string }
  | { type: 'position_update' | 'telemetry_update' | 'node_status' | 'pong' }

const attemptsMax = 5
const firstDelayMs = 3000

const shown = (node: WireNode): MapNode => ({
  id: node.id,
  nodeNum: node.nodeNum ?? 0,
  shortName: node.shortName ?? 'Unknown',
  longName: node.longName ?? 'Unknown',
  hwModel: node.hwModel ?? 'Unknown',
  role: node.role ?? 'Unknown',
  lastHeard: node.lastHeard ?? 0,
  batteryLevel: node.batteryLevel ?? 0,
  voltage: node.voltage ?? 0,
})

/** Throws where a number is none. */
function numeric(value: number): number {
  if (typeof value !== 'number') throw new TypeError(`${String(value)} is no number`)
  return value
}

export class WebSocketManager {
  readonly #url: string
  readonly #listeners = new Map<keyof MapEvents, Set<(payload: never) => void>>()
  #socket: WebSocket | null = null
  #attempts = 0
  #reconnecting: ReturnType<typeof setTimeout> | undefined

  constructor(url = `${location.origin.replace('http', 'ws')}/api/ws`) { this.#url = url }

  connect(): void {
    const socket = new WebSocket(this.#url)
    this.#socket = socket
    socket.onopen = () => {
      this.#attempts = 0
      this.#emit('device.connection', { connected: true })
    }
    socket.onmessage = ({ data }) => {
      try {
        this.#take(JSON.parse(String(data)) as Frame)
      } catch (error) {
        this.#emit('error', error instanceof Error ? error : new Error(String(error)))
      }
    }
    socket.onclose = ({ code }) => this.#closed(socket, code)
  }

  disconnect(): void {
    clearTimeout(this.#reconnecting)
    this.#socket?.close(1000, 'Client disconnect')
  }

  isConnected(): boolean { return this.#socket?.readyState === WebSocket.OPEN }

  /** What it returns takes `listener` off again. */
  on<Name extends keyof MapEvents>(name: Name, listener: Listener<Name>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set<(payload: never) => void>()
    this.#listeners.set(name, listeners.add(listener))
    return () => this.off(name, listener)
  }

  off<Name extends keyof MapEvents>(name: Name, listener: Listener<Name>): void { this.#listeners.get(name)?.delete(listener) }

  send(message: object): boolean {
    if (!this.isConnected()) return false
    this.#socket?.send(JSON.stringify(message))
    return true
  }

  #closed(socket: WebSocket, code: number): void {
    if (this.#socket !== socket) return // one that was let go
    this.#emit('device.connection', { connected: false })
    if (code === 1000 || this.#attempts >= attemptsMax) return
    const delay = firstDelayMs * 2 ** this.#attempts++
    this.#reconnecting = setTimeout(() => this.connect(), delay)
  }

  #take(frame: Frame): void {
    switch (frame.type) {
      case 'snapshot':
        for (const node of frame.data.nodes) this.#emit('node.new', shown(node))
        return
      case 'node_update':
        for (const node of frame.nodes) this.#emit('node.update', shown(node))
        return
      case 'message': {
        // All are read before the first is told: one that cannot be read loses the frame.
        const messages = frame.messages.map(({ id, from, to, channel, rxTime, payload }): MapMessage => (
          { id, from: numeric(from), to: numeric(to), channel, text: payload.text, timestamp: numeric(rxTime) * 1000 }))
        for (const message of messages) this.#emit('message.new', message)
        return
      }
      case 'mqtt_raw':
        for (const packet of frame.packets) this.#emit('mqtt_raw', packet)
        return
      case 'error':
        throw new Error(frame.code === undefined ? frame.error : `${frame.error} (${frame.code})`)
      case 'position_update':
      case 'telemetry_update':
      case 'node_status':
      case 'pong':
        return
    }
  }

  #emit<Name extends keyof MapEvents>(name: Name, payload: MapEvents[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) (listener as Listener<Name>)(payload)
  }
}
