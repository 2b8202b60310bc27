/**
 * Whether the reader follows what is said or reads further up: a reducer.
 *
 * Who is at the bottom stays there. Who scrolled up is left in peace, and told how much has come since.
 */
export interface Follow { readonly isAtBottom: boolean, readonly unread: number }

export type FollowEvent =
  | { readonly type: 'scrolled', readonly isAtBottom: boolean }
  | { readonly type: 'arrived', readonly count: number }
  | { readonly type: 'asked' }

export type FollowEffect = 'to-bottom'

export const following: Follow = { isAtBottom: true, unread: 0 }

export function follow(state: Follow, event: FollowEvent): [Follow, readonly FollowEffect[]] {
  switch (event.type) {
    case 'scrolled': return [event.isAtBottom ? following : { ...state, isAtBottom: false }, []]
    case 'arrived': return state.isAtBottom ? [state, ['to-bottom']] : [{ ...state, unread: state.unread + event.count }, []]
    case 'asked': return [following, ['to-bottom']]
    default: return event satisfies never
  }
}

/** A few pixels above the end are the end: browsers round, and a thumb is not exact. */
export const isBottom = ({ scrollTop, clientHeight, scrollHeight }: { scrollTop: number, clientHeight: number, scrollHeight: number }): boolean =>
  scrollHeight - clientHeight - scrollTop <= 24
