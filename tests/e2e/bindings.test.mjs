// @starling/svelte and @starling/react in a real browser, with a real server: what they show, and that they ask for no more than is looked at.
import assert from 'node:assert/strict'
import test from 'node:test'

import { openBrowser } from './support/browser.mjs'
import { bundle, servePage } from './support/bundles.mjs'
import { publishLines } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { until, untilIs } from './support/until.mjs'

const timeout = 120_000
const line = (channel, key, x) => ({ channel, key, data: { x } })
const page = (name) => `<main></main><script type="module">
import { start } from './${name}.js'
window.app = start(new URLSearchParams(location.search).get('server'), document.querySelector('main'))
</script>`

for (const [name, entry] of [['svelte', 'bindings/svelte/app.ts'], ['react', 'bindings/react/app.tsx']]) {
  test(`${name}: what is looked at is shown, and nothing else is asked for`, { timeout }, async (t) => {
    const served = await servePage(t, { [`${name}.js`]: await bundle(entry) }, page(name))
    const config = `[server]\nallowed_origins = ["${served.url}"]\n`
    const starling = await startStarling(t, { config })
    await publishLines(starling.url, [line('a:b', 'k', 1), line('a:c', 'k', 1), line('a:d', 'k', 1)])
    const { page: tab, complaints } = await openBrowser(t, `${served.url}/?server=${starling.url}`)

    const text = (id) => tab.evaluate((which) => document.getElementById(which)?.textContent, id)
    const untilText = (id, wanted) => until(async () => (await text(id)) === wanted, { what: `#${id} to read ${wanted}`, everyMs: 20 })
    /** What the newest socket is subscribed to, by id. */
    const subscriptions = () => tab.evaluate(() => {
      const held = {}
      for (const { type, id, channels } of window.sent.at(-1)) {
        if (type === 'subscribe') held[id] = channels
        if (type === 'unsubscribe') delete held[id]
      }
      return held
    })
    const call = (what, argument) => tab.evaluate(([method, given]) => { window.app[method](given) }, [what, argument])

    await t.test('what is there is shown, and what comes', async () => {
      for (const [id, wanted] of [['rows', 'k=1;'], ['status', 'connected'], ['state', 'live'], ['channels', 'a:b,a:c']]) await untilText(id, wanted)
      await publishLines(starling.url, [line('a:b', 'k', 2), line('a:b', 'l', 3)])
      await untilText('rows', 'k=2;l=3;')
      await publishLines(starling.url, [{ channel: 'a:b', key: 'k', op: 'remove' }])
      await untilText('rows', 'l=3;')
    })

    let id
    await t.test('there is one subscription', async () => {
      const held = Object.entries(await subscriptions())
      assert.deepEqual(held.map(([, channels]) => channels), [['a:b', 'a:c']])
      id = held[0][0]
    })

    await t.test('what shows a channel that has not changed is not drawn again', async () => {
      const before = await text('others')
      await publishLines(starling.url, [line('a:b', 'l', 4)])
      await untilText('rows', 'l=4;')
      assert.equal(await text('others'), before)
      await publishLines(starling.url, [line('a:c', 'm', 4)])
      await until(async () => (await text('others')) !== before, { what: 'the others to be drawn', everyMs: 20 })
    })

    await t.test('another query replaces it in place', async () => {
      await call('ask', ['a:b'])
      await until(async () => (await text('others')).startsWith('0 '), { what: 'the others to be none', everyMs: 20 })
      await until(async () => JSON.stringify(await subscriptions()) === JSON.stringify({ [id]: ['a:b'] }), { what: 'the query to be replaced', everyMs: 20 })
      assert.equal(await text('rows'), 'l=4;')
    })

    await t.test('null ends it, and a query begins again', async () => {
      await call('ask', null)
      await untilText('rows', '')
      await untilIs(subscriptions, {}) // React draws first
      await call('ask', ['a:b'])
      await untilText('rows', 'l=4;')
      assert.equal(Object.keys(await subscriptions()).length, 1)
    })

    await t.test('a store shows the same, and looks while it is used', async () => {
      await call('store', true)
      await untilText('stored', 'connected k=1')
      await publishLines(starling.url, [line('a:d', 'k', 2)])
      await untilText('stored', 'connected k=2')
      await call('store', false)
      // A zustand store is nobody's: it lives on.
      if (name === 'svelte') await until(async () => Object.keys(await subscriptions()).length === 1, { what: 'the store to end', everyMs: 20 })
    })

    assert.deepEqual(complaints, []) // what a browser says of a server that is not there is not ours

    await t.test('a server that goes is said, what was shown stays, and it goes on', async () => {
      await starling.end('SIGKILL')
      await untilText('status', 'reconnecting')
      await untilText('state', 'stale')
      assert.equal(await text('rows'), 'l=4;')
      const again = await startStarling(t, { config, port: starling.port })
      await publishLines(again.url, [line('a:b', 'n', 5)])
      await untilText('status', 'connected')
      await untilText('rows', 'n=5;')
      await untilText('state', 'live')
    })

    await t.test('with the component it ends', async () => {
      await call('end')
      await until(async () => !Object.values(await subscriptions()).some((channels) => channels.includes('a:b')), { what: 'the subscription to end', everyMs: 20 })
    })
  })
}
