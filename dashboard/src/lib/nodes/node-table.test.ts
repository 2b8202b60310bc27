import assert from 'node:assert/strict'
import test from 'node:test'
import type { Fields, LiveEvent, RemoveReason } from '@starling/client'

import { areSameColumns, columnsMax } from './node-columns.js'
import { columnSampleMax, NodeTable, valueOf } from './node-table.js'

type Records = Record<string, Record<string, Fields>>

/** A replica that a test changes, and the table that is told of it. */
class Fleet {
  readonly channels = new Map<string, Map<string, Fields>>()
  readonly table: NodeTable
  nowMs = 1_000_000

  constructor(space: string, records: Records) {
    this.table = new NodeTable(space)
    this.#take(records)
    this.table.reset(this.channels, this.nowMs)
  }

  say(records: Records, wasAway = false) {
    this.#take(records)
    this.#tell(Object.entries(records).map(([name, keys]) => [name, { changed: new Set(Object.keys(keys)), removed: new Map() }]), wasAway)
  }

  remove(channel: string, key: string) {
    this.channels.get(channel)?.delete(key)
    this.#tell([[channel, { changed: new Set<string>(), removed: new Map<string, RemoveReason>([[key, 'deleted']]) }]])
  }

  keys(search = '', column = 'name', isDescending = false) {
    return this.table.rows(search, { column, isDescending }, this.table.columns()).map(row => row.key)
  }

  #take(records: Records) {
    for (const [name, keys] of Object.entries(records)) {
      const channel = this.channels.get(name) ?? new Map<string, Fields>()
      this.channels.set(name, channel)
      for (const [key, record] of Object.entries(keys)) channel.set(key, { ...channel.get(key), ...record })
    }
  }

  #tell(channels: [string, { changed: Set<string>, removed: Map<string, RemoveReason> }][], wasAway = false) {
    this.table.apply({ channels: new Map(channels), isReset: false }, this.channels, this.nowMs, wasAway)
  }
}

const event = (key: string, data: Fields, time = '2026-11-22T10:00:00.000Z'): LiveEvent => ({ channel: 'mesh:message', seq: 1, n: 0, key, time, data })

const mesh = () => new Fleet('mesh', {
  'mesh:node': {
    '!a': { long_name: 'Team 10', short_name: 'T10', hardware: 'TBEAM', role: 'CLIENT' },
    '!b': { long_name: 'Team 2', short_name: 'T2', hardware: 'HELTEC_V3', role: 'CLIENT' },
    '!c': { long_name: 'Málaga Point', short_name: 'MLG', hardware: 'TBEAM', role: 'ROUTER' }
  },
  'mesh:position': { '!a': { latitude: 1, longitude: 2 }, '!d': { latitude: 3, longitude: 4 } },
  'mesh:telemetry': { '!a': { battery_percent: 40 }, '!b': { battery_percent: 9 } },
  'mesh:presence': { '!a': { online: true, heard: '1970-01-01T00:20:00.000Z' }, '!b': { online: false, heard: '1970-01-01T00:10:00.000Z' }, '!x': { online: true } },
  'site:position': { '!a': { latitude: 0, longitude: 0, name: 'of another space' } }
})

test('a row is what all channels of the space say of a key', () => {
  const { table } = mesh()
  assert.equal(table.size, 4)
  const row = table.row('!a')
  assert.equal(row?.name, 'Team 10')
  assert.equal(row.battery, 40)
  assert.equal(row.isOnline, true)
  assert.equal(row.heardMs, 1_200_000)
  assert.deepEqual([...row.facets.keys()], ['node', 'position', 'telemetry'])
  assert.equal(table.row('!d')?.name, '!d')
  assert.equal(table.row('!c')?.isOnline, undefined)
  assert.equal(table.row('!x'), undefined, 'presence alone is no thing')
})

test('every word of a search is found in name, short name, key, hardware or role, whatever the accents', () => {
  const fleet = mesh()
  for (const [search, keys] of [['malaga', ['!c']], ['TBEAM', ['!c', '!a']], ['tbeam router', ['!c']], ['!b', ['!b']], ['t2', ['!b']], ['  ', ['!d', '!c', '!b', '!a']], ['nobody', []], ['team', ['!b', '!a']]] as const)
    assert.deepEqual(fleet.keys(search), keys, search)
})

