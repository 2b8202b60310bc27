// The shell of the dashboard, the overview, the server's view and the time machine, in Chromium.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import test from 'node:test'

import { Program, temporaryFolder } from './support/cleanup.mjs'
import { openDashboard, viewNames } from './support/dashboard.mjs'
import { ask, post, publish, publishLines } from './support/http.mjs'
import { meshConfig, messageLine } from './support/mesh.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'

const timeout = 180_000
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Complaints that no page can help: its server was away. */
const ours = (complaints) => complaints.filter((text) => !/ERR_CONNECTION_REFUSED|WebSocket connection to .* failed|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED/.test(text))

test('every view opens, with nothing that its policy forbids and no request to another host', { timeout }, async (t) => {
  const starling = await startStarling(t, { parameters: ['--demo'] })
  const dashboard = await openDashboard(t, starling.url)
  for (const view of viewNames) {
    await dashboard.go(view)
    const title = await dashboard.page.waitForFunction(() => document.querySelector('main h1').textContent)
    assert.match(await dashboard.page.title(), new RegExp(`^${await title.jsonValue()} · Starling$`))
    assert.equal(await dashboard.part(`go-${view}`).getAttribute('aria-current'), 'page')
    // More than the heading, and neither still loading nor broken.
    await dashboard.page.waitForFunction(() => document.querySelector('main').children.length > 1 && !document.querySelector('main .loading'), undefined, { timeout: 20_000 })
    assert.equal(await dashboard.page.locator('main [role="alert"]').count(), 0, view)
  }
  assert.deepEqual(dashboard.complaints, [])
  assert.deepEqual(await dashboard.violations(), [])
  const hosts = new Set(dashboard.requests.filter((url) => !/^(data|blob):/.test(url)).map((url) => new URL(url).host))
  assert.deepEqual([...hosts], [new URL(starling.url).host])
})

test('the overview knows the fleet, and what is published appears', { timeout }, async (t) => {
  const starling = await startStarling(t, { parameters: ['--demo'], config: '[[space]]\nname = "site"\noffline_after = "1h"\n' })
  const dashboard = await openDashboard(t, starling.url)
  await dashboard.page.waitForFunction(() => Number(document.querySelector('[data-testid="space-mesh"] [data-testid="space-count"]')?.textContent) >= 50)
  assert.equal(await dashboard.part('space-site').count(), 0)
  await post(starling.url, '/api/v1/publish/site:position?key=van-1', { latitude: 1, longitude: 2 })
  await dashboard.says('space-site', /^site\s*1 known,\s*1 online/)
  for (const [key, status] of [['api', 'healthy'], ['rf', 'unreachable']]) await post(starling.url, `/api/v1/publish/services:health?key=${key}`, { status, response_time_ms: key === 'api' ? 12 : null })
  await dashboard.says('services', /^rf–\s*unreachable\s*api12 ms\s*healthy/) // and those of the demo
  await post(starling.url, '/api/v1/publish/websdrs:status?key=7b1c', { websdr_id: '7b1c', name: 'Twente', status: 'offline', uptime: 99.9, error_message: 'no route' })
  await dashboard.says('receivers', /Twente.*99\.9 %.*no route\s*offline/)
  assert.ok((await dashboard.text('byte-rate')).endsWith('B/s'))
})

test('signals are counted, whatever else is said meanwhile', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const dashboard = await openDashboard(t, starling.url)
  await dashboard.says('signals', /Detected\s*0/)
  for (let n = 1; n <= 3; n++) {
    await publish(starling.url, '/api/v1/publish/signals:detected', { frequency_mhz: 145.5, snr_db: 12.3, websdr_id: n })
    await publish(starling.url, '/api/v1/publish/services:health?key=api', { status: 'healthy', response_time_ms: n })
    await dashboard.says('services', new RegExp(`^api${n} ms`))
  }
  await dashboard.says('signals', /Detected\s*3.*3 in the last minute.*145\.500 MHz.*SNR 12\.3 dB, receiver 3/)
  await post(starling.url, '/api/v1/publish/localizations:updated', { latitude: 38.7, longitude: -9.1, uncertainty_m: 1200, confidence: 0.8 })
  await dashboard.says('signals', /38\.7000° N 9\.1000° W.*± 1\.2 km, confidence 80 %/)
})

