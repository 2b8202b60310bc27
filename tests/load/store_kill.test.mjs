// A server that is killed while it takes thousands of updates a second: the database opens, every durable answer is there, and nothing is that was never said.
import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { performance } from 'node:perf_hooks'
import test from 'node:test'

import { temporaryFolder } from '../e2e/support/cleanup.mjs'
import { ndjson, post, stateOf } from '../e2e/support/http.mjs'
import { startStarling } from '../e2e/support/starling.mjs'

const kills = Number(process.env.STARLING_KILLS ?? 5)
const writers = 8
const keysPerWriter = 200
const runMs = [300, 1200]
const channel = 'fleet:position'
const config = '[server]\nshards = 1\n[store]\nurl = "sqlite:fleet.db"\n'

/** The lines of one body: every key of the writer says `version`. */
const body = (writer, version) => Array.from({ length: keysPerWriter }, (_, k) =>
  JSON.stringify({ channel, key: `w${writer}-${k}`, data: { version, latitude: k / 10, longitude: writer } })).join('\n')

/** Publishes versions one after the other until the server is gone; keeps what was sent and what was answered. */
async function write(url, one, isOver) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  while (!isOver()) {
    one.sent += 1
    const answer = await post(url, '/api/v1/publish?durable=true', body(one.writer, one.sent), { headers: { 'Content-Type': ndjson }, agent }).catch(() => null)
    if (!answer) break
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.json().accepted, keysPerWriter)
    one.answered = one.sent
    one.updates += keysPerWriter
  }
  agent.destroy()
}

test(`killed ${kills} times under load: every durable answer is there after each`, { timeout: 60_000 + kills * 10_000 }, async (t) => {
  const folder = temporaryFolder(t)
  const all = Array.from({ length: writers }, (_, writer) => ({ writer, sent: 0, answered: 0, updates: 0 }))
  let tookMs = 0
  let starling = await startStarling(t, { config, folder })
  for (let kill = 1; kill <= kills; kill += 1) {
    let isOver = false
    const began = performance.now()
    const writing = all.map((one) => write(starling.url, one, () => isOver))
    await new Promise((resolve) => { setTimeout(resolve, runMs[0] + Math.random() * (runMs[1] - runMs[0])) })
    await starling.end('SIGKILL')
    isOver = true
    tookMs += performance.now() - began
    await Promise.all(writing)

    starling = await startStarling(t, { config, folder })
    const records = await stateOf(starling.url, channel, 10_000)
    for (const one of all) {
      const versions = new Set(Array.from({ length: keysPerWriter }, (_, k) => records[`w${one.writer}-${k}`]?.version ?? 0))
      assert.equal(versions.size, 1, `kill ${kill}: a body of writer ${one.writer} is there in part: ${[...versions]}`)
      const [version] = versions
      assert.ok(version >= one.answered && version <= one.sent,
        `kill ${kill}: writer ${one.writer} sent ${one.sent}, was answered ${one.answered}, and ${version} is there`)
      one.sent = Math.max(one.sent, version)
    }
  }
  const updates = all.reduce((sum, one) => sum + one.updates, 0)
  const perSecond = Math.round(updates / tookMs * 1000)
  t.diagnostic(`${updates} updates were answered, ${perSecond} a second while the server ran`)
  assert.ok(perSecond > 1000, `only ${perSecond} updates a second: that says little`)
})
