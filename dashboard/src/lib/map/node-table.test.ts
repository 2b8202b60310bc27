import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change, Fields } from '@starling/client'
import { NodeTable } from './node-table.js'

type Records = Record<string, Record<string, Fields>>
const mapsOf = (records: Records) => new Map(Object.entries(records).map(([channel, byKey]) => [channel, new Map(Object.entries(byKey))]))
const change = (changed: Record<string, string[]>, removed: Record<string, string[]> = {}, isReset = false): Change => ({
  seq: 1, isReset,
  channels: new Map([...new Set([...Object.keys(changed), ...Object.keys(removed)])].map(channel => [channel, {
    changed: new Set(changed[channel]), removed: new Map((removed[channel] ?? []).map(key => [key, 'moved' as const]))
  }]))
})
const a = { latitude: 10, longitude: 20 }

function tableOf(records: Records, nowMs = 1000): NodeTable {
  const table = new NodeTable()
  table.reset(mapsOf(records), nowMs)
  return table
}

test('a node is what has a place; its names and its presence are from wherever they are', () => {
  const table = tableOf({
    'mesh:node': { '!a': { long_name: 'Anna', short_name: 'AN' }, '!b': { long_name: 'Bo' } },
    'mesh:position': { '!a': a },
    'mesh:presence': { '!a': { online: false, heard: '1970-01-01T00:00:05Z' } },
    'site:position': { '!a': { ...a, name: 'another' } }
  })
  assert.equal(table.size, 2)
  const node = table.get('mesh/!a')!
  assert.deepEqual([node.name, node.shortName, node.isOnline, node.heardMs], ['Anna', 'AN', false, 5000])
  assert.deepEqual([table.get('site/!a')!.name, table.get('site/!a')!.isOnline], ['another', undefined])
  assert.equal(table.find('!a'), node)
  assert.equal(table.find('!b'), undefined)
})

test('a node without any name is called by its key', () => {
  const node = tableOf({ 'site:position': { 'van-1': a } }).get('site/van-1')!
  assert.deepEqual([node.name, node.shortName], ['van-1', 'van-1'])
})

test('who moves has been heard, and leaves a trail; who comes into view has not', () => {
  const table = tableOf({ 'mesh:position': { '!a': a } })
  assert.equal(table.get('mesh/!a')!.heardMs, undefined)
  table.apply(mapsOf({ 'mesh:position': { '!a': { latitude: 11, longitude: 20 }, '!b': a } }), change({ 'mesh:position': ['!a', '!b'] }), 3000)
  assert.equal(table.get('mesh/!a')!.heardMs, 3000)
  assert.equal(table.get('mesh/!a')!.trail.length, 2)
  assert.equal(table.get('mesh/!b')!.heardMs, undefined)
  assert.equal(table.get('mesh/!b')!.trail.length, 1)
})

test('who leaves is gone, all channels at once or one after the other', () => {
  const records = { 'mesh:node': { '!a': { long_name: 'Anna' } }, 'mesh:position': { '!a': a } }
  const table = tableOf(records)
  table.apply(mapsOf({ 'mesh:node': records['mesh:node'], 'mesh:position': {} }), change({}, { 'mesh:position': ['!a'] }), 2000)
  assert.equal(table.size, 0)
})

test('a place that two channels know is there while one of them does', () => {
  const records = { 'site:gps': { v: a }, 'site:radio': { v: a } }
  const table = tableOf(records)
  table.apply(mapsOf({ 'site:gps': records['site:gps'], 'site:radio': {} }), change({}, { 'site:radio': ['v'] }), 2000)
  assert.equal(table.size, 1)
})

test('two channels with a place of it each are no move at the beginning', () => {
  const table = tableOf({ 'site:gps': { v: a }, 'site:radio': { v: { latitude: 11, longitude: 20 } } })
  const node = table.get('site/v')!
  assert.deepEqual([node.latitude, node.heardMs, node.trail.length, node.trail[0]!.y], [11, undefined, 1, node.y])
})

test('nor when it comes into view; a name that comes with a move leaves it one', () => {
  const [b, c] = [{ latitude: 11, longitude: 20 }, { latitude: 12, longitude: 20 }]
  const table = tableOf({ 'site:gps': { w: a } })
  table.apply(mapsOf({ 'site:about': { v: { name: 'Van' } }, 'site:gps': { v: a, w: a }, 'site:radio': { v: b } }), change({ 'site:about': ['v'], 'site:gps': ['v'], 'site:radio': ['v'] }), 2000)
  const node = table.get('site/v')!
  assert.deepEqual([node.name, node.latitude, node.heardMs, node.trail.length], ['Van', 11, undefined, 1])
  table.apply(mapsOf({ 'site:about': { v: { name: 'Bus' } }, 'site:gps': { v: a, w: a }, 'site:radio': { v: c } }), change({ 'site:about': ['v'], 'site:radio': ['v'] }), 4000)
  assert.deepEqual([node.name, node.latitude, node.heardMs, node.trail.length], ['Bus', 12, 4000, 2])
})

