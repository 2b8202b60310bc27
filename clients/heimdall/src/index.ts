export { createWebSocketManager, WebSocketManager } from './web-socket-manager.js'
export type { ConnectionState, EventCallback, StateCallback, WebSocketManagerOptions } from './web-socket-manager.js'
export type { HeimdallEvents, LocalizationUpdated, ServiceHealth, SignalDetected, WebSdrStatus } from './events.js'