test('services are asked when a person wants it', { timeout }, async (t) => {
  let isWell = true
  let askedAt
  const service = createServer((request, response) => {
    askedAt = performance.now()
    response.writeHead(isWell ? 200 : 500).end()
  })
  await new Promise((resolve) => service.listen(0, '127.0.0.1', resolve))
  t.after(() => service.close())
  const starling = await startStarling(t, { config: `[[probe]]\nname = "api"\nurl = "http://127.0.0.1:${service.address().port}/health"\nevery = "1d"\n` })
  const dashboard = await openDashboard(t, starling.url)
  await dashboard.says('services', /^api\d+ ms\s*healthy$/)
  isWell = false
  // Who asks within a second is told what was found in it.
  await until(() => performance.now() - askedAt > 1000, { what: 'another second' })
  await dashboard.part('ask-services').click()
  await dashboard.says('services', /^api.*unhealthy$/)
})

test('the badge: yellow while the server is away, green when it is back, and no ghost left', { timeout }, async (t) => {
  const starling = await startStarling(t, { parameters: ['--demo'] })
  await post(starling.url, '/api/v1/publish/ghost:position?key=me', { latitude: 1, longitude: 2 })
  const dashboard = await openDashboard(t, starling.url)
  await dashboard.part('space-ghost').waitFor()
  const tone = () => dashboard.part('connection').locator('.badge').getAttribute('class')
  assert.match(await tone(), /\bgood\b/)
  assert.match(await dashboard.text('last-update'), /^\d\d:\d\d:\d\d$/)
  await dashboard.part('connection').click()
  assert.equal(await dashboard.text('transport'), 'WebSocket')

  await starling.end('SIGKILL')
  await dashboard.becomes('reconnecting')
  assert.match(await tone(), /\bwait\b/)
  assert.equal(await dashboard.part('connection').locator('.spinning').count(), 1)
  await dashboard.says('announced', 'Reconnecting')
  await dashboard.says('next-attempt', /^(now|in \d+ s)$/)
  // What was there is still shown, and said to be old.
  assert.equal(await dashboard.part('space-ghost').count(), 1)
  assert.ok(await dashboard.page.locator('.stale').count() > 0)

  assert.equal(await dashboard.part('reconnect').count(), 1)
  // A view that was not fetched before says so, and comes when the server does.
  await dashboard.go('server')
  await dashboard.page.locator('main [role="alert"]').waitFor()
  const url = dashboard.page.url()

  await startStarling(t, { port: starling.port, parameters: ['--demo'] })
  await dashboard.becomes('connected', 40_000)
  await dashboard.part('share-ratio').waitFor()
  assert.equal(dashboard.page.url(), url)
  await dashboard.go('overview')
  assert.match(await tone(), /\bgood\b/)
  await dashboard.says('announced', 'Connected')
  await dashboard.isWithout('space-ghost')
  await dashboard.part('space-mesh').waitFor()
  assert.equal(await dashboard.page.locator('.stale').count(), 0)

  // By hand, whenever one likes.
  await dashboard.part('connection').click()
  const another = dashboard.page.waitForEvent('websocket')
  await dashboard.page.locator('#connection-details button').click()
  await another
  await dashboard.becomes('connected')
  assert.deepEqual(ours(dashboard.complaints), [])
})

