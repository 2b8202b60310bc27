/** A query as `/live` is asked it, and as the parameters of `/api/v1/stream` and `/api/v1/changes`. */

import type { Query } from './api.js'
import type { Cursor, Subscribe } from './message.js'

export const toQuery = (asked: Query | string | readonly string[]): Query =>
  typeof asked === 'string' ? { channels: [asked] } : 'channels' in asked ? asked : { channels: asked }

/** Of what was: `at`, `replay`. */
export const isOfThePast = ({ at, replay }: Query): boolean => at !== undefined || replay !== undefined

export function writeSubscribe(id: number, query: Query, since: Cursor | undefined): Subscribe {
  return { ...query, type: 'subscribe', id, since: isOfThePast(query) ? undefined : since }
}

/** Undefined where HTTP has no words for it: what was, and names with commas. */
export function writeParameters({ channels, filter: { keys, bounds, where, unlocated } = {}, fields, rate, recent, snapshot, ...past }: Query): URLSearchParams | undefined {
  if (isOfThePast({ channels, ...past }) || [...keys ?? [], ...fields ?? []].some((name) => name.includes(','))) return undefined
  const written = new URLSearchParams()
  for (const [name, value] of Object.entries({
    channels, keys, bounds: bounds && [bounds.west, bounds.south, bounds.east, bounds.north], where: where && JSON.stringify(where), unlocated, fields, rate, recent, snapshot,
  })) {
    if (value !== undefined) written.set(name, String(value))
  }
  return written
}

/** `waitS`: of polls. */
export function writeAddress(route: string, parameters: URLSearchParams, since: Cursor | undefined, waitS?: number): string {
  const all = new URLSearchParams(parameters)
  if (since) all.set('since', `${since.epoch}:${since.seq}:${since.view}`)
  if (waitS !== undefined) all.set('wait', `${waitS}s`)
  return `${route}?${all}`
}
