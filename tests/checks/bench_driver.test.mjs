// What measures the peers, without measuring: its list, its table of results that are there, its charts.
//
// After a change of the charts that is wanted: node bench/chart.mjs tests/checks/bench/results.jsonl --out tests/checks/bench
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import test from 'node:test'

import { chartsOf } from '../../bench/chart.mjs'
import { duration, measuredSeconds, runSeconds } from '../../bench/driver/duration.mjs'
import { statedParameters } from '../../bench/driver/measure.mjs'
import { checkOrigin, planAsText, planOf } from '../../bench/driver/plan.mjs'
import { bestRuns, median, readResults, summarize } from '../../bench/driver/results.mjs'
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
    [['--out', 'a', '--resume', 'a'], 'one of them is enough'],
    [['--table', 'nowhere.jsonl'], 'nowhere.jsonl'],
  ]) {
    const { status, stderr } = driver(...parameters)
    assert.notEqual(status, 0)
    assert.ok(stderr.includes(words), stderr)
    assert.equal(stderr.trim().split('\n').length, 1, stderr)
  }
})

test('without names the scenarios that are not extra are chosen', () => {
  assert.deepEqual(chosenScenarios().map(({ name }) => name), scenarios.filter(({ isExtra }) => !isExtra).map(({ name }) => name))
  assert.deepEqual(chosenScenarios(['growth', 'idle']).map(({ name }) => name), ['growth', 'idle'])
})

test('every scenario has its row in bench/README.md, and no row is of another', () => {
  const rows = [...read(root, 'bench/README.md').split('## The rows')[1].split('\n## ')[0].matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name)
  assert.deepEqual(rows.sort(), scenarios.map(({ name }) => name).sort())
})

test('names of scenarios are told apart, and so are those of their variants', () => {
  assert.equal(new Set(scenarios.map(({ name }) => name)).size, scenarios.length)
  for (const { name, variants, against } of scenarios) {
    const names = variants.map((variant) => variant.name)
    assert.equal(new Set(names).size, names.length, name)
    assert.ok(against === undefined || names.includes(against), name)
  }
})

test('a median is the middle one, or between the two in the middle', () => {
  assert.equal(median([3]), 3)
  assert.equal(median([10, 2, 9]), 9)
  assert.equal(median([10, 2, 9, 3]), 6)
})

test('of a run that was taken again the quiet one counts, then the noisy one, and of equals the last', () => {
  const line = (told) => ({ scenario: 'idle', variant: '', peer: 'bun', run: 1, ...told })
  const [quiet, quieter, noisy, failed] = [{ figures: { a: 1 } }, { figures: { a: 2 } }, { figures: { a: 3 }, noisy: true }, { error: 'gone' }].map(line)
  const other = line({ run: 2, error: 'gone' })
  for (const [lines, best] of [[[failed, noisy, quiet], quiet], [[quiet, noisy, failed], quiet], [[noisy, failed], noisy], [[quiet, quieter], quieter], [[failed], failed]]) {
    assert.deepEqual(bestRuns([...lines, other]), [best, other])
  }
})

// Two peers in two variants.
const growing = { name: 'growth', kind: 'view', secondsMax: 3, variants: [100, 1000].map((viewers) => ({ name: `viewers ${viewers}`, parameters: { viewers, nodes: 5, along: 'viewers' } })) }
const cells = growing.variants.flatMap((variant) => ['starling', 'bun'].map((name) => ({ scenario: growing, variant, peer: { name } })))
const taken = ({ scenario, variant, peer }, told) =>
  ({ scenario: scenario.name, variant: variant.name, peer: peer.name, run: 1, seconds: 3, parameters: statedParameters({ variant, peer }), figures: {}, commit: 'a', machine: { cores: 2 }, ...told })
const named = ({ runs }) => runs.map(({ variant, peer, run }) => `${run} ${variant.name} ${peer.name}`)