test('the server says of itself what it is asked', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  const starling = await startStarling(t, { folder, config: '[store]\nurl = "sqlite:site.db"\n[[source]]\ntype = "mqtt"\nurl = "mqtt://127.0.0.1:1"\ntopics = ["a"]\ndecode = "meshtastic"\n' })
  await publish(starling.url, '/api/v1/publish/site:position?key=van-1', { latitude: 1 })
  const dashboard = await openDashboard(t, starling.url, { view: 'server' })
  await dashboard.says('sources', /mqtt:\/\/127\.0\.0\.1:1.*not connected$/)
  await dashboard.page.waitForFunction(() => /Stored up to\s*1/.test(document.querySelector('main').textContent))
  assert.match(await dashboard.text('share-ratio'), /^(–|[\d.]+×)$/)
})

test('the past is shown as it was, plays on, and is now again', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  const starling = await startStarling(t, { folder, config: '[store]\nurl = "sqlite:site.db"\n' })
  /** A time before which it was not there. */
  const at = async (key) => {
    const before = Date.now()
    await publish(starling.url, `/api/v1/publish/site:position?key=${key}`, { latitude: 1, longitude: 2 })
    return before
  }
  await at('van-1')
  await new Promise((resolve) => setTimeout(resolve, 1500)) // the slider has steps of a second
  const second = await at('van-2')
  await new Promise((resolve) => setTimeout(resolve, 2500)) // what is nearer than 3 s is not played
  const dashboard = await openDashboard(t, starling.url)
  await dashboard.says('space-count', '2')
  const slide = (ms) => dashboard.part('time-slider').evaluate((slider, value) => {
    slider.valueAsNumber = value
    slider.dispatchEvent(new InputEvent('input', { bubbles: true }))
  }, ms)
  await slide(second - 700)
  assert.equal(await dashboard.part('time-bar').getAttribute('data-mode'), 'at')
  await dashboard.says('space-count', '1')
  assert.match(await dashboard.text('shown-time'), /ago$/)

  await dashboard.part('time-bar').locator('select').first().selectOption('1')
  await dashboard.part('play').click()
  assert.equal(await dashboard.part('time-bar').getAttribute('data-mode'), 'replay')
  await dashboard.says('space-count', '2')
  await dashboard.part('play').click()
  assert.equal(await dashboard.part('time-bar').getAttribute('data-mode'), 'at')
  await dashboard.part('time-bar').locator('select').first().selectOption('60')
  await dashboard.part('play').click()
  await dashboard.page.waitForSelector('[data-testid="time-bar"][data-mode="live"]', { timeout: 10_000 })
  await at('van-3')
  await dashboard.says('space-count', '3')

  await slide(second - 700)
  await dashboard.says('space-count', '1')
  await dashboard.part('back-to-live').click()
  await dashboard.says('space-count', '3')
  assert.deepEqual(dashboard.complaints, [])
})

test('where nothing is kept the time machine says so', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const dashboard = await openDashboard(t, starling.url)
  await dashboard.says('no-history', /has no store/)
  assert.equal(await dashboard.part('time-slider').count(), 0)
  assert.deepEqual((await ask(starling.url, '/api/v1/history')).json(), { kept: false, from: null, to: null })
  assert.deepEqual(dashboard.complaints, [])
})

for (const signal of ['SIGTERM', 'SIGHUP']) test(`a recorded fleet can be looked back at while it plays, and leaves nothing behind (${signal})`, { timeout }, async (t) => {
  const [folder, temporary] = [temporaryFolder(t), temporaryFolder(t)]
  const program = new Program(process.env.STARLING_BIN, ['serve', '--demo', '--listen', '127.0.0.1:0'], { cwd: folder, env: { ...process.env, TMPDIR: temporary } })
  t.after(() => program.end())
  const url = await until(() => /serving on (http:\S+)/.exec(program.stderr)?.[1], { what: 'starling to listen', withinMs: 20_000 })
  await until(async () => (await ask(url, '/api/v1/history')).json().from, { what: 'history to begin' })
  assert.equal(readdirSync(temporary).length, 1)
  assert.deepEqual(await program.end(signal), { code: 0, signal: null })
  assert.deepEqual([readdirSync(folder), readdirSync(temporary)], [[], []])
})

