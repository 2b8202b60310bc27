/**
 * How long ago something was heard, in the few classes that a map can show as colours.
 */

/** `unknown`: nothing has said when it was heard, and this page has not heard it itself. */
export type Age = 'fresh' | 'recent' | 'aging' | 'old' | 'unknown'

export const ages: readonly Age[] = ['fresh', 'recent', 'aging', 'old', 'unknown']

/** Not included. Radios tell their place every 15 minutes as they come. */
const limitsMs: readonly [Age, number][] = [['fresh', 60_000], ['recent', 15 * 60_000], ['aging', 2 * 3_600_000]]

export const ageNames: Record<Age, string> = {
  fresh: 'under 1 min',
  recent: 'under 15 min',
  aging: 'under 2 h',
  old: '2 h or more',
  unknown: 'not known'
}

export function ageOf(heardMs: number | undefined, nowMs: number): Age {
  if (heardMs === undefined) return 'unknown'
  return limitsMs.find(([, limit]) => nowMs - heardMs < limit)?.[0] ?? 'old'
}
