/** What was said before what is shown, out of the server's history. That is read forwards only, so ever longer spans are asked for. */
import type { Said } from './message.js'

const spansMs = [15 * 60_000, 2 * 3_600_000, 24 * 3_600_000, 30 * 24 * 3_600_000]
/** As many as are read at once: what one asks for by a press of a button. */
export const enough = 50
const pageRows = 500
/** Of a span with more than this many pages the newest are not reached, and the shorter span before it has to do. */
export const pagesMax = 10

/** Asks for one page; rejects where it cannot be read. */
export type AskHistory = (path: string) => Promise<unknown>

/**
 * The newest `enough` of up to `untilMs` that are not known yet, oldest first; `isAll`: there are no others as far back as is kept or looked at.
 * What was said in the very millisecond of the first known message may be among them.
 */
export async function earlierThan(channel: string, untilMs: number, isKnown: (said: Said) => boolean, ask: AskHistory): Promise<{ said: Said[], isAll: boolean }> {
  let found: Said[] = []
  for (const spanMs of spansMs) {
    const rows = await rowsBetween(channel, untilMs - spanMs, untilMs + 1, ask)
    if (rows === undefined) return { said: found.slice(-enough), isAll: false }
    found = rows.filter(row => !isKnown(row))
    if (found.length >= enough) return { said: found.slice(-enough), isAll: false }
  }
  return { said: found, isAll: true }
}

/** Undefined where there are more than can be gone through. */
async function rowsBetween(channel: string, fromMs: number, toMs: number, ask: AskHistory): Promise<Said[] | undefined> {
  const query = new URLSearchParams({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), limit: String(pageRows) })
  const rows: Said[] = []
  for (let page = 0; page < pagesMax; page++) {
    const body = await ask(`api/v1/history/${encodeURIComponent(channel)}?${query}`)
    if (!isObject(body) || !Array.isArray(body['rows'])) return undefined
    rows.push(...body['rows'].filter(isEvent))
    if (body['more'] !== true || typeof body['cursor'] !== 'string') return rows
    query.set('cursor', body['cursor'])
  }
  return undefined
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isEvent = (row: unknown): row is Said & { kind: 'event' } =>
  isObject(row) && row['kind'] === 'event' && typeof row['time'] === 'string' && isObject(row['data'])
