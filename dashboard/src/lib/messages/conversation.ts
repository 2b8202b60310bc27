/**
 * What was said, newest last, and what is still to be sent: a reducer.
 *
 * Bounded: past {@link entriesMax} the oldest go, and more than {@link outgoingMax} are not taken to be sent. The same message is there once, by whatever ways it came. Where events were lost
 * stands a gap, for a conversation with a hole that nobody sees is a wrong one.
 */
import { messageOf, type Draft, type Message, type Said } from './message.js'

export const entriesMax = 500
/** On their way, or failed and not discarded yet. */
export const outgoingMax = 50

export type Entry =
  | { readonly type: 'message', readonly id: string, readonly message: Message }
  | { readonly type: 'gap', readonly id: string }

/** `sending` covers waiting for a connection: who shows it knows whether there is one. `sent`: the server has it, and it is about to come back. */
export interface Outgoing {
  readonly draft: Draft
  readonly state: 'sending' | 'sent' | 'failed'
  /** Why it failed. */
  readonly fault: string | undefined
}

export interface Conversation {
  readonly entries: readonly Entry[]
  readonly outgoing: readonly Outgoing[]
  /** Why this reader may not write, once the server said so. */
  readonly forbidden: string | undefined
  /** Messages that have come live since the start, for "3 new". */
  readonly arrived: number
}

export type ConversationEvent =
  | { readonly type: 'said', readonly said: Said }
  | { readonly type: 'gap' }
  | { readonly type: 'earlier', readonly said: readonly Said[] }
  /** Another time is looked at: what is shown belongs to the one before. */
  | { readonly type: 'cleared' }
  | { readonly type: 'sending', readonly draft: Draft }
  | { readonly type: 'taken', readonly packet: number }
  | { readonly type: 'refused', readonly packet: number, readonly code: string, readonly fault: string }
  | { readonly type: 'dropped', readonly packet: number }

export const silence: Conversation = { entries: [], outgoing: [], forbidden: undefined, arrived: 0 }

export function converse(talk: Conversation, event: ConversationEvent): Conversation {
  switch (event.type) {
    case 'said': return heard(talk, messageOf(event.said))
    case 'gap': return withEntries(talk, [...talk.entries, { type: 'gap', id: `gap ${gapsIn(talk) + 1}` }])
    case 'earlier': return earlier(talk, event.said)
    case 'cleared': return { ...talk, entries: [], arrived: 0 }
    case 'sending': return !mayBeSent(talk, event.draft) ? talk : { ...talk, outgoing: [...without(talk.outgoing, event.draft.packet), { draft: event.draft, state: 'sending', fault: undefined }] }
    case 'taken': return { ...talk, outgoing: changed(talk.outgoing, event.packet, { state: 'sent', fault: undefined }) }
    case 'refused': return {
      ...talk,
      outgoing: changed(talk.outgoing, event.packet, { state: 'failed', fault: event.fault }),
      forbidden: event.code === 'forbidden' ? event.fault : talk.forbidden
    }
    case 'dropped': return { ...talk, outgoing: without(talk.outgoing, event.packet) }
    default: return event satisfies never
  }
}

/** What failed may be sent again; another one only where there is room for it. */
export const mayBeSent = ({ outgoing }: Conversation, { packet }: Pick<Draft, 'packet'>): boolean =>
  outgoing.length < outgoingMax || outgoing.some(({ draft }) => draft.packet === packet)

/** Whether it stands there already. */
export function isHeld(talk: Conversation, said: Said): boolean {
  const message = messageOf(said)
  return message !== undefined && isKnown(talk, message)
}

function heard(talk: Conversation, message: Message | undefined): Conversation {
  if (message === undefined || isKnown(talk, message)) return talk
  // Ours has come back: it is no longer on its way.
  const outgoing = message.packet === undefined ? talk.outgoing : talk.outgoing.filter(({ draft }) => draft.packet !== message.packet || draft.from !== message.from)
  return { ...withEntries(talk, [...talk.entries, { type: 'message', id: message.id, message }]), outgoing, arrived: talk.arrived + 1 }
}

/** In front, in the order of their times; the bound cuts them first, as they are the oldest. */
function earlier(talk: Conversation, said: readonly Said[]): Conversation {
  const known = new Set(talk.entries.map(({ id }) => id))
  const entries: Entry[] = []
  for (const one of said) {
    const message = messageOf(one)
    if (message === undefined || known.has(message.id)) continue
    known.add(message.id)
    entries.push({ type: 'message', id: message.id, message })
  }
  entries.sort((a, b) => timeOf(a) - timeOf(b))
  return withEntries(talk, [...entries, ...talk.entries])
}

const withEntries = (talk: Conversation, entries: readonly Entry[]): Conversation => ({ ...talk, entries: entries.slice(-entriesMax) })
const isKnown = (talk: Conversation, message: Message) => talk.entries.some(({ id }) => id === message.id)
const timeOf = (entry: Entry) => (entry.type === 'message' ? entry.message.timeMs : 0)
const without = (outgoing: readonly Outgoing[], packet: number) => outgoing.filter(({ draft }) => draft.packet !== packet)
const changed = (outgoing: readonly Outgoing[], packet: number, change: Pick<Outgoing, 'state' | 'fault'>) =>
  outgoing.map(one => (one.draft.packet === packet ? { ...one, ...change } : one))
const gapsIn = (talk: Conversation) => talk.entries.reduce((most, entry) => (entry.type === 'gap' ? Math.max(most, Number(entry.id.slice(4))) : most), 0)