test('numbers in names sort as numbers, and what has no value comes last both ways', () => {
  const fleet = mesh()
  assert.deepEqual(fleet.keys(), ['!d', '!c', '!b', '!a'])
  assert.deepEqual(fleet.keys('', 'name', true), ['!a', '!b', '!c', '!d'])
  assert.deepEqual(fleet.keys('', 'battery'), ['!b', '!a', '!d', '!c'])
  assert.deepEqual(fleet.keys('', 'battery', true), ['!a', '!b', '!d', '!c'])
  assert.deepEqual(fleet.keys('', 'heard', true), ['!a', '!b', '!d', '!c'])
  assert.deepEqual(fleet.keys('', 'hardware'), ['!b', '!c', '!a', '!d'])
})

test('a change makes its row anew, and is when it was heard', () => {
  const fleet = mesh()
  const other = fleet.table.row('!b')
  fleet.nowMs += 500_000
  fleet.say({ 'mesh:telemetry': { '!a': { battery_percent: 39 } } })
  assert.equal(fleet.table.row('!a')?.battery, 39)
  assert.equal(fleet.table.row('!a')?.heardMs, 1_500_000)
  assert.equal(fleet.table.row('!b'), other, 'a row that did not change is the same')
  fleet.say({ 'mesh:presence': { '!a': { online: false } } })
  assert.equal(fleet.table.row('!a')?.isOnline, false)
  fleet.nowMs += 500_000
  fleet.say({ 'mesh:presence': { '!b': { online: false, heard: '1970-01-01T00:10:00.000Z' } } })
  assert.equal(fleet.table.row('!b')?.heardMs, 600_000, 'to be found missing is no sign of life')
})

test('what comes into sight was not heard just now', () => {
  const fleet = new Fleet('site', {})
  fleet.nowMs += 1000
  fleet.say({ 'site:tank': { north: { level_percent: 5 } } })
  assert.equal(fleet.table.size, 1)
  assert.equal(fleet.table.row('north')?.heardMs, undefined)
  fleet.say({ 'site:tank': { south: { level_percent: 5 } } })
  assert.equal(fleet.table.row('south')?.heardMs, 1_001_000)
})

test('what changed while nobody listened was heard when presence says, and is measured at no time', () => {
  const fleet = mesh()
  fleet.nowMs += 9_000_000
  fleet.say({
    'mesh:telemetry': { '!a': { battery_percent: 20 }, '!b': { battery_percent: 8 }, '!c': { battery_percent: 50 } },
    'mesh:presence': { '!a': { heard: '1970-01-01T01:00:00.000Z' } }
  }, true)
  assert.deepEqual([fleet.table.row('!a')?.battery, fleet.table.row('!a')?.heardMs], [20, 3_600_000])
  assert.equal(fleet.table.row('!b')?.heardMs, 600_000)
  assert.equal(fleet.table.row('!c')?.heardMs, undefined)
  assert.deepEqual(fleet.table.samples('battery', '!a')?.values, [40])
  assert.deepEqual(fleet.table.samples('battery', '!c')?.values, [50], 'the first one there is is what is so, as in a reset')
  fleet.nowMs += 1000
  fleet.say({ 'mesh:telemetry': { '!a': { battery_percent: 19 } } })
  assert.deepEqual(fleet.table.samples('battery', '!a')?.values, [40, 19])
  assert.equal(fleet.table.row('!a')?.heardMs, fleet.nowMs)
})

test('a thing goes with its last channel', () => {
  const fleet = mesh()
  fleet.remove('mesh:node', '!a')
  assert.equal(fleet.table.row('!a')?.name, '!a')
  fleet.remove('mesh:position', '!a')
  fleet.remove('mesh:telemetry', '!a')
  assert.equal(fleet.table.row('!a'), undefined)
  assert.equal(fleet.table.samples('battery', '!a'), undefined)
})

