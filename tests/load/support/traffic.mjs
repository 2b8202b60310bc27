// A fleet that reports over HTTP: so many records a second, as NDJSON, a batch every 10 ms.
import { elapse } from '../../e2e/support/until.mjs'
import { keepAlive, postLines, settled } from '../../e2e/support/http.mjs'

const batchMs = 10

export const channel = 'load:position'

/** `sent_ms` is of the clock that a viewer's frames are stamped with. */
export const record = (node, round) => ({
  channel, key: `node-${String(node).padStart(4, '0')}`,
  data: { latitude: 40 + node / 1000, longitude: -74 + round / 10_000, round, sent_ms: performance.now() },
})

/** Sends for so many `seconds`; `done` is, once reads show all of it, {sent, accepted, lateMs, seconds}. */
export function startTraffic(t, url, { nodes, perSecond, seconds }) {
  const agent = keepAlive(t)
  const perBatch = perSecond * batchMs / 1000
  let isStopped = false
  let sent = 0
  let accepted = 0
  let seq = 0
  let lateMs = 0
  async function run() {
    const startedAt = performance.now()
    const answers = []
    for (let batch = 0; !isStopped && batch < seconds * 1000 / batchMs; batch++) {
      const dueAt = startedAt + batch * batchMs
      const wait = dueAt - performance.now()
      if (wait > 0) await elapse(wait)
      lateMs = Math.max(lateMs, performance.now() - dueAt)
      const records = Array.from({ length: perBatch }, () => {
        const n = sent++
        return record(n % nodes, Math.floor(n / nodes))
      })
      answers.push(postLines(url, records, { agent }).then((answer) => {
        const said = answer.json()
        accepted += said.accepted ?? 0
        seq = Math.max(seq, said.seq ?? 0)
      }))
    }
    await Promise.all(answers)
    await settled(url, seq)
    return { sent, accepted, lateMs, seconds: (performance.now() - startedAt) / 1000 }
  }
  const done = run()
  t.after(async () => { isStopped = true; await done })
  return { done }
}
