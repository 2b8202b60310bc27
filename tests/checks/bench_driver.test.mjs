// What measures the peers, without measuring: its list, its table of results that are there, its charts.
//
// After a change of the charts that is wanted: node bench/chart.mjs tests/checks/bench/results.jsonl --out tests/checks/bench
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import test from 'node:test'

import { chartsOf } from '../../bench/chart.mjs'
import { readResults, summarize } from '../../bench/driver/results.mjs'
import { awaited, chosenScenarios, scenarios } from '../../bench/driver/scenarios.mjs'
import { read, root, withTree } from './tree.mjs'

const fixture = join(root, 'tests', 'checks', 'bench', 'results.jsonl')
const driver = (...parameters) => spawnSync(process.execPath, [join(root, 'bench', 'run.mjs'), ...parameters], { encoding: 'utf8' })

const cell = (summaries, scenario, variant, peer) =>
  summaries.find((summary) => summary.scenario.name === scenario && summary.variant === variant && summary.peer === peer)

test('--list names every scenario and every peer, also of those that are not here', () => {
  const { status, stdout, stderr } = driver('--list')
  assert.equal(status, 0, stderr)
  const named = stdout.split('\n').map((line) => line.split(' ')[0])
  for (const { name } of [...scenarios, ...awaited]) assert.ok(named.includes(name), `${name} is not listed`)
  for (const peer of new Set(scenarios.flatMap(({ peers }) => peers))) assert.ok(named.includes(peer), `${peer} is not listed`)
})

test('a scenario, a peer or an option that is none ends the driver before anything starts', () => {
  for (const [parameters, words] of [
    [['--only', 'fan-in'], 'no scenario is called "fan-in"'],
    [['--peers', 'starling,punk'], 'no peer is called "punk"'],
    [['--runs', '0'], '--runs 0 cannot be'],
    [['--seconds', 'ten'], '--seconds ten cannot be'],
    [['--fast'], '--fast'],
  ]) {
    const { status, stderr } = driver(...parameters)
    assert.notEqual(status, 0)
    assert.ok(stderr.includes(words), stderr)
  }
})

test('without names the scenarios that are not extra are chosen', () => {
  assert.deepEqual(chosenScenarios().map(({ name }) => name), scenarios.filter(({ isExtra }) => !isExtra).map(({ name }) => name))
  assert.deepEqual(chosenScenarios(['growth', 'idle']).map(({ name }) => name), ['growth', 'idle'])
})

test('medians and ranges are those of the quiet runs; what failed is counted', () => {
  const summaries = summarize(readResults(fixture))
  const starling = cell(summaries, 'fan-out', 'burst 32', 'starling')
  assert.deepEqual(starling.values.updates_per_server_cpu_s, { median: 3.2e6, low: 3.1e6, high: 3.3e6 })
  assert.equal(starling.count, 2)
  assert.deepEqual(cell(summaries, 'fan-out', 'burst 32', 'bun').values.updates_per_server_cpu_s, { median: 2.9e6, low: 2.8e6, high: 3e6 })
  const ws = cell(summaries, 'fan-out', 'burst 32', 'ws')
  assert.deepEqual({ count: ws.count, failed: ws.failed, faults: ws.faults }, { count: 0, failed: 1, faults: ['the server ended: it said nothing'] })
  assert.equal(cell(summaries, 'stalled', '50', 'starling').values.kib_per_stalled.median, 20)
})

test('the table of a file of results: ratios, and what was not right', () => {
  const { status, stdout, stderr } = driver('--table', fixture)
  assert.equal(status, 0, stderr)
  const row = (text) => stdout.split('\n').find((line) => line.trim().startsWith(text))
  assert.match(row('Starling'), /3\.20M \(3\.10M–3\.30M\).*1\.10 +0\.97 +2$/)
  assert.match(stdout, /! ws: the server ended/)
  assert.match(stdout, /! Bun: saturated: 5 updates not taken/)
})

test('a line that is no result is named', () => withTree({ 'a.jsonl': '{"left_out":"x","why":"y"}\n\n{"scenario":1}\n', 'b.jsonl': '{\n' }, (top) => {
  assert.throws(() => readResults(join(top, 'a.jsonl')), /a\.jsonl:3: neither/)
  assert.throws(() => readResults(join(top, 'b.jsonl')), /b\.jsonl:1: /)
}))

test('charts of the same results are the same, letter by letter', () => {
  const charts = chartsOf(readResults(fixture))
  assert.deepEqual(Object.keys(charts), ['fan-out.svg', 'stalled.svg', 'growth-viewers.svg'])
  for (const [name, svg] of Object.entries(charts)) assert.equal(svg, read(root, `tests/checks/bench/${name}`), name)
})

test('a bar is as long as its median, whatever the order of the lines', () => {
  const results = readResults(fixture)
  const { 'fan-out.svg': svg } = chartsOf(results.slice().reverse())
  assert.equal(svg, chartsOf(results)['fan-out.svg'])
  const widths = [...svg.matchAll(/<rect x="150" y="[^"]*" width="([^"]*)"/g)].map(([, width]) => Number(width))
  assert.equal(widths.length, 3)  // Starling, Bun, the floor: of ws nothing was measured
  assert.ok(Math.abs(widths[0] / widths[1] - 3.2 / 2.9) < 0.002 && Math.abs(widths[2] / widths[1] - 3.3 / 2.9) < 0.002, String(widths))
})
