// What nobody decent does, with honest viewers beside it: they notice nothing, and afterwards the server holds no more than before.
//
// Every abuse comes twice: what a server keeps for the next time it has after the first, so by the second it must not grow.
//
//   STARLING_ABUSE=full        the full counts (./test --long); else what fits a test run
//   STARLING_ABUSE=sanitized   of a build with sanitizers: its times and its memory are theirs, and only told
//   STARLING_ABUSE_SEED=n      the seed of the random bytes; else the clock's
import assert from 'node:assert/strict'
import test from 'node:test'

import { ask, publishLines, stateOf } from '../e2e/support/http.mjs'
import { startStarling } from '../e2e/support/starling.mjs'
import { elapse, quantile, until } from '../e2e/support/until.mjs'
import * as abuses from './support/abuses.mjs'
import { startHonest } from './support/honest.mjs'
import { descriptors, residentBytes } from './support/process.mjs'
import { Gang } from './support/rude.mjs'
import { channel } from './support/traffic.mjs'

const isFull = process.env.STARLING_ABUSE === 'full'
const isSanitized = process.env.STARLING_ABUSE === 'sanitized'
const counts = isFull
  ? { halfOpen: 2000, resets: 5000, neverReading: 100, neverReadingSeconds: 5, slow: 200, slowSeconds: 70, fragments: 100_000, pings: 100_000, garbage: 1040,
      jsonRounds: 10, bombs: 1000, pans: 8000, randomSeconds: 20 }
  : { halfOpen: 2000, resets: 2000, neverReading: 50, neverReadingSeconds: 0.75, slow: 40, slowSeconds: 12, fragments: 100_000, pings: 100_000, garbage: 260,
      jsonRounds: 2, bombs: 100, pans: 2000, randomSeconds: 0.75 }
const firstSeed = Number(process.env.STARLING_ABUSE_SEED ?? Date.now() % 2 ** 31)

const pongMsMax = isSanitized ? Infinity : 250
const roundMsMin = 300  // however quick the abuse is: what it leaves to be done is seen
const growthBytesMax = isSanitized ? Infinity : 4 << 20
const mib = (bytes) => (bytes / (1 << 20)).toFixed(2)

const atOnce = [
  { name: 'handshakes that stay half open', abuse: abuses.halfOpen },
  { name: 'resets', abuse: abuses.resets },
  { name: 'viewers that never read', abuse: abuses.neverReading },
  { name: 'a message of empty fragments', abuse: abuses.emptyFragments },
  { name: 'pings without end', abuse: abuses.pings },
  { name: 'garbage', abuse: abuses.garbage },
  { name: 'deep and huge JSON', abuse: abuses.largeJson },
  { name: 'bombs', abuse: abuses.bombs },
  { name: 'subscribes, unsubscribes and pans', abuse: abuses.pans },
  { name: 'random bytes', abuse: abuses.randomBytes },
]
const slow = [{ name: 'a byte a second', abuse: abuses.oneByteASecond }]

/** A server with 1,000 records of a KiB, and four honest viewers: with two shards there are some on each. */
async function start(t, shards) {
  const starling = await startStarling(t, { config: `[server]\nshards = ${shards}\n[limits]\nlog_bytes = "1MiB"\n` })
  await publishLines(starling.url, Array.from({ length: 1000 }, (_, node) => ({
    channel, key: `node-${String(node).padStart(4, '0')}`, data: { latitude: 40 + node / 1000, longitude: -74, round: 0, sent_ms: 0, padding: 'x'.repeat(1000) },
  })))
  const honest = await startHonest(t, starling.url, { viewers: 4, channel, key: 'node-0500' })
  return { starling, honest }
}

async function suffer(t, { starling, honest }, abuse) {
  await honest.told()
  const descriptorsBefore = descriptors(starling.pid)
  const memoryBytes = [residentBytes(starling.pid)]
  const worstMs = []
  const startedAt = performance.now()
  // What the allocator has not given back yet may look like growth once; what grows does so each time.
  const grew = () => memoryBytes.length > 2 && memoryBytes.at(-1) - memoryBytes.at(-2) >= growthBytesMax
  // What holds a machine up does so now and then; what such an abuse does to a server it does each time.
  const late = () => worstMs.filter((delay) => delay >= pongMsMax)
  for (let round = 0; round < 2 || (round === 2 && (grew() || late().length > 0)); round++) {
    const gang = new Gang(starling.port)
    const isOver = elapse(roundMsMin)
    try {
      t.diagnostic(await abuse({ starling, gang, counts, seed: firstSeed + round }))
    } finally {
      await gang.end()
    }
    await isOver
    await until(() => descriptors(starling.pid) === descriptorsBefore, {
      what: () => `the server's descriptors to be ${descriptorsBefore} again; they are ${descriptors(starling.pid)}`,
    })
    const told = await honest.told()
    assert.deepEqual({ unanswered: told.unanswered, closed: told.closed }, { unanswered: 0, closed: 0 })
    t.diagnostic(`pong after ${quantile(told.delaysMs, 0.5).toFixed(1)} ms in the median, p99 ${quantile(told.delaysMs, 0.99).toFixed(1)}, ` +
      `at most ${Math.max(...told.delaysMs).toFixed(1)}, of ${told.delaysMs.length}; who asks was at most ${told.lateMs.toFixed(1)} ms late`)
    worstMs.push(Math.max(...told.delaysMs))
    memoryBytes.push(residentBytes(starling.pid))
  }
  t.diagnostic(`memory ${memoryBytes.map(mib).join(' MiB, then ')} MiB; ${descriptorsBefore} descriptors before and after; ` +
    `${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  assert.ok(late().length < 2, `pongs came after ${worstMs.join(', ')} ms`)
  assert.ok(!grew(), `memory grew by ${memoryBytes.at(-1) - memoryBytes.at(-2)} bytes when it came again`)
}

async function play(t, cases, shards) {
  const served = await start(t, shards)
  for (const { name, abuse } of cases) await t.test(name, (t) => suffer(t, served, abuse))
  assert.equal((await ask(served.starling.url, '/readyz')).status, 200)
  assert.equal(Object.keys(await stateOf(served.starling.url, channel)).length, 1000)
}

// Who is slow takes time and nothing else: it runs beside the others, on a server of its own.
test('abuse', { timeout: 900_000, concurrency: 2 }, (t) => Promise.all([
  t.test('on one shard, slowly', (t) => play(t, slow, 1)),
  t.test('on one shard and on two', async (t) => {
    for (const shards of [1, 2]) await t.test(`${shards}`, (t) => play(t, atOnce, shards))
  }),
]))
