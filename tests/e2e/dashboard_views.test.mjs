// The dashboard's Nodes and Messages, in Chromium: on a server that hears a real broker, and on what is published to it.
import assert from 'node:assert/strict'
import test from 'node:test'

import { startBroker, startPublisher, untilSubscribed } from './support/broker.mjs'
import { assertNoComplaints, openDashboard, plain } from './support/dashboard.mjs'
import { post, postLines, publish, publishLines } from './support/http.mjs'
import { meshConfig, messageLine, nodeLine, telemetryLine } from './support/mesh.mjs'
import { keyOf, nodeInfo, sourceConfig, telemetry, text, topic, topicFilter } from './support/packets.mjs'
import { startStarling } from './support/starling.mjs'
import { elapse, untilFits, untilIs } from './support/until.mjs'
import { Viewer } from './support/viewer.mjs'

const timeout = 180_000
const [base, ridge, pier] = [0x11223344, 0x22334455, 0x33445566]

/** A server that hears a mosquitto, into which `send` speaks. */
async function startMesh(t, { config = '', ...options } = {}) {
  const broker = await startBroker(t)
  const starling = await startStarling(t, { config: sourceConfig(broker) + config, ...options })
  await untilSubscribed(broker, topicFilter)
  const { send } = await startPublisher(t, broker, topic)
  return { starling, broker, send }
}

test('Nodes: found, sorted, walked by keys, and opened', { timeout }, async (t) => {
  const { starling, send } = await startMesh(t)
  send(nodeInfo(base, 'Base Camp', 'BASE', 9))
  send(nodeInfo(ridge, 'Málaga Ridge 10', 'RDG', 43))
  send(nodeInfo(pier, 'Málaga Ridge 2', 'PIER', 43))
  send(telemetry(base, 77))
  send(telemetry(ridge, 12))
  const dashboard = await openDashboard(t, starling.url, { view: 'nodes' })
  const { page, part, says } = dashboard
  await says('node-count', '3 nodes')
  const grid = part('node-grid')
  const names = () => grid.locator('[data-key] .name').allTextContents()
  const becomes = (wanted) => untilIs(names, wanted)
  const [b, r, p] = ['Base Camp', 'Málaga Ridge 10', 'Málaga Ridge 2']

  await t.test('numbers in names sort as numbers', () => becomes([b, p, r]))

  await t.test('a search finds names without their accents, ids and hardware', async () => {
    for (const [words, wanted] of [['malaga', [p, r]], ['MALAGA 10', [r]], [keyOf(base), [b]], ['nobody', []], ['', [b, p, r]]]) {
      await part('node-search').fill(words)
      await becomes(wanted)
    }
    await part('node-search').fill('malaga')
    await says('node-count', '2 of 3')
    await part('node-search').fill('')
  })

  await t.test('a column sorts, the other way when asked again, by keys too', async () => {
    const battery = grid.getByRole('columnheader', { name: 'Battery' })
    await battery.getByRole('button').click()
    await becomes([r, b, p])
    assert.equal(await battery.getAttribute('aria-sort'), 'ascending')
    await page.keyboard.press('Enter')
    await becomes([b, r, p])
    assert.equal(await battery.getAttribute('aria-sort'), 'descending')
    await grid.getByRole('button', { name: 'Name' }).click()
    await becomes([b, p, r])
  })

  await t.test('keys walk, Enter opens, Escape closes, and the address says which', async () => {
    await grid.focus()
    for (const key of ['ArrowDown', 'End', 'ArrowUp']) await page.keyboard.press(key)
    const active = await grid.getAttribute('aria-activedescendant')
    assert.equal(await page.locator(`[id="${active}"]`).getAttribute('data-key'), keyOf(pier))
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await part('node-details').waitFor()
    assert.equal(decodeURIComponent(new URL(page.url()).hash), `#/nodes/${keyOf(base)}`)
    const facts = (await part('node-details').locator('h2, header p, .badge, dl > div').evaluateAll((all) => all.map((one) => one.innerText))).map(plain)
    for (const fact of ['Base Camp', keyOf(base), 'online', 'Battery 77 %', 'Voltage 4.01 V', 'Channel use 3.3 %', 'Hardware RAK4631', 'Uptime 1 min']) assert.ok(facts.includes(fact), `${fact}: ${facts}`)
    assert.ok(JSON.parse(await part('node-raw').textContent()).telemetry.battery_percent === 77)
    assert.equal(await part('node-details').getByRole('link').count(), 0, 'what has no place is not on the map')
    await page.keyboard.press('Escape')
    await dashboard.isWithout('node-details')
  })

  await t.test('what a link leads to is open', async () => {
    await page.goto(`${starling.url}#/nodes/${encodeURIComponent(keyOf(ridge))}`)
    await part('node-details').getByText('Málaga Ridge 10').first().waitFor()
    await page.goto(`${starling.url}#/nodes`)
    await dashboard.isWithout('node-details')
  })

  await t.test('a course appears with what is measured, of the battery and of how well it was heard', async () => {
    const spark = (key) => grid.locator(`[data-key="${key}"] svg path`)
    assert.equal(await spark(keyOf(base)).count(), 0)
    for (const percent of [70, 60]) {
      send(telemetry(base, percent))
      await grid.locator(`[data-key="${keyOf(base)}"]`).getByText(`${percent}\u00a0%`, { exact: true }).waitFor()
    }
    await spark(keyOf(base)).waitFor()
    assert.equal(plain(await grid.locator(`[data-key="${keyOf(base)}"] svg`).getAttribute('aria-label')), 'Battery 60 %, lately from 60 % to 77 %')
    send({ ...text(ridge, 'over'), snr: -7.5, rssi: -101, hops_away: 1 })
    await grid.locator(`[data-key="${keyOf(ridge)}"]`).getByText('-7.5\u00a0dB').waitFor()
  })

  await t.test('another space has the columns of its own', async () => {
    await publish(starling.url, '/api/v1/publish/site:tank?key=north', { level_percent: 40, latitude: 1, longitude: 2 })
    await page.getByRole('button', { name: /^site 1$/ }).click()
    await grid.getByRole('columnheader', { name: 'Level' }).waitFor()
    await grid.locator('[data-key="north"]').click()
    const link = part('node-details').getByRole('link', { name: 'Show on the map' })
    assert.equal(await link.getAttribute('href'), '#/map/north')
  })

  await assertNoComplaints(dashboard)
})

