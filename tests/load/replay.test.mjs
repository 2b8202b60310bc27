// An hour that was recorded, sixty times as fast: a minute, and the frames there were.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'

import { Program, temporaryFolder } from '../e2e/support/cleanup.mjs'
import { startStarling } from '../e2e/support/starling.mjs'
import { until } from '../e2e/support/until.mjs'

const hourMs = 3_600_000
const frameEveryMs = 30_000 // half a second as it is played: each is told by itself, whenever a beat is
const nodes = 200

/** Two hundred nodes, of which every half minute nearly each reports, one goes, that of before comes back, and one says something. */
function recordingOfAnHour() {
  const lines = [{ at_ms: 0, note: 'recording' }]
  const key = (n) => `n${n}`
  for (let at = 0; at < hourMs; at += frameEveryMs) {
    const turn = at / frameEveryMs
    for (let n = 0; n < nodes; n++) {
      if (turn > 0 && n === turn) lines.push({ at_ms: at, channel: 'fleet:position', key: key(n), op: 'remove', reason: 'deleted' })
      else if (turn === 0 || (turn > 1 && n === turn - 1)) lines.push({ at_ms: at, channel: 'fleet:position', key: key(n), op: 'replace', data: { latitude: n / 10, longitude: turn } })
      else lines.push({ at_ms: at, channel: 'fleet:position', key: key(n), data: { longitude: turn } })
    }
    lines.push({ at_ms: at, kind: 'event', channel: 'fleet:log', key: key(turn + 5), data: { turn } })
  }
  lines.push({ at_ms: hourMs, note: 'end' })
  return lines
}

/** Lines by the moment they were told at, in an order of their own, and without times. */
function framesOf(lines) {
  const frames = new Map()
  for (const { at_ms: at, time, location, note, ...line } of lines) {
    if (note === undefined) frames.set(at, [...frames.get(at) ?? [], JSON.stringify(line)])
  }
  return [...frames.values()].map((frame) => frame.sort())
}

test('an hour at 60 times its speed takes a minute ± 1 s, and gives the frames that were recorded', { timeout: 120_000 }, async (t) => {
  const folder = temporaryFolder(t)
  const [file, again] = [join(folder, 'hour.ndjson'), join(folder, 'again.ndjson')]
  const lines = recordingOfAnHour()
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const starling = await startStarling(t, { config: '[[channel]]\nname = "fleet:log"\nkind = "event"\n' })
  const watch = new Program(process.env.STARLING_BIN, ['watch', 'fleet:*', '--url', starling.url, '--record', again])
  t.after(() => watch.end('SIGKILL'))
  await until(() => existsSync(again) && readFileSync(again, 'utf8').length > 0, { what: () => `the recording to begin: ${watch.stderr}` })

  const startedAt = performance.now()
  const replay = new Program(process.env.STARLING_BIN, ['replay', file, '--speed', '60', '--url', starling.url])
  t.after(() => replay.end('SIGKILL'))
  await until(() => replay.exit, { what: 'the end of the replay', withinMs: 90_000, everyMs: 2 })
  const tookS = (performance.now() - startedAt) / 1000
  assert.equal(replay.exit.code, 0, replay.stderr)
  await watch.end('SIGINT')
  t.diagnostic(`${tookS.toFixed(3)} s; ${replay.stderr.trim()}`)
  assert.ok(Math.abs(tookS - 60) <= 1, `${tookS} s`)

  const [wanted, got] = [framesOf(lines), framesOf(readFileSync(again, 'utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line)))]
  assert.equal(wanted.length, hourMs / frameEveryMs)
  assert.deepEqual(got, wanted)
})
