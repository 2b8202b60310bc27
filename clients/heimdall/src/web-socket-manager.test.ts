import assert from 'node:assert/strict'
import test from 'node:test'
import type { TestContext } from 'node:test'

import { fakePage, type FakeSocket, settle } from '../../client/dist/for-test.js'
import { createWebSocketManager } from './index.js'
import type { WebSocketManager } from './index.js'

const receivers = { w1: { status: 'online', response_time_ms: 1 } }
const health = { api: { status: 'healthy' } }

/** Connected, once `subscribes` has; the state is here and yet to be told. */
async function begin(t: TestContext, subscribes: (manager: WebSocketManager) => void): Promise<{ manager: WebSocketManager, socket: FakeSocket, draw(): void }> {
  const { sockets, draw } = fakePage(t)
  const manager = createWebSocketManager('ws://host.example/ws/updates')
  t.after(() => manager.disconnect()) // else it would wait for its server for ever, and the test for it
  subscribes(manager)
  manager.connect().catch(() => {})
  await settle()
  const [socket] = sockets
  assert.ok(socket)
  socket.begins({ 'websdrs:status': receivers, 'services:health': health })
  return { manager, socket, draw }
}

test('a callback that throws costs nobody else an event, a map or a state, and what it threw is not swallowed', async (t) => {
  const thrown: (() => void)[] = []
  const told: unknown[] = []
  const fails = (what: string) => () => { throw new Error(what) }
  const { socket, draw } = await begin(t, (manager) => {
    manager.onStateChange(fails('state'))
    manager.onStateChange((state) => told.push(state))
    for (const event of ['services:health', 'websdrs:status', 'signals:detected'] as const) {
      manager.subscribe(event, fails(event))
      manager.subscribe(event, (data: unknown) => told.push(data))
    }
    t.mock.method(globalThis, 'queueMicrotask', (run: () => void) => { thrown.push(run) })
  })
  draw()
  const data = { snr_db: 5 }
  socket.says({ type: 'update', id: 1, seq: 2, channels: { 'signals:detected': { events: [{ seq: 2, n: 0, time: '2026-11-21T09:00:00.000Z', data }] } } })
  assert.deepEqual(told, ['Connecting', 'Connected', health, receivers, data])
  assert.equal(thrown.length, 5)
  for (const [index, what] of ['state', 'state', 'services:health', 'websdrs:status', 'signals:detected'].entries()) assert.throws(() => thrown[index]?.(), { message: what })
})

const subscribed = { type: 'subscribed', id: 1, seq: 1, view: 'v', resumed: false, reason: 'replaced' }
const update = (channels: object): object => ({ type: 'update', id: 1, seq: 1, channels })
const asked = (socket: FakeSocket): unknown[] => socket.of('subscribe').map(({ channels }) => (channels as string[]).join())

/** One that listens to receivers and to health has been told both. */
async function beginTold(t: TestContext): Promise<{ manager: WebSocketManager, socket: FakeSocket, draw(): void, first(): void }> {
  const first = (): void => {}
  const begun = await begin(t, (manager) => {
    manager.subscribe('websdrs:status', first)
    manager.subscribe('services:health', () => {})
  })
  begun.draw()
  return { ...begun, first }
}

test('a callback that takes the place of another at once asks the server nothing, and is told what there is', async (t) => {
  const { manager, socket, first } = await beginTold(t)
  const told: unknown[] = []
  manager.unsubscribe('websdrs:status', first)
  manager.subscribe('websdrs:status', (data) => told.push(data))
  await settle()
  assert.deepEqual([asked(socket), told], [['services:health,websdrs:status'], [receivers]])
})

test('a callback that takes the place of another while the server is still to answer is told what there is', async (t) => {
  const { manager, socket, draw, first } = await beginTold(t)
  const told: unknown[] = []
  manager.subscribe('signals:detected', () => {})
  manager.unsubscribe('websdrs:status', first)
  await settle()
  manager.subscribe('websdrs:status', (data) => told.push(data))
  await settle()
  assert.deepEqual(told, [receivers])
  for (let answers = 0; answers < 2; ++answers) socket.says(subscribed, update({}))
  draw()
  const all = 'services:health,signals:detected,websdrs:status'
  assert.deepEqual([told, asked(socket)], [[receivers], ['services:health,websdrs:status', all, all]])
})

test('a callback that takes the place of another while the server lets go of the channel is not told that there is nothing', async (t) => {
  const { manager, socket, draw, first } = await beginTold(t)
  const told: unknown[] = []
  manager.unsubscribe('websdrs:status', first)
  await settle()
  manager.subscribe('websdrs:status', (data) => told.push(data))
  await settle()
  socket.says(subscribed, update({ 'websdrs:status': { remove: { w1: 'filtered' } } }))
  draw()
  assert.deepEqual(told, [receivers])
  socket.says(subscribed, update({ 'websdrs:status': { set: { w1: { status: 'offline', response_time_ms: null } } } }))
  draw()
  socket.says(update({ 'websdrs:status': { remove: { w1: 'deleted' } } }))
  draw()
  assert.deepEqual(told, [receivers, { w1: { status: 'offline', response_time_ms: null } }, {}])
})
