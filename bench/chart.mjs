#!/usr/bin/env node
// Charts of the docs from a file of results: bars for what is compared, curves for what grows. The same file gives the same charts.
//
//   node bench/chart.mjs bench/results/DATE-COMMIT.jsonl [--out docs/performance]
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { barsOf } from './charts/bars.mjs'
import { curvesOf } from './charts/curves.mjs'
import { peers } from './driver/peers.mjs'
import { root } from './driver/places.mjs'
import { readResults, summarize } from './driver/results.mjs'
import { scenarios } from './driver/scenarios.mjs'

const titles = Object.fromEntries(Object.entries(peers).map(([name, { title }]) => [name, title]))

/** { name of the file: SVG } of all that `results` hold; where there is but one bar, there is nothing to compare. */
export function chartsOf(results) {
  const charts = {}
  const summaries = summarize(results)
  for (const scenario of scenarios) {
    const own = summaries.filter((summary) => summary.scenario === scenario && summary.values[scenario.figure.key])
    const growing = new Set(own.map(({ along }) => along).filter(Boolean))
    for (const name of growing) charts[`${scenario.name}-${name}.svg`] = curvesOf(scenario, name, own, titles)
    if (own.length > 1 && growing.size === 0) charts[`${scenario.name}.svg`] = barsOf(scenario, own, titles)
  }
  return charts
}

function main() {
  const { values, positionals } = parseArgs({ options: { out: { type: 'string' } }, allowPositionals: true })
  if (positionals.length !== 1) throw new Error('usage: node bench/chart.mjs RESULTS.jsonl [--out docs/performance]')
  const folder = resolve(values.out ?? join(root, 'docs', 'performance'))
  mkdirSync(folder, { recursive: true })
  for (const [name, svg] of Object.entries(chartsOf(readResults(positionals[0])))) {
    writeFileSync(join(folder, name), svg)
    console.log(join(folder, name))
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    main()
  } catch (error) {
    console.error(`chart: ${error.message}`)
    process.exitCode = 1
  }
}
