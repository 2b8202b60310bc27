/**
 * How the connection is said to a person: a colour, a word, and what is behind it.
 */
import type { Status, TransportName } from '@starling/client'
import { duration } from './format.js'

export interface ConnectionWords {
  readonly tone: 'good' | 'wait' | 'bad'
  readonly label: string
  readonly isSpinning: boolean
}

export function connectionWords({ state }: Status): ConnectionWords {
  switch (state) {
    case 'connected': return { tone: 'good', label: 'Connected', isSpinning: false }
    case 'connecting': return { tone: 'wait', label: 'Connecting', isSpinning: true }
    case 'reconnecting': return { tone: 'wait', label: 'Reconnecting', isSpinning: true }
    case 'disconnected': return { tone: 'bad', label: 'Disconnected', isSpinning: false }
  }
}

const transports: Readonly<Record<TransportName, { name: string, note: string }>> = {
  'websocket': { name: 'WebSocket', note: '' },
  'stream': { name: 'Event stream', note: 'WebSockets do not get through; they are tried again.' },
  'long-poll': { name: 'Long polling', note: 'Neither WebSockets nor streams get through; they are tried again.' },
  'poll': { name: 'Polling every 30 s', note: 'Nothing that stays open gets through; it is tried again.' }
}

export const transportName = (transport: TransportName | undefined): string => (transport ? transports[transport].name : 'None')
/** Why it is not the best one; empty where it is. */
export const transportNote = (transport: TransportName | undefined): string => (transport ? transports[transport].note : '')

/** When it is tried again: `in 12 s`, `now`; undefined while no attempt waits. */
export function nextAttempt(status: Status, nowMs: number): string | undefined {
  if (status.state === 'connected' || status.state === 'disconnected') return undefined
  if (status.retryAt === undefined) return 'now'
  const seconds = Math.ceil((status.retryAt - nowMs) / 1000)
  return seconds <= 0 ? 'now' : `in ${duration(seconds)}`
}
