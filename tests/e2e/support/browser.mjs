// A real Chromium, on a page.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after } from 'node:test'

import { chromium } from 'playwright-core'

const parameters = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
  // There is no graphics card here; WebGL by the processor is what it is, and not worth a warning in the console.
  '--enable-unsafe-swiftshader']

/** By its flags. Starting one takes longer than many a test, so those of a file share it. */
const browsers = new Map()
after(async () => { for (const browser of browsers.values()) await (await browser).close() })

/** A page that shares nothing with another: it has a context of its own, which is closed after the test. */
async function newPage(t, flags, options) {
  const name = flags.join(' ')
  if (!browsers.has(name)) browsers.set(name, launch(flags))
  const page = await (await browsers.get(name)).newPage(options)
  t.after(() => page.close())
  return page
}

function launch(flags) {
  const program = process.env.PATH.split(':').map((folder) => join(folder, 'chromium')).find((path) => existsSync(path))
  assert.ok(program, 'a Chromium is needed: apt-get install chromium')
  return chromium.launch({ executablePath: program, headless: true, args: [...parameters, ...flags] })
}

/**
 * {page, complaints, requests}: what the page's console says of errors and warnings is in `complaints`, what its policy forbids in `window.violations`, the
 * addresses it asked in `requests`. `options` are Playwright's of a page: viewport, colorScheme, …; `flags` are more of Chromium's, and `prepare` is given the page
 * before it goes anywhere.
 */
export async function openBrowser(t, url, { flags = [], prepare = () => {}, ...options } = {}) {
  const page = await newPage(t, flags, options)
  const complaints = []
  const requests = []
  page.on('request', (request) => requests.push(request.url()))
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()) })
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.addInitScript(() => {
    window.violations = []
    document.addEventListener('securitypolicyviolation', (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`))
  })
  await prepare(page)
  const response = await page.goto(url, { waitUntil: 'load', timeout: 20_000 })
  assert.equal(response.status(), 200)
  return { page, complaints, requests }
}
