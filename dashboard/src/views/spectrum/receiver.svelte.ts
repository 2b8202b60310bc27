/** One receiver as the page shows it: its last sweep, its traces, its waterfall. Paused, it stands still; going on, it takes what is there then. */
import type { Fields } from '@starling/client'
import type { Live } from '@starling/svelte'
import { untrack } from 'svelte'

import { clock } from '../../lib/fleet.svelte.js'
import { hold, rangeOf, type Hold, type Range } from '../../lib/spectrum/hold.js'
import { sweepOf } from '../../lib/spectrum/sweep.js'
import { Waterfall } from '../../lib/spectrum/waterfall.js'

export const channel = 'spectrum:sweep'

export class Receiver {
  isPaused = $state(false)
  held: Hold | undefined = $state.raw()
  range: Range = $state.raw({ low: -120, high: -20 })
  /** Why the last record was no sweep. */
  fault: string | undefined = $state()
  /** When the last sweep came, or was taken. */
  lastMs: number | undefined = $state()
  readonly waterfall = new Waterfall()
  /** Counts up with each row of the waterfall, and by what makes it another. */
  rows = $state(0)

  /** Called while a component initialises; `key` is the receiver that is chosen. */
  constructor(live: Live, key: () => string | undefined) {
    const subscription = $derived(live.subscription)
    const chosen = $derived(key())
    $effect(() => {
      const followed = subscription
      const of = chosen
      // Another receiver, another time, or a server that knows nothing of before: traces of both would be of neither.
      let isAnother = true
      let taken: Fields | undefined
      const follow = () => {
        const record = followed?.channel(channel).get(of ?? '')
        if (isAnother) this.#clear()
        if (isAnother || record !== taken) this.#take(record)
        isAnother = false
        taken = record
      }
      untrack(follow)
      // What was missed while it was paused is made good when it goes on.
      $effect(() => { if (!this.isPaused) untrack(follow) })
      return followed?.onChange(change => {
        if (change.isReset) isAnother = true
        if (!this.isPaused && (isAnother || change.channels.get(channel)?.changed.has(of ?? ''))) follow()
      })
    })
  }

  resetTraces(): void {
    const latest = this.held?.latest
    this.held = latest && hold(undefined, latest)
    if (this.held) this.range = rangeOf(this.held, undefined)
  }

  #clear(): void {
    this.held = undefined
    this.fault = undefined
    this.lastMs = undefined
    this.waterfall.clear()
    this.rows++
  }

  #take(record: Fields | undefined): void {
    if (record === undefined) return
    const sweep = sweepOf(record)
    if (typeof sweep === 'string') {
      this.fault = sweep
      return
    }
    this.fault = undefined
    this.lastMs = sweep.timeMs ?? clock.nowMs
    // Another object each time, so that who draws it notices; its arrays are the same ones.
    const before = this.held
    this.held = hold(before, sweep)
    this.range = rangeOf(this.held, this.held.sweeps === 1 ? undefined : this.range)
    this.waterfall.add(sweep, this.lastMs)
    this.rows++
  }
}
