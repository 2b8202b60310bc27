// The other side of a test, in a process of its own, so that its work delays nobody else.
import { fork } from 'node:child_process'

import { until } from '../../e2e/support/until.mjs'

/**
 * Runs `file` with `parameters`. It says something once it is ready, and then answers each message: `ask(message, what)` is the answer.
 *
 * `name` is what it is called when it ends too early; `what` completes "waited for".
 */
export async function startChild(t, file, parameters, { name, what: readying }) {
  const child = fork(file, parameters)
  const heard = []
  let hasEnded = false
  child.on('message', (message) => heard.push(message))
  child.on('exit', () => { hasEnded = true })
  t.after(() => child.kill('SIGKILL'))
  const next = async (what) => {
    await until(() => heard.length > 0 || hasEnded, { what, withinMs: 60_000 })
    if (heard.length === 0) throw new Error(`${name} ended`)
    return heard.shift()
  }
  await next(readying)
  return { ask: (message, what) => { child.send(message); return next(what) } }
}
