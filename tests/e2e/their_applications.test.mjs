// Applications of the replaced systems with @starling/heimdall and @starling/mesh-map in place of their own clients: an import changes, and what
// their callbacks are given does not.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'

import { openBrowser } from './support/browser.mjs'
import { bundle, servePage } from './support/bundles.mjs'
import { typeFaults } from './support/clients.mjs'
import { DoorClient } from './support/door.mjs'
import { post, publishLines } from './support/http.mjs'
import { meshConfig, messageLine, nodeLine, objectsOf, positionLine, rawLine, say, telemetryLine } from './support/mesh.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'

const timeout = 120_000

/** An application's text with its imports of their client's file changed, and nothing else. */
const withOurs = (theirs, ours) => (text) => text.replaceAll(` from '${theirs}'\n`, ` from '${ours}'\n`)

const applications = [
  ['clients/heimdall_app.ts', './heimdall.js', '@starling/heimdall'],
  ['clients/mesh_map_app.ts', './mesh_map.js', '@starling/mesh-map'],
]

test('with another import they compile as they are', () => {
  const changed = applications.map(([entry, theirs, ours]) => {
    const source = readFileSync(new URL(entry, import.meta.url), 'utf8')
    const text = withOurs(theirs, ours)(source)
    const lines = source.split('\n')
    const others = text.split('\n').filter((line, index) => line !== lines[index])
    assert.equal(others.length, 2, entry)
    for (const line of others) assert.match(line, /^import /)
    return [entry.replace(/.*\//, 'changed_'), text]
  })
  assert.equal(typeFaults(Object.fromEntries(changed)), '')
})

/** Both applications on one page, as `theirs` and `ours`; `open` is what the module is called with, in the page. */
async function openBoth(t, { entry, from, to, start, config = '' }) {
  const modules = { 'theirs.js': await bundle(entry), 'ours.js': await bundle(entry, { replace: withOurs(from, to) }) }
  const page = await servePage(t, modules, `<script type="module">
import * as theirs from './theirs.js'
import * as ours from './ours.js'
Object.assign(window, { modules: { theirs, ours } })
</script>`)
  const starling = await startStarling(t, { config: `[server]\nallowed_origins = ["${page.url}"]\n${config}` })
  const { page: tab, complaints } = await openBrowser(t, page.url)
  await tab.waitForFunction(() => window.modules)
  const restart = () => startStarling(t, { config: `[server]\nallowed_origins = ["${page.url}"]\n${config}`, port: starling.port })
  const open = (path) => tab.evaluate(([body, url]) => {
    const call = new Function('module', 'url', `return ${body}`)
    window.apps = { theirs: call(window.modules.theirs, url), ours: call(window.modules.ours, url) }
  }, [start, `${starling.url.replace('http', 'ws')}${path}`])
  /** `[theirs, ours]` of what `read`, an expression of `app`, is. */
  const read = (expression) => tab.evaluate((body) => {
    const call = new Function('app', `return ${body}`)
    return [call(window.apps.theirs), call(window.apps.ours)]
  }, expression)
  /** As `read`, and until the server has taken in what both sent it. */
  const ask = async (expression = '') => {
    await read(expression)
    await tab.evaluate(() => window.heard())
  }
  /** Until `expression` of both fits. */
  const untilBoth = (expression, fits, options = {}) => {
    let found
    return until(async () => (found = await read(expression)).every(fits),
      { what: () => `${expression} of both; it is ${JSON.stringify(found)}`, everyMs: 20, ...options })
  }
  return { starling, tab, complaints, open, read, ask, untilBoth, restart }
}

for (const [path, receivers] of [['/ws/updates', 'websdrs:status'], ['/ws', 'websdrs_update']]) {
  test(`a dashboard of Heimdall's on ${path}: its callbacks are given the same`, { timeout }, async (t) => {
    // Their client of /ws/updates listens at /ws as well: what is told is the same there, but for a name.
    const { starling, complaints, open, read, ask, untilBoth, restart } = await openBoth(t, {
      entry: 'clients/heimdall_app.ts', from: './heimdall.js', to: '@starling/heimdall', start: `module.openDashboard(url, '${receivers}')`,
    })
    await open(path)
    await untilBoth('app.dashboard.outcome', (outcome) => outcome === 'connected')
    await untilBoth('app.isConnected() && app.state()', (state) => state === 'Connected')
    await ask()

    let given = 0
    /** Says something, and waits until `count` callbacks of both were called for it. */
    async function told(count, run, inOrder = (calls) => calls) {
      await run()
      await untilBoth('app.dashboard.given.length', (length) => length >= given + count)
      const [theirs, ours] = (await read('app.dashboard.given')).map((calls) => calls.slice(given))
      assert.deepEqual(inOrder(ours), inOrder(theirs))
      assert.equal(ours.length, count)
      given += count
    }
    /** At the door a signal overtakes a state that waits for its tick. */
    const byCallback = (calls) => [...calls].sort(([a], [b]) => (a < b ? -1 : 1))
    const publish = (lines) => () => publishLines(starling.url, lines)
    const receiver = (key, response_time_ms) => ({ channel: 'websdrs:status', key, data: { status: 'online', response_time_ms } })
    const signal = (snr_db) => ({ channel: 'signals:detected', data: { frequency_mhz: 145.5, snr_db, websdr_id: 'w1', timestamp: '2026-11-21T09:00:00.000Z', more: { a: [1] } } })
    const place = { channel: 'localizations:updated', data: { latitude: 1, longitude: 2, uncertainty_m: 30, confidence: 0.9, timestamp: '2026-11-21T09:00:00.000Z' } }
    const health = (services) => async () =>
      assert.equal((await post(starling.url, '/ws/broadcast?event_type=health_status', services)).status, 200)

    await told(1, health({ rf: { status: 'unreachable', response_time_ms: null }, api: { status: 'healthy', response_time_ms: 12 } }))
    await told(1, publish([receiver('w2', 31), receiver('w1', null)]))
    await told(1, publish([receiver('w1', 14)]))
    await told(2, publish([signal(9.5), signal(11)]))
    await told(1, publish([place]))
    await told(2, publish([receiver('w1', 15), signal(3)]), byCallback)
    assert.deepEqual((await read('app.dashboard.given'))[1].slice(-2).map(([callback]) => callback), ['receivers', 'signal']) // ours: what it speaks of first
    await told(1, health({ api: { status: 'healthy', response_time_ms: 12 } })) // a service that is gone
    await told(1, publish([{ channel: 'websdrs:status', key: 'w2', op: 'remove' }]))
    await told(1, publish([{ channel: 'websdrs:status', key: 'w1', op: 'remove' }])) // the last: an empty map
    await ask('app.hideSignals()')
    await told(1, publish([signal(4), place]))
    await ask('app.showSignals()')
    await told(1, publish([signal(5)]))
    if (path === '/ws/updates') { // at /ws it is only acknowledged
      await told(1, publish([receiver('w3', 1)]))
      await ask("app.choose('signals:detected')")
      await told(1, publish([receiver('w3', 2), signal(6)]))
      await told(2, () => ask("app.unchoose('signals:detected')")) // services and receivers: what is shown again
      await told(1, publish([place]))
    }
    const [theirs, ours] = await read('({ ...app.dashboard, states: undefined, given: undefined })')
    assert.deepEqual(ours, theirs)
    assert.deepEqual((await read('app.dashboard.states')), [['Connecting', 'Connected'], ['Connecting', 'Connected']])
    assert.deepEqual(complaints, [])

    await t.test('a server that goes: ours says Reconnecting until it is there again, and what is shown is right then', async () => {
      await starling.end('SIGKILL')
      await untilBoth('app.dashboard.states', (states) => states.includes('Reconnecting'))
      assert.deepEqual((await read('app.isConnected()')), [false, false])
      const again = await restart()
      await untilBoth('app.state()', (state) => state === 'Connected', { withinMs: 30_000 })
      await publishLines(again.url, [receiver('w9', 9), place])
      await untilBoth('Object.keys(app.dashboard.receivers).join()', (keys) => keys === 'w9')
      const [, states] = await read('app.dashboard.states')
      assert.deepEqual(states, ['Connecting', 'Connected', 'Reconnecting', 'Connected'])
    })

    await t.test('closed by the user it is disconnected, told once, and stays so until it is asked to connect', async () => {
      await read('app.close()')
      assert.deepEqual(await read('app.state()'), ['Disconnected', 'Disconnected'])
      assert.equal((await read('app.dashboard.states'))[1].filter((state) => state === 'Disconnected').length, 1)
      await read('void app.connect()')
      await untilBoth('app.state()', (state) => state === 'Connected')
    })
  })
}

test('a dashboard whose first attempt fails is told so, and is connected once the server is there', { timeout }, async (t) => {
  const { starling, open, read, untilBoth, restart } = await openBoth(t, {
    entry: 'clients/heimdall_app.ts', from: './heimdall.js', to: '@starling/heimdall', start: "module.openDashboard(url, 'websdrs:status')",
  })
  await starling.end('SIGKILL')
  await open('/ws/updates')
  await untilBoth('app.dashboard.outcome', (outcome) => outcome === 'failed')
  await restart()
  await untilBoth('app.isConnected()', (is) => is, { withinMs: 30_000 })
  assert.equal((await read('app.dashboard.states'))[1].at(-1), 'Connected')
})

test('what there is already is told at once, and every name that their servers used is understood', { timeout }, async (t) => {
  const { starling, open, read, untilBoth, tab } = await openBoth(t, {
    entry: 'clients/heimdall_app.ts', from: './heimdall.js', to: '@starling/heimdall', start: "module.openDashboard(url, 'websdrs_update')",
  })
  await publishLines(starling.url, [{ channel: 'websdrs:status', key: 'w1', data: { status: 'online', response_time_ms: 1 } }])
  await open('/ws/updates') // where it is called websdrs:status: theirs never learns of it
  await untilBoth('app.isConnected()', (is) => is)
  await until(async () => (await read('app.dashboard.receivers'))[1].w1, { what: 'ours to be told', everyMs: 20 })
  await publishLines(starling.url, [{ channel: 'localizations:updated', data: { latitude: 1, longitude: 2 } }])
  await untilBoth('app.dashboard.place', (place) => place?.latitude === 1)
  assert.deepEqual(await read('app.dashboard.receivers'), [{}, { w1: { status: 'online', response_time_ms: 1 } }])
  // It is the application's own: what it does with it is nobody else's.
  await tab.evaluate(() => { window.apps.ours.dashboard.receivers.w1.status = 'changed' })
  await publishLines(starling.url, [{ channel: 'websdrs:status', key: 'w2', data: { status: 'online', response_time_ms: 2 } }])
  await until(async () => (await read('app.dashboard.receivers'))[1].w2, { what: 'ours to be told again', everyMs: 20 })
  assert.equal((await read('app.dashboard.receivers'))[1].w1.status, 'online')
})

// ---- The map ---------------------------------------------------------------------------------------------------------------------

const [north, south] = [[50, 10], [-40, 10]]

/** Times that are within the last minute as `true`: the door says when it was reported, our wire says nothing, so it is when it came. */
function timeless(value) {
  if (Array.isArray(value)) return value.map(timeless)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) =>
    [name, ['lastHeard', 'timestamp', 'rxTime'].includes(name) ? Math.abs(Date.now() - inner * (name === 'rxTime' ? 1000 : 1)) < 60_000 : timeless(inner)]))
}

