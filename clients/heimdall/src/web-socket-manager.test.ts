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
