// The dashboard of a server, in a real browser.
import assert from 'node:assert/strict'

import { openBrowser } from './browser.mjs'

export const viewNames = ['map', 'overview', 'nodes', 'messages', 'spectrum', 'server']

const byId = (id) => `[data-testid="${id}"]`

/** A text as a person reads it: one space is like another. */
export const plain = (text) => text.replaceAll('\u00a0', ' ').replaceAll(/\s+/g, ' ').trim()

export async function assertNoComplaints({ complaints, violations }) {
  assert.deepEqual(complaints, [])
  assert.deepEqual(await violations(), [])
}

/** Opens `view` and waits until it is drawn and the connection stands. `options` are Playwright's of a page. */
export async function openDashboard(t, url, { view = 'overview', ...options } = {}) {
  const opened = await openBrowser(t, `${url}#/${view}`, options)
  const { page } = opened
  const dashboard = {
    ...opened,
    /** The element with this data-testid. */
    part: (id) => page.locator(byId(id)),
    text: async (id) => (await page.locator(byId(id)).first().textContent()).trim(),
    /** Until its text is, or matches, that. */
    says: (id, wanted, timeout = 20_000) => page.waitForFunction(([selector, source, isPattern]) => {
      const text = document.querySelector(selector)?.textContent.trim().replaceAll('\u00a0', ' ')
      return text !== undefined && (isPattern ? new RegExp(source).test(text) : text === source)
    }, [byId(id), wanted.source ?? wanted, wanted instanceof RegExp], { timeout }),
    /** Until there is none of it. */
    isWithout: (id, timeout = 20_000) => page.waitForFunction((selector) => !document.querySelector(selector), byId(id), { timeout }),
    /** Until the badge says that it is in this state. */
    becomes: (state, timeout = 20_000) => page.waitForSelector(`${byId('connection')}[data-state="${state}"]`, { timeout }),
    go: async (name) => {
      await page.locator(byId(`go-${name}`)).click()
      // The address is another before the page is. The map says soon what it shows.
      await page.waitForFunction(([link, wanted]) => document.querySelector(link).getAttribute('aria-current') === 'page' && `${location.hash}/`.startsWith(`#/${wanted}/`), [byId(`go-${name}`), name])
    },
    violations: () => page.evaluate(() => window.violations),
  }
  await dashboard.becomes('connected')
  return dashboard
}
