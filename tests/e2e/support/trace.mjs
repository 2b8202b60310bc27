// What a page's main thread did, from a trace of Chromium.
import assert from 'node:assert/strict'

const categories = ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline', 'v8', 'v8.execute', 'blink.user_timing']
/** Where JavaScript runs; they lie within each other. */
const scripting = new Set(['FunctionCall', 'EvaluateScript', 'FireAnimationFrame', 'TimerFire', 'RunMicrotasks', 'EventDispatch', 'V8.GCScavenger', 'MinorGC', 'MajorGC'])

/**
 * Runs `work` under a trace: {tasks, scripts}. `tasks` are those of the page's main thread, each {wallMs, cpuMs}, the longest first; `scripts` is, likewise, the time in
 * which scripts ran.
 *
 * On a machine that others use too a task takes as long as it has to wait for a processor: `cpuMs` is without that.
 */
export async function traced(page, work) {
  const browser = page.context().browser()
  await browser.startTracing(page, { categories })
  await work()
  const { traceEvents } = JSON.parse(await browser.stopTracing())
  const main = traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
  const isMain = ({ pid, tid }) => main.some((thread) => thread.pid === pid && thread.tid === tid)
  const complete = traceEvents.filter((event) => event.ph === 'X' && isMain(event))
  const timesOf = ({ dur, tdur }) => ({ wallMs: dur / 1000, cpuMs: tdur / 1000 })
  const tasks = complete.filter(({ name, tdur }) => (name === 'RunTask' || name === 'ThreadControllerImpl::RunTask') && tdur !== undefined).map(timesOf).sort((a, b) => b.wallMs - a.wallMs)
  assert.ok(tasks.length > 0, 'a trace has tasks')
  const scripts = { wallMs: 0, cpuMs: 0 }
  let endUs = 0
  for (const event of complete.filter(({ name, tdur }) => scripting.has(name) && tdur !== undefined).sort((a, b) => a.ts - b.ts || b.dur - a.dur)) {
    if (event.ts < endUs) continue
    endUs = event.ts + event.dur
    scripts.wallMs += timesOf(event).wallMs
    scripts.cpuMs += timesOf(event).cpuMs
  }
  return { tasks, scripts }
}
