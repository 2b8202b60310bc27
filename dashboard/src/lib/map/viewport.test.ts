import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eastward, latitudeMax, latitudeOf, longitudeOf, xOf, yOf } from './mercator.js'
import { between, boundsOf, clamped, fitted, fromScreen, panned, toScreen, worldAt, zoomedAround, zoomMax, zoomMin } from './viewport.js'

const size = { width: 1000, height: 600 }
const view = { latitude: 37.8, longitude: -122.4, zoom: 11 }
const near = (a: number, b: number, slack = 1e-9) => assert.ok(Math.abs(a - b) <= slack, `${a} is not ${b}`)

test('a place goes into the square and comes back', () => {
  for (const [latitude, longitude] of [[0, 0], [37.8, -122.4], [-85, 179.999], [85, -180]] as const) {
    near(latitudeOf(yOf(latitude)), latitude)
    near(longitudeOf(xOf(longitude)), longitude)
  }
})

test('190 degrees east is 170 west, and both edges of the square are one meridian', () => {
  near(xOf(190), xOf(-170))
  assert.equal(xOf(180), xOf(-180))
  assert.equal(longitudeOf(1), -180)
})

test('what is nearer to a pole than the square goes is at its edge', () => {
  assert.equal(yOf(90), 0)
  assert.equal(yOf(-90), 1)
  near(yOf(latitudeMax), 0)
  assert.ok(yOf(latitudeMax - 1) > 0)
  assert.equal(yOf(latitudeMax + 1), 0)
})

test('the way east is the shorter way round', () => {
  near(eastward(0.9, 0.1), 0.2)
  near(eastward(0.1, 0.9), -0.2)
  assert.equal(eastward(0.25, 0.25), 0)
})

test('the centre is in the middle of the screen, and a point of the screen comes back', () => {
  const middle = toScreen(view, size, { x: xOf(view.longitude), y: yOf(view.latitude) })
  near(middle.x, 500)
  near(middle.y, 300)
  const place = fromScreen(view, size, { x: 40, y: 570 })
  const back = toScreen(view, size, { x: xOf(place.longitude), y: yOf(place.latitude) })
  near(back.x, 40, 1e-6)
  near(back.y, 570, 1e-6)
})

test('zooming leaves what is under the pointer under it', () => {
  const at = { x: 900, y: 100 }
  const before = fromScreen(view, size, at)
  for (const zoom of [9.3, 11, 14.5]) {
    const after = fromScreen(zoomedAround(view, size, at, zoom), size, at)
    near(after.latitude, before.latitude, 1e-9)
    near(after.longitude, before.longitude, 1e-9)
  }
})

test('panning over the date line goes on', () => {
  const after = panned({ latitude: 0, longitude: 179.9, zoom: 8 }, size, -200, 0)
  assert.ok(after.longitude < -179)
  const bounds = boundsOf(after, size)
  assert.ok(bounds.west > bounds.east, 'the box crosses the date line')
})

test('there is nothing beyond the poles, and the world is never lower than the screen', () => {
  const top = panned({ latitude: 80, longitude: 0, zoom: 3 }, size, 0, 10_000)
  assert.equal(boundsOf(top, size).north, 90)
  const bottom = panned({ latitude: -80, longitude: 0, zoom: 3 }, size, 0, -10_000)
  assert.equal(boundsOf(bottom, size).south, -90)
  const whole = clamped({ latitude: 50, longitude: 0, zoom: -3 }, size)
  near(worldAt(whole.zoom), 600)
  near(whole.latitude, 0)
  assert.equal(clamped({ latitude: 0, longitude: 0, zoom: 99 }, size).zoom, zoomMax)
  assert.equal(zoomMin({ width: 300, height: 100 }), 0)
})

test('a screen wider than the world sees all longitudes', () => {
  const { west, east } = boundsOf({ latitude: 0, longitude: 100, zoom: zoomMin(size) }, size)
  assert.equal(east - west, 360)
})

test('fitting shows all of a box, in the middle, across the date line too', () => {
  for (const box of [{ north: 38, south: 37.6, west: -122.7, east: -122.2 }, { north: -10, south: -20, west: 175, east: -170 }]) {
    const seen = boundsOf(fitted(box, size), size)
    assert.ok(seen.north > box.north && seen.south < box.south)
    assert.ok(eastward(xOf(seen.west), xOf(box.west)) > 0 && eastward(xOf(box.east), xOf(seen.east)) > 0)
  }
})

test('one place is fitted no nearer than asked', () => {
  const view = fitted({ north: 1, south: 1, west: 2, east: 2 }, size, { nearest: 12 })
  assert.equal(view.zoom, 12)
  near(view.latitude, 1)
  near(view.longitude, 2)
})

test('the way between two views is the shorter way round the world', () => {
  const middle = between({ latitude: 0, longitude: 170, zoom: 2 }, { latitude: 0, longitude: -170, zoom: 4 }, 0.5)
  near(Math.abs(middle.longitude), 180)
  assert.equal(middle.zoom, 3)
})

test('at one below, at, and one above the nearest zoom a view is as near as it may be', () => {
  const size = { width: 800, height: 600 }
  for (const [zoom, shown] of [[zoomMax - 1, zoomMax - 1], [zoomMax, zoomMax], [zoomMax + 1, zoomMax]] as const) {
    assert.equal(clamped({ latitude: 0, longitude: 0, zoom }, size).zoom, shown)
    assert.equal(zoomedAround({ latitude: 0, longitude: 0, zoom: 5 }, size, { x: 1, y: 1 }, zoom).zoom, shown)
  }
})
