// What every chart has: its width, a title, something below it, and scales that hold all that was measured.
import { picture, text, ticks } from './svg.mjs'

export const width = 760

/** A picture of `parts` under a title and `below`, which is a line of words or parts of its own that stand at the height `belowAt`. */
export function page({ title, below, height, parts }) {
  const head = [text(16, 24, title, { size: 15, weight: '600' }), ...(typeof below === 'string' ? [text(16, belowAt, below)] : below)]
  return picture(width, height, title, [...head, ...parts])
}

export const belowAt = 46

/** Rows that have the figure, and the steps of a scale from 0 to the highest of them. */
export function measured(rows, { key }, count) {
  const found = rows.filter(({ values }) => values[key])
  return { rows: found, scale: found.length > 0 ? ticks(Math.max(...found.map(({ values }) => values[key].high)), count) : [] }
}
