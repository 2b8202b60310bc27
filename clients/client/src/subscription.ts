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
  readonly asked: Query | undefined
  /** What the server goes on with, on this connection. */
  readonly held: Query | undefined
  /** Whose whole state has been shown. */
  readonly shown: Query | undefined
  readonly isLinked: boolean
  /** What is shown follows what the server has. */
  readonly isFollowing: boolean
  /** What is wanted has been told to its end: nothing more is to come. */
  readonly isDone: boolean
  /** What is wanted was refused for good. */
  readonly isHopeless: boolean
  readonly error: StarlingError | undefined
}

export type LookingEvent =
  | { readonly type: 'linked' | 'unlinked' | 'refresh' | 'again' | 'whole' }
  | { readonly type: 'replace', readonly query: Query }
  | { readonly type: 'subscribed', readonly message: Subscribed }
  | { readonly type: 'refused', readonly error: StarlingError }

/** `ask`: of an id in use the query is replaced, any other begins, or goes on from the cursor. */
export type LookingEffect = { readonly type: 'ask', readonly query: Query, readonly isInUse: boolean } | { readonly type: 'snapshot' }

type Next = [Looking, LookingEffect[]]

export const lookingAt = (query: Query): Looking => ({
  wanted: query, asked: undefined, held: undefined, shown: undefined, isLinked: false, isFollowing: false, isDone: false, isHopeless: false,
  error: undefined,
})

export function stateOf({ shown, isFollowing, isDone }: Looking, isPast: boolean): SubscriptionState {
  if (!shown) return 'syncing'
  if (isPast) return isFollowing || isDone ? 'replay' : 'stale'
  return isFollowing ? 'live' : 'stale'
}

export function reduce(looking: Looking, event: LookingEvent): Next {
  const { wanted, asked, held, isLinked, isDone } = looking
  switch (event.type) {
    case 'linked':
      return askUnlessHopeless({ ...looking, isLinked: true })
    case 'unlinked':
      return [{ ...looking, isLinked: false, isFollowing: false, asked: undefined, held: undefined }, []]
    case 'again':
      return held || asked ? [looking, []] : askUnlessHopeless(looking)
    case 'refresh':
      if (!isLinked || asked || isDone) return [looking, []]
      return held ? [looking, [{ type: 'snapshot' }]] : ask(looking)
    case 'replace': {
      const next = { ...looking, wanted: event.query, isDone: false, isHopeless: false, error: undefined }
      return isLinked && !asked ? ask(next) : [next, []]
    }
    case 'subscribed': {
      const { reason } = event.message
      if (reason === 'ended') return [{ ...looking, isDone: wanted === held }, []]
      const next = { ...looking, asked: undefined, held: asked ?? held, isFollowing: reason === 'replaced' && looking.isFollowing }
      return next.held === wanted ? [next, []] : ask(next)
    }
    case 'whole':
      return [{ ...looking, isFollowing: true, shown: held ?? looking.shown, isDone: held === wanted && held?.at !== undefined, error: undefined }, []]
    case 'refused': {
      const { error } = event
      // A place in the past that cannot be had has ended what there was before.
      const isGone = error.field === 'at' || error.field === 'replay' || error.retry === 'resync'
      const next: Looking = { ...looking, asked: undefined, ...isGone && { held: undefined, isFollowing: false } }
      if (isLinked && (asked ? asked !== wanted : error.retry === 'resync')) return ask(next)
      return [{ ...next, error, wanted: next.held ?? wanted, isHopeless: !next.held && error.retry === 'never' }, []]
    }
  }
}

function ask(looking: Looking): Next {
  const { wanted, held } = looking
  return [{ ...looking, asked: wanted }, [{ type: 'ask', query: wanted, isInUse: held !== undefined }]]
}

/** What was told to its end is right as it is, and what can never be had is not asked for again. */
function askUnlessHopeless(looking: Looking): Next {
  return !looking.isLinked || looking.isDone || looking.isHopeless ? [looking, []] : ask(looking)
}
