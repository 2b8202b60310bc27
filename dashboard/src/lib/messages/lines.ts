/** A conversation as it is read: what the filter lets through, by days, with the sender named where the sender changes. */
import { folded, wordsOf } from '../folded.js'
import type { Entry } from './conversation.js'
import { everybody, type Message } from './message.js'

export type Line =
  | { readonly type: 'day', readonly id: string, readonly timeMs: number }
  | { readonly type: 'gap', readonly id: string }
  /** `isContinued`: the same sender to the same hearers goes on, so that nothing of it needs saying again. */
  | { readonly type: 'message', readonly id: string, readonly message: Message, readonly isContinued: boolean }

export interface MessageFilter {
  /** Empty: all. */
  readonly channel: string
  /** A key: what it said and what was said to it. Empty: everybody. */
  readonly node: string
  readonly search: string
}

export const nothingFiltered: MessageFilter = { channel: '', node: '', search: '' }

/** A pause after which the sender is named again. */
const continuedMs = 5 * 60_000

/** `nameOf` is what a key is called, which is searched as well; `dayOf` tells days apart as the reader's calendar does. */
export function linesOf(entries: readonly Entry[], filter: MessageFilter, nameOf: (key: string) => string, dayOf: (ms: number) => string): Line[] {
  const words = wordsOf(filter.search)
  const lines: Line[] = []
  let previous: Message | undefined
  let isAfterGap = false
  for (const entry of entries) {
    if (entry.type === 'gap') {
      lines.push(entry)
      isAfterGap = true
      continue
    }
    const { message } = entry
    if (!isShown(message, filter, words, nameOf)) continue
    const day = dayOf(message.timeMs)
    const isNewDay = previous === undefined || dayOf(previous.timeMs) !== day
    if (isNewDay) lines.push({ type: 'day', id: `day ${day} ${entry.id}`, timeMs: message.timeMs })
    lines.push({ type: 'message', id: entry.id, message, isContinued: !isNewDay && !isAfterGap && previous !== undefined && goesOn(previous, message) })
    previous = message
    isAfterGap = false
  }
  return lines
}

/** What can be chosen among: the channels, and who said or was told something, by what they are called. */
export function choicesOf(entries: readonly Entry[], nameOf: (key: string) => string): { channels: string[], nodes: string[] } {
  const channels = new Set<string>()
  const nodes = new Set<string>()
  for (const entry of entries) {
    if (entry.type !== 'message') continue
    channels.add(entry.message.channel)
    nodes.add(entry.message.from)
    if (entry.message.to !== everybody) nodes.add(entry.message.to)
  }
  const order = new Intl.Collator('en', { numeric: true })
  return {
    channels: [...channels].sort(order.compare),
    nodes: [...nodes].sort((a, b) => order.compare(nameOf(a), nameOf(b)))
  }
}

/** What can be chosen among, and what is chosen: its last message may have gone. Empty is no choice. */
export const withChosen = (choices: readonly string[], chosen: string): readonly string[] =>
  chosen === '' || choices.includes(chosen) ? choices : [...choices, chosen]

function isShown(message: Message, { channel, node }: MessageFilter, words: readonly string[], nameOf: (key: string) => string): boolean {
  if (channel !== '' && message.channel !== channel) return false
  if (node !== '' && message.from !== node && message.to !== node) return false
  if (words.length === 0) return true
  const text = folded(`${message.text}\n${nameOf(message.from)}\n${message.from}`)
  return words.every(word => text.includes(word))
}

const goesOn = (a: Message, b: Message) => a.from === b.from && a.to === b.to && a.channel === b.channel && b.timeMs - a.timeMs < continuedMs
