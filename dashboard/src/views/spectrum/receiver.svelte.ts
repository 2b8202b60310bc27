/** One receiver as the page shows it: its last sweep, its traces, its waterfall. Paused, it stands still and hears nothing. */
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
      const take = () => this.#take(followed?.channel(channel).get(of ?? ''))
      untrack(() => {
        this.#clear()
        take()
      })
      return followed?.onChange(change => {
        if (this.isPaused) return
        // Another time, or a server that knows nothing of before: traces of both would be of neither.
        if (change.isReset) this.#clear()
        if (change.isReset || change.channels.get(channel)?.changed.has(of ?? '')) take()
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

  #take(record: Parameters<typeof sweepOf>[0] | undefined): void {
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
