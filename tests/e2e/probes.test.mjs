// How services and receivers do, asked of real ones.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import test from 'node:test'
import { isDeepStrictEqual } from 'node:util'

import { makeCertificate } from './support/certificates.mjs'
import { Program, temporaryFolder } from './support/cleanup.mjs'
import { ask, metric, stateOf } from './support/http.mjs'
import { closedUrl, startService } from './support/services.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'
import { Viewer } from './support/viewer.mjs'

const timeout = 60_000
const path = '/api/v1/system/status'

const probe = (name, url, more = '') => `[[probe]]\nname = "${name}"\nurl = "${url}"\n${more}\n`
const receiver = (id, url, more = '') => `[[receiver]]\nid = "${id}"\nname = "SDR ${id}"\nurl = "${url}"\n${more}\n`

const statusOf = async (starling) => {
  const answer = await ask(starling.url, path)
  assert.equal(answer.status, 200, answer.text)
  return answer.json()
}
const lines = (starling, part) => starling.stderr.split('\n').filter((line) => line.includes(part))

for (const shards of [1, 2]) {
  test(`every service is told as it is, with ${shards} shards`, { timeout }, async (t) => {
    const services = {
      healthy: await startService(t),
      degraded: await startService(t, { body: { status: 'degraded' } }),
      failing: await startService(t, { status: 500 }),
      hanging: await startService(t, null),
    }
    const urls = { ...Object.fromEntries(Object.entries(services).map(([name, { url }]) => [name, url])), closed: await closedUrl(t) }
    const config = Object.entries(urls).map(([name, url]) => probe(name, url, name === 'hanging' ? 'timeout = "300ms"' : '')).join('')
    const starling = await startStarling(t, { config: `[server]\nshards = ${shards}\n${config}` })
    const viewer = await Viewer.open(t, starling.url)
    await viewer.subscribe(['services:*'])
    await until(() => Object.keys(viewer.records('services:health')).length === 5, { what: 'what is found without being asked' })
    const asked = performance.now()
    const status = await statusOf(starling)
    assert.ok(performance.now() - asked > 250, 'it waits for who does not answer')
    const want = { healthy: 'healthy', degraded: 'degraded', failing: 'unhealthy', hanging: 'unreachable', closed: 'unreachable' }
    assert.deepEqual(status.services.map(({ name, status: health, url }) => [name, health, url]), Object.entries(want).map(([name, health]) => [name, health, urls[name]]))
    for (const { status: health, response_time_ms: ms } of status.services) assert.equal(ms === null, health === 'unreachable')
    assert.equal(status.overall_status, 'degraded')
    assert.ok(Math.abs(Date.parse(status.timestamp) - Date.now()) < 10_000 && status.timestamp.endsWith('Z'))
    assert.deepEqual([status.server.epoch, status.receivers, 'store' in status], [viewer.welcome.epoch, [], false])
    assert.deepEqual(status.sources.map(({ name, status: state }) => [name, state]), [['probe', 'connected']])

    // What was answered is what reads show, and what viewers are told.
    const records = await stateOf(starling.url, 'services:health')
    assert.deepEqual(records, Object.fromEntries(status.services.map(({ name, status: health, response_time_ms }) => [name, { status: health, response_time_ms }])))
    await until(() => isDeepStrictEqual(viewer.records('services:health'), records), { what: 'the viewer to have the same' })
    assert.equal(await metric(starling.url, 'starling_source_connected{source="probe"}'), 1)

    services.degraded.answer = services.failing.answer = services.hanging.answer = { body: 'ok' }
    await until(async () => (await statusOf(starling)).services.filter(({ status: health }) => health === 'healthy').length === 4, { what: 'the others to be healthy', everyMs: 200 })
    await until(() => lines(starling, 'is healthy').length >= 3, { what: 'a line of each' })
    assert.equal(lines(starling, 'is healthy').length, 3, starling.stderr)
    assert.equal(lines(starling, 'closed').length, 1, 'one line when it changed, and no more')
  })
}

