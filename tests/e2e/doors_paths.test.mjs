// Which path is which door, and what is none.
import assert from 'node:assert/strict'
import test from 'node:test'

import { DoorClient, upgradeStatus } from './support/door.mjs'
import { publish } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'

const timeout = 60_000

test('an upgrade at a path that is no door is answered with 404', { timeout }, async (t) => {
  const starling = await startStarling(t)
  for (const path of ['/ws', '/ws/updates', '/api/ws', '/api/ws?token=x']) assert.equal(await upgradeStatus(starling.url, path), 101, path)
  for (const path of ['/', '/nowhere', '/ws/', '/ws/updates/', '/api/ws/x', '/Ws', '/api/v1/state/site:position']) {
    assert.equal(await upgradeStatus(starling.url, path), 404, path)
  }
})

test('every door speaks the native protocol to who offers it', { timeout }, async (t) => {
  const starling = await startStarling(t)
  for (const path of ['/live', '/ws', '/ws/updates', '/api/ws']) {
    const socket = await DoorClient.open(t, starling.url, path, { protocols: ['starling.v1'] })
    await until(() => socket.frames.length > 0, { what: `${path} to welcome` })
    assert.equal(socket.frames[0].type, 'welcome', path)
  }
})

test('a door of the configuration shows its channels by its names; one that is off is none', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: `
[[door]]
path = "/ws/updates"
dialect = "event"
channels = ["site:state", "services:health"]
names = { "site:state" = "site_update" }
[[door]]
path = "/ws"
dialect = "off"
[[door]]
path = "/flat"
dialect = "event-flat"
` })
  assert.equal(await upgradeStatus(starling.url, '/ws'), 404)
  const client = await DoorClient.open(t, starling.url, '/ws/updates')
  const byDefault = await DoorClient.open(t, starling.url, '/flat')
  await publish(starling.url, '/api/v1/publish/websdrs:status?key=w1', { status: 'online' })
  await publish(starling.url, '/api/v1/publish/site:state?key=a', { level: 3 })
  await client.frame(({ event }) => event === 'site_update')
  assert.deepEqual(client.frames.map(({ event, data }) => ({ event, data })), [{ event: 'site_update', data: { a: { level: 3 } } }])
  const update = await byDefault.frame(({ event }) => event !== 'connected')
  assert.deepEqual([update.event, update.data], ['websdrs_update', { w1: { status: 'online' } }])
})
