/** A line through numbers in a box of 100 by 100, oldest left. */

/** The `d` of an SVG path; gaps where a number is missing. Empty for fewer than two. From `min` to `max`, or what there is. */
export function sparklinePath(values: readonly (number | undefined)[], min?: number, max?: number): string {
  const known = values.filter(value => value !== undefined)
  if (known.length < 2) return ''
  const low = min ?? Math.min(...known)
  const span = (max ?? Math.max(...known)) - low
  let path = ''
  let isDown = false
  values.forEach((value, i) => {
    if (value === undefined) { isDown = false; return }
    const x = (i / (values.length - 1)) * 100
    // A flat line runs through the middle, unless it lies on a given bound.
    const y = span > 0 ? 100 - ((value - low) / span) * 100 : min === undefined ? 50 : 100
    path += `${isDown ? 'L' : 'M'}${round(x)} ${round(Math.min(100, Math.max(0, y)))}`
    isDown = true
  })
  return path
}

const round = (value: number) => Math.round(value * 10) / 10