test('without probes there are no services, and all is well', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: '[store]\nurl = "sqlite:state.db"\n', folder: temporaryFolder(t) })
  const { overall_status, services, sources, receivers, store, server } = await statusOf(starling)
  assert.deepEqual({ overall_status, services, sources, receivers }, { overall_status: 'healthy', services: [], sources: [], receivers: [] })
  assert.equal(store.status, 'ok')
  const version = /^project\(starling VERSION (\S+)/m.exec(readFileSync(new URL('../../CMakeLists.txt', import.meta.url), 'utf8'))[1]
  assert.deepEqual([server.version, server.seq], [version, 0])
  assert.equal((await ask(starling.url, path, { method: 'HEAD' })).status, 200)
  assert.equal((await ask(starling.url, path, { method: 'POST', headers: { 'Content-Type': 'application/json' } })).headers.allow, 'GET, HEAD')
})

test('however many ask, services are asked once a second', { timeout }, async (t) => {
  const services = [await startService(t), await startService(t)]
  const config = services.map(({ url }, n) => probe(`s${n}`, url, 'every = "24h"')).join('')
  const starling = await startStarling(t, { config: `[server]\nshards = 2\n${config}` })
  await until(() => services.every(({ asked }) => asked.length > 0), { what: 'the first checks' })
  // When they are asked is seen from here, as soon as it can be.
  const late = monitorEventLoopDelay({ resolution: 5 })
  late.enable()
  t.after(() => late.disable())
  const from = performance.now()
  let answers = 0
  const caller = async () => {
    while (performance.now() - from < 3000 || answers <= 200 || services.some(({ asked }) => asked.length < 3)) {
      const { services: found } = await statusOf(starling)
      assert.deepEqual(found.map(({ status }) => status), ['healthy', 'healthy'])
      answers++
    }
  }
  await Promise.all(Array.from({ length: 40 }, caller))
  const seconds = (performance.now() - from) / 1000
  assert.ok(answers > 200, `${answers} answers`)
  for (const { asked } of services) {
    const rounds = asked.slice(1)
    assert.ok(rounds.length >= 2 && rounds.length <= seconds + 1, `${rounds.length} rounds in ${seconds} s`)
    for (let n = 1; n < rounds.length; n++) assert.ok(rounds[n].at - rounds[n - 1].at > 900 - late.max / 1e6, `${rounds[n].at - rounds[n - 1].at} ms between two`)
  }
})

test('services and receivers are asked by themselves, as often as is said', { timeout }, async (t) => {
  const service = await startService(t)
  const sdr = await startService(t, { body: '<html>' })
  const starling = await startStarling(t, { config: probe('api', service.url, 'every = "1s"') + receiver('7b1c', sdr.url, 'every = "1s"') })
  const viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe(['websdrs:status', 'services:health'])
  const record = () => viewer.records('websdrs:status')['7b1c']
  await until(() => record()?.status === 'online', { what: 'the receiver to be online' })
  const { last_check, response_time_ms, ...rest } = record()
  assert.deepEqual(rest, { websdr_id: '7b1c', name: 'SDR 7b1c', status: 'online', uptime: 100, avg_snr: null })
  assert.ok(Math.abs(Date.parse(last_check) - Date.now()) < 10_000)
  assert.ok(Number.isInteger(response_time_ms))

  const { port } = sdr
  await sdr.end()
  await until(() => record().status === 'offline', { what: 'the receiver to be offline' })
  assert.match(record().error_message, /\w/)
  assert.equal(record().response_time_ms, null)
  assert.ok(record().uptime < 100)
  const { receivers, overall_status } = await statusOf(starling)
  assert.deepEqual([receivers[0].status, receivers[0].url, overall_status], ['offline', `http://127.0.0.1:${port}/health`, 'healthy'])
  await sdr.listen(port)
  await until(() => record().status === 'online', { what: 'the receiver to be back' })
  assert.ok(!('error_message' in record()))
  assert.ok(record().uptime > 0 && record().uptime < 100)
  await until(() => service.asked.length >= 3, { what: 'the service to be asked for the third time' })
  assert.equal(viewer.records('services:health').api.status, 'healthy')
})

