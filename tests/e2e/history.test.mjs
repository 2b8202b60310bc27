// The past over HTTP: every change and event, in pages that stay right while rows come, as trails, and over a restart.
import assert from 'node:assert/strict'
import test from 'node:test'

import { temporaryFolder } from './support/cleanup.mjs'
import { ask, metric, post, publishLines } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'

const timeout = 60_000
const channel = 'fleet:position'
const config = '[server]\nshards = 2\n[store]\nurl = "sqlite:fleet.db"\n[[channel]]\nname = "fleet:message"\nkind = "event"\n'
const place = (key, n, time) => ({ channel, key, data: { latitude: n, longitude: n / 2, n }, ...(time && { time }) })
const history = (starling, of, query = '') => ask(starling.url, `/api/v1/history/${of}${query && `?${query}`}`)

/** Until the store has all that reads show. */
const stored = (starling) => until(async () =>
  (await metric(starling.url, 'starling_store_seq')) >= (await metric(starling.url, 'starling_log_seq')), { what: 'all to be stored' })

/** All rows, page after page. */
async function all(starling, of, query, between = () => {}) {
  const rows = []
  for (let cursor = ''; ;) {
    const answer = await history(starling, of, `${query}&${cursor && `cursor=${cursor}`}`)
    assert.equal(answer.status, 200, answer.text)
    const page = answer.json()
    rows.push(...page.rows)
    if (!page.more) return rows
    cursor = page.cursor
    await between()
  }
}

test('what happened to a key, in order, with what it was and where; and what was said', { timeout }, async (t) => {
  const starling = await startStarling(t, { config, folder: temporaryFolder(t) })
  await publishLines(starling.url, [place('a', 1)])
  await publishLines(starling.url, [place('b', 9), { channel, key: 'a', data: { n: 2 } }])
  await publishLines(starling.url, [{ channel: 'fleet:message', key: 'a', data: { text: 'hi' } }, { channel, key: 'a', op: 'remove' }])
  await stored(starling)
  const { rows, more } = (await history(starling, channel, 'key=a')).json()
  assert.equal(more, false)
  assert.deepEqual(rows.map(({ kind, record, reason, location }) => ({ kind, n: record?.n, reason, location })), [
    { kind: 'set', n: 1, reason: undefined, location: { latitude: 1, longitude: 0.5 } },
    { kind: 'set', n: 2, reason: undefined, location: { latitude: 1, longitude: 0.5 } },
    { kind: 'removed', n: undefined, reason: 'deleted', location: undefined },
  ])
  const said = (await history(starling, 'fleet:message')).json().rows
  assert.deepEqual(said.map(({ kind, key, data, n }) => ({ kind, key, data, n })), [{ kind: 'event', key: 'a', data: { text: 'hi' }, n: 0 }])
  assert.deepEqual((await history(starling, channel, 'bounds=4,8,5,10')).json().rows.map(({ key }) => key), ['b'])
  assert.deepEqual((await history(starling, 'fleet:nothing')).json(), { rows: [], cursor: null, more: false })
})

test('pages are whole and without doubles while rows come, and by time', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  let starling = await startStarling(t, { config, folder })
  const time = (n) => new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString()
  for (let n = 0; n < 200; n += 20) {
    await publishLines(starling.url, Array.from({ length: 20 }, (_, i) => place('a', (n + i) % 90, time(n + i))))
  }
  await stored(starling)
  let later = 200
  const rows = await all(starling, channel, 'key=a&limit=7', () => publishLines(starling.url, [place('a', later % 90, time(later++))]))
  const times = rows.map((row) => row.time)
  assert.deepEqual(times.slice(0, 200), Array.from({ length: 200 }, (_, n) => time(n)))
  assert.equal(new Set(times).size, times.length)
  const hour = await all(starling, channel, `key=a&from=${time(50)}&to=${time(60)}`)
  assert.deepEqual(hour.map((row) => row.time), Array.from({ length: 10 }, (_, n) => time(50 + n)))

  assert.deepEqual(await starling.end(), { code: 0, signal: null })
  starling = await startStarling(t, { config, folder })
  assert.equal((await all(starling, channel, 'key=a&limit=100')).length, later)
})

