// Curves: what grows is on the x axis, by decades; below each other stand CPU, bytes and staleness, a line for each peer.
import { figures } from '../driver/scenarios.mjs'
import { written } from '../driver/table.mjs'
import { belowAt, measured, page, width } from './page.mjs'
import { along, colourOf, dot, element, line, text } from './svg.mjs'

const left = 70
const right = 30
const headHeight = 76
const panelHeight = 170
const panelGap = 50

const panels = [figures.mapCpu, figures.mapBytes, figures.stale99]

/** The picture of how the figures grow with `growing` ('viewers', 'nodes', 'share'). A hollow dot: the server or its load did not keep up. */
export function curvesOf(scenario, growing, summaries, titles) {
  const rows = summaries.filter((summary) => summary.along === growing)
  const at = (row) => row.parameters[growing]
  const all = rows.map(at)
  const [first, last] = [Math.log10(Math.min(...all)), Math.log10(Math.max(...all))]
  const x = (value) => left + ((Math.log10(value) - first) / (last - first || 1)) * (width - left - right)
  const peers = scenario.peers.filter((peer) => rows.some((row) => row.peer === peer))

  const below = peers.flatMap((peer, index) => [dot(24 + index * 130, belowAt - 4, colourOf(peer)), text(34 + index * 130, belowAt, titles[peer])])
  if (rows.some(({ faults }) => faults.length > 0)) {
    below.push(dot(width - right - 250, belowAt - 4, colourOf(), true), text(width - right - 240, belowAt, 'the server or its load did not keep up'))
  }
  const parts = panels.flatMap((figure, index) =>
    panelOf({ figure, all: rows, peers, x, at, top: headHeight + index * (panelHeight + panelGap), isShare: growing === 'share' }))
  return page({ title: `${scenario.title}: ${growing}`, below, height: headHeight + panels.length * (panelHeight + panelGap), parts })
}

function panelOf({ figure, all, peers, x, at, top, isShare }) {
  const { key, label, as } = figure
  const bottom = top + panelHeight
  const { rows, scale } = measured(all, figure, 4)
  if (rows.length === 0) return []
  const y = (value) => bottom - (value / scale.at(-1)) * (panelHeight - 20)
  const parts = [text(left, top + 8, label, { weight: '600' })]
  for (const value of scale) parts.push(line(left, y(value), width - right, y(value)), text(left - 8, y(value) + 4, written(value, as), { anchor: 'end', size: 10 }))
  for (const value of new Set(rows.map(at))) parts.push(text(x(value), bottom + 16, isShare ? `${Number((value * 100).toPrecision(3))} %` : value, { anchor: 'middle', size: 10 }))
  for (const peer of peers) {
    const points = rows.filter((row) => row.peer === peer).sort((a, b) => at(a) - at(b))
    const colour = colourOf(peer)
    parts.push(element('polyline', {
      points: points.map((row) => `${x(at(row)).toFixed(1)},${y(row.values[key].median).toFixed(1)}`).join(' '), fill: 'none', stroke: colour, 'stroke-width': 2,
    }))
    for (const row of points) {
      const { median, low, high } = row.values[key]
      if (high > low) parts.push(...along(y(low), y(high), x(at(row))))
      parts.push(dot(x(at(row)), y(median), colour, row.faults.length > 0))
    }
  }
  return parts
}