test('measurements are kept as they come, with what was kept before them', () => {
  const fleet = mesh()
  fleet.nowMs += 1000
  fleet.say({ 'mesh:telemetry': { '!a': { battery_percent: 38 } }, 'mesh:position': { '!b': { latitude: 9 } } })
  fleet.table.fill('battery', '!a', [{ timeMs: 5, value: 90 }])
  fleet.table.fill('battery', '!nobody', [{ timeMs: 5, value: 90 }])
  assert.deepEqual(fleet.table.samples('battery', '!a')?.values, [90, 38], 'what was measured instead of what was so at first')
  assert.deepEqual(fleet.table.samples('battery', '!b')?.all.length, 1, 'a place is no measurement')
  assert.deepEqual([...fleet.table.channelsOf('battery')], ['mesh:telemetry'])
  assert.equal(fleet.table.samples('battery', '!nobody'), undefined)
})

test('how well somebody was heard comes of what they say', () => {
  const fleet = mesh()
  assert.ok(!fleet.table.columns().some(column => column.id === 'snr'))
  fleet.table.hear(event('!a', { text: 'hi', snr_db: 7.5 }), fleet.channels)
  fleet.table.hear(event('!nobody', { text: 'hi', snr_db: 1 }), fleet.channels)
  fleet.table.hear(event('!b', { text: 'hi' }), fleet.channels)
  assert.equal(fleet.table.row('!a')?.snr, 7.5)
  assert.equal(fleet.table.row('!nobody'), undefined)
  assert.ok(fleet.table.columns().some(column => column.id === 'snr'))
  assert.deepEqual([...fleet.table.channelsOf('snr')], ['mesh:message'])
})

test('a reset is another world', () => {
  const fleet = mesh()
  fleet.say({ 'mesh:telemetry': { '!a': { battery_percent: 38 } } })
  fleet.channels.delete('mesh:telemetry')
  fleet.table.apply({ channels: new Map(), isReset: true }, fleet.channels, 5)
  assert.equal(fleet.table.size, 4)
  assert.equal(fleet.table.row('!a')?.battery, undefined)
  assert.equal(fleet.table.samples('battery', '!a'), undefined)
})

test('a mesh has the columns that are known, another space those that most of its things have', () => {
  assert.deepEqual(mesh().table.columns().map(column => column.id), ['name', 'key', 'hardware', 'role', 'heard', 'battery'])
  const site = new Fleet('site', {
    'site:position': { 'van-1': { latitude: 1, longitude: 2, speed_mps: 3, rare: 1 }, 'van-2': { latitude: 1, longitude: 2, speed_mps: 4 } },
    'site:tank': { 'van-1': { level_percent: 5, log: [1, 2] }, 'van-2': { level_percent: 7 } }
  })
  const columns = site.table.columns()
  assert.deepEqual(columns.map(column => column.label), ['ID', 'Speed', 'Level', 'Rare', 'Heard'])
  assert.equal(valueOf(site.table.row('van-2')!, columns[1]!), 4)
  assert.deepEqual(site.keys('', 'tank/level_percent', true), ['van-2', 'van-1'])
  const wide = new Fleet('w', { 'w:x': { k: Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`f${index}`, index])) } })
  assert.equal(wide.table.columns().length, columnsMax)
  assert.ok(areSameColumns(columns, site.table.columns()))
  assert.ok(!areSameColumns(columns, wide.table.columns()))
})

test('at one below, at, and one above the sample the fields of the last one count, or do not', () => {
  for (const [things, isSeen] of [[columnSampleMax - 1, true], [columnSampleMax, true], [columnSampleMax + 1, false]] as const) {
    const keys = Array.from({ length: things }, (_, index) => [`k${index}`, index === things - 1 ? { late: 1 } : { level: 1 }])
    const columns = new Fleet('w', { 'w:x': Object.fromEntries(keys) }).table.columns()
    assert.equal(columns.some(({ field }) => field === 'late'), isSeen, String(things))
  }
})

test('at one below, at, and one above the bound the most frequent fields are columns', () => {
  for (const fields of [columnsMax - 1, columnsMax, columnsMax + 1]) {
    // The key and when it was heard are columns too.
    const record = Object.fromEntries(Array.from({ length: fields - 2 }, (_, index) => [`f${index}`, index]))
    const table = new Fleet('w', { 'w:x': { often: record, once: { f0: 0 } } }).table
    assert.deepEqual(table.columns().map(({ label }) => label), ['ID', ...Object.keys(record).slice(0, columnsMax - 2).map(name => name.toUpperCase()), 'Heard'])
  }
})