test('Nodes: of five thousand rows those are drawn that are seen', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: meshConfig() })
  const key = (index) => keyOf(0x10000000 + index)
  await publishLines(starling.url, Array.from({ length: 5000 }, (_, index) => nodeLine(key(index), { long_name: `Node ${index}` })))
  const dashboard = await openDashboard(t, starling.url, { view: 'nodes' })
  const { page, part, says } = dashboard
  await says('node-count', '5,000 nodes')
  const grid = part('node-grid')
  assert.equal(await grid.getAttribute('aria-rowcount'), '5001')
  const seen = await grid.evaluate(async (element) => {
    const counts = []
    const broken = []
    for (let step = 0; step < 40; step++) {
      element.scrollTop = step * 5000
      await new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)) })
      const rows = [...element.querySelectorAll('[data-key]')]
      counts.push(rows.length)
      // Each stands where its number says, and together they fill what is seen.
      const { top, bottom } = element.getBoundingClientRect()
      const boxes = rows.map((row) => row.getBoundingClientRect())
      if (boxes[0].top > top + 60 || boxes.at(-1).bottom < bottom) broken.push(step)
      if (rows.some((row, index) => Number(row.getAttribute('aria-rowindex')) !== Number(rows[0].getAttribute('aria-rowindex')) + index)) broken.push(step)
    }
    return { most: Math.max(...counts), least: Math.min(...counts), broken, elements: document.querySelectorAll('*').length }
  })
  assert.ok(seen.least > 10 && seen.most < 60, JSON.stringify(seen))
  assert.deepEqual(seen.broken, [])
  assert.ok(seen.elements < 2000, `${seen.elements} elements`)
  await grid.focus()
  await page.keyboard.press('End')
  await grid.locator(`[data-key="${key(4999)}"]`).waitFor()
  await page.keyboard.press('Enter')
  await part('node-details').getByText('Node 4999').first().waitFor()
  // What changes is seen where it stands.
  await publishLines(starling.url, [telemetryLine(key(4999), { battery_percent: 5 })])
  await grid.locator(`[data-key="${key(4999)}"]`).getByText('5\u00a0%').waitFor()
  await assertNoComplaints(dashboard)
})

