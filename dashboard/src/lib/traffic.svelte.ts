/**
 * What comes over the connection, second by second, from when the page was opened.
 */
import { starling } from './fleet.svelte.js'
import { begun, minuteOf, rateOf, sampled, type Traffic } from './traffic.js'

let current: Traffic = $state.raw(begun(starling.received, Date.now()))
setInterval(() => { current = sampled(current, starling.received, Date.now()) }, 1000)

export const traffic = {
  /** In the last seconds. */
  get messagesPerS(): number { return rateOf(current.messagesPerS) },
  get bytesPerS(): number { return rateOf(current.bytesPerS) },
  /** Of the last minute, a number a second, oldest first; undefined before the page was opened. */
  get messagesHistory(): readonly (number | undefined)[] { return minuteOf(current.messagesPerS) },
  get bytesHistory(): readonly (number | undefined)[] { return minuteOf(current.bytesPerS) },
  /** Since the page was opened. */
  get total(): { readonly bytes: number, readonly messages: number } { return current.last }
}