test('a trail is GeoJSON, an export lines; what cannot be is refused by name', { timeout }, async (t) => {
  const starling = await startStarling(t, { config, folder: temporaryFolder(t) })
  for (const n of [1, 2, 3]) await publishLines(starling.url, [place('a', n)])
  await stored(starling)
  const trail = await history(starling, channel, 'key=a&format=geojson')
  assert.equal(trail.headers['content-type'], 'application/geo+json')
  const [{ geometry, properties }] = trail.json().features
  assert.deepEqual(geometry, { type: 'LineString', coordinates: [[0.5, 1], [1, 2], [1.5, 3]] })
  assert.equal(properties.key, 'a')
  assert.equal(properties.times.length, 3)
  const lines = await history(starling, channel, 'format=ndjson&limit=2')
  assert.equal(lines.headers['content-type'], 'application/x-ndjson')
  const read = lines.text.trimEnd().split('\n').map((line) => JSON.parse(line))
  assert.deepEqual(read.slice(0, 2).map(({ record }) => record.n), [1, 2])
  assert.equal(read[2].more, true)
  for (const [query, field] of [['limit=0', 'limit'], ['from=now', 'from'], ['cursor=x', 'cursor'], ['format=xml', 'format'], ['bounds=1', 'bounds'], ['key=', 'key']]) {
    const refused = await history(starling, channel, query)
    assert.equal(refused.status, 400, query)
    assert.equal(refused.json().field, field)
  }
  assert.equal((await history(starling, 'nothing')).json().code, 'bad_channel')
})

test('what comes late is in the trail where it belongs, and changes nothing else', { timeout }, async (t) => {
  const starling = await startStarling(t, { config, folder: temporaryFolder(t) })
  const time = (n) => new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString()
  for (const n of [1, 5, 3, 2, 6]) await publishLines(starling.url, [place('a', n, time(n))])
  const durable = await post(starling.url, '/api/v1/publish?durable=true', place('a', 4, time(4)))
  assert.equal(durable.status, 200, durable.text)
  assert.equal(durable.json().seq, 3, 'what was late made no batch')
  const { features: [{ geometry, properties }] } = (await history(starling, channel, 'key=a&format=geojson')).json()
  assert.deepEqual(geometry.coordinates, [1, 2, 3, 4, 5, 6].map((n) => [n / 2, n]))
  assert.deepEqual(properties.times, [1, 2, 3, 4, 5, 6].map(time))
  const { rows } = (await history(starling, channel, 'key=a')).json()
  assert.deepEqual(rows.map(({ kind, seq, record, data, location }) => ({ kind, seq, n: (record ?? data).n, location: location.latitude })), [
    { kind: 'set', seq: 1, n: 1, location: 1 }, { kind: 'late', seq: 2, n: 2, location: 2 }, { kind: 'late', seq: 2, n: 3, location: 3 },
    { kind: 'late', seq: 3, n: 4, location: 4 }, { kind: 'set', seq: 2, n: 5, location: 5 }, { kind: 'set', seq: 3, n: 6, location: 6 },
  ])
})

test('a channel is kept, thinned out or not kept as its declaration says', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  const channels = `
[[channel]]
name = "fleet:debug"
history = "0s"
[[channel]]
name = "fleet:trail"
location = ["latitude", "longitude"]
history_every = "1h"
history_distance_m = 50
`
  const starling = await startStarling(t, { config: config + channels, folder })
  const step = (n) => ({ channel: 'fleet:trail', key: 'a', data: { latitude: n * 0.0001, longitude: 0, n } }) // 11.1 m
  for (let n = 0; n <= 12; ++n) await publishLines(starling.url, [step(n), { channel: 'fleet:debug', key: 'a', data: { n } }])
  await stored(starling)
  const trail = async (of) => (await history(of, 'fleet:trail')).json().rows.map(({ kind, record }) => record?.n ?? kind)
  assert.deepEqual(await trail(starling), [0, 5, 10])
  assert.deepEqual((await history(starling, 'fleet:debug')).json().rows, [])
  await publishLines(starling.url, [{ channel: 'fleet:trail', key: 'a', op: 'remove' }])
  await publishLines(starling.url, [step(12), step(13)])
  await stored(starling)
  assert.deepEqual(await trail(starling), [0, 5, 10, 12, 'removed', 12])

  // What was left out last is there after a stop; after a start the first is written.
  assert.deepEqual(await starling.end(), { code: 0, signal: null })
  const again = await startStarling(t, { config: config + channels, folder })
  await publishLines(again.url, [step(14)])
  await publishLines(again.url, [step(15)])
  await stored(again)
  assert.deepEqual(await trail(again), [0, 5, 10, 12, 'removed', 12, 13, 14])
})

test('without a store there is no history, and that is said', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const answer = await history(starling, channel)
  assert.equal(answer.status, 503)
  assert.match(answer.json().detail, /store\.url/)
})
