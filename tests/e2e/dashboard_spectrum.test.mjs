// The dashboard's Spectrum, in Chromium, on sweeps that are published to it.
import assert from 'node:assert/strict'
import test from 'node:test'

import { assertNoComplaints, openDashboard, plain } from './support/dashboard.mjs'
import { publish, publishLines } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { elapse, untilFits, untilIs } from './support/until.mjs'

const timeout = 180_000

test('Spectrum: a sweep appears, its peaks hold, and the waterfall remembers', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: '[[channel]]\nname = "spectrum:sweep"\nhidden = true\n' })
  const dashboard = await openDashboard(t, starling.url, { view: 'spectrum' })
  const { page, part, says } = dashboard
  const sweep = (power_dbm, key = 'rx-1') => publish(starling.url, `/api/v1/publish/spectrum:sweep?key=${key}`, { start_hz: 144e6, step_hz: 250e3, power_dbm })
  const noise = Array.from({ length: 16 }, () => -100)
  const carrier = (bin, level) => noise.map((power, index) => (index === bin ? level : power))
  const chart = part('chart')
  const value = async () => plain(await chart.getAttribute('aria-valuetext'))
  const reads = (wanted) => untilIs(value, wanted)

  await t.test('without one it says how to send one, and that works', async () => {
    const line = await dashboard.page.locator('pre').textContent()
    assert.match(line, /spectrum:sweep/)
    const [, body] = /-d '([^']+)'/.exec(line)
    const [, address] = /'(http:[^']+)'/.exec(line)
    await publish(starling.url, new URL(address).pathname + new URL(address).search, JSON.parse(body))
    await chart.waitFor()
    await says('sweeps', '1 sweep')
  })

  await t.test('the peak of a bin stays when its level falls', async () => {
    await sweep(carrier(3, -40))
    // Of another grid than the one before: a sweep again, which is to be seen before the next.
    await untilIs(() => chart.getAttribute('aria-valuemax'), '147.75')
    await says('sweeps', '1 sweep')
    await sweep(noise)
    await says('sweeps', '2 sweeps')
    await chart.focus()
    await page.keyboard.press('Home')
    for (let step = 0; step < 3; step++) await page.keyboard.press('ArrowRight')
    await reads('144.750 MHz: now -100.0 dBm, average -46.0 dBm, peak -40.0 dBm')
    assert.deepEqual((await part('readout').locator('strong, span').allTextContents()).map(plain), ['144.750 MHz', 'now -100.0 dBm', 'average -46.0 dBm', 'peak -40.0 dBm'])
    await page.keyboard.press('End')
    await reads('147.750 MHz: now -100.0 dBm, average -100.0 dBm, peak -100.0 dBm')
  })

  await t.test('the waterfall shows both, the newest on top', async () => {
    const colours = () => part('waterfall').evaluate((canvas) => {
      const row = canvas.height / 256
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true })
      copy.drawImage(canvas, 0, 0)
      const at = (column, age) => [...copy.getImageData(Math.floor((column + 0.5) / 16 * canvas.width), Math.floor((age + 0.5) * row), 1, 1).data]
      return { now: at(3, 0), before: at(3, 1), beside: at(8, 1), older: at(3, 9) }
    })
    const { now, before, beside, older } = await untilFits(colours, (found) => found.before[3] === 255, 'two rows')
    const light = ([red, green, blue]) => red + green + blue
    assert.deepEqual(now, beside, 'noise looks like noise')
    assert.ok(light(before) > light(now) + 150, `${before} over ${now}`)
    assert.equal(older[3], 0, 'nothing below what there is')
  })

  await t.test('peaks are reset, and what is paused stands still', async () => {
    await part('reset-peaks').click()
    await chart.focus()
    await page.keyboard.press('Home')
    await reads('144.000 MHz: now -100.0 dBm, average -100.0 dBm, peak -100.0 dBm')
    await part('pause').click()
    await sweep(carrier(0, -30))
    await sweep(carrier(0, -31), 'rx-2')
    await part('receiver').waitFor()
    await chart.focus()
    await page.keyboard.press('Home')
    await reads('144.000 MHz: now -100.0 dBm, average -100.0 dBm, peak -100.0 dBm')
    await part('pause').click()
    await sweep(carrier(0, -50))
    // The one that was there when it went on, and the one after it.
    await reads('144.000 MHz: now -50.0 dBm, average -88.7 dBm, peak -30.0 dBm')
  })

  await t.test('pointing says what stands there', async () => {
    const box = await part('waterfall').boundingBox()
    await page.mouse.move(box.x + 1, box.y + 0.3)
    await says('readout', /^144\.000 MHz\s*then -50\.0 dBm, (now|\d+ s ago)/)
    await page.mouse.move(0, 0)
  })

  await t.test('another receiver, and the other shape of a sweep, in MHz', async () => {
    await part('receiver').selectOption('rx-2')
    await says('sweeps', '1 sweep')
    await publish(starling.url, '/api/v1/publish/spectrum:sweep?key=rx-2', { frequencies: [433, 433.5, 434], power: [-80, -70, -60], timestamp: Date.now(), start_hz: null, step_hz: null, power_dbm: null })
    await chart.focus()
    await page.keyboard.press('Home')
    await reads('433.000 MHz: now -80.0 dB, average -80.0 dB, peak -80.0 dB')
  })

  await t.test('what is no sweep is told', async () => {
    await publish(starling.url, '/api/v1/publish/spectrum:sweep?key=rx-2', { frequencies: [433, 434], power: [-80] })
    await page.getByText('What rx-2 sends is no sweep').waitFor()
  })

  await assertNoComplaints(dashboard)
})

