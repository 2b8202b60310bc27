/** What somebody said, as `mesh:message` has it (docs/DOORS.md, `mesh`), and what may be said. */
import type { Fields, Value } from '@starling/client'

/** To all who listen on the channel. */
export const everybody = '!ffffffff'

/** The most a mesh carries in one message, in bytes of UTF-8. */
export const textBytesMax = 237

export interface Message {
  /** The same for the same message, however it came: live, among the recent ones, out of the history. */
  readonly id: string
  readonly from: string
  /** {@link everybody}, or one node. */
  readonly to: string
  readonly channel: string
  readonly text: string
  readonly timeMs: number
  readonly snrDb: number | undefined
  readonly rssiDbm: number | undefined
  readonly hops: number | undefined
  /** The number its sender gave it. */
  readonly packet: number | undefined
}

/** An event of `mesh:message`, live or of the history. */
export interface Said { readonly key?: string, readonly time: string, readonly data: Fields }

/** Undefined where there is no text, or no time that can be read. */
export function messageOf({ key, time, data }: Said): Message | undefined {
  const text = data['text']
  const timeMs = Date.parse(time)
  if (typeof text !== 'string' || Number.isNaN(timeMs)) return undefined
  const from = nonEmpty(data['from']) ?? key ?? ''
  const packet = numberOf(data['id'])
  const channel = data['channel']
  return {
    id: `${timeMs} ${packet ?? ''} ${from} ${text}`,
    from, text, timeMs, packet,
    to: nonEmpty(data['to']) ?? everybody,
    channel: typeof channel === 'number' || typeof channel === 'string' ? String(channel) : '0',
    snrDb: numberOf(data['snr_db']), rssiDbm: numberOf(data['rssi_dbm']), hops: numberOf(data['hops_away'])
  }
}

export interface Draft { readonly from: string, readonly to: string, readonly channel: string, readonly text: string, readonly packet: number }

/** What is published of it. Who writes here is no node of the mesh, so `from` is a name. */
export function dataOf({ from, to, channel, text, packet }: Draft): Fields {
  return { from, to, channel: /^\d{1,3}$/.test(channel) ? Number(channel) : channel, text, id: packet }
}

const encoder = new TextEncoder()
export const textBytes = (text: string): number => encoder.encode(text).length

/** What is wrong with a text that is to be sent; undefined where nothing is. */
export function faultOf(text: string): string | undefined {
  if (text.trim() === '') return 'There is nothing to send.'
  const over = textBytes(text) - textBytesMax
  return over > 0 ? `This is ${over} ${over === 1 ? 'byte' : 'bytes'} too long.` : undefined
}

const nonEmpty = (value: Value | undefined) => (typeof value === 'string' && value !== '' ? value : undefined)
const numberOf = (value: Value | undefined) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined)
