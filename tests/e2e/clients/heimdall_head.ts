/**
 * A client of the later Heimdall's `/ws`, made from the description of its wire alone, with nothing of Starling's.
 *
 * The manager is the same; on this wire a ping has no data, and when connected it asks for its channels, which the server acknowledges and no more.
 */
import { WebSocketManager } from './heimdall.js'
import type { WebSocketManagerOptions } from './heimdall.js'

export const channels = ['services:health', 'websdrs_update', 'signals:detected', 'localizations:updated'] as const

export class HeadWebSocketManager extends WebSocketManager {
  protected override ping(): void { this.transmit({ event: 'ping' }) }

  protected override opened(): void { this.transmit({ event: 'subscribe', channels }) }
}

export const createWebSocketManager = (url: string, options: Omit<WebSocketManagerOptions, 'url'> = {}): HeadWebSocketManager =>
  new HeadWebSocketManager({ ...options, url })
