/** A query as `/live` is asked it, and as the parameters of `/api/v1/stream` and `/api/v1/changes`. */

import type { Query } from './api.js'
import { copyOf } from './codec.js'
import type { Cursor } from './message.js'

export const toQuery = (asked: Query | string | readonly string[]): Query =>
  (asked as Query).channels ? asked as Query : { channels: [asked as string | string[]].flat() }

/** Of what was: `at`, `replay`. */
export const isOfThePast = ({ at, replay }: Query): unknown => at ?? replay

/** Undefined where HTTP has no words for it: what was, and names with commas. */
export function writeParameters(query: Query): Parameters | undefined {
  const { fields, filter: { keys, bounds, where } = {} } = query
  if (isOfThePast(query) || [keys, fields].flat().some((name) => name?.includes(','))) return undefined
  return copyOf({ ...query, ...query.filter, filter: undefined, bounds: bounds && [bounds.west, bounds.south, bounds.east, bounds.north], where: where && JSON.stringify(where) })
}

export interface Parameters { readonly [name: string]: unknown }

/** `waitS`: of polls. */
export const writeAddress = (route: string, parameters: Parameters, since: Cursor | undefined, waitS: number | undefined): string =>
  `${route}?${new URLSearchParams({ ...parameters, ...since && { since: `${since.epoch}:${since.seq}:${since.view}` }, ...waitS !== undefined && { wait: `${waitS}s` } } as Record<string, string>)}`
