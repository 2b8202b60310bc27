// Bars: a scenario, its variants below each other, a bar for each peer: the median, and the range over the runs.
import { written } from '../driver/table.mjs'
import { measured, page, width } from './page.mjs'
import { across, colourOf, line, rectangle, text } from './svg.mjs'

const left = 150
const right = 110
const barHeight = 18
const barStep = 24
const groupGap = 34
const headHeight = 58

/** The picture of one scenario's summaries. */
export function barsOf(scenario, summaries, titles) {
  const { key, label, as, better } = scenario.figure
  const { rows, scale } = measured(summaries, scenario.figure)
  const x = (value) => left + (value / scale.at(-1)) * (width - left - right)
  const groups = scenario.variants.map(({ name }) => ({ name, rows: rows.filter(({ variant }) => variant === name) })).filter((group) => group.rows.length > 0)
  const height = headHeight + groups.reduce((sum, group) => sum + groupGap + group.rows.length * barStep, 0) + 14

  const parts = []
  for (const value of scale) parts.push(line(x(value), headHeight, x(value), height - 14), text(x(value), headHeight + 12, written(value, as), { anchor: 'middle', size: 10 }))
  let y = headHeight
  for (const group of groups) {
    parts.push(text(16, y + groupGap - 10, group.name, { weight: '600' }))
    y += groupGap
    for (const { peer, values, faults } of group.rows) {
      const { median, low, high } = values[key]
      parts.push(
        text(left - 8, y + 13, titles[peer], { anchor: 'end', weight: peer === 'starling' ? '600' : undefined }),
        rectangle(left, y, x(median) - left, barHeight, colourOf(peer), faults.length > 0),
        ...across(x(low), x(high), y + barHeight / 2),
        text(x(high) + 8, y + 13, written(median, as)),
      )
      y += barStep
    }
  }
  const hollow = rows.some(({ faults }) => faults.length > 0) ? '. Hollow: not to be quoted, the server or its load did not keep up' : ''
  return page({ title: scenario.title, below: `${label}: ${better === 'more' ? 'more' : 'less'} is better; median and range${hollow}`, height, parts })
}
