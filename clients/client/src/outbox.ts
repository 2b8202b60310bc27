/**
 * What the application says, until the server has answered it: `(state, event) → [state, ...effects]`.
 *
 * It waits in the order in which it was said, and goes out once there is a connection. What was sent and not answered when one was lost may
 * have been taken: it is said again where saying it twice changes nothing, and given up where it would be two events.
 */

import { StarlingError } from './api.js'
import type { Publish } from './message.js'

/** `settle` is whoever waits for the answer. */
export interface Letter { readonly ref: number, readonly message: Publish, readonly settle: (answer: Answer) => void, readonly isSent?: boolean }

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
  | { readonly type: 'answered', readonly ref: number, readonly answer: Answer }
  | { readonly type: 'lost', readonly isRepeatable: (message: Publish) => boolean }

/** With an answer it is told; without, it is sent. */
export interface OutboxEffect { readonly letter: Letter, readonly answer?: Answer }

type Next = [Outbox, ...OutboxEffect[]]

export const emptyOutbox: Outbox = { letters: [], next: 1, window: 0 }

export function reduce(outbox: Outbox, event: OutboxEvent, { queueMax }: { queueMax: number }): Next {
  const { letters, next: ref } = outbox
  switch (event.type) {
    case 'publish': {
      const letter = { ref, message: event.message, settle: event.settle }
      const isFull = letters.length >= queueMax
      const [next, ...effects] = send({ ...outbox, next: ref + 1, letters: isFull ? letters : [...letters, letter] })
      return isFull ? [next, { letter, answer: new StarlingError('full', `${queueMax} wait`, 'later') }] : [next, ...effects]
    }
    case 'opened':
      return send({ ...outbox, window: event.window })
    case 'answered':
      return settle(outbox, (letter) => letter.ref === event.ref, event.answer)
    case 'lost':
      return settle(
        { ...outbox, window: 0 }, ({ isSent, message }) => isSent === true && !event.isRepeatable(message), new StarlingError('unavailable', 'cut off unanswered', 'later'), true,
      )
  }
}

/** Those that are meant have their answer. */
function settle(outbox: Outbox, isMeant: (letter: Letter) => boolean, answer: Answer, isLost = false): Next {
  const { letters } = outbox
  const left = letters.filter((letter) => !isMeant(letter))
  const [next, ...effects] = send({ ...outbox, letters: isLost ? left.map((letter) => ({ ...letter, isSent: false })) : left })
  return [next, ...letters.filter(isMeant).map((letter) => ({ letter, answer })), ...effects]
}

/** As many as may be on their way. */
function send(outbox: Outbox): Next {
  let free = outbox.window - outbox.letters.filter(({ isSent }) => isSent).length
  const effects: OutboxEffect[] = []
  const letters = outbox.letters.map((letter) => {
    if (letter.isSent || --free < 0) return letter
    effects.push({ letter })
    return { ...letter, isSent: true }
  })
  return [{ ...outbox, letters }, ...effects]
}