for (const [how, config, go] of [
  ['removed', '', (starling) => publishLines(starling.url, [{ channel: 'spectrum:sweep', key: 'rx-2', op: 'remove' }])],
  ['silent until it expires', 'ttl = "6s"\n', (starling, sent) => sent.delete('rx-2')]
]) {
  test(`Spectrum: a receiver that is ${how} while its spectrum is paused stands still, and goes with that`, { timeout }, async (t) => {
    /** What each receiver sends, over and over where it would expire. */
    const sent = new Map([['rx-1', -70], ['rx-2', -30]]) // one that stays, and is the first of the list
    let isFed = config !== ''
    let feeding
    t.after(async () => { // before the server ends
      isFed = false
      await feeding
    })
    const starling = await startStarling(t, { config: `[[channel]]\nname = "spectrum:sweep"\nhidden = true\n${config}` })
    const sweep = (key, level) => publish(starling.url, `/api/v1/publish/spectrum:sweep?key=${key}`, { start_hz: 144e6, step_hz: 250e3, power_dbm: [level, -100] })
    const feed = async () => { for (const [key, level] of sent) await sweep(key, level) }
    await feed()
    feeding = (async () => {
      for (; isFed; await elapse(500)) await feed()
    })()
    const dashboard = await openDashboard(t, starling.url, { view: 'spectrum' })
    const { page, part, says } = dashboard
    const reads = async (wanted) => {
      await part('chart').focus()
      await page.keyboard.press('Home')
      await untilIs(async () => plain(await part('chart').getAttribute('aria-valuetext')), wanted)
    }
    const state = page.locator('.spectrum .state')
    await part('receiver').selectOption('rx-2')
    await reads('144.000 MHz: now -30.0 dBm, average -30.0 dBm, peak -30.0 dBm')
    await part('pause').click()
    assert.equal(await state.getByText('gone').count(), 0)
    await go(starling, sent)
    await state.getByText('gone').waitFor()
    // What was seen is still seen, by its name.
    assert.equal(await part('receiver').inputValue(), 'rx-2')
    await reads('144.000 MHz: now -30.0 dBm, average -30.0 dBm, peak -30.0 dBm')
    await says('sweeps', '1 sweep')
    assert.equal(await state.getByText('paused').count(), 1)

    await part('pause').click()
    // It is the other's turn, with nothing of the one that has gone.
    await page.getByText('Receiver rx-1').waitFor()
    await reads('144.000 MHz: now -70.0 dBm, average -70.0 dBm, peak -70.0 dBm')
    assert.equal(await state.getByText(/gone|paused/).count(), 0)

    // One that comes back is the one that was chosen, and begins anew.
    sent.set('rx-2', -50)
    await feed()
    await part('receiver').waitFor()
    await untilIs(() => part('receiver').inputValue(), 'rx-2')
    await reads('144.000 MHz: now -50.0 dBm, average -50.0 dBm, peak -50.0 dBm')
    await assertNoComplaints(dashboard)
  })
}

test('Spectrum: the last receiver that goes while it is paused leaves the picture until it goes on', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: '[[channel]]\nname = "spectrum:sweep"\nhidden = true\n' })
  await publish(starling.url, '/api/v1/publish/spectrum:sweep?key=rx-1', { start_hz: 144e6, step_hz: 250e3, power_dbm: [-30, -100] })
  const dashboard = await openDashboard(t, starling.url, { view: 'spectrum' })
  const { page, part, says } = dashboard
  await part('chart').waitFor()
  await part('pause').click()
  await publishLines(starling.url, [{ channel: 'spectrum:sweep', key: 'rx-1', op: 'remove' }])
  await page.locator('.spectrum .state').getByText('gone').waitFor()
  assert.equal(await part('chart').count(), 1)
  await part('pause').click()
  await says('empty', /^No receiver sends sweeps/)
  assert.equal(await part('chart').count(), 0)
  // The next one is shown as it comes, not as a paused one.
  await publish(starling.url, '/api/v1/publish/spectrum:sweep?key=rx-3', { start_hz: 144e6, step_hz: 250e3, power_dbm: [-30, -100] })
  await part('chart').waitFor()
  await page.getByText('Receiver rx-3').waitFor()
  await assertNoComplaints(dashboard)
})