test('Nodes: a course begins with what the server kept', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: `${meshConfig()}[store]\nurl = "sqlite:nodes.db"\n` })
  for (const battery_percent of [90, 80, 70]) assert.equal((await postLines(starling.url, [telemetryLine('!a', { battery_percent })])).status, 200)
  assert.equal((await post(starling.url, '/api/v1/publish/mesh:node?key=!a&durable=true', { long_name: 'Base' })).status, 200)
  const dashboard = await openDashboard(t, starling.url, { view: 'nodes' })
  const spark = dashboard.part('node-grid').locator('[data-key="!a"] svg')
  await spark.waitFor()
  assert.equal(plain(await spark.getAttribute('aria-label')), 'Battery 70 %, lately from 70 % to 90 %')
  await assertNoComplaints(dashboard)
})

test('Messages: read along, and answered', { timeout }, async (t) => {
  const { starling, send } = await startMesh(t)
  send(nodeInfo(base, 'Base Camp', 'BASE', 9))
  send(nodeInfo(ridge, 'North Ridge', 'RDG', 43))
  send(text(base, 'The net is open.'))
  send({ ...text(ridge, 'Ridge here.'), to: base, channel: 2, snr: 5.25, hops_away: 2 })
  const dashboard = await openDashboard(t, starling.url, { view: 'messages' })
  const { page, part, text: textOf } = dashboard
  const list = part('message-list')
  const messages = async () => (await part('message').allTextContents()).map(plain)
  const last = (pattern) => untilFits(async () => (await messages()).at(-1) ?? '', (message) => pattern.test(message), pattern)

  await t.test('who, to whom, on which channel, and how well', async () => {
    await last(/^North Ridge to Base Camp on channel 2 Ridge here\. SNR 5\.3 dB 2 hops \d\d:\d\d:\d\d$/)
    assert.match((await messages())[0], /^Base Camp channel 0 The net is open\. \d\d:\d\d:\d\d$/)
  })

  await t.test('what comes is seen; filters choose', async () => {
    send(text(base, 'Second.'))
    await last(/Second\./)
    for (const [id, value, count] of [['message-channel', '2', 1], ['message-channel', '', 3], ['message-node', keyOf(ridge), 1], ['message-node', '', 3]]) {
      await part(id).selectOption(value)
      await untilIs(async () => (await messages()).length, count)
    }
    await part('message-search').fill('ridge')
    await untilIs(async () => (await messages()).length, 1)
    await part('message-search').fill('')
  })

  await t.test('what is written arrives elsewhere, and here, once', async () => {
    const viewer = await Viewer.open(t, starling.url)
    await viewer.subscribe(['mesh:message'])
    await part('send-text').fill('Grüße from the desk')
    assert.equal(await textOf('send-bytes'), '21 of 237 bytes')
    await part('send-to').selectOption(keyOf(base))
    await part('send').click()
    const frame = await viewer.frame((one) => one.type === 'update' && one.channels['mesh:message']?.events)
    const [event] = frame.channels['mesh:message'].events
    assert.deepEqual({ ...event.data, id: typeof event.data.id }, { from: 'dashboard', to: keyOf(base), channel: 0, text: 'Grüße from the desk', id: 'number' })
    assert.equal(event.key, undefined)
    await last(/^dashboard to Base Camp on channel 0 Grüße from the desk/)
    await dashboard.isWithout('message-outgoing')
    assert.equal((await messages()).length, 4)
    assert.equal(await part('send-text').inputValue(), '')
  })

  await t.test('no more than a mesh carries', async () => {
    for (const [words, bytes, isEnabled] of [['é'.repeat(118), 236, true], [`${'é'.repeat(118)}x`, 237, true], ['é'.repeat(119), 238, false], ['  ', 2, false]]) {
      await part('send-text').fill(words)
      assert.ok((await textOf('send-bytes')).startsWith(`${bytes} of 237 bytes`))
      assert.equal(await part('send').isEnabled(), isEnabled, `${bytes} bytes`)
    }
    await part('send-text').fill('')
  })

  await t.test('who reads further up is left there, and told what is new', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => messageLine(keyOf(base), `line ${index}`))
    await publishLines(starling.url, lines)
    await last(/line 39/)
    const bottom = () => list.evaluate((element) => element.scrollHeight - element.clientHeight - element.scrollTop)
    await untilFits(bottom, (pixels) => pixels < 5, 'the end')
    await list.evaluate((element) => { element.scrollTop = 50 })
    await part('message-newer').waitFor()
    await publishLines(starling.url, [0, 1, 2].map((index) => messageLine(keyOf(ridge), `more ${index}`)))
    await dashboard.says('message-newer', /^3 new/)
    assert.equal(await list.evaluate((element) => element.scrollTop), 50)
    await part('message-newer').click()
    await untilFits(bottom, (pixels) => pixels < 5, 'the end')
    await dashboard.isWithout('message-newer')
  })

  await assertNoComplaints(dashboard)
})