test('when a place goes, the node is at the one that is left, and has not gone there', () => {
  const [b, c] = [{ latitude: 11, longitude: 20 }, { latitude: 12, longitude: 20 }]
  const table = tableOf({ 'site:gps': { v: a }, 'site:log': { v: c }, 'site:radio': { v: b } })
  const node = table.get('site/v')!
  table.apply(mapsOf({ 'site:gps': { v: a }, 'site:log': {}, 'site:radio': { v: b } }), change({}, { 'site:log': ['v'] }), 2000)
  assert.equal(node.latitude, 11, 'what goes is not what is drawn')
  table.apply(mapsOf({ 'site:gps': { v: a }, 'site:log': {}, 'site:radio': {} }), change({}, { 'site:radio': ['v'] }), 3000)
  assert.equal(table.get('site/v'), node)
  assert.deepEqual([node.latitude, node.heardMs, node.trail.length, node.trail[0]!.y], [10, undefined, 1, node.y])
})

test('a place that comes as another goes is a move', () => {
  const table = tableOf({ 'site:gps': { v: a } })
  table.apply(mapsOf({ 'site:gps': {}, 'site:radio': { v: { latitude: 11, longitude: 20 } } }), { seq: 1, isReset: false, channels: new Map([
    ['site:gps', { changed: new Set<string>(), removed: new Map([['v', 'deleted' as const]]) }], ['site:radio', { changed: new Set(['v']), removed: new Map() }]
  ]) }, 2000)
  const node = table.get('site/v')!
  assert.deepEqual([node.latitude, node.heardMs, node.trail.length], [11, 2000, 2])
})

test('a name, presence and an event that come later are taken up', () => {
  const table = tableOf({ 'mesh:position': { '!a': a } })
  const later = mapsOf({ 'mesh:position': { '!a': a }, 'mesh:node': { '!a': { long_name: 'Anna' } }, 'mesh:presence': { '!a': { online: true, heard: '1970-01-01T00:00:02Z' } } })
  table.apply(later, change({ 'mesh:node': ['!a'], 'mesh:presence': ['!a'] }), 9000)
  const node = table.get('mesh/!a')!
  assert.deepEqual([node.name, node.isOnline, node.heardMs], ['Anna', true, 2000])
  table.heard('mesh:message', '!a', 7000)
  table.heard('mesh:message', '!a', 6000)
  assert.equal(node.heardMs, 7000)
})

test('who moved while nobody listened was heard when presence says, and its trail begins anew', () => {
  const table = tableOf({ 'mesh:position': { '!a': a, '!b': a } })
  const moved = { latitude: 11, longitude: 20 }
  table.apply(mapsOf({ 'mesh:position': { '!a': moved, '!b': moved } }), change({ 'mesh:position': ['!a', '!b'] }), 2000)
  const [first, second] = [table.get('mesh/!a')!, table.get('mesh/!b')!]
  const again = { latitude: 12, longitude: 20 }
  const records = mapsOf({ 'mesh:position': { '!a': again, '!b': moved }, 'mesh:presence': { '!a': { online: true, heard: '1970-01-01T00:00:05Z' } } })
  table.apply(records, change({ 'mesh:position': ['!a'], 'mesh:presence': ['!a'] }), 90_000, true)
  assert.deepEqual([first.latitude, first.heardMs, first.isOnline, first.trail.length, first.trail[0]!.y], [12, 5000, true, 1, first.y])
  assert.deepEqual([second.heardMs, second.trail.length], [2000, 2], 'who did not move keeps its trail')
})

test('a reset leaves no ghost, no trail and nothing heard', () => {
  const table = tableOf({ 'mesh:position': { '!a': a, '!b': a } })
  table.apply(mapsOf({ 'mesh:position': { '!a': { latitude: 11, longitude: 20 }, '!b': a } }), change({ 'mesh:position': ['!a'] }), 2000)
  table.apply(mapsOf({ 'mesh:position': { '!a': a } }), change({}, {}, true), 3000)
  assert.equal(table.size, 1)
  assert.equal(table.get('mesh/!a')!.trail.length, 1)
  assert.equal(table.get('mesh/!a')!.heardMs, undefined)
})
