/**
 * The list of nodes as the page shows it: which of them, in which order, and what was measured before the page looked.
 *
 * Rows show what is so at once. Their order is made anew at most once a second, else a list of what moves could not be read.
 */
import type { Live } from '@starling/svelte'
import { untrack } from 'svelte'

import { Away } from '../../lib/away.js'
import { clock } from '../../lib/fleet.svelte.js'
import { keepsHistory } from '../../lib/history.js'
import { areSameColumns, type Column } from '../../lib/nodes/node-columns.js'
import { HistoryFill, historyPath, rowsIn, type Answer, type Wish } from '../../lib/nodes/history-fill.js'
import { metrics, NodeTable, type Row, type Sort } from '../../lib/nodes/node-table.js'
import { fetchResource, ResourceError } from '../../lib/resource.js'

const reorderMs = 1000

export class NodeList {
  search = $state('')
  sort: Sort = $state.raw({ column: 'name', isDescending: false })
  columns: readonly Column[] = $state.raw([])
  /** Those that are found, in order, as they were when they were put in order: `row` has what is so now. */
  rows: readonly Row[] = $state.raw([])
  size = $state(0)

  #table = new NodeTable('')
  #version = $state(0)
  #orderedAtMs = -Infinity
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #fill = new HistoryFill(ask, (wish, samples) => {
    this.#table.fill(wish.metric, wish.key, samples)
    this.#version++
  })

  /** Called while a component initialises; `space` is the one that `live` shows. */
  constructor(live: Live, space: () => string | undefined) {
    const subscription = $derived(live.subscription)
    const name = $derived(space())
    $effect(() => {
      const followed = subscription
      if (followed === undefined || name === undefined) return
      this.#table = new NodeTable(name)
      this.#fill.reset()
      untrack(() => {
        this.#table.reset(followed.channels, clockNow())
        this.#order()
      })
      const away = new Away(followed)
      const stops = [
        followed.onState(() => away.noted()),
        followed.onChange(change => {
          if (change.isReset) this.#fill.reset()
          this.#table.apply(change, followed.channels, clockNow(), away.tells())
          this.#changed(change.isReset)
        }),
        followed.onEvent(event => {
          this.#table.hear(event, followed.channels)
          this.#changed(false)
        })
      ]
      return () => {
        for (const stop of stops) stop()
        clearTimeout(this.#timer)
        this.#timer = undefined
      }
    })
    $effect(() => {
      void [this.search, this.sort]
      untrack(() => this.#order())
    })
  }

  /** What is so of it now; reading it follows. */
  row(key: string): Row | undefined {
    void this.#version
    return this.#table.row(key)
  }

  /** What was measured lately, oldest first; reading it follows. */
  values(metric: 'battery' | 'snr', key: string): number[] {
    void this.#version
    return this.#table.samples(metric, key)?.values ?? []
  }

  /** By this column; again: the other way round. Of times the newest are wanted first. */
  sortBy(column: string): void {
    const isSame = this.sort.column === column
    this.sort = { column, isDescending: isSame ? !this.sort.isDescending : column === 'heard' }
  }

  /** Asks for what was measured earlier of these, which are on the screen. */
  wantHistory(keys: readonly string[]): void {
    this.#fill.want(metrics.flatMap(metric => [...this.#table.channelsOf(metric)].flatMap(channel => keys.map((key): Wish => ({ channel, key, metric })))))
  }

  #changed(isReset: boolean): void {
    this.#version++
    const wait = isReset || this.#table.size !== this.size ? 0 : this.#orderedAtMs + reorderMs - performance.now()
    if (wait <= 0 && performance.now() - this.#orderedAtMs > 100) return this.#order()
    this.#timer ??= setTimeout(() => this.#order(), Math.max(100, wait))
  }

  #order(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#orderedAtMs = performance.now()
    const columns = this.#table.columns()
    if (!areSameColumns(columns, this.columns)) this.columns = columns
    this.rows = this.#table.rows(this.search, this.sort, columns)
    this.size = this.#table.size
  }
}

async function ask(wish: Wish): Promise<Answer> {
  try {
    if (!await keepsHistory()) return 'none'
    const response = await fetchResource(historyPath(wish, clockNow()))
    return { rows: rowsIn(await response.json()) }
  } catch (error) {
    // 503: it cannot be read; 404: nobody uses the channel. There is no use in asking for each row.
    return error instanceof ResourceError && (error.status === 503 || error.status === 404) ? 'none' : 'later'
  }
}

const clockNow = () => clock.nowMs