test("a map of theirs: its callbacks are given the same, and it comes back", { timeout }, async (t) => {
  const { starling, open, read, ask, untilBoth, restart, complaints } = await openBoth(t, {
    entry: 'clients/mesh_map_app.ts', from: './mesh_map.js', to: '@starling/mesh-map', start: 'module.openMap(url)', config: meshConfig(),
  })
  await say(starling, [nodeLine('!000000a1', { num: 161, short_name: 'A', long_name: 'Anna', hardware: 'TBEAM', role: 'ROUTER' }), positionLine('!000000a1', north),
    telemetryLine('!000000a1', { battery_percent: 80, voltage_v: 4.1 }), messageLine('!000000a1', 'before', { id: 1 })])
  await open('/api/ws')
  let given = 0
  async function told(count, run) {
    await run()
    given += count
    await untilBoth('app.map.given.length', (length) => length >= given)
    const [theirs, ours] = await read('app.map.given')
    assert.deepEqual(timeless(ours), timeless(theirs))
    assert.equal(ours.length, given)
  }
  const says = (...lines) => () => say(starling, lines)
  await told(1, () => ask()) // node.new
  await told(1, says(nodeLine('!000000b2', { num: 178 })))
  await told(1, says(nodeLine('!000000a1', { long_name: 'Anna 2' })))
  await told(1, says(telemetryLine('!000000b2', { battery_percent: 12 })))
  await told(1, says(positionLine('!000000b2', south)))
  await told(2, says(messageLine('!000000a1', 'one', { id: 2 }), messageLine('!000000b2', 'two', { id: 3, to: '!000000a1', channel: 2 })))
  await told(1, says(rawLine('!000000a1', 1)))
  await told(1, says({ channel: 'mesh:telemetry', key: '!000000b2', op: 'remove' }))
  await told(0, () => ask("app.send({ type: 'subscribe', filter: { bounds: { north: 60, south: 0, east: 20, west: 0 } } })"))
  await told(1, says(nodeLine('!000000b2', { long_name: 'unseen' }), nodeLine('!000000a1', { long_name: 'Anna 3' })))
  await told(1, says(positionLine('!000000b2', [51, 11]))) // who comes in is told wholly
  await told(0, () => ask("app.send({ type: 'subscribe', filter: { nodeIds: ['!000000a1'], messageTypes: ['node'] } })"))
  await told(1, says(messageLine('!000000a1', 'unheard', { id: 4 }), nodeLine('!000000b2', { long_name: 'unseen 2' }), nodeLine('!000000a1', { long_name: 'Anna 4' })))
  await told(1, () => ask("app.send({ type: 'unsubscribe' })")) // the other one
  const [theirs, ours] = await read('app.map')
  assert.deepEqual(timeless(ours), timeless(theirs))
  assert.deepEqual(ours.connections, [true])
  assert.deepEqual(complaints, [])

  await starling.end('SIGKILL')
  await untilBoth('app.map.connections', (connections) => connections.at(-1) === false)
  assert.deepEqual(await read("app.send({ type: 'ping' })"), [false, false])
  const again = await restart()
  await untilBoth('app.isConnected()', (is) => is, { withinMs: 30_000 })
  await ask()
  await say(again, [nodeLine('!000000c3', { num: 195, long_name: 'Carla' }), messageLine('!000000c3', 'again', { id: 5 })])
  await untilBoth("app.map.nodes['!000000c3']?.longName", (name) => name === 'Carla')
  await untilBoth('app.map.messages.at(-1).text', (text) => text === 'again')
  await read('app.close()')
  await untilBoth('app.isConnected()', (is) => !is)
})

