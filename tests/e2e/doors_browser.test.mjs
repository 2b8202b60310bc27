// The clients of the replaced systems in a real browser, given only a URL: Heimdall's two and the mesh map's.
import assert from 'node:assert/strict'
import test from 'node:test'

import { openBrowser } from './support/browser.mjs'
import { startClientPage } from './support/clients.mjs'
import { ask, post, publishLines, stateOf } from './support/http.mjs'
import { meshConfig, messageLine, nodeLine, rawLine, say } from './support/mesh.mjs'
import { closedUrl, startService } from './support/services.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'

const channels = ['services:health', 'websdrs:status', 'websdrs_update', 'signals:detected', 'localizations:updated']

test('their clients run as they are, and come back by themselves when the server was killed', { timeout: 120_000 }, async (t) => {
  const served = await startClientPage(t)
  const probe = (name, url) => `[[probe]]\nname = "${name}"\nurl = "${url}"\nevery = "1h"\n`
  const config = `[server]\nallowed_origins = ["${served.url}"]\n${meshConfig()}${probe('well', (await startService(t)).url)}${probe('gone', await closedUrl(t))}`
  const starling = await startStarling(t, { config })
  await until(async () => Object.keys(await stateOf(starling.url, 'services:health').catch(() => ({}))).length === 2, { what: 'the first checks', everyMs: 50 })
  await say(starling, [nodeLine('!000000a1', { num: 161, short_name: 'A', long_name: 'Anna', hardware: 'TBEAM', role: 'ROUTER' })])

  const { page, complaints } = await openBrowser(t, served.url)
  await page.waitForFunction(() => window.meshMap)
  await page.evaluate(async ({ base, names }) => {
    const heimdall = { manager: window.heimdall.createWebSocketManager(`${base}/ws/updates`, { heartbeatInterval: 1000 }), states: [], got: [] }
    const head = { manager: window.heimdallHead.createWebSocketManager(`${base}/ws`, { heartbeatInterval: 1000 }), states: [], got: [] }
    for (const { manager, states, got } of [heimdall, head]) {
      manager.onStateChange((state) => states.push(state))
      for (const name of [...names, 'connected', 'subscribed']) manager.subscribe(name, (data) => got.push([name, data]))
    }
    const map = { manager: new window.meshMap.WebSocketManager(`${base}/api/ws`), states: [], got: [] }
    map.manager.on('device.connection', ({ connected }) => map.states.push(connected))
    for (const name of ['node.new', 'node.update', 'message.new', 'mqtt_raw']) map.manager.on(name, (payload) => map.got.push([name, payload]))
    map.manager.on('error', (error) => map.got.push(['error', String(error)]))
    map.manager.connect()
    window.clients = { heimdall, head, map }
    await Promise.all([heimdall.manager.connect(), head.manager.connect()])
  }, { base: starling.url.replace('http', 'ws'), names: channels })
  const of = (client) => page.evaluate((name) => ({ states: window.clients[name].states, got: window.clients[name].got }), client)
  const got = async (client, name) => (await of(client)).got.filter(([one]) => one === name).map(([, data]) => data)
  const untilGot = (client, name, fits) =>
    until(async () => (await got(client, name)).some(fits), { what: `${client} to get ${name}`, everyMs: 50 })

  /** Everything that can be said is told to all three. */
  async function everythingComes(base, round) {
    assert.equal((await ask(base, '/api/v1/system/status')).status, 200)
    await publishLines(base, [
      { channel: 'websdrs:status', key: 'w1', data: { status: 'online', response_time_ms: round } },
      { channel: 'signals:detected', data: { frequency_mhz: 145.5, snr_db: round, websdr_id: 'w1', timestamp: '2026-11-21T09:00:00.000Z' } },
      { channel: 'localizations:updated', data: { latitude: 1, longitude: 2, uncertainty_m: round, confidence: 0.9, timestamp: '2026-11-21T09:00:00.000Z' } },
      nodeLine('!000000a1', { num: 161, short_name: 'A', long_name: `Anna ${round}`, hardware: 'TBEAM', role: 'ROUTER' }),
      messageLine('!000000a1', `round ${round}`, { id: round }), rawLine('!000000a1', round),
    ])
    for (const [client, status] of [['heimdall', 'websdrs:status'], ['head', 'websdrs_update']]) {
      await untilGot(client, 'services:health', (data) => data.well?.status === 'healthy' && data.gone?.response_time_ms === null)
      await untilGot(client, status, (data) => data.w1.response_time_ms === round)
      await untilGot(client, 'signals:detected', (data) => data.snr_db === round)
      await untilGot(client, 'localizations:updated', (data) => data.uncertainty_m === round)
    }
    await untilGot('map', 'node.update', (node) => node.longName === `Anna ${round}` && node.role === 'ROUTER' && node.hwModel === 'TBEAM' && node.lastHeard > 0)
    await untilGot('map', 'message.new', (message) => message.text === `round ${round}` && message.from === 161 && message.to === 4294967295 && message.id === round)
    await untilGot('map', 'mqtt_raw', (packet) => packet.id === round && packet.nodeId === '!000000a1')
    assert.deepEqual(await got('map', 'error'), [])
  }

  await t.test('they connect and are told', async () => {
    assert.deepEqual((await of('heimdall')).states, ['Connecting', 'Connected'])
    await untilGot('head', 'subscribed', () => true)
    assert.deepEqual((await of('head')).got.map(([name]) => name), ['connected', 'subscribed'])
    assert.deepEqual((await of('heimdall')).got, [])
    await untilGot('map', 'node.new', ({ id, longName }) => id === '!000000a1' && longName === 'Anna')
    await everythingComes(starling.url, 1)
    assert.deepEqual(complaints, [])
  })

  await t.test('kill -9 and a start: connected again, and told what is new', async () => {
    await starling.end('SIGKILL')
    await until(async () => (await of('heimdall')).states.at(-1) === 'Reconnecting' && (await of('map')).states.at(-1) === false, { what: 'the loss to be noticed', everyMs: 50 })
    await page.evaluate(() => Object.values(window.clients).forEach((client) => { client.got.length = 0 }))
    const again = await startStarling(t, { config, port: starling.port })
    await until(async () => (await of('heimdall')).states.at(-1) === 'Connected' && (await of('head')).states.at(-1) === 'Connected' && (await of('map')).states.at(-1) === true,
      { what: 'all to be connected again', withinMs: 40_000, everyMs: 100 })
    await everythingComes(again.url, 2)
    assert.equal((await post(again.url, '/ws/broadcast?event_type=health_status', { well: { status: 'healthy' } })).status, 200)
    assert.deepEqual(complaints.filter((text) => !/WebSocket connection to .* failed/.test(text)), [])
  })
})
