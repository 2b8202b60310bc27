// The map of the dashboard, in Chromium on a real server: by MapLibre and on a plain canvas.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import test from 'node:test'

import { temporaryFolder } from './support/cleanup.mjs'
import { ask, post, publish, publishLines } from './support/http.mjs'
import { openMap } from './support/map.mjs'
import { startStarling } from './support/starling.mjs'
import { traced } from './support/trace.mjs'
import { elapse, until } from './support/until.mjs'

const timeout = 180_000
const position = (key, latitude, longitude, more = {}) => ({ channel: 'site:position', key, data: { latitude, longitude, ...more } })
const onePixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64')
/** But for what comes of drawing WebGL without a graphics card. */
const ours = (complaints) => complaints.filter((text) => !/GL Driver Message/.test(text))
const isWithin = (inner, outer) => inner.north <= outer.north && inner.south >= outer.south && inner.west >= outer.west && inner.east <= outer.east

for (const base of ['maplibre', 'canvas']) {
  test(`${base}: the demo fleet is seen, and panning asks for what is seen`, { timeout }, async (t) => {
    const starling = await startStarling(t, { parameters: ['--demo'] })
    await until(async () => {
      const answer = await ask(starling.url, '/api/v1/state/mesh:position?limit=1000')
      return answer.status === 200 && Object.keys(answer.json().records).length === 60
    }, { what: 'sixty positions in the demo', everyMs: 50 })
    const map = await openMap(t, starling.url, { base })

    await t.test('all of it is there at once, and then no more is asked for than that', async () => {
      await map.inView(60)
      const whole = { north: 90, south: -90, east: 180, west: -180 }
      assert.deepEqual(map.frames.sent.find(({ type }) => type === 'subscribe').filter.bounds, whole)
      await until(() => map.asked().north < 39, { what: 'a smaller box' })
      await map.receives(({ type, reason }) => type === 'subscribed' && reason === 'replaced', 'the answer to it')
      // What is in both is not sent again: only what presence adds.
      const after = map.frames.received.slice(map.frames.received.findIndex(({ reason }) => reason === 'replaced'))
      assert.ok(after.every(({ type }) => type !== 'snapshot'))
      await until(async () => (await map.names()).includes('Alcatraz Light'), { what: () => 'a node by its name', everyMs: 50 })
      await map.page.waitForFunction(() => /^#\/map\/\d+\.\d+\/37\.\d+\/-122\.\d+$/.test(location.hash))
      await map.says('rate', /^[\d.]+ (B|KiB)$/)
    })

    await t.test('what is drawn is land, sea and nodes', async () => {
      // Each theme's colours, as tokens.css has them (#rrggbb), in a picture of the map.
      const shows = async (names) => {
        const picture = (await map.part('map').screenshot()).toString('base64')
        return map.page.evaluate(async ([base64, wanted]) => {
          const image = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], { type: 'image/png' }))
          const context = new OffscreenCanvas(image.width, image.height).getContext('2d')
          context.drawImage(image, 0, 0)
          const drawn = new Set(new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer))
          const style = getComputedStyle(document.documentElement)
          const colourOf = (hex) => Number(`0xff${hex.slice(5, 7)}${hex.slice(3, 5)}${hex.slice(1, 3)}`)
          return wanted.every((name) => drawn.has(colourOf(style.getPropertyValue(name).trim())))
        }, [picture, names])
      }
      const themes = new Set()
      for (let i = 0; i < 2; i++) {
        await until(() => shows(['--sea', '--land', '--age-fresh']), { what: 'sea, land and nodes', withinMs: 20_000, everyMs: 100 })
        themes.add(await map.page.evaluate(() => document.documentElement.dataset.theme))
        await map.part('theme').click()
      }
      assert.equal(themes.size, 2)
    })

    await t.test('nearer, less is asked for, and what is outside leaves', async () => {
      const before = map.asked()
      // Far enough: on the way, a box of up to four times what is seen stays asked for.
      await map.press('+', '+', '+', '+', '+', 'ArrowRight', 'ArrowRight')
      await until(() => isWithin(map.asked(), before) && map.asked().north - map.asked().south < (before.north - before.south) / 4, { what: 'a box within the one before' })
      await map.receives(({ channels }) => Object.values(channels?.['mesh:position']?.remove ?? {}).includes('filtered'), 'what left')
      await map.page.waitForFunction(() => Number(document.querySelector('[data-testid="in-view-count"]').textContent) < 30)
      await map.settles()
      await until(async () => {
        const bounds = ['west', 'south', 'east', 'north'].map((edge) => map.asked()[edge]).join()
        const inBox = Object.keys((await ask(starling.url, `/api/v1/state/mesh:position?limit=1000&bounds=${bounds}`)).json().records)
        return (await map.names()).length <= inBox.length
      }, { what: 'no more in view than in the box', everyMs: 50 })
    })

    await t.test('a hand drags it, and everything comes back at one button', async () => {
      await map.settles()
      const before = map.asked()
      const { x, y, width, height } = await map.part('map').boundingBox()
      // What was asked for may be four times as wide as what is seen: out of that in six pulls.
      for (let pulls = 0; pulls < 6 && map.asked().east === before.east; pulls++) {
        await map.page.mouse.move(x + width * 0.9, y + height / 2)
        await map.page.mouse.down()
        for (let i = 1; i <= 10; i++) await map.page.mouse.move(x + width * (0.9 - i * 0.08), y + height / 2)
        await map.page.mouse.up()
        await map.settles()
      }
      assert.ok(map.asked().east > before.east)
      await map.page.getByRole('button', { name: 'All' }).click()
      await map.inView(60)
    })

    await t.test('no complaint, nothing forbidden, and no other host', async () => {
      assert.deepEqual(ours(map.complaints), [])
      assert.deepEqual(await map.violations(), [])
      assert.deepEqual([...new Set(map.requests.map((url) => new URL(url).host))], [new URL(starling.url).host])
    })
  })
}

