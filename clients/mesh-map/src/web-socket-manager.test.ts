import assert from 'node:assert/strict'
import test from 'node:test'
import type { TestContext } from 'node:test'

import { fakePage, settle } from '../../client/dist/for-test.js'
import { MeshLink } from './mesh-link.js'
import type { MeshFrame } from './types.js'
import { WebSocketManager } from './web-socket-manager.js'

const url = 'ws://host.example/api/ws'

/** What is thrown in microtasks from here on. */
function thrownIn(t: TestContext): () => string[] {
  const thrown: (() => void)[] = []
  t.mock.method(globalThis, 'queueMicrotask', (run: () => void) => { thrown.push(run) })
  const messageOf = (run: () => void): string => {
    try {
      run()
    } catch (error) {
      return (error as Error).message
    }
    return ''
  }
  return () => thrown.map(messageOf)
}

test('a listener that throws costs nobody else an event, and what it threw is not swallowed', async (t) => {
  const { sockets } = fakePage(t)
  const thrown = thrownIn(t)
  const manager = new WebSocketManager(url)
  const told: string[] = []
  for (const name of ['device.connection', 'node.new', 'message.new'] as const) {
    t.after(manager.on(name, () => { throw new Error(name) })) // the screen's next frame comes when the test is over
    manager.on(name, () => told.push(name))
  }
  manager.connect()
  t.after(() => manager.disconnect())
  await settle()
  const [socket] = sockets
  assert.ok(socket)
  const heard = new Date().toISOString()
  socket.begins({ 'mesh:node': { '!1': { num: 1 }, '!2': { num: 2 } }, 'mesh:presence': { '!1': { heard }, '!2': { heard } } })
  manager.send({ type: 'request_snapshot' })
  socket.says({ type: 'update', id: 1, seq: 2, channels: { 'mesh:message': { events: [{ seq: 2, n: 0, key: '!1', time: heard, data: { id: 1 } }] } } })
  const names = ['device.connection', 'node.new', 'node.new', 'message.new']
  assert.deepEqual([told, thrown()], [names, names])
})

test('who throws at one frame is told the others', async (t) => {
  const { sockets } = fakePage(t)
  const thrown = thrownIn(t)
  const told: string[] = []
  let isOver = false // the screen's next frame comes then
  t.after(() => { isOver = true })
  const link = new MeshLink(url, ({ type }: MeshFrame) => {
    told.push(type)
    if (!isOver) throw new Error(type)
  })
  link.connect()
  t.after(() => link.disconnect())
  await settle()
  const [socket] = sockets
  assert.ok(socket)
  socket.begins({})
  link.requestSnapshot()
  const node = { 'mesh:node': { set: { '!1': { num: 1 } } }, 'mesh:position': { set: { '!1': { latitude: 1, longitude: 2 } } } }
  const message = { 'mesh:message': { events: [{ seq: 2, n: 0, key: '!1', time: '2026-11-21T09:00:00.000Z', data: { id: 1 } }] } }
  socket.says({ type: 'update', id: 1, seq: 2, channels: { ...node, ...message } })
  const types = ['snapshot', 'node_update', 'position_update', 'message']
  assert.deepEqual([told, thrown()], [types, types])
})

test('what was missed comes with another snapshot, and nothing that was told or was there at first', async (t) => {
  const { sockets, draw } = fakePage(t)
  const manager = new WebSocketManager(url)
  const told: number[] = []
  manager.on('message.new', ({ id }) => told.push(id))
  manager.connect()
  t.after(() => manager.disconnect())
  await settle()
  const [socket] = sockets
  assert.ok(socket)
  const event = (id: number): object => ({ seq: id, n: 0, key: '!1', time: '2026-11-21T09:00:00.000Z', data: { id } })
  const says = (seq: number, ...ids: number[]): void => socket.says({ type: 'update', id: 1, seq, channels: { 'mesh:message': { events: ids.map(event) } } })
  socket.begins({})
  says(1, 1)
  manager.send({ type: 'request_snapshot' })
  assert.deepEqual(told, [])
  says(2, 2)
  assert.deepEqual(told, [2])
  socket.says({ type: 'subscribed', id: 1, seq: 4, view: 'v', resumed: false, reason: 'expired' })
  socket.says({ type: 'snapshot', id: 1, seq: 4, channels: {}, more: false })
  draw()
  says(4, 1, 2, 3, 4)
  assert.deepEqual(told, [2])
  manager.send({ type: 'request_snapshot' })
  assert.deepEqual(told, [2, 3, 4])
  manager.send({ type: 'request_snapshot' })
  assert.deepEqual(told, [2, 3, 4])
})