test('a plan measures every cell once a round, and the peers of a variant next to each other', () => {
  const plan = planOf(cells, { runs: 2, seconds: 5 }, [])
  assert.equal(plan.taken, 0)
  assert.deepEqual(named(plan), [1, 2].flatMap((run) => ['100', '1000'].flatMap((viewers) => ['starling', 'bun'].map((peer) => `${run} viewers ${viewers} ${peer}`))))
  assert.deepEqual([...new Set(plan.runs.map(({ seconds }) => seconds))], [3])
})

test('what is in the file is not measured again, but for what failed, was noisy, or was something else', () => {
  const options = { runs: 1, seconds: 5 }
  const plan = (told) => planOf(cells, options, [taken(cells[0], told), { left_out: 'nats', why: 'none' }])
  assert.deepEqual(named(plan({})), ['1 viewers 100 bun', '1 viewers 1000 starling', '1 viewers 1000 bun'])
  assert.equal(plan({}).taken, 1)
  for (const told of [{ figures: undefined, error: 'gone' }, { noisy: true }, { seconds: 1 }, { run: 2 }, { parameters: { viewers: 100 } }]) assert.equal(plan(told).runs.length, 4, JSON.stringify(told))
  const again = planOf(cells, options, [taken(cells[0], {}), taken(cells[0], { noisy: true })])
  assert.equal(again.taken, 1)  // the noisy one does not undo the quiet one
  assert.equal(planAsText(planOf(cells, options, cells.map((cell) => taken(cell, {}))), 'f'), '4 of 4 runs are in f already; nothing is left to measure')
})

test('a file is gone on with by the commit and the machine that it is of', () => {
  const results = [taken(cells[0], {})]
  checkOrigin(results, 'f.jsonl', { commit: 'a', machine: { cores: 2 } })
  checkOrigin([], 'f.jsonl', { commit: 'b', machine: { cores: 2 } })
  assert.throws(() => checkOrigin(results, 'f.jsonl', { commit: 'b', machine: { cores: 2 } }), /f\.jsonl has results of commit a, and this is b: .*--resume f\.jsonl/)
  assert.throws(() => checkOrigin(results, 'f.jsonl', { commit: 'a', machine: { cores: 4, cpu: 'fast' } }), /of another machine \(/)
})

test('how long a run takes follows what is measured, and a scenario may hold that short', () => {
  assert.equal(measuredSeconds({ secondsMax: 3 }, 5), 3)
  assert.equal(measuredSeconds({ secondsMax: 3 }, 2), 2)
  assert.equal(measuredSeconds({}, 5), 5)
  const seconds = (peer, asked) => runSeconds({ scenario: { kind: 'fan' }, variant: { parameters: { viewers: 1000 } }, peer: { name: peer } }, asked)
  assert.equal(seconds('bun', 8) - seconds('bun', 7), 1)
  assert.equal(seconds('floor', 9) - seconds('floor', 6), 6)  // it has six methods
  assert.deepEqual([4.4, 59, 60, 3599, 3660].map(duration), ['4 s', '59 s', '1 min 0 s', '59 min 59 s', '1 h 1 min'])
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

test('a bar of which something was not as it has to be is hollow, and the chart says why', () => {
  const results = readResults(fixture)
  const bun = results.find(({ scenario, peer }) => scenario === 'fan-out' && peer === 'bun')
  const solid = chartsOf(results)['fan-out.svg']
  const hollow = chartsOf(results.map((result) => (result === bun ? { ...bun, faults: ['missing_updates 7'] } : result)))['fan-out.svg']
  const bars = (svg) => [...svg.matchAll(/<rect x="150"[^>]* fill="([^"]*)"/g)].map(([, fill]) => fill)
  assert.deepEqual(bars(hollow), bars(solid).map((fill, index) => (index === 1 ? '#ffffff' : fill)))
  assert.ok(!solid.includes('Hollow') && hollow.includes('Hollow: not to be quoted'))
})