test('Messages: what is written while there is no server waits for it', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: meshConfig() })
  const dashboard = await openDashboard(t, starling.url, { view: 'messages' })
  const { part } = dashboard
  await starling.end('SIGKILL')
  await dashboard.becomes('reconnecting')
  await part('send-text').fill('Is anybody there?')
  await part('send').click()
  await dashboard.says('message-outgoing', /waiting for the connection$/)
  const again = await startStarling(t, { port: starling.port, config: meshConfig() })
  const viewer = await Viewer.open(t, again.url)
  await viewer.subscribe(['mesh:message'], { recent: 10 })
  await viewer.frame(({ channels }) => channels?.['mesh:message']?.events?.some(({ data }) => data.text === 'Is anybody there?'), { withinMs: 60_000 })
  await part('message').getByText('Is anybody there?').waitFor()
  await dashboard.isWithout('message-outgoing')
})

test('Messages: where the server forbids it the box says so and goes', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: meshConfig() })
  const dashboard = await openDashboard(t, starling.url, { view: 'messages' })
  const { page, part } = dashboard
  // No server forbids this yet: the answer is put in on the way.
  await page.routeWebSocket(/\/live$/, (socket) => {
    const server = socket.connectToServer()
    socket.onMessage((message) => {
      const { type, ref } = JSON.parse(message)
      if (type === 'publish') socket.send(JSON.stringify({ type: 'error', code: 'forbidden', message: 'only radios write here', retry: 'auth', ref }))
      else server.send(message)
    })
  })
  await page.reload()
  await dashboard.becomes('connected')
  await part('send-text').fill('Hello?')
  await part('send').click()
  await dashboard.says('send-forbidden', 'You cannot write here: only radios write here')
  assert.equal(await part('send-box').count(), 0)
  await part('message-outgoing').getByText('Not sent: only radios write here').waitFor()
  await part('message-outgoing').getByRole('button', { name: 'Discard' }).click()
  await dashboard.isWithout('message-outgoing')
})

test('Messages: earlier ones come out of the history', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: `${meshConfig()}[store]\nurl = "sqlite:messages.db"\n` })
  await publishLines(starling.url, Array.from({ length: 70 }, (_, index) => messageLine('!a', `line ${index}`)))
  assert.equal((await post(starling.url, '/api/v1/publish/mesh:node?key=!a&durable=true', { long_name: 'Base' })).status, 200)
  const dashboard = await openDashboard(t, starling.url, { view: 'messages' })
  const messages = dashboard.part('message')
  await untilIs(() => messages.count(), 50)
  await dashboard.page.getByRole('button', { name: 'Show earlier messages' }).click()
  await untilIs(() => messages.count(), 70)
  assert.match(await messages.first().textContent(), /line 0\D/)
  await assertNoComplaints(dashboard)
})

