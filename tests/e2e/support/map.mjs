// The map of the dashboard, in a real browser: what it shows, and what it asks the server for.
import { openDashboard } from './dashboard.mjs'
import { until } from './until.mjs'

// Where WebGL is drawn by the processor the map would rather have a canvas, unless it cannot tell.
const withWebGl = {
  flags: [],
  script: () => {
    const { getExtension } = WebGL2RenderingContext.prototype
    WebGL2RenderingContext.prototype.getExtension = function (name) { return name === 'WEBGL_debug_renderer_info' ? null : getExtension.call(this, name) }
  },
}
const withoutWebGl = { flags: ['--disable-webgl', '--disable-3d-apis'], script: () => {} }

/** Opens it, and waits until it is drawn. `frames` are what went over the WebSocket: {sent, received}, each a list of messages. */
export async function openMap(t, url, { base = 'canvas', at = '', ...options } = {}) {
  const { flags, script } = base === 'maplibre' ? withWebGl : withoutWebGl
  const frames = { sent: [], received: [] }
  const dashboard = await openDashboard(t, url, {
    view: `map${at}`, viewport: { width: 1440, height: 900 }, flags, ...options,
    prepare: async (page) => {
      await page.addInitScript(script)
      page.on('websocket', (socket) => {
        socket.on('framesent', ({ payload }) => frames.sent.push(JSON.parse(payload)))
        socket.on('framereceived', ({ payload }) => frames.received.push(JSON.parse(payload)))
      })
    },
  })
  const { page } = dashboard
  await page.waitForSelector(`[data-testid="map"][data-base="${base}"]`, { timeout: 20_000 })
  return {
    ...dashboard,
    frames,
    /** The box that was asked for last. */
    asked: () => frames.sent.findLast(({ type, filter }) => type === 'subscribe' && filter?.bounds)?.filter.bounds,
    inView: (count, timeout = 20_000) => dashboard.says('in-view-count', String(count), timeout),
    names: () => page.locator('[data-testid="in-view"] .name').allTextContents(),
    /** Until the list has exactly these. */
    lists: (names) => page.waitForFunction((wanted) => JSON.stringify([...document.querySelectorAll('[data-testid="in-view"] .name')].map(({ textContent }) => textContent)) === wanted,
      JSON.stringify(names), { timeout: 20_000 }),
    /** Each once, with the map in focus. */
    press: async (...keys) => {
      await dashboard.part('map').focus()
      for (const key of keys) await page.keyboard.press(key)
    },
    /** Until the view has stood still, as the address says it. */
    settles: () => page.evaluate(async () => {
      for (let before; before !== location.hash;) {
        before = location.hash
        await new Promise((resolve) => setTimeout(resolve, 600))
      }
    }),
    /** Clicks on the map, so far right and down of its middle. */
    click: async (right = 0, down = 0) => {
      const { width, height } = await dashboard.part('map').boundingBox()
      await dashboard.part('map').click({ position: { x: width / 2 + right, y: height / 2 + down } })
    },
    /** Until a frame came of which this is true. */
    receives: (condition, what) => until(() => frames.received.find(condition), { what, withinMs: 20_000 }),
  }
}
