/**
 * The map's client, as applications of theirs use it, on a Starling server's own wire.
 *
 * What was wrong with theirs is not: it is not cut off for saying nothing, it does not give up after five attempts, what it missed comes when
 * it is connected again, and messages are read.
 */
import { call } from '@starling/client/notify'
import { KnownMessages } from './known.js'
import { MeshLink } from './mesh-link.js'
import type { MeshFilter, MeshFrame, MeshMessage, MeshNode, MeshPacket } from './types.js'

/** What is not known of it is "Unknown" or 0. */
export interface MapNode {
  id: string
  nodeNum: number
  shortName: string
  longName: string
  hwModel: string
  role: string
  /** Milliseconds since 1970. */
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
  /** Milliseconds since 1970. */
  timestamp: number
}

export interface MapEvents {
  /** A node of a snapshot. */
  'node.new': MapNode
  'node.update': MapNode
  'message.new': MapMessage
  mqtt_raw: MeshPacket
  /** Of their own hardware; there is none behind a server, so nothing is told. */
  'device.stats': never
  'device.connection': { connected: boolean }
  error: Error
}

export class WebSocketManager {
  readonly #link: MeshLink
  readonly #listeners = new Map<keyof MapEvents, Set<(payload: never) => void>>()
  /** Those of the first snapshot, which theirs did not tell either, and those that were told. */
  readonly #known = new KnownMessages()
  #isFirst = true
  #isConnected = false
  #error: Error | undefined

  /** `url`: of the server, with their path (`/api/ws`) or without. Default: where the page is from. */
  constructor(url?: string) {
    this.#link = new MeshLink(url, (frame) => this.#take(frame))
    this.#link.subscribe(() => this.#changed())
  }

  connect(): void { this.#link.connect() }

  disconnect(): void { this.#link.disconnect() }

  isConnected(): boolean { return this.#isConnected }

  /** What it returns takes `listener` off again. An application may say itself what comes with an event. */
  on<Name extends keyof MapEvents, Payload = MapEvents[Name]>(name: Name, listener: (payload: Payload) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => this.off(name, listener)
  }

  off<Name extends keyof MapEvents, Payload = MapEvents[Name]>(name: Name, listener: (payload: Payload) => void): void {
    this.#listeners.get(name)?.delete(listener)
  }

  /** `subscribe` with a `filter`, `unsubscribe`, `request_snapshot`; a ping is not needed, and nothing else was understood. False: not connected. */
  send(message: { readonly type: string, readonly filter?: MeshFilter | null, readonly [more: string]: unknown }): boolean {
    if (!this.#isConnected) return false
    if (message.type === 'subscribe') this.#link.setFilter(message.filter ?? undefined)
    if (message.type === 'unsubscribe') this.#link.setFilter(undefined)
    if (message.type === 'request_snapshot') this.#link.requestSnapshot()
    return true
  }

  #changed(): void {
    const connected = this.#link.status.state === 'connected'
    if (connected !== this.#isConnected) {
      this.#isConnected = connected
      this.#emit('device.connection', { connected })
    }
    const { error } = this.#link
    if (error && error !== this.#error) this.#emit('error', error)
    this.#error = error
  }

  #take(frame: MeshFrame): void {
    switch (frame.type) {
      case 'snapshot':
        for (const node of frame.data.nodes) this.#emit('node.new', shownNode(node))
        this.#takeMessages([...frame.data.recentMessages].reverse(), this.#isFirst)
        this.#isFirst = false
        return
      case 'node_update':
        for (const node of frame.nodes) this.#emit('node.update', shownNode(node))
        return
      case 'message':
        return this.#takeMessages(frame.messages)
      case 'mqtt_raw':
        for (const packet of frame.packets) this.#emit('mqtt_raw', packet)
        return
      case 'position_update':
      case 'telemetry_update':
      case 'node_status':
        return
      default:
        frame satisfies never
    }
  }

  /** What was missed comes in another snapshot. */
  #takeMessages(messages: readonly MeshMessage[], isOld = false): void {
    for (const message of messages) if (this.#known.add(message) && !isOld) this.#emit('message.new', shownMessage(message))
  }

  #emit<Name extends keyof MapEvents>(name: Name, payload: MapEvents[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) call(() => listener(payload as never))
  }
}

const shownNode = (node: MeshNode): MapNode => ({
  id: node.id,
  nodeNum: node.nodeNum ?? 0,
  shortName: node.shortName ?? 'Unknown',
  longName: node.longName ?? 'Unknown',
  hwModel: node.hwModel ?? 'Unknown',
  role: String(node.role ?? 'Unknown'),
  lastHeard: node.lastHeard,
  batteryLevel: node.batteryLevel ?? 0,
  voltage: node.voltage ?? 0,
})

const shownMessage = ({ id, from, to, channel, text, timestamp }: MeshMessage): MapMessage =>
  ({ id, from, to, channel, text: text ?? '', timestamp })