test('Messages: where some were lost stands a gap', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: `${meshConfig()}[limits]\nlog_bytes = "64KiB"\n` })
  await publishLines(starling.url, [messageLine('!a', 'before')])
  const dashboard = await openDashboard(t, starling.url, { view: 'messages' })
  const { page, part } = dashboard
  // The line is cut, and there is none until more has been said than the server remembers.
  let cut, open
  const isOpen = new Promise((resolve) => { open = resolve })
  await page.routeWebSocket(/\/live$/, async (socket) => {
    if (cut) await isOpen
    const server = socket.connectToServer()
    cut ??= () => { server.close(); socket.close({ code: 4001 }) }
  })
  await page.reload()
  await part('message').getByText('before').waitFor()
  cut()
  await dashboard.becomes('reconnecting')
  // In a few turns: whoever waits for its WebSocket for 10 s tries something else.
  for (let batch = 0; batch < 4; batch++) await publishLines(starling.url, Array.from({ length: 50 }, (_, index) => messageLine('!a', `${batch} ${index} ${'lost '.repeat(100)}`)))
  await publishLines(starling.url, [messageLine('!a', 'after')])
  open()
  await dashboard.becomes('connected', 60_000)
  await part('message').getByText('after').waitFor()
  const order = await part('message-list').evaluate((list) => [...list.querySelectorAll('[data-testid="message"], [data-testid="message-gap"]')]
    .map((one) => (one.dataset.testid === 'message-gap' ? 'gap' : one.querySelector('.text').textContent.split(' ')[0])))
  assert.equal(order.indexOf('before'), 0)
  assert.equal(order.indexOf('gap'), 1, `${order}`)
  assert.equal(order.at(-1), 'after')
  assert.match(await part('message-gap').textContent(), /missing here/)
})

test('the past: Nodes and Messages show what was, and come back', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: `${meshConfig()}[store]\nurl = "sqlite:past.db"\n` })
  const say = async (name, battery_percent, words) => {
    await publishLines(starling.url, [nodeLine('!a', { long_name: name }), telemetryLine('!a', { battery_percent }), messageLine('!a', words)])
    assert.equal((await post(starling.url, `/api/v1/publish/mesh:node?key=!${name}&durable=true`, { long_name: `${name} too` })).status, 200)
    return Date.now()
  }
  await say('Old', 90, 'said long ago')
  await elapse(1000) // the slider has steps of a second
  const between = Date.now()
  await elapse(1000)
  await say('New', 40, 'said just now')
  await elapse(2000) // what is nearer than 3 s is not played
  const dashboard = await openDashboard(t, starling.url, { view: 'nodes' })
  const { part, says } = dashboard
  const row = part('node-grid').locator('[data-key="!a"]')
  await row.getByText('New', { exact: true }).waitFor()
  const slide = (ms) => part('time-slider').evaluate((slider, value) => {
    slider.valueAsNumber = value
    slider.dispatchEvent(new InputEvent('input', { bubbles: true }))
  }, ms)
  await slide(between)
  await row.getByText('Old', { exact: true }).waitFor()
  await row.getByText('90\u00a0%').waitFor()
  await says('node-count', '2 nodes')

  await dashboard.go('messages')
  const texts = () => part('message').locator('.text').allTextContents()
  await untilIs(texts, ['said long ago'])
  assert.equal(await part('send-box').count(), 0, 'nobody writes into the past')
  // What is played is told as it was; as slowly as it was, so that it does not get to now by itself.
  await part('time-bar').locator('select').first().selectOption('1')
  await part('play').click()
  await untilIs(texts, ['said long ago', 'said just now'])
  await part('back-to-live').click()
  await part('send-box').waitFor()
  await untilIs(texts, ['said long ago', 'said just now'])
  await assertNoComplaints(dashboard)
})
