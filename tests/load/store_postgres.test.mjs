// A whole server on PostgreSQL, which is killed under load and brought back: nobody waits for it, and nothing the log still holds is lost.
import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { performance } from 'node:perf_hooks'
import test from 'node:test'

import { temporaryFolder } from '../e2e/support/cleanup.mjs'
import { ask, metric, post, postLines, stateOf } from '../e2e/support/http.mjs'
import { startStarling } from '../e2e/support/starling.mjs'
import { elapse, until } from '../e2e/support/until.mjs'
import { Viewer } from '../e2e/support/viewer.mjs'
import { Postgres } from './support/postgres.mjs'

const downSeconds = Number(process.env.STARLING_STORE_DOWN_SECONDS ?? 4)
const keys = 100
const everyMs = 33  // 3,000 updates a second
const channel = 'fleet:position'
const record = (n, version) => ({ version, latitude: n % 90, longitude: version % 180 })

test(`PostgreSQL is away for ${downSeconds} s under load`, { timeout: 90_000 + downSeconds * 2_000 }, async (t) => {
  const postgres = await Postgres.start(t)
  const folder = temporaryFolder(t)
  const config = `[server]\nshards = 2\n[store]\nurl = "${postgres.url}"\n`
  let starling = await startStarling(t, { config, folder })
  const viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe([channel])

  let version = 0
  let longestAnswerMs = 0
  let isOver = false
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  const publishing = (async () => {
    for (let next = performance.now(); !isOver; next += everyMs) {
      version += 1
      const sentAt = performance.now()
      const answer = await postLines(starling.url, Array.from({ length: keys }, (_, n) => ({ channel, key: `n${n}`, data: record(n, version) })), { agent })
      longestAnswerMs = Math.max(longestAnswerMs, performance.now() - sentAt)
      assert.equal(answer.status, 200, answer.text)
      await elapse(Math.max(0, next + everyMs - performance.now()))
    }
  })()
  const health = async () => (await ask(starling.url, '/healthz')).json()
  const follows = (what) => {
    const wanted = version
    return until(() => viewer.records(channel)['n0']?.version >= wanted, { what: `a viewer to be told of version ${wanted} ${what}` })
  }

  await elapse(2_000)
  assert.equal((await health()).status, 'ok')
  await postgres.stop('SIGQUIT')
  const downAt = performance.now()
  const degraded = await until(async () => { const now = await health(); return now.status === 'degraded' && now }, { what: 'health to say degraded' })
  assert.match(degraded.store.cause, /\S/)
  assert.ok(!degraded.store.cause.includes('fleet?host'), 'the URL is not told')
  while (performance.now() - downAt < downSeconds * 1000) {
    await follows('while PostgreSQL is away')
    await elapse(200)
  }
  const refused = await post(starling.url, `/api/v1/publish/${channel}?key=other&durable=true`, record(0, 0))
  assert.equal(refused.status, 503, refused.text)

  await postgres.start()
  const backAt = performance.now()
  await until(async () => (await health()).status === 'ok', { what: 'health to say ok', withinMs: 30_000 })
  const caughtUpMs = performance.now() - backAt
  await elapse(1_000)
  isOver = true
  await publishing
  assert.equal((await post(starling.url, `/api/v1/publish/${channel}?key=other&durable=true`, record(0, 1))).status, 200)
  assert.equal(await metric(starling.url, 'starling_store_fell_off_total'), 0)
  assert.ok(longestAnswerMs < downSeconds * 1000, `an answer took ${longestAnswerMs} ms`) // who waited for PostgreSQL waited so long

  // Every version of a key is in history, once, in order.
  const versions = []
  for (let cursor = '', more = true; more;) {
    const page = (await ask(starling.url, `/api/v1/history/${channel}?key=n7&limit=10000${cursor && `&cursor=${cursor}`}`)).json()
    for (const row of page.rows) {
      assert.equal(row.kind, 'set')
      versions.push(row.record.version)
    }
    ;({ cursor, more } = page)
  }
  assert.deepEqual(versions, Array.from({ length: version }, (_, n) => n + 1))

  // A clean stop keeps the numbering: whoever comes back resumes, and the state is that which was told.
  await follows('in the end')
  await until(() => viewer.records(channel).other, { what: 'the durable one' })
  const since = viewer.replica().since
  assert.deepEqual(await starling.end('SIGTERM', 40_000), { code: 0, signal: null })
  starling = await startStarling(t, { config, folder })
  const again = await Viewer.open(t, starling.url, viewer.replicas)
  await again.subscribe([channel], { since })
  assert.deepEqual(again.of('subscribed').map(({ resumed, reason }) => [resumed, reason]), [[true, 'resumed']])
  assert.deepEqual(again.records(channel), await stateOf(starling.url, channel))
  assert.equal(again.records(channel).n7.version, version)
  t.diagnostic(`${version * keys} updates, ${versions.length} versions of a key in history; the longest answer ${Math.round(longestAnswerMs)} ms; ` +
    `written again ${Math.round(caughtUpMs)} ms after PostgreSQL was back`)
})