test('useWebSocketMQTT: its handlers are given what the door says, in StrictMode too', { timeout }, async (t) => {
  const page = await servePage(t, { 'map.js': await bundle('bindings/mesh-map/app.tsx') }, `<main></main><script type="module">
import { start } from './map.js'
window.app = start(new URLSearchParams(location.search).get('server'), document.querySelector('main'))
</script>`)
  const starling = await startStarling(t, { config: `[server]\nallowed_origins = ["${page.url}"]\n${meshConfig('30s')}` })
  await say(starling, [nodeLine('!000000a1', { num: 161, long_name: 'Anna' }), positionLine('!000000a1', north, { altitude_m: 5, packet_id: 9 }),
    nodeLine('!000000b2', { num: 178 }), positionLine('!000000b2', south), telemetryLine('!000000b2', { battery_percent: 12 }),
    messageLine('!000000a1', 'one', { id: 1 }), messageLine('!000000b2', 'two', { id: 2 })])
  const door = await DoorClient.open(t, starling.url, '/api/ws')
  const { page: tab, complaints } = await openBrowser(t, `${page.url}/?server=${starling.url.replace('http', 'ws')}/api/ws`)
  const told = async (handler) => (await tab.evaluate(() => window.app.told)).filter(([name]) => name === handler).map(([, ...given]) => given)
  const text = (id) => tab.evaluate((which) => document.getElementById(which).textContent, id)

  const { data: snapshot } = await door.frame(({ type }) => type === 'snapshot')
  await until(async () => (await told('onSnapshot')).length > 0, { what: 'the snapshot', everyMs: 20 })
  assert.equal(await text('connected'), 'true true')
  assert.equal(await tab.evaluate(() => window.sent.length), 1) // one connection, though StrictMode mounts twice
  const [[given], ...more] = await told('onSnapshot')
  assert.deepEqual(more, [])
  const byId = ({ nodes, ...others }) => ({ ...others, nodes: [...nodes].sort((a, b) => (a.id < b.id ? -1 : 1)) }) // heard at the same moment
  assert.deepEqual(timeless(byId(given)), timeless(byId(snapshot)))
  assert.equal(given.nodes.length, 2)
  assert.deepEqual(given.recentMessages.map(({ text: said }) => said), ['two', 'one'])

  const kinds = [['onNodeUpdate', 'node_update'], ['onPositionUpdate', 'position_update'], ['onTelemetryUpdate', 'telemetry_update'], ['onMessage', 'message'], ['onMQTTRaw', 'mqtt_raw']]
  const same = async () => {
    for (const [handler, type] of kinds) assert.deepEqual(timeless((await told(handler)).flat(2)), timeless(objectsOf(door.frames, type)), handler)
    const statuses = door.frames.filter(({ type }) => type === 'node_status').map(({ nodeId, online }) => [nodeId, online])
    assert.deepEqual(await told('onNodeStatus'), statuses)
  }
  const untilTold = (handler, fits) => until(async () => (await told(handler)).flat(2).some(fits), { what: handler, everyMs: 20 })
  await say(starling, [nodeLine('!000000c3', { num: 195 }), positionLine('!000000a1', [50.5, 10], { altitude_m: 6, packet_id: 10 }), telemetryLine('!000000b2', { battery_percent: 11, uptime_s: 5 })])
  await untilTold('onTelemetryUpdate', ({ uptime }) => uptime === 5)
  await say(starling, [messageLine('!000000a1', 'three', { id: 3, snr_db: 6.5, hops_away: 1 }), rawLine('!000000a1', 1)])
  await untilTold('onMQTTRaw', ({ id }) => id === 1)
  await until(() => objectsOf(door.frames, 'mqtt_raw').length === 1, { what: 'the packet at the door' })
  await same()
  assert.deepEqual((await told('onNodeStatus')).at(-1), ['!000000c3', true])

  await t.test('a filter is asked for in place, by the options and by setFilter', async () => {
    const before = await tab.evaluate(() => window.answered)
    await tab.evaluate(() => window.app.filter({ messageTypes: ['node'], nodeIds: ['!000000a1'] }))
    await tab.waitForFunction((count) => window.answered > count, before)
    await say(starling, [nodeLine('!000000b2', { long_name: 'Berta' }), nodeLine('!000000a1', { long_name: 'Anna 2' })])
    await untilTold('onNodeUpdate', ({ longName }) => longName === 'Anna 2')
    assert.ok(!(await told('onNodeUpdate')).flat(2).some(({ longName }) => longName === 'Berta'))
    await tab.evaluate(() => window.app.connection.setFilter({ nodeIds: ['!000000b2'] }))
    await untilTold('onNodeUpdate', ({ longName }) => longName === 'Berta')
    assert.equal((await told('onSnapshot')).length, 1)
  })

  await t.test('a filter that cannot be is an error, and one that can be mends it', async () => {
    await tab.evaluate(() => window.app.connection.setFilter({ bounds: { north: 0, south: 10, east: 1, west: 0 } }))
    await until(async () => /south|north/.test(await text('error')), { what: 'the error', everyMs: 20 })
    await tab.evaluate(() => window.app.connection.subscribe(undefined))
    await until(async () => (await text('error')) === '', { what: 'no error', everyMs: 20 })
  })

  await t.test('disconnect and connect, and with the component it ends', async () => {
    await tab.evaluate(() => window.app.connection.disconnect())
    await until(async () => (await text('connected')) === 'false false', { what: 'it to be disconnected', everyMs: 20 })
    await say(starling, [nodeLine('!000000a1', { long_name: 'Anna 3' })])
    await tab.evaluate(() => window.app.connection.connect())
    await untilTold('onNodeUpdate', ({ longName }) => longName === 'Anna 3')
    await tab.evaluate(() => window.app.end())
    const before = (await tab.evaluate(() => window.app.told)).length
    await say(starling, [nodeLine('!000000a1', { long_name: 'Anna 4' })])
    await door.frame(({ type, nodes }) => type === 'node_update' && nodes.some(({ longName }) => longName === 'Anna 4'))
    assert.equal((await tab.evaluate(() => window.app.told)).length, before)
    assert.deepEqual(complaints, [])
  })
})
