// Results: a line of JSON for each run, and what is told from them: medians, ranges, ratios.
//
// A line is {scenario, variant, peer, version, run, parameters, figures, faults, noisy, other_cpu_pct, machine, commit, date}; of a run that
// failed it has `error` instead of figures. A line {left_out, why, …} names a peer that could not be had.
import { readFileSync } from 'node:fs'

import { scenarios } from './scenarios.mjs'

/** All lines of a file of results; throws with the number of a line that is none. */
export function readResults(path) {
  return readFileSync(path, 'utf8').split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    try {
      const result = JSON.parse(line)
      if (!result.left_out && !(result.scenario && result.peer)) throw new Error('neither a run nor a peer that was left out')
      return [result]
    } catch (error) {
      throw new Error(`${path}:${index + 1}: ${error.message}`)
    }
  })
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

/** Of runs that were taken again, the best: a quiet one before a noisy one, that before one that failed; of equals the last. */
export function bestRuns(results) {
  const worth = ({ figures, noisy }) => (figures ? (noisy ? 1 : 2) : 0)
  const best = new Map()
  for (const result of results) {
    const name = JSON.stringify([result.scenario, result.variant, result.peer, result.run])
    if (!best.has(name) || worth(result) >= worth(best.get(name))) best.set(name, result)
  }
  return [...best.values()]
}

/**
 * What runs say together: [{ scenario, variant, peer, version, count, isNoisy, failed, faults, values }], in the order of the scenarios, their
 * variants, and the peers there. `values` are { key: { median, low, high } }. Noisy runs count only where there are no others.
 */
export function summarize(results) {
  const cells = new Map()
  for (const result of bestRuns(results.filter(({ left_out }) => !left_out))) {
    const name = JSON.stringify([result.scenario, result.variant, result.peer])
    if (!cells.has(name)) cells.set(name, [])
    cells.get(name).push(result)
  }
  const summaries = []
  for (const scenario of scenarios) {
    for (const { name: variant, parameters } of scenario.variants) {
      for (const peer of scenario.peers) {
        const runs = cells.get(JSON.stringify([scenario.name, variant, peer]))
        if (runs) summaries.push(summaryOf({ scenario, variant, along: parameters.along, peer, runs }))
      }
    }
  }
  return derive(summaries)
}

function summaryOf({ scenario, variant, along, peer, runs }) {
  const measured = runs.filter(({ figures }) => figures)
  const clean = measured.filter(({ noisy }) => !noisy)
  const counted = clean.length > 0 ? clean : measured
  const values = {}
  for (const { key } of [scenario.figure, ...scenario.beside]) {
    const all = counted.map(({ figures }) => figures[key]).filter((value) => typeof value === 'number')
    if (all.length > 0) values[key] = { median: median(all), low: Math.min(...all), high: Math.max(...all) }
  }
  return {
    scenario, variant, along, peer, version: runs[0].version, parameters: runs[0].parameters, values,
    count: counted.length, isNoisy: clean.length === 0 && measured.length > 0, failed: runs.length - measured.length,
    faults: [...new Set(runs.flatMap(({ faults, error }) => (error ? [error] : faults ?? [])))],
  }
}

/** Figures that follow from two variants: what a viewer that stalls costs. */
function derive(summaries) {
  for (const summary of summaries) {
    const stalled = summary.parameters?.stalled
    if (!stalled) continue
    const without = summaries.find((other) => other.peer === summary.peer && other.scenario === summary.scenario && other.variant === summary.scenario.against)
    if (!without?.values.server_rss_kb || !summary.values.server_rss_kb) continue
    const each = (summary.values.server_rss_kb.median - without.values.server_rss_kb.median) / stalled
    summary.values.kib_per_stalled = { median: each, low: each, high: each }
  }
  return summaries
}

/** The median of one figure of `summary` in relation to that of another peer or variant; undefined where there is none. */
export function ratioTo(summary, other) {
  const { key } = summary.scenario.figure
  const [mine, its] = [summary.values[key]?.median, other?.values[key]?.median]
  return mine === undefined || !its ? undefined : mine / its
}

export const findSummary = (summaries, { scenario, variant, peer }) =>
  summaries.find((summary) => summary.scenario === scenario && summary.variant === variant && summary.peer === peer)
