/** What the types let an application of theirs say, and what they do not. */
import { createWebSocketManager, WebSocketManager } from './index.js'
import type { ConnectionState, ServiceHealth } from './index.js'

const manager = createWebSocketManager('ws://127.0.0.1:8080/ws/updates')
new WebSocketManager({ url: 'ws://127.0.0.1:8080/ws', heartbeatInterval: 30_000, maxReconnectDelay: 30_000, initialReconnectDelay: 1000 })
// @ts-expect-error a port is no address
createWebSocketManager(8080)
// @ts-expect-error without an address
new WebSocketManager({})
// @ts-expect-error misspelt
createWebSocketManager('ws://127.0.0.1:8080/ws', { maxReconectDelay: 1 })

// Theirs are known; an application's own word for what comes is taken.
manager.subscribe('services:health', (services) => { for (const { status } of Object.values(services)) status satisfies ServiceHealth['status'] })
manager.subscribe('services:health', (services: { [name: string]: { status: string } }) => Object.keys(services))
manager.subscribe('site:state', (data) => { data satisfies unknown })
// @ts-expect-error no such field
manager.subscribe('signals:detected', (signal) => signal.snr)
// @ts-expect-error of an unknown event nothing is known
manager.subscribe('site:state', (data) => data.status)
// @ts-expect-error no callback
manager.subscribe('services:health')

manager.onStateChange((state: ConnectionState) => state)
// @ts-expect-error their states are capitalised
export const isConnected = manager.getState() === 'connected'
export const connected: Promise<void> = manager.connect()
