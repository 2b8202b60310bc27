/**
 * What comes over the connection, second by second, from when the page was opened.
 */
import { starling } from './fleet.svelte.js'
import { begun, sampled, type Traffic } from './traffic.js'

let current: Traffic = $state.raw(begun(starling.received, Date.now()))
setInterval(() => { current = sampled(current, starling.received, Date.now()) }, 1000)

export const traffic = {
  /** In the last second. */
  get messagesPerS(): number { return current.messagesPerS.at(-1) ?? 0 },
  get bytesPerS(): number { return current.bytesPerS.at(-1) ?? 0 },
  /** Of the last minute, a number a second, oldest first. */
  get messagesHistory(): readonly number[] { return current.messagesPerS },
  get bytesHistory(): readonly number[] { return current.bytesPerS },
  /** Since the page was opened. */
  get total(): { readonly bytes: number, readonly messages: number } { return current.last }
}
