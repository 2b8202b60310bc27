import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressOf, hashOfView } from './address.js'
import { ageOf } from './age.js'
import { ByteRate, spanMs } from './byte-rate.js'
import { graticuleOf, latitudeText, longitudeText, scaleBarOf } from './graticule.js'
import { listedMax, nearestTo } from './in-view.js'
import { labelsMax, Room, toName, Widths, widthsMax } from './labels.js'

test('a view goes into the address and comes back, with what is selected', () => {
  const view = { zoom: 11.5, latitude: 37.8123, longitude: -122.4321 }
  const hash = hashOfView(view, '!a/1')
  assert.equal(hash, '#/map/11.50/37.81230/-122.43210/!a%2F1')
  assert.deepEqual(addressOf(decodeURIComponent(hash.slice('#/map/'.length))), { view, key: '!a/1' })
  assert.deepEqual(addressOf(hashOfView(view).slice('#/map/'.length)), { view, key: undefined })
})

test('what is no view is a key, and what no view can be is nothing', () => {
  assert.deepEqual(addressOf('!a1b2c3d4'), { view: undefined, key: '!a1b2c3d4' })
  for (const text of [undefined, '', '3/91/0', '3/0/181', '25/0/0']) assert.deepEqual(addressOf(text), { view: undefined, key: undefined })
})

test('an age has its class up to its limit', () => {
  const now = 10 * 3_600_000
  for (const [heard, age] of [[undefined, 'unknown'], [now + 5000, 'fresh'], [now - 59_999, 'fresh'], [now - 60_000, 'recent'], [now - 900_000, 'aging'],
    [now - 7_199_999, 'aging'], [now - 7_200_000, 'old']] as const) assert.equal(ageOf(heard, now), age)
})

test('a rate is that of the last seconds', () => {
  const rate = new ByteRate()
  assert.equal(rate.bytesPerSecond, undefined)
  rate.add(0, 1_000_000)
  assert.equal(rate.bytesPerSecond, undefined)
  for (let second = 1; second <= 20; second++) rate.add(second * 1000, 1_000_000 + second * 300)
  assert.equal(rate.bytesPerSecond, 300)
  for (let second = 21; second <= 30; second++) rate.add(second * 1000, 1_006_000)
  assert.equal(rate.bytesPerSecond, 0)
})

test('lines of the globe are round numbers, in the box, and across the date line', () => {
  const { stepDegrees, longitudes, latitudes } = graticuleOf({ north: 38.04, south: 37.51, west: -122.95, east: -122.31 }, 512 * 2 ** 10)
  assert.equal(stepDegrees, 0.1)
  assert.deepEqual(longitudes.map(longitude => longitudeText(longitude, stepDegrees)), ['122.9° W', '122.8° W', '122.7° W', '122.6° W', '122.5° W', '122.4° W'])
  assert.equal(latitudes.length, 5)
  assert.deepEqual(graticuleOf({ north: 1, south: -1, west: 175, east: -175 }, 512 * 2 ** 4).longitudes, [175, 180 - 360, -175])
  const world = graticuleOf({ north: 90, south: -90, west: -180, east: 180 }, 512)
  assert.equal(new Set(world.longitudes).size, world.longitudes.length)
  assert.ok(world.latitudes.every(latitude => Math.abs(latitude) < 85))
})

test('a line says what it is', () => {
  assert.equal(latitudeText(-37.5, 0.5), '37.5° S')
  assert.equal(latitudeText(0, 10), '0°')
  assert.equal(longitudeText(-180, 10), '180°')
  assert.equal(longitudeText(0.002, 0.002), '0.002° E')
})

test('the bar is a round length that fits', () => {
  for (const [zoom, text] of [[1, '2000 km'], [10, '5 km'], [15, '200 m']] as const) {
    const bar = scaleBarOf(0, 512 * 2 ** zoom)
    assert.ok(bar.widthPx <= 110 && bar.widthPx > 30, `${bar.widthPx}`)
    assert.equal(bar.text, text)
  }
})

test('a label has room where it overlaps none, however far the squares are', () => {
  const room = new Room()
  room.take({ left: 10, top: 10, width: 100, height: 12 })
  assert.ok(!room.isFree({ left: 109, top: 21, width: 50, height: 12 }))
  assert.ok(room.isFree({ left: 110, top: 10, width: 50, height: 12 }))
  assert.ok(room.isFree({ left: 10, top: 22, width: 50, height: 12 }))
  assert.ok(room.isFree({ left: -300, top: -40, width: 50, height: 12 }))
})

test('at one below, at, and one above the bound there is room for names', () => {
  const room = new Room()
  const box = (index: number) => ({ left: index * 100, top: 0, width: 50, height: 12 })
  for (let index = 0; index < labelsMax - 1; index++) assert.ok(room.name(box(index)))
  assert.ok(!room.name(box(0)), 'on another one')
  assert.ok(room.name(box(0), true), 'the last one: it has to')
  assert.ok(!room.name(box(labelsMax)))
  assert.ok(!room.name(box(labelsMax), true))
})

test('at one below, at, and one above twice the bound all may have a name, or who has to', () => {
  for (const [count, named] of [[2 * labelsMax - 1, 2 * labelsMax - 1], [2 * labelsMax, 2 * labelsMax], [2 * labelsMax + 1, 1]] as const) {
    const all = Array.from({ length: count }, (_, index) => index)
    const names = toName(all, index => (index === 7 ? 0 : index === 9 ? 1 : 2))
    assert.deepEqual([names.length, ...names.slice(0, 3)], [named, ...[7, 9, 0].slice(0, named)])
  }
})

test('at one below, at, and one above the bound a width is remembered, or all are measured anew', () => {
  for (const [others, again] of [[widthsMax - 2, 0], [widthsMax - 1, 0], [widthsMax, 1]] as const) {
    const widths = new Widths()
    widths.of('first', () => 5)
    for (let index = 0; index < others; index++) widths.of(String(index), () => index)
    let measured = 0
    assert.equal(widths.of('first', () => { measured++; return 5 }), 5)
    assert.equal(measured, again, `${others} others`)
  }
})

test('at one below, at, and one above the bound those nearest to the middle are listed, over the date line too', () => {
  for (const [count, listed] of [[listedMax - 1, listedMax - 1], [listedMax, listedMax], [listedMax + 1, listedMax]] as const) {
    // The first is the furthest.
    const seen = Array.from({ length: count }, (_, index) => ({ x: (count - index) * 0.001, y: 0.5, index }))
    const near = nearestTo({ latitude: 0, longitude: 180 }, seen)
    assert.equal(near.length, listed)
    assert.equal(near.some(({ index }) => index === 0), count === listed)
  }
})

test('at one below, at, and one above its span a sample is what the rate is from', () => {
  for (const [atMs, rate] of [[spanMs - 1, 1000 / (spanMs - 1) * 1000], [spanMs, 200], [spanMs + 1, 0]] as const) {
    const bytes = new ByteRate()
    bytes.add(0, 0)
    bytes.add(1, 1000)
    bytes.add(atMs, 1000)
    assert.equal(bytes.bytesPerSecond, rate, `after ${atMs} ms`)
  }
})