test('what walks out of the box leaves the map, and what walks in comes', { timeout }, async (t) => {
  const starling = await startStarling(t)
  await publishLines(starling.url, [position('van-1', 38.70, -9.14, { name: 'Ana' }), position('van-2', 38.71, -9.13), position('van-3', 41.15, -8.61)])
  const map = await openMap(t, starling.url, { at: '/12.00/38.70/-9.14' })
  await map.lists(['Ana', 'van-2'])
  assert.ok(map.frames.sent.filter(({ type }) => type === 'subscribe').every(({ filter }) => filter.bounds.north < 40), 'an address with a view asks for that alone')
  await publishLines(starling.url, [position('van-1', 41.15, -8.62)])
  await map.receives(({ channels }) => channels?.['site:position']?.remove?.['van-1'] === 'moved', 'moved')
  await map.lists(['van-2'])
  await publishLines(starling.url, [position('van-3', 38.71, -9.14)])
  await map.lists(['van-2', 'van-3'])
  // Another address, by hand.
  await map.page.evaluate(() => { location.hash = '#/map/12.00/41.15/-8.61' })
  await map.lists(['Ana'])
})

test('a node is chosen on the map, in the list, and by a link, and is live', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: '[[space]]\nname = "site"\noffline_after = "1h"\n' })
  await publishLines(starling.url, [position('van-1', 38.70, -9.14, { name: 'Ana', altitude_m: 12 }), position('van-2', 38.72, -9.10)])
  const map = await openMap(t, starling.url, { at: '/12.00/38.70/-9.14' })
  const telemetry = (percent) => publish(starling.url, '/api/v1/publish/site:telemetry?key=van-1', { battery_percent: percent })
  await telemetry(81)
  await map.inView(2)

  await map.click()
  await map.says('selected', /^Ana\s+van-1\s+online.*heard (now|\d+ s ago).*38\.70000° N 9\.14000° W.*Altitude12 m.*Battery81 %/s)
  await telemetry(80)
  await map.says('selected', /Battery80 %/)
  assert.match(await map.page.evaluate(() => location.hash), /\/van-1$/)
  await map.page.waitForFunction(() => [...document.querySelectorAll('[role="status"]')].some(({ textContent }) => textContent === 'Ana is selected'))
  assert.equal(await map.part('selected').getByRole('link').getAttribute('href'), '#/nodes/van-1')
  // It is followed out of the box that the map asks for, and can be gone to.
  await publishLines(starling.url, [position('van-1', 41.15, -8.61)])
  await map.says('selected', /41\.15000° N 8\.61000° W/)
  await map.part('selected').getByRole('button', { name: 'Show' }).click()
  await map.lists(['Ana'])
  await map.press('Escape')
  await map.isWithout('selected')

  await map.page.evaluate(() => { location.hash = '#/map/12.00/38.70/-9.14' })
  await map.lists(['van-2'])
  await map.page.locator('[data-testid="in-view"] button').focus()
  await map.page.keyboard.press('Enter')
  await map.says('selected', /^van-2/)
  await map.part('selected').getByRole('button', { name: 'Close' }).click()
  await map.isWithout('selected')

  await map.page.evaluate(() => { location.hash = '#/map/van-1' })
  await map.says('selected', /^Ana/)
  // Nothing that moves: an empty part of the map chooses none.
  await map.click(200, 200)
  await map.isWithout('selected')
  // Who goes elsewhere just as the map writes its address gets there.
  await map.page.evaluate(() => { location.hash = '#/map/van-1' })
  await map.says('selected', /^Ana/)
  await map.part('selected').getByRole('button', { name: 'Close' }).evaluate((close) => {
    location.hash = '#/nodes'
    close.click()
  })
  await map.page.waitForSelector('nav [aria-current="page"][href="#/nodes"]')
  assert.deepEqual(map.complaints, [])
})

