import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arrivedMs, asked, reduce, shownMs, start, worldOf, type Travel } from './time-machine.js'

const now = Date.parse('2026-11-22T12:00:00.000Z')
const minute = 60_000
const query = { channels: ['mesh:*'], rate: 2 }
const at = (atMs: number): Travel => reduce(start, { type: 'look', atMs }, now)

test('live shows now, and asks what it was given', () => {
  assert.equal(shownMs(start, now), now)
  assert.equal(asked(query, start, now), query)
})

test('a moment stands still while time goes on', () => {
  const travel = at(now - minute)
  assert.equal(shownMs(travel, now + 5 * minute), now - minute)
  assert.deepEqual(asked(query, travel, now), { ...query, at: '2026-11-22T11:59:00.000Z' })
})

test('there is no looking at what is still to come', () => {
  assert.equal(at(now).mode, 'live')
  assert.equal(at(now + 1).mode, 'live')
  assert.equal(at(now - 1).mode, 'at')
})

test('a replay goes at its speed, and who joins it begins where it is', () => {
  const travel = reduce(at(now - 10 * minute), { type: 'play' }, now)
  assert.equal(travel.mode, 'replay')
  assert.equal(shownMs(travel, now), now - 10 * minute)
  assert.equal(shownMs(travel, now + 6000), now - 9 * minute)
  assert.deepEqual(asked(query, travel, now + 6000).replay, { from: '2026-11-22T11:51:00.000Z', to: '2026-11-22T12:00:00.000Z', speed: 10 })
})

test('paused it stands where it was; played again it goes on from there', () => {
  const playing = reduce(at(now - 10 * minute), { type: 'play' }, now)
  const paused = reduce(playing, { type: 'pause' }, now + 6000)
  assert.deepEqual(paused, { mode: 'at', speed: 10, atMs: now - 9 * minute })
  const again = reduce(paused, { type: 'play' }, now + minute)
  assert.equal(shownMs(again, now + minute), now - 9 * minute)
})

test('another speed goes on from where it is', () => {
  const playing = reduce(at(now - 10 * minute), { type: 'play' }, now)
  const faster = reduce(playing, { type: 'speed', speed: 60 }, now + 6000)
  assert.equal(shownMs(faster, now + 6000), now - 9 * minute)
  assert.equal(shownMs(faster, now + 7000), now - 8 * minute)
  assert.equal(reduce(start, { type: 'speed', speed: 60 }, now).speed, 60)
})

test('at its end it goes on with what has happened meanwhile, until it is now', () => {
  let travel = reduce(at(now - 10 * minute), { type: 'play' }, now)
  const end = now + minute // ten minutes, ten times as fast
  assert.equal(reduce(travel, { type: 'tick' }, end - 1), travel)
  travel = reduce(travel, { type: 'tick' }, end)
  assert.deepEqual(travel, { mode: 'replay', speed: 10, fromMs: now, toMs: end, startedMs: end })
  travel = reduce(travel, { type: 'tick' }, end + 6000)
  assert.equal(travel.mode, 'replay')
  travel = reduce(travel, { type: 'tick' }, end + 6600)
  assert.equal(travel.mode, 'live')
})

test('at its own speed it never catches up, and follows at the distance it has', () => {
  let travel: Travel = reduce({ mode: 'at', speed: 1, atMs: now - minute }, { type: 'play' }, now)
  for (let t = now; t <= now + 10 * minute; t += 1000) {
    travel = reduce(travel, { type: 'tick' }, t)
    assert.equal(t - shownMs(travel, t), minute)
  }
})

test('what is this close to now is now', () => {
  assert.equal(reduce(at(now - arrivedMs), { type: 'play' }, now).mode, 'live')
  assert.equal(reduce(at(now - arrivedMs - 1), { type: 'play' }, now).mode, 'replay')
})

test('each moment is a world of its own, and a replay is one whatever its speed', () => {
  const playing = reduce(at(now - 10 * minute), { type: 'play' }, now)
  assert.equal(worldOf(playing), worldOf(reduce(playing, { type: 'speed', speed: 60 }, now + 6000)))
  assert.equal(new Set([start, playing, at(now - minute), at(now - 2 * minute)].map(worldOf)).size, 4)
})

test('a clock that is set does not move what is shown of the past', () => {
  const playing = reduce(at(now - 10 * minute), { type: 'play' }, now)
  for (const byMs of [5 * minute, -5 * minute]) assert.equal(shownMs(reduce(playing, { type: 'clock', byMs }, now + 6000 + byMs), now + 6000 + byMs), now - 9 * minute)
  assert.equal(reduce(start, { type: 'clock', byMs: minute }, now), start)
})
