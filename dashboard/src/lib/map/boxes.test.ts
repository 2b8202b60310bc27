import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boundsToAsk, contains, extentOf, isIn, wasteMax, widthOf } from './boxes.js'

const bay = { north: 38, south: 37.5, east: -122, west: -123 }

test('a box is as wide as it says, across the date line too', () => {
  assert.equal(widthOf(bay), 1)
  assert.equal(widthOf({ north: 1, south: 0, west: 170, east: -170 }), 20)
  assert.equal(widthOf({ north: 1, south: 0, west: -180, east: 180 }), 360)
})

test('a place is in a box, edges included', () => {
  const pacific = { north: 10, south: -10, west: 170, east: -170 }
  for (const longitude of [170, 175, 180, -180, -170]) assert.ok(isIn(pacific, { latitude: 0, longitude }), `${longitude}`)
  for (const longitude of [169.9, -169.9, 0]) assert.ok(!isIn(pacific, { latitude: 0, longitude }), `${longitude}`)
  assert.ok(!isIn(pacific, { latitude: 10.1, longitude: 175 }))
})

test('what is asked for holds what is seen and some more on each side, and is not much more', () => {
  for (const seen of [bay, { north: -17, south: -18, west: 179.5, east: -179.5 }, { north: 37.801, south: 37.8, west: -122.401, east: -122.4 }]) {
    const asked = boundsToAsk(seen)
    assert.ok(contains(asked, seen))
    assert.ok(asked.north > seen.north && asked.south < seen.south)
    assert.ok(widthOf(asked) <= 2 * widthOf(seen) + 0.002 && asked.north - asked.south <= 2 * (seen.north - seen.south) + 0.002)
  }
})

test('moving a little asks for nothing new, moving further does', () => {
  const asked = boundsToAsk(bay)
  const little = { ...bay, east: bay.east + 0.1, west: bay.west + 0.1 }
  assert.equal(boundsToAsk(little, asked), asked)
  const far = { ...bay, east: bay.east + 1, west: bay.west + 1 }
  assert.notDeepEqual(boundsToAsk(far, asked), asked)
})

test('zooming in far asks for less, a little does not', () => {
  const asked = boundsToAsk(bay)
  const half = { north: 37.9, south: 37.6, west: -122.8, east: -122.3 }
  assert.equal(boundsToAsk(half, asked), asked)
  const tenth = { north: 37.8, south: 37.75, west: -122.6, east: -122.5 }
  assert.ok(widthOf(boundsToAsk(tenth, asked)) < 0.3)
})

test('two who look at about the same ask for the same', () => {
  const [one, other] = [0.95, 0.98].map(north => ({ north: 37 + north, south: 36.5 + north, east: -123 + north, west: -124 + north }))
  assert.deepEqual(boundsToAsk(one!), boundsToAsk(other!))
})

test('the whole world is all of it, and no box goes beyond a pole', () => {
  assert.deepEqual(boundsToAsk({ north: 90, south: -90, west: -180, east: 180 }), { north: 90, south: -90, west: -180, east: 180 })
  const arctic = boundsToAsk({ north: 90, south: 80, west: 0, east: 40 })
  assert.equal(arctic.north, 90)
  const wide = boundsToAsk({ north: 60, south: -60, west: -150, east: 150 })
  assert.equal(widthOf(wide), 360)
})

test('the extent is the smallest box around all', () => {
  assert.equal(extentOf([]), undefined)
  assert.deepEqual(extentOf([{ latitude: 1, longitude: 2 }]), { north: 1, south: 1, east: 2, west: 2 })
  assert.deepEqual(extentOf([{ latitude: 1, longitude: -20 }, { latitude: -3, longitude: 30 }]), { north: 1, south: -3, west: -20, east: 30 })
})

test('the extent of a fleet on both sides of the date line is across it', () => {
  const fleet = [170, 179, -178, -160].map(longitude => ({ latitude: 0, longitude }))
  assert.deepEqual(extentOf(fleet), { north: 0, south: 0, west: 170, east: -160 })
})

test('at one below, at, and one above the bound the box that is asked for will do, or is too much', () => {
  const asked = { north: 8, south: -8, east: 8, west: -8 }
  for (const [times, isEnough] of [[wasteMax - 0.01, true], [wasteMax, true], [wasteMax + 0.01, false]] as const) {
    const half = 8 / times
    for (const seen of [{ north: half, south: -half, east: 8, west: -8 }, { north: 8, south: -8, east: half, west: -half }]) assert.equal(boundsToAsk(seen, asked) === asked, isEnough, `${times} times`)
  }
})
