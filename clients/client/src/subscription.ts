/**
 * What is asked of the server for one subscription, and what it has answered: `(state, event) → [state, effects]`.
 *
 * Three queries can differ: what is wanted, what was asked last and is unanswered, and what the server goes on with. While one is unanswered
 * nothing else is asked, so of a map that moves only the newest place is asked for. What is refused leaves the old query going.
 */

import type { Query, StarlingError, SubscriptionState } from './api.js'
import type { Subscribed } from './message.js'

export interface Looking {
  /** What the next connection asks for. */
  readonly wanted: Query
  readonly asked?: Query | undefined
  /** What the server goes on with, on this connection. */
  readonly held?: Query | undefined
  /** Whose whole state has been shown. */
  readonly shown?: Query | undefined
  readonly isLinked?: boolean | undefined
  /** What is shown follows what the server has. */
  readonly isLive?: boolean | undefined
  /** What is wanted has been told to its end, or was refused for good: nothing more is to come. */
  readonly isOver?: boolean
  readonly error?: StarlingError | undefined
}

export type LookingEvent =
  | { readonly type: 'linked' | 'unlinked' | 'refresh' | 'whole' }
  | { readonly type: 'replace', readonly query: Query }
  | Pick<Subscribed, 'type' | 'reason'>
  | { readonly type: 'refused', readonly error: StarlingError }

/** `ask`: for `asked`, in the place of `held` if there is one. `refresh`: for the snapshot again. */
export type LookingEffect = 'ask' | 'refresh'

type Next = [Looking, (LookingEffect | undefined)?]

export function stateOf({ shown, isLive, isOver }: Looking, isPast: boolean): SubscriptionState {
  return !shown ? 'syncing' : isPast && (isLive || isOver) ? 'replay' : isLive ? 'live' : 'stale'
}

export function reduce(looking: Looking, event: LookingEvent): Next {
  const { wanted, asked, held } = looking
  switch (event.type) {
    case 'linked':
      return askIfUseful({ ...looking, isLinked: true })
    case 'unlinked':
      return [{ ...looking, isLinked: false, isLive: false, asked: undefined, held: undefined }]
    case 'refresh':
      return !held ? askIfUseful(looking) : [looking, asked || looking.isOver ? undefined : 'refresh']
    case 'replace':
      return askIfUseful({ ...looking, wanted: event.query, isOver: false, error: undefined })
    case 'subscribed': {
      const { reason } = event
      if (reason === 'ended') return [{ ...looking, isOver: wanted === held }]
      const { isLive } = looking
      // Of what is whole that is no answer: an id in use is not gone on with from a cursor.
      const isUnasked = isLive && reason === 'expired'
      const next = { ...looking, isLive: isLive && reason === 'replaced', ...asked && !isUnasked && { asked: undefined, held: asked, error: undefined } }
      return next.held === wanted ? [next] : askIfUseful(next)
    }
    case 'whole':
      return [{ ...looking, isLive: true, shown: held ?? looking.shown, isOver: held === wanted && held?.at !== undefined }]
    case 'refused': {
      const { error } = event
      const { code, retry } = error
      const isResync = retry === 'resync'
      // What cannot be had now (a place in the past, all that HTTP has no words for) has ended what there was before.
      const next: Looking = { ...looking, asked: undefined, ...(!asked || isResync || code === 'unavailable') && { held: undefined, isLive: false } }
      if (asked ? asked !== wanted : isResync) return askIfUseful(next)
      return [{ ...next, error, wanted: next.held ?? wanted, isOver: !next.held && retry === 'never' }]
    }
  }
}

/** One at a time. What was told to its end is right as it is, and what can never be had is not asked for again. */
function askIfUseful(looking: Looking): Next {
  return !looking.isLinked || looking.asked || looking.isOver ? [looking] : [{ ...looking, asked: looking.wanted }, 'ask']
}