test('a link with a key alone goes to where that is', { timeout }, async (t) => {
  const starling = await startStarling(t)
  await publishLines(starling.url, [position('van-1', 38.70, -9.14), position('van-2', -33.86, 151.2)])
  const map = await openMap(t, starling.url, { at: '/van-2' })
  await map.says('selected', /^van-2/)
  await map.lists(['van-2'])
  await map.page.waitForFunction(() => /^#\/map\/14\.00\/-33\.86\d*\/151\.2\d*\/van-2$/.test(location.hash))
})

test('a fleet on both sides of the date line is one, and what is at a pole is on the map', { timeout }, async (t) => {
  const starling = await startStarling(t)
  await publishLines(starling.url, [position('east', -17, 179.5), position('west', -18, -179.5)])
  const map = await openMap(t, starling.url)
  await map.lists(['east', 'west'])
  await until(() => map.asked().west > 175 && map.asked().east < -175, { what: 'a box across the date line' })
  await publishLines(starling.url, [position('pole', 89.9, 30)])
  await map.page.evaluate(() => { location.hash = '#/map/4.00/84.00/30.00' })
  await map.lists(['pole'])
  await until(() => map.asked().north === 90, { what: 'a box up to the pole' })
})

test('crowds are one while they are far, and a click goes nearer', { timeout }, async (t) => {
  const starling = await startStarling(t)
  await publishLines(starling.url, Array.from({ length: 40 }, (_, i) => position(`n${i}`, 38.7 + i * 0.0004, -9.14)))
  const map = await openMap(t, starling.url, { at: '/5.00/38.708/-9.14' })
  await map.inView(40)
  await map.click()
  await map.page.waitForFunction(() => /^#\/map\/1\d\./.test(location.hash))
  await map.isWithout('selected')
  await map.inView(40)
})

test('the past is on the map as it was, and without what came later', { timeout }, async (t) => {
  const starling = await startStarling(t, { folder: temporaryFolder(t), config: '[store]\nurl = "sqlite:site.db"\n[[space]]\nname = "site"\noffline_after = "1h"\n' })
  await publish(starling.url, '/api/v1/publish/site:position?key=van-1', { latitude: 1, longitude: 2 })
  await elapse(1500) // the slider has steps of a second
  const second = Date.now()
  await publish(starling.url, '/api/v1/publish/site:position?key=van-2', { latitude: 1.01, longitude: 2 })
  await elapse(2300) // what is nearer than 3 s is not played
  const map = await openMap(t, starling.url)
  await map.lists(['van-1', 'van-2'])
  await map.part('time-slider').evaluate((slider, value) => {
    slider.valueAsNumber = value
    slider.dispatchEvent(new InputEvent('input', { bubbles: true }))
  }, second - 700)
  await map.lists(['van-1'])
  await map.page.getByLabel('Speed').selectOption('1') // faster than that it soon is live by itself
  await map.part('time-bar').locator('select').first().selectOption('1') // it does not get to now by itself
  await map.part('play').click()
  await map.lists(['van-1', 'van-2'])
  await map.part('back-to-live').click()
  await publishLines(starling.url, [position('van-3', 1, 2.01)])
  await map.lists(['van-1', 'van-2', 'van-3'])
  assert.deepEqual(map.complaints, [])
})

test('the server goes and comes back: said, and no ghost left', { timeout }, async (t) => {
  const starling = await startStarling(t)
  await publishLines(starling.url, [position('ghost', 38.70, -9.14), position('van-1', 38.71, -9.14)])
  const map = await openMap(t, starling.url, { at: '/12.00/38.70/-9.14' })
  await map.lists(['ghost', 'van-1'])
  await starling.end('SIGKILL')
  await map.page.waitForSelector('.map.stale')
  await map.lists(['ghost', 'van-1'])
  const again = await startStarling(t, { port: starling.port })
  await publishLines(again.url, [position('van-1', 38.70, -9.13)])
  await map.becomes('connected', 40_000)
  await map.lists(['van-1'])
  await map.page.waitForFunction(() => !document.querySelector('.map.stale'))
})

test('an empty map says how something gets onto it', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const map = await openMap(t, starling.url)
  await map.says('empty', /Nothing has a place yet.*curl/s)
  await post(starling.url, '/api/v1/publish/site:position?key=van-1', { latitude: 38.70, longitude: -9.14 })
  await map.isWithout('empty')
  await map.lists(['van-1'])
})

test('tiles are fetched where the server names some, and who owns them is said', { timeout }, async (t) => {
  const asked = []
  const tiles = createServer((request, response) => {
    asked.push(request.url)
    response.writeHead(200, { 'Content-Type': 'image/png', 'Access-Control-Allow-Origin': '*' }).end(onePixel)
  })
  await new Promise((resolve) => tiles.listen(0, '127.0.0.1', resolve))
  t.after(() => tiles.close())
  const host = `127.0.0.1:${tiles.address().port}`
  const starling = await startStarling(t, { config: `[dashboard]\ntile_url = "http://${host}/{z}/{x}/{y}.png"\ntile_attribution = "© Example Maps"\n` })
  const map = await openMap(t, starling.url, { base: 'maplibre', at: '/3.00/38.70/-9.14' })
  await until(() => asked.length > 0, { what: 'a tile', withinMs: 20_000 })
  assert.match(asked[0], /^\/\d+\/\d+\/\d+\.png$/)
  await map.page.getByText('© Example Maps').waitFor()
  assert.deepEqual(ours(map.complaints), [])
  assert.deepEqual([...new Set(map.requests.map((url) => new URL(url).host))].sort(), [new URL(starling.url).host, host].sort())
})

for (const [what, at] of [['in clusters', ''], ['each by itself', '/12.00/38.70/-9.14']]) {
  test(`five thousand nodes that move each second, ${what}: no task is long`, { timeout }, async (t) => {
    const count = 5000
    const starling = await startStarling(t)
    const records = (step) => Array.from({ length: count }, (_, i) => position(`n${i}`,
      Number((38.62 + (i * 0.618034) % 0.16 + 0.0005 * Math.sin(step + i)).toFixed(6)), Number((-9.3 + (i * 0.324718) % 0.32 + 0.0005 * Math.cos(step + i)).toFixed(6))))
    await publishLines(starling.url, records(0))
    const map = await openMap(t, starling.url, { at })
    await map.page.waitForFunction((least) => Number(document.querySelector('[data-testid="in-view-count"]').textContent.replaceAll(',', '')) >= least, at === '' ? count : 1000)
    await map.settles()
    const seconds = 10
    const isUpdate = ({ type }) => type === 'update'
    const before = map.frames.received.filter(isUpdate).length
    const { tasks, scripts } = await traced(map.page, async () => {
      for (let step = 1; step <= seconds; step++) {
        const next = elapse(1000)
        const { seq } = (await publishLines(starling.url, records(step))).json()
        // Whoever is late is told two steps as one.
        await until(() => map.frames.received.some((frame) => isUpdate(frame) && frame.seq >= seq && !frame.more), { what: `step ${step} to be told` })
        await next
      }
    })
    const updates = map.frames.received.filter(isUpdate).length - before
    const longest = (of) => Math.max(...tasks.map((task) => task[of]))
    t.diagnostic(`${updates} updates, ${(scripts.cpuMs / seconds).toFixed(1)} ms of scripting a second (${(scripts.wallMs / seconds).toFixed(1)} ms with waiting for a processor); the longest task ${longest('cpuMs').toFixed(1)} ms (${longest('wallMs').toFixed(1)} ms)`)
    assert.ok(updates >= seconds, `${updates} updates`)
    assert.ok(longest('cpuMs') <= 50, `a task of ${longest('cpuMs')} ms`)
    assert.deepEqual(map.complaints, [])
  })
}
