// Conditions on fields: in a subscription, over HTTP and from the command line, all the same.
import assert from 'node:assert/strict'
import test from 'node:test'

import { Program } from './support/cleanup.mjs'
import { ask, publish, publishLines } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'
import { Viewer } from './support/viewer.mjs'

const timeout = 30_000
const where = { battery: { lt: 20 }, 'node/role': 'router' }

test('who asks for a condition is shown what meets it, however asked', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const say = (channel, key, data) => ({ channel: `mesh:${channel}`, key, data })
  await publishLines(starling.url, [
    say('node', '!a', { role: 'router' }), say('telemetry', '!a', { battery: 15 }),
    say('node', '!b', { role: 'router' }), say('telemetry', '!b', { battery: 90 }),
    say('node', '!c', { role: 'client' }), say('telemetry', '!c', { battery: 5 }),
  ])
  const viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe(['mesh:telemetry'], { filter: { where } })
  assert.deepEqual(viewer.records('mesh:telemetry'), { '!a': { battery: 15 } })

  const page = await ask(starling.url, `/api/v1/state/mesh:telemetry?where=${encodeURIComponent(JSON.stringify(where))}`)
  assert.deepEqual(page.json().records, { '!a': { battery: 15 } })
  const refused = await ask(starling.url, `/api/v1/state/mesh:telemetry?where=${encodeURIComponent('{"battery":{"below":20}}')}`)
  assert.equal(refused.status, 400)
  assert.equal(refused.json().field, 'where.battery')

  const watch = (conditions) => new Program(process.env.STARLING_BIN, ['watch', 'mesh:telemetry', '--where', conditions, '--count', '1', '--url', starling.url])
  const watching = watch(JSON.stringify(where))
  t.after(() => watching.end('SIGKILL'))
  await until(() => watching.exit, { what: 'watch to have its snapshot' })
  assert.deepEqual(watching.exit, { code: 0, signal: null }, watching.stderr)
  const snapshot = watching.stdout.trim().split('\n').map((line) => JSON.parse(line)).find(({ type }) => type === 'snapshot')
  assert.deepEqual(snapshot.channels, { 'mesh:telemetry': { '!a': { battery: 15 } } })

  await publish(starling.url, '/api/v1/publish/mesh:node?key=!c', { role: 'router' })
  await publish(starling.url, '/api/v1/publish/mesh:telemetry?key=!a', { battery: 30 })
  const now = { '!c': { battery: 5 } }
  await until(() => JSON.stringify(viewer.records('mesh:telemetry')) === JSON.stringify(now), { what: () => JSON.stringify(viewer.records('mesh:telemetry')) })
})

test('watch says what is wrong with conditions that are none', { timeout }, async (t) => {
  for (const [conditions, fault] of [['battery<20', /--where battery<20: not JSON.*give conditions such as/], ['{"battery":{"below":20}}', /lt, le, gt.*where\.battery/]]) {
    const watching = new Program(process.env.STARLING_BIN, ['watch', 'mesh:*', '--where', conditions])
    t.after(() => watching.end('SIGKILL'))
    await until(() => watching.exit, { what: 'watch to end' })
    assert.deepEqual(watching.exit, { code: 2, signal: null })
    assert.match(watching.stderr, fault)
    assert.equal(watching.stderr.trim().split('\n').length, 1)
  }
})
