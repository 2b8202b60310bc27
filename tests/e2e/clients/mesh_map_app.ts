/** A little map of theirs: what each callback is given goes into a store. It says what it was given, in order. */
import { WebSocketManager } from './mesh_map.js'
import type { MapMessage, MapNode } from './mesh_map.js'

export interface MeshMap {
  given: [event: string, payload: unknown][]
  nodes: { [id: string]: MapNode }
  messages: MapMessage[]
  connections: boolean[]
}

export function openMap(url: string) {
  const manager = new WebSocketManager(url)
  const map: MeshMap = { given: [], nodes: {}, messages: [], connections: [] }
  const keep = (event: string) => (node: MapNode): void => {
    map.given.push([event, node])
    map.nodes[node.id] = node
  }
  manager.on('node.new', keep('node.new'))
  manager.on('node.update', keep('node.update'))
  manager.on('message.new', (message) => {
    map.given.push(['message.new', message])
    map.messages.push(message)
  })
  manager.on('mqtt_raw', (packet) => map.given.push(['mqtt_raw', packet]))
  manager.on('error', (error) => map.given.push(['error', error.message]))
  manager.on('device.connection', ({ connected }) => map.connections.push(connected))
  const off = manager.on('node.update', () => map.given.push(['taken off', null]))
  off()
  manager.connect()
  return {
    map,
    isConnected: () => manager.isConnected(),
    send: (message: { type: string, filter?: object }) => manager.send(message),
    close: () => manager.disconnect(),
  }
}
