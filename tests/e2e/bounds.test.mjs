// A viewer that looks at a box: what comes in, what stays, what leaves.
import assert from 'node:assert/strict'
import test from 'node:test'

import { post, publish } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'
import { Viewer } from './support/viewer.mjs'

const timeout = 30_000
const boxes = [
  {
    name: 'a box over New York', bounds: { north: 41, south: 40, east: -73, west: -75 },
    outside: { latitude: 40.5, longitude: -76 }, inside: { latitude: 40.5, longitude: -74 }, still: { latitude: 40.5, longitude: -73 },
  },
  {
    name: 'a box across the date line', bounds: { north: -10, south: -20, east: -178, west: 178 },
    outside: { latitude: -15, longitude: 177 }, inside: { latitude: -15, longitude: 179.5 }, still: { latitude: -15, longitude: -179.5 },
  },
  {
    name: 'a box across the date line, longitudes past 180', bounds: { north: 10, south: -10, east: 190, west: 170 },
    outside: { latitude: 0, longitude: -169 }, inside: { latitude: 0, longitude: 185 }, still: { latitude: 0, longitude: -172 },
  },
]

for (const { name, bounds, outside, inside, still } of boxes) {
  test(`${name}: set on entering, patch inside, remove on leaving`, { timeout }, async (t) => {
    const starling = await startStarling(t)
    const viewer = await Viewer.open(t, starling.url)
    await viewer.subscribe(['drone:position'], { filter: { bounds } })

    /** Publishes a place and returns what the viewer is told by the time everything up to it has come. */
    let beacons = 0
    async function go(place, more = {}) {
      const from = viewer.frames.length
      assert.equal((await post(starling.url, '/api/v1/publish/drone:position?key=uav', { ...place, ...more })).status, 200)
      // A beacon that is always in view: when it changes, the change before it has been told or never will be.
      const n = ++beacons
      await post(starling.url, '/api/v1/publish/drone:position?key=beacon', { ...inside, n })
      await until(() => viewer.records('drone:position').beacon?.n === n, { what: 'the beacon' })
      const told = {}
      for (const change of viewer.changes('drone:position', from)) {
        for (const kind of ['remove', 'set', 'patch']) if (change[kind]?.uav !== undefined) (told[kind] ??= []).push(change[kind].uav)
      }
      return told
    }

    assert.deepEqual(await go(outside, { mode: 'idle' }), {})
    assert.deepEqual(await go(inside), { set: [{ ...inside, mode: 'idle' }] })
    assert.deepEqual(await go(still), { patch: [{ longitude: still.longitude }] })
    assert.deepEqual(await go(still), {})
    assert.deepEqual(await go(outside), { remove: ['moved'] })
    assert.deepEqual(await go(outside, { mode: 'cruise' }), {})
    assert.deepEqual(await go(inside), { set: [{ ...inside, mode: 'cruise' }] })
    assert.deepEqual(viewer.records('drone:position').uav, { ...inside, mode: 'cruise' })

    const late = await Viewer.open(t, starling.url)
    await late.subscribe(['drone:position'], { filter: { bounds } })
    assert.deepEqual(late.records('drone:position'), viewer.records('drone:position'))
  })
}

test('a map that pans is told only the difference', { timeout }, async (t) => {
  const starling = await startStarling(t)
  for (const longitude of [1, 2, 3, 4]) {
    await publish(starling.url, `/api/v1/publish/drone:position?key=at${longitude}`, { latitude: 0, longitude })
  }
  const viewer = await Viewer.open(t, starling.url)
  const look = (west, east) => viewer.subscribe(['drone:position'], { filter: { bounds: { north: 1, south: -1, west, east } } })
  await look(0.5, 2.5)
  assert.deepEqual(Object.keys(viewer.records('drone:position')).sort(), ['at1', 'at2'])
  const from = viewer.frames.length
  await look(1.5, 3.5)
  assert.deepEqual(viewer.of('subscribed', from).map(({ reason }) => reason), ['replaced'])
  assert.deepEqual(viewer.of('snapshot', from), [])
  const changes = viewer.changes('drone:position', from)
  assert.deepEqual(changes.map(({ set }) => set), [{ at3: { latitude: 0, longitude: 3 } }])
  assert.deepEqual(changes.map(({ remove }) => Object.keys(remove)), [['at1']])
  assert.deepEqual(Object.keys(viewer.records('drone:position')).sort(), ['at2', 'at3'])
})
