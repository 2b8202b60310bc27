// The examples for a browser: built, opened, and alive, with the demo fleet.
import assert from 'node:assert/strict'
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import test from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { openBrowser } from './support/browser.mjs'
import { temporaryFolder } from './support/cleanup.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'

const timeout = 120_000
const top = fileURLToPath(new URL('../../', import.meta.url))

/** A copy of an example, with the packages of clients/ as they are built in place of those that it would install. */
function copyOf(t, name) {
  const folder = temporaryFolder(t)
  cpSync(join(top, 'examples', name), folder, { recursive: true, filter: (path) => !path.endsWith('node_modules') })
  symlinkSync(join(top, 'clients/node_modules'), join(folder, 'node_modules'))
  return folder
}

/** All sixty nodes are there, and places change. */
async function showsTheFleet(t, url) {
  const { page, complaints } = await openBrowser(t, url)
  const rows = () => page.evaluate(() => Array.from(document.querySelectorAll('tbody tr'), (row) => Array.from(row.cells, (cell) => cell.textContent)))
  await until(async () => (await rows()).length === 60, { what: 'sixty rows', everyMs: 50, withinMs: 20_000 })
  assert.equal(await page.evaluate(() => document.querySelector('[role=status]').textContent), 'connected')
  const isWhole = ([name, , latitude, longitude]) => name.length > 1 && Math.abs(latitude - 37.8) < 1 && Math.abs(Number(longitude) + 122.5) < 1
  const hasBattery = ([, battery]) => Number(battery) > 0 && Number(battery) <= 101
  await until(async () => (await rows()).every(isWhole) && (await rows()).some(hasBattery), { what: 'the rows to be whole', everyMs: 100, withinMs: 30_000 })
  const before = JSON.stringify(await rows())
  await until(async () => JSON.stringify(await rows()) !== before, { what: 'a row to change', everyMs: 50 })
  assert.deepEqual(complaints, [])
}

test('plain', { timeout }, async (t) => {
  const folder = copyOf(t, 'plain')
  const types = { '.html': 'text/html', '.js': 'text/javascript' }
  const server = createServer(({ url }, response) => {
    const path = url === '/' ? '/index.html' : url
    response.writeHead(200, { 'Content-Type': types[extname(path)] }).end(readFileSync(join(folder, path)))
  })
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  t.after(() => { server.closeAllConnections(); server.close() })
  const origin = `http://127.0.0.1:${server.address().port}`
  const [, config] = /```toml\n(.*?)```/s.exec(readFileSync(join(folder, 'README.md'), 'utf8'))
  const starling = await startStarling(t, { parameters: ['--demo'], config: config.replace('http://127.0.0.1:8000', origin) })
  const script = join(folder, 'main.js')
  writeFileSync(script, readFileSync(script, 'utf8').replace('http://127.0.0.1:8080', starling.url))
  await showsTheFleet(t, origin)
})

for (const name of ['svelte', 'react']) {
  test(name, { timeout }, async (t) => {
    const root = copyOf(t, name)
    const starling = await startStarling(t, { parameters: ['--demo'] })
    const { build, preview } = await import(pathToFileURL(join(top, 'clients/node_modules/vite/dist/node/index.js')).href)
    await build({ root, logLevel: 'warn' })
    const server = await preview({
      root, logLevel: 'warn', preview: { host: '127.0.0.1', port: 0, proxy: { '^/(live|api)': { target: starling.url, ws: true } } },
    })
    t.after(() => server.close())
    await showsTheFleet(t, `http://127.0.0.1:${server.httpServer.address().port}`)
  })
}
