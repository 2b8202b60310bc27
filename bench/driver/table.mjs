// The table of results, as text.
import { findSummary, ratioTo } from './results.mjs'

const short = (value) => {
  const size = Math.abs(value)
  if (size >= 1e6) return `${(value / 1e6).toFixed(2)}M`
  if (size >= 1e4) return `${(value / 1e3).toFixed(0)}k`
  if (size >= 1e3) return `${(value / 1e3).toFixed(1)}k`
  return value.toFixed(0)
}

const notations = {
  count: short,
  number: (value) => value.toFixed(1),
  fine: (value) => value.toFixed(3),
  us: (value) => (value / 1000).toFixed(1),
  kb: (value) => (value / 1024).toFixed(1),
  kilo: (value) => (value / 1000).toFixed(1),
}

/** A figure as people read it; `as` is that of the figure. */
export const written = (value, as) => (value === undefined ? '-' : notations[as](value))

const range = (value, as) => (value === undefined ? '-' : `${written(value.median, as)} (${written(value.low, as)}–${written(value.high, as)})`)

/** The table of all summaries, a block for each variant of each scenario; `titles` are those of the peers. */
export function tableOf(summaries, titles) {
  const blocks = grouped(summaries)
  return [...blocks.values()].map((rows) => blockOf(rows, summaries, titles)).join('\n')
}

const blockName = ({ scenario, variant }) => JSON.stringify([scenario.name, variant])

function grouped(summaries) {
  const groups = new Map()
  for (const summary of summaries) groups.set(blockName(summary), [...(groups.get(blockName(summary)) ?? []), summary])
  return groups
}

function blockOf(rows, summaries, titles) {
  const [{ scenario, variant }] = rows
  const ratios = scenario.ratios.filter((peer) => rows.some((row) => row.peer === peer))
  const isAgainst = scenario.against !== undefined && variant !== scenario.against
  const head = ['', scenario.figure.label, ...scenario.beside.map(({ label }) => label), ...ratios.map((peer) => `÷ ${titles[peer]}`),
    ...(isAgainst ? [`÷ ${scenario.against}`] : []), 'n']
  const lines = rows.map((row) => [
    titles[row.peer], range(row.values[scenario.figure.key], scenario.figure.as),
    ...scenario.beside.map(({ key, as }) => written(row.values[key]?.median, as)),
    ...ratios.map((peer) => ratio(peer === row.peer ? undefined : ratioTo(row, findSummary(summaries, { scenario, variant, peer })))),
    ...(isAgainst ? [ratio(ratioTo(row, findSummary(summaries, { scenario, variant: scenario.against, peer: row.peer })))] : []),
    `${row.count}${row.isNoisy ? ' noisy' : ''}${row.failed > 0 ? `, ${row.failed} failed` : ''}`,
  ])
  const faults = rows.flatMap((row) => row.faults.map((fault) => `  ! ${titles[row.peer]}: ${fault}`))
  const title = `${scenario.name}${variant === '' ? '' : `, ${variant}`}: ${scenario.title}. To reach: ${scenario.goal}`
  return [title, ...aligned([head, ...lines]).map((line) => `  ${line}`), ...faults, ''].join('\n')
}

const ratio = (value) => (value === undefined ? '' : value.toFixed(2))

function aligned(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  return rows.map((row) => row.map((text, column) => (column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]))).join('  ').trimEnd())
}