test('a certificate that is not trusted is no answer, and one that is said to be is', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  const { cert, key, ca } = makeCertificate(folder)
  const other = makeCertificate(folder, { name: 'other', names: 'DNS:elsewhere.example' })
  const tls = { cert: ca, key: readFileSync(key) }
  const service = await startService(t, undefined, { tls })
  const misnamed = await startService(t, undefined, { tls: { cert: other.ca, key: readFileSync(other.key) } })
  const config = probe('trusted', service.url, `ca_file = "${cert}"`) + probe('unknown', service.url) + probe('misnamed', misnamed.url, `ca_file = "${join(folder, 'othercert.pem')}"`)
  const starling = await startStarling(t, { config })
  assert.deepEqual((await statusOf(starling)).services.map(({ name, status, response_time_ms }) => [name, status, response_time_ms === null]),
    [['trusted', 'healthy', false], ['unknown', 'unhealthy', true], ['misnamed', 'unhealthy', true]])
})

test('what a url says of user and password is sent, and is nowhere else', { timeout }, async (t) => {
  const secrets = ['alice', 'hunter2', Buffer.from('alice:hunter2').toString('base64')]
  const service = await startService(t)
  const failing = await startService(t, { status: 500 })
  const withUser = (url) => url.replace('//', '//alice:hunter2@')
  const config = probe('api', `${withUser(service.url)}?token=hunter2`) + probe('web', withUser(failing.url)) + receiver('7', withUser(failing.url)) + probe('gone', withUser(await closedUrl(t)))
  const starling = await startStarling(t, { config })
  const status = await ask(starling.url, path)
  assert.equal(service.asked[0].headers.authorization, `Basic ${secrets[2]}`)
  const pages = [status.text, starling.stderr]
  for (const page of ['/metrics', '/healthz', '/api/v1/state/services:health', '/api/v1/state/websdrs:status', '/api/v1/openapi.json']) pages.push((await ask(starling.url, page)).text)
  await until(() => lines(starling, ' at http://127.0.0.1:').length === 3, { what: 'three lines of what is wrong' })
  pages.push(starling.stderr)

  // And where it cannot be read.
  const file = join(temporaryFolder(t), 'refused.toml')
  writeFileSync(file, probe('api', 'ftp://alice:hunter2@127.0.0.1/') + probe('b', 'http://alice:hunter2@:x/'))
  const refused = new Program(process.env.STARLING_BIN, ['serve', '--config', file])
  await until(() => refused.exit, { what: 'the start to fail' })
  assert.equal(refused.exit.code, 1)
  assert.equal(refused.stderr.split('url: the url').length, 3, refused.stderr)
  pages.push(refused.stderr)
  for (const page of pages) {
    for (const secret of secrets) assert.ok(!page.includes(secret), page)
  }
})

test('a server that waits for a service stops all the same', { timeout }, async (t) => {
  const service = await startService(t)
  const starling = await startStarling(t, { config: probe('slow', service.url, 'timeout = "60s"\nevery = "24h"') })
  await until(async () => (await stateOf(starling.url, 'services:health').catch(() => ({}))).slow, { what: 'the first check' })
  // It is asked again because we ask, and not within a second.
  service.answer = null
  await until(() => performance.now() - service.asked[0].at > 1000, { what: 'another second' })
  const answer = ask(starling.url, path)
  await until(() => service.asked.length > 1, { what: 'the service to be asked' })
  assert.deepEqual(await starling.end(), { code: 0, signal: null })
  const { status } = await answer
  assert.equal(status, 503)
})