test('history says how far back it goes', { timeout }, async (t) => {
  const starling = await startStarling(t, { folder: temporaryFolder(t), config: '[store]\nurl = "sqlite:site.db"\n' })
  assert.deepEqual((await ask(starling.url, '/api/v1/history')).json(), { kept: true, from: null, to: null })
  const before = Date.now()
  await publish(starling.url, '/api/v1/publish/site:position?key=van-1', { latitude: 1 })
  const reach = await until(async () => {
    const said = (await ask(starling.url, '/api/v1/history')).json()
    return said.from && said
  }, { what: 'history to begin' })
  assert.ok(Date.parse(reach.from) >= before - 1 && Date.parse(reach.from) <= Date.now())
  assert.ok(reach.to >= reach.from)
})

test('the first view is small and soon there', { timeout }, async (t) => {
  const starling = await startStarling(t, { parameters: ['--demo'] })
  const paints = []
  const sizes = []
  // What holds a machine up does so now and then; what makes a page late does so each time.
  while (paints.length < 3 || (Math.min(...paints) >= 1000 && paints.length < 10)) {
    const { page } = await openDashboard(t, starling.url)
    await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0) // drawn is not yet painted
    const { paintMs, bytes, names } = await page.evaluate(() => {
      const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource').filter(({ name }) => /\/assets\//.test(name))]
      return {
        paintMs: performance.getEntriesByName('first-contentful-paint')[0].startTime,
        bytes: all.reduce((sum, { transferSize }) => sum + transferSize, 0),
        names: all.map(({ name }) => name),
      }
    })
    assert.ok(names.length > 4, names.join(' '))
    assert.ok(bytes > 20_000 && bytes <= 150 * 1024, `${bytes} bytes: ${names.join(' ')}`)
    paints.push(paintMs)
    sizes.push(bytes)
    await page.close()
  }
  t.diagnostic(`${(Math.max(...sizes) / 1024).toFixed(1)} KiB; first contentful paint after ${paints.map(Math.round).join(', ')} ms`)
  assert.ok(Math.min(...paints) < 1000, `${paints} ms`)
})

