/**
 * What the application says, until the server has answered it: `(state, event) → [state, effects]`.
 *
 * It waits in the order in which it was said, and goes out once there is a connection. What was sent and not answered when one was lost may
 * have been taken: it is said again where saying it twice changes nothing, and given up where it would be two events.
 */

import { StarlingError } from './api.js'
import type { Publish } from './message.js'

export interface Letter { readonly ref: number, readonly message: Publish, readonly isSent: boolean }

export interface Outbox {
  /** In the order in which they were said; `queueMax` at most. */
  readonly letters: readonly Letter[]
  readonly next: number
  /** How many may be on their way at a time; 0: there is no connection. */
  readonly window: number
}

export type OutboxEvent =
  | { readonly type: 'publish', readonly message: Publish }
  | { readonly type: 'opened', readonly window: number }
  | { readonly type: 'answered', readonly ref: number, readonly answer: Answer }
  /** It was not taken, and may be said again. */
  | { readonly type: 'returned', readonly ref: number }
  | { readonly type: 'lost', readonly isRepeatable: (message: Publish) => boolean }

export type Answer = { readonly seq: number } | StarlingError
export type OutboxEffect = { readonly type: 'send', readonly letter: Letter } | { readonly type: 'settle', readonly ref: number, readonly answer: Answer }

type Next = [Outbox, OutboxEffect[]]

export const emptyOutbox: Outbox = { letters: [], next: 1, window: 0 }

export function reduce(outbox: Outbox, event: OutboxEvent, { queueMax }: { queueMax: number }): Next {
  const { letters, next: ref } = outbox
  switch (event.type) {
    case 'publish':
      if (letters.length >= queueMax) return [{ ...outbox, next: ref + 1 }, [settle(ref, new StarlingError('full', `${queueMax} publishes wait`, 'later'))]]
      return send({ ...outbox, letters: [...letters, { ref, message: event.message, isSent: false }], next: ref + 1 })
    case 'opened':
      return send({ ...outbox, window: event.window })
    case 'answered': {
      const next = send({ ...outbox, letters: letters.filter((letter) => letter.ref !== event.ref) })
      return [next[0], [...letters.length > next[0].letters.length ? [settle(event.ref, event.answer)] : [], ...next[1]]]
    }
    case 'returned':
      return [{ ...outbox, letters: letters.map((letter) => letter.ref === event.ref ? { ...letter, isSent: false } : letter) }, []]
    case 'lost': {
      const isKept = ({ isSent, message }: Letter): boolean => !isSent || event.isRepeatable(message)
      return [
        { ...outbox, window: 0, letters: letters.filter(isKept).map((letter) => ({ ...letter, isSent: false })) },
        letters.filter((letter) => !isKept(letter)).map(({ ref }) => settle(ref, new StarlingError('unavailable', 'cut off before the answer', 'later'))),
      ]
    }
  }
}

const settle = (ref: number, answer: Answer): OutboxEffect => ({ type: 'settle', ref, answer })

/** As many as may be on their way. */
function send(outbox: Outbox): Next {
  let free = outbox.window - outbox.letters.filter(({ isSent }) => isSent).length
  const effects: OutboxEffect[] = []
  const letters = outbox.letters.map((letter) => {
    if (letter.isSent || --free < 0) return letter
    effects.push({ type: 'send', letter })
    return { ...letter, isSent: true }
  })
  return [{ ...outbox, letters }, effects]
}
