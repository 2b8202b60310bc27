/**
 * What the application says, until the server has answered it: `(state, event) → [state, ...effects]`.
 *
 * It waits in the order in which it was said, and goes out once there is a connection. What was sent and not answered when one was lost may
 * have been taken: it is said again, once, where saying it twice changes nothing, and given up where it would be two events. (Once, as it may
 * be why the line was cut.)
 */

import { StarlingError } from './api.js'
import type { Publish } from './message.js'

/** `settle` is whoever waits for the answer. `isAgain`: it was on its way before, on a line that was cut. */
export interface Letter { readonly ref: number, readonly message: Publish, readonly settle: (answer: Answer) => void, readonly isSent?: boolean, readonly isAgain?: boolean | undefined }

export interface Outbox {
  /** In the order in which they were said; `queueMax` at most. */
  readonly letters: readonly Letter[]
  readonly next: number
  /** How many may be on their way at a time; 0: there is no connection. */
  readonly window: number
}

export type Answer = { readonly seq: number } | StarlingError

export type OutboxEvent =
  | { readonly type: 'publish', readonly message: Publish, readonly settle: Letter['settle'] }
  | { readonly type: 'opened', readonly window: number }
  | { readonly type: 'answered', readonly ref: unknown, readonly answer: Answer }
  | { readonly type: 'lost', readonly isRepeatable: (message: Publish) => boolean | undefined }

/** With an answer it is told; without, it is sent. */
export interface OutboxEffect { readonly letter: Letter, readonly answer?: Answer }

export const emptyOutbox: Outbox = { letters: [], next: 1, window: 0 }

export function reduce({ letters, next, window }: Outbox, event: OutboxEvent, { queueMax }: { queueMax: number }): [Outbox, ...OutboxEffect[]] {
  const effects: OutboxEffect[] = []
  const settle = (answer: Answer, isMeant: (letter: Letter) => boolean | undefined): void => {
    effects.push(...letters.filter(isMeant).map((letter) => ({ letter, answer })))
    letters = letters.filter((letter) => !isMeant(letter))
  }
  switch (event.type) {
    case 'publish': {
      const letter = { ...event, ref: next++ }
      if (letters.length < queueMax) letters = [...letters, letter]
      else effects.push({ letter, answer: new StarlingError('full', 'full', 'later') })
      break
    }
    case 'opened':
      ({ window } = event)
      break
    case 'answered':
      settle(event.answer, ({ ref }) => ref === event.ref)
      break
    case 'lost':
      window = 0
      settle(new StarlingError('unavailable', 'unanswered', 'later'), ({ isSent, isAgain, message }) => isSent && (isAgain || !event.isRepeatable(message)))
      letters = letters.map((letter) => ({ ...letter, isSent: false, isAgain: letter.isSent || letter.isAgain }))
  }
  // Those that are on their way are the first.
  letters = letters.map((letter, index) => {
    if (letter.isSent || index >= window) return letter
    effects.push({ letter })
    return { ...letter, isSent: true }
  })
  return [{ letters, next, window }, ...effects]
}