test('axe finds nothing serious in any view, dark or light, wide or narrow', { timeout: 300_000 }, async (t) => {
  const starling = await startStarling(t, { folder: temporaryFolder(t), config: '[store]\nurl = "sqlite:site.db"\n', parameters: ['--demo'] })
  const found = []
  for (const [width, height] of [[390, 844], [1440, 900]]) {
    for (const colorScheme of ['dark', 'light']) {
      const dashboard = await openDashboard(t, starling.url, { viewport: { width, height }, colorScheme, reducedMotion: 'reduce' })
      await dashboard.page.evaluate(axe)
      await dashboard.part('space-mesh').waitFor()
      for (const view of viewNames) {
        await dashboard.go(view)
        await dashboard.page.waitForFunction(() => !document.querySelector('main .loading'))
        if (view === 'overview') await dashboard.part('connection').click() // with what is behind the badge
        const violations = await dashboard.page.evaluate(async () => (await window.axe.run({ resultTypes: ['violations'] })).violations)
        for (const { id, impact, nodes } of violations) {
          if (['serious', 'critical'].includes(impact)) found.push(`${view} ${width} ${colorScheme}: ${id} at ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
        }
      }
      await dashboard.page.close()
    }
  }
  assert.deepEqual(found, [])
})

test('nothing is wider than a phone, whatever the badge says', { timeout }, async (t) => {
  const starling = await startStarling(t, { parameters: ['--demo'] })
  const dashboard = await openDashboard(t, starling.url, { viewport: { width: 390, height: 844 } })
  const excess = () => dashboard.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  for (const view of viewNames) {
    await dashboard.go(view)
    await dashboard.page.waitForFunction(() => !document.querySelector('main .loading'))
    assert.ok(await excess() <= 0, view)
  }
  await starling.end('SIGKILL')
  await dashboard.becomes('reconnecting')
  await dashboard.part('reconnect').waitFor()
  assert.ok(await excess() <= 0, 'while it reconnects')
  assert.equal(await dashboard.page.getByRole('button', { name: 'Reconnect', exact: true }).count(), 1)
})

test('everything can be had by keyboard', { timeout }, async (t) => {
  const starling = await startStarling(t, { folder: temporaryFolder(t), config: '[store]\nurl = "sqlite:site.db"\n', parameters: ['--demo'] })
  const dashboard = await openDashboard(t, starling.url)
  const { page } = dashboard
  const { keyboard } = page
  const focused = () => page.evaluate(() => document.activeElement.dataset.testid ?? document.activeElement.id ?? document.activeElement.tagName)
  await dashboard.part('time-slider').waitFor() // once something has been stored, and the server has said so

  // From the top: past the navigation to the content, or through all of it.
  await keyboard.press('Tab')
  assert.match(await page.evaluate(() => document.activeElement.textContent), /^Skip/)
  await keyboard.press('Enter')
  assert.equal(await focused(), 'content')
  await page.evaluate(() => document.activeElement.blur())
  await page.locator('.skip').focus()
  const reached = []
  for (let i = 0; i < 40; i++) {
    await keyboard.press('Tab')
    reached.push(await focused())
  }
  for (const id of ['connection', 'theme', 'help-button', ...viewNames.map((name) => `go-${name}`), 'play', 'time-slider']) assert.ok(reached.includes(id), `${id} in ${reached}`)

  // Behind the badge, and back.
  await dashboard.part('connection').focus()
  await keyboard.press('Enter')
  await dashboard.part('transport').waitFor()
  await keyboard.press('Escape')
  await dashboard.isWithout('transport')
  assert.equal(await focused(), 'connection')

  // Keys that go anywhere.
  for (const [key, view] of [['s', 'server'], ['n', 'nodes'], ['o', 'overview']]) {
    await keyboard.press('g')
    await keyboard.press(key)
    await page.waitForFunction((wanted) => location.hash === `#/${wanted}`, view)
  }
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme)
  const before = await theme()
  await keyboard.press('t')
  assert.notEqual(await theme(), before)
  await page.reload()
  await dashboard.becomes('connected')
  assert.notEqual(await theme(), before)

  // The slider, and back to now.
  await dashboard.part('time-slider').focus()
  await keyboard.press('Home')
  await page.waitForSelector('[data-testid="time-bar"][data-mode="at"]')
  await keyboard.press('l')
  await page.waitForSelector('[data-testid="time-bar"][data-mode="live"]')

  // The list of keys, and without them.
  await keyboard.press('?')
  await page.waitForSelector('[data-testid="help"][open]')
  await page.locator('[data-testid="help"] input').focus()
  await keyboard.press('Space')
  await keyboard.press('Escape')
  await page.waitForSelector('[data-testid="help"]:not([open])', { state: 'attached' })
  await page.evaluate(() => document.activeElement.blur())
  await keyboard.press('g')
  await keyboard.press('s')
  assert.equal(await page.evaluate(() => location.hash), '#/overview')
})

test('a server that hangs is noticed in time and by itself, every view says so, and after it goes on what is shown is so', { timeout }, async (t) => {
  let starling
  t.after(() => starling?.child.kill('SIGCONT')) // before it is told to end
  starling = await startStarling(t, { folder: temporaryFolder(t), config: `${meshConfig()}[store]\nurl = "sqlite:site.db"\n` })
  const place = (key) => publish(starling.url, `/api/v1/publish/mesh:position?key=${key}`, { latitude: 1, longitude: 2 })
  await place('van-1')
  await publishLines(starling.url, [messageLine('!a', 'Before.')])
  await publish(starling.url, '/api/v1/publish/spectrum:sweep?key=rx-1', { start_hz: 1e6, step_hz: 1e3, power_db: [-30, -90] })
  const waiting = new Set()
  const unanswered = new Set()
  let heardMs
  // The page's clock is put forward, so that its minute of patience is not ours.
  const dashboard = await openDashboard(t, starling.url, {
    prepare: async (page) => {
      await page.clock.install()
      page.on('websocket', (socket) => {
        unanswered.clear()
        socket.on('framesent', ({ payload }) => {
          const { type, id } = JSON.parse(payload)
          if (type === 'subscribe') unanswered.add(id)
          if (type === 'unsubscribe') unanswered.delete(id)
        })
        socket.on('framereceived', ({ payload }) => {
          heardMs = performance.now()
          const { type, id, more } = JSON.parse(payload)
          if (['snapshot', 'update', 'error'].includes(type) && !more) unanswered.delete(id)
        })
      })
      page.on('request', (request) => { if (request.url().endsWith('/api/v1/history')) waiting.add(request) })
      for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => waiting.delete(request))
    },
  })
  const { page, part } = dashboard
  const isSaid = page.locator('main').getByText(/from before/i)
  const counted = { overview: 'space-count', map: 'in-view-count' }
  let known = 1
  for (const view of viewNames) {
    await dashboard.go(view)
    await page.reload() // over a WebSocket, whatever the one before fell back to
    await dashboard.becomes('connected')
    await page.locator('main').getByText({ messages: 'Before.', spectrum: /^1 sweep$/, server: 'Newest batch', nodes: 'van-1' }[view] ?? /known|in view/).first().waitFor()
    if (counted[view]) await dashboard.says(counted[view], String(known))
    assert.equal(await isSaid.count(), 0, view)

    // What was on its way is there: of all that was asked the answer, and then nothing.
    await until(() => unanswered.size === 0, { what: 'every answer' })
    starling.child.kill('SIGSTOP')
    await until(() => performance.now() - heardMs > 400, { what: 'silence' })
    // It is said while nobody can take it.
    const said = place(`van-${++known}`)
    // One and a half heartbeats of silence, and ten seconds for an answer: docs/CLIENT.md.
    await page.clock.fastForward(44_000)
    assert.equal(await part('connection').getAttribute('data-state'), 'connected')
    await page.clock.fastForward(2000)
    await page.clock.fastForward(11_000)
    // A page that a busy machine let hear the last of it later counts from then: another such silence at most.
    let more = 0
    await until(async () => {
      if (await part('connection').getAttribute('data-state') === 'reconnecting') return true
      await page.clock.fastForward(1000)
      return ++more > 57 && assert.fail('a silence of two minutes was not noticed')
    }, { what: 'the silence to be noticed', everyMs: 50 })
    await dashboard.becomes('reconnecting')
    assert.match(await part('connection').locator('.badge').getAttribute('class'), /\bwait\b/)
    await isSaid.first().waitFor()
    if (counted[view]) await dashboard.says(counted[view], String(known - 1))
    // However long it hangs, what is asked of it is given up before it is asked again.
    if (view === 'map') await page.clock.runFor(120_000)
    await until(() => waiting.size <= 1, { what: () => `one question at a time, not ${waiting.size}` })

    starling.child.kill('SIGCONT')
    await said
    await until(async () => {
      await page.clock.fastForward(1000)
      return await part('connection').getAttribute('data-state') === 'connected'
    }, { what: 'the connection', everyMs: 100, withinMs: 60_000 })
    await isSaid.first().waitFor({ state: 'detached' })
    if (counted[view]) await dashboard.says(counted[view], String(known))
  }
  assert.deepEqual(ours(dashboard.complaints), [])
})
