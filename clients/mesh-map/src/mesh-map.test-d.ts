/** What the types let an application of theirs say, and what they do not. */
import { useWebSocketMQTT, WebSocketManager } from './index.js'
import type { MapNode, MeshNode } from './index.js'

// As their design has it.
const { state, subscribe } = useWebSocketMQTT({
  onSnapshot: (data) => { data.nodes satisfies MeshNode[] },
  onNodeUpdate: (nodes) => nodes.map(({ longName }) => longName ?? ''),
  onPositionUpdate: (positions) => positions.map(({ latitude }) => latitude.toFixed(2)),
}, { autoConnect: true, filter: { bounds: { north: 41, south: 40, east: -73, west: -75 } } })
export const isConnected: boolean = state.connected
subscribe({ nodeIds: ['!a1'] })
// @ts-expect-error no such handler
useWebSocketMQTT({ onNode: () => {} })
// @ts-expect-error misspelt
useWebSocketMQTT({}, { autoconnect: true })
// @ts-expect-error no such kind
useWebSocketMQTT({}, { filter: { messageTypes: ['nodes'] } })
// @ts-expect-error it may not be known
useWebSocketMQTT({ onNodeUpdate: (nodes) => nodes.map(({ longName }) => longName.length) })

const manager = new WebSocketManager()
manager.on('node.update', (node) => { node satisfies MapNode })
manager.on('message.new', (message: { text: string }) => message.text)
manager.on('device.stats', (stats: { uptime: number }) => stats.uptime)
manager.send({ type: 'subscribe', filter: { messageTypes: ['node', 'position'] } })
// @ts-expect-error no such event
manager.on('node.updated', () => {})
// @ts-expect-error no such field
manager.on('node.update', (node) => node.name)
// @ts-expect-error a message has a type
manager.send({ filter: {} })
