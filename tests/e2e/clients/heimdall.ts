/**
 * A client of Heimdall's `/ws/updates`, made from the description of its wire and of its interface alone, with nothing of Starling's.
 *
 * It never asks the server for anything: `subscribe` is a list of its own, and what nobody here subscribed to is dropped. Its `ping` is answered by a
 * `pong`, which nobody is told of; that no answer comes is not noticed.
 */

export type ConnectionState = 'Disconnected' | 'Connecting' | 'Connected' | 'Reconnecting'
export type EventCallback = (data: unknown) => void
export type StateCallback = (state: ConnectionState) => void

export interface WebSocketManagerOptions {
  url: string
  /** Between two pings, in milliseconds. Default 30 000. */
  heartbeatInterval?: number
  /** Longest wait before reconnecting, in milliseconds. Default 30 000. */
  maxReconnectDelay?: number
  /** First wait before reconnecting, in milliseconds; it doubles from there. Default 1 000. */
  initialReconnectDelay?: number
}

/** What comes off the socket, once it has been looked at. */
interface ServerMessage {
  event: string
  data?: unknown
}

function isServerMessage(value: unknown): value is ServerMessage {
  return typeof value === 'object' && value !== null && 'event' in value && typeof value.event === 'string'
}

export class WebSocketManager {
  readonly #options: Required<WebSocketManagerOptions>
  readonly #callbacks = new Map<string, Set<EventCallback>>()
  readonly #stateCallbacks = new Set<StateCallback>()
  #socket: WebSocket | null = null
  #state: ConnectionState = 'Disconnected'
  #attempts = 0
  #isWanted = false
  #reconnecting: ReturnType<typeof setTimeout> | undefined
  #heartbeat: ReturnType<typeof setInterval> | undefined

  constructor({ url, heartbeatInterval = 30_000, maxReconnectDelay = 30_000, initialReconnectDelay = 1000 }: WebSocketManagerOptions) {
    this.#options = { url, heartbeatInterval, maxReconnectDelay, initialReconnectDelay }
  }

  /** Resolves when the first attempt succeeds and rejects when it fails; attempts go on either way, until `disconnect`. */
  connect(): Promise<void> {
    this.#isWanted = true
    return this.#open()
  }

  disconnect(): void {
    this.#isWanted = false
    clearTimeout(this.#reconnecting)
    clearInterval(this.#heartbeat)
    this.#socket?.close()
    this.#socket = null
    this.#become('Disconnected')
  }

  subscribe(event: string, callback: EventCallback): void {
    const callbacks = this.#callbacks.get(event) ?? new Set<EventCallback>()
    this.#callbacks.set(event, callbacks.add(callback))
  }

  unsubscribe(event: string, callback: EventCallback): void { this.#callbacks.get(event)?.delete(callback) }

  send(event: string, data: unknown): void { this.transmit({ event, data, timestamp: new Date().toISOString() }) }

  isConnected(): boolean { return this.#socket?.readyState === WebSocket.OPEN }

  getState(): ConnectionState { return this.#state }

  onStateChange(callback: StateCallback): void { this.#stateCallbacks.add(callback) }

  offStateChange(callback: StateCallback): void { this.#stateCallbacks.delete(callback) }

  /** What is sent every `heartbeatInterval`. */
  protected ping(): void { this.send('ping', {}) }

  /** The connection is there. */
  protected opened(): void {}

  protected transmit(message: object): void {
    if (this.isConnected()) this.#socket?.send(JSON.stringify(message))
  }

  #open(): Promise<void> {
    this.#become('Connecting')
    const socket = new WebSocket(this.#options.url)
    this.#socket = socket
    return new Promise((resolve, reject) => {
      socket.onopen = () => {
        this.#attempts = 0
        this.#become('Connected')
        this.#heartbeat = setInterval(() => this.ping(), this.#options.heartbeatInterval)
        this.opened()
        resolve()
      }
      socket.onerror = () => reject(new Error(`no connection to ${this.#options.url}`))
      socket.onmessage = ({ data }) => this.#take(data)
      socket.onclose = () => this.#closed(socket)
    })
  }

  #closed(socket: WebSocket): void {
    if (this.#socket !== socket) return // one that was let go
    clearInterval(this.#heartbeat)
    this.#socket = null
    this.#become('Disconnected')
    if (!this.#isWanted) return
    this.#attempts++
    const { initialReconnectDelay, maxReconnectDelay } = this.#options
    const delay = Math.min(initialReconnectDelay * 2 ** (this.#attempts - 1), maxReconnectDelay)
    this.#become('Reconnecting')
    this.#reconnecting = setTimeout(() => { this.#open().catch(() => {}) }, delay)
  }

  #take(text: unknown): void {
    let message: unknown
    try {
      message = JSON.parse(String(text))
    } catch {
      console.error('not JSON:', text)
      return
    }
    if (!isServerMessage(message) || message.event === 'pong') return
    for (const callback of this.#callbacks.get(message.event) ?? []) callback(message.data)
  }

  #become(state: ConnectionState): void {
    if (this.#state === state) return
    this.#state = state
    for (const callback of this.#stateCallbacks) callback(state)
  }
}

export const createWebSocketManager = (url: string, options: Omit<WebSocketManagerOptions, 'url'> = {}): WebSocketManager =>
  new WebSocketManager({ ...options, url })
