/** One subscription as the application holds it: a replica, what is asked for it, and who is told. */

import { type Change, type Gap, type LiveEvent, type Query, type RemoveReason, StarlingError, type Subscription, type SubscriptionState, type Unsubscribe } from './api.js'
import { copyOf } from './codec.js'
import { Listeners } from './notify.js'
import { Replica, type Step } from './replica.js'
import { type Looking, type LookingEffect, type LookingEvent, reduce, stateOf } from './subscription.js'

/** What a viewer needs of whoever runs its effects. */
export interface Desk {
  run(viewer: Viewer, effect: LookingEffect): void
  drop(viewer: Viewer): void
  /** Runs it with the next frame of the screen. */
  frame(run: () => void): void
}

interface Told { readonly channels: Map<string, { readonly changed: Set<string>, readonly removed: Map<string, RemoveReason> }>, isReset?: boolean }

export class Viewer extends Replica implements Subscription {
  query: Query
  looking: Looking
  state: SubscriptionState = 'syncing'
  error: StarlingError | undefined
  version = 0
  readonly ready: Promise<void>

  readonly #desk: Desk
  readonly #changes = new Listeners<Change>()
  /** Undefined: there are no more. */
  readonly #events = new Listeners<LiveEvent | undefined>()
  readonly #gaps = new Listeners<Gap>()
  readonly #states = new Listeners<SubscriptionState>()
  readonly onChange = this.#changes.add
  readonly onGap = this.#gaps.add
  readonly onState = this.#states.add
  #settle!: (error?: StarlingError) => void
  #isEnded = false
  /** What has not been told yet. */
  #told: Told | undefined

  constructor(query: Query, desk: Desk) {
    super()
    this.looking = { wanted: this.query = copyOf(query) }
    this.#desk = desk
    this.ready = new Promise((resolve, reject) => { this.#settle = (error) => error ? reject(error) : resolve() })
    this.ready.catch(() => {}) // who does not ask is not bothered
  }

  onEvent(listener: (event: LiveEvent) => void): Unsubscribe { return this.#events.add((event) => { if (event) listener(event) }) }
  replace(query: Query): void { this.dispatch({ type: 'replace', query: copyOf(query) }) }
  refresh(): void { this.dispatch({ type: 'refresh' }) }

  events({ queueMax = 1000 } = {}): AsyncIterableIterator<LiveEvent> {
    const done: IteratorResult<LiveEvent, undefined> = { done: true, value: undefined }
    const queue: LiveEvent[] = []
    const readers: ((result: IteratorResult<LiveEvent, undefined>) => void)[] = []
    let isOver = this.#isEnded
    const end = (): void => {
      isOver = true
      off()
      for (const reader of readers) reader(done)
    }
    const off = this.#events.add((value) => {
      if (!value) return end()
      const reader = readers.shift()
      const lost = reader ? reader({ value }) : queue.push(value) > queueMax && queue.shift()
      if (lost) this.#gaps.tell({ channel: lost.channel, after: lost.seq - 1, before: lost.seq + 1 })
    })
    return {
      async next() {
        const value = queue.shift()
        return value ? { value } : isOver ? done : new Promise((resolve) => { readers.push(resolve) })
      },
      async return() {
        end()
        return done
      },
      [Symbol.asyncIterator]() { return this },
    }
  }

  unsubscribe(): void {
    this.#isEnded = true
    this.#settle(new StarlingError('closed', 'unsubscribed'))
    this.#desk.drop(this)
    this.dispatch({ type: 'unlinked' })
    this.#events.tell(undefined)
  }

  dispatch(event: LookingEvent): void {
    const { error, state } = this
    const [looking, effect] = reduce(this.looking, event)
    this.looking = looking
    this.wantsSnapshot = looking.held?.snapshot !== false
    this.query = looking.wanted
    this.error = looking.error
    this.state = stateOf(looking, this.isPast)
    if (this.error !== error || this.state !== state) {
      if (this.error) this.#settle(this.error)
      ++this.version
      this.#states.tell(this.state)
    }
    if (effect) this.#desk.run(this, effect)
  }

  /** A seq is complete. */
  apply({ changes, isReset, gaps, events }: Step): void {
    if (isReset || changes.size > 0) {
      ++this.version
      const told: Told = this.#told ?? { channels: new Map() }
      if (!this.#told) {
        this.#told = told
        this.#desk.frame(() => {
          this.#told = undefined
          this.#changes.tell({ seq: this.seq, isReset: false, ...told })
        })
      }
      if (isReset) told.isReset = true
      for (const [name, keys] of changes) {
        const { changed, removed } = told.channels.get(name) ?? { changed: new Set(), removed: new Map() }
        told.channels.set(name, { changed, removed })
        for (const [key, value] of keys) {
          changed.delete(key)
          removed.delete(key)
          if (typeof value === 'string') removed.set(key, value)
          else changed.add(key)
        }
      }
    }
    this.#settle()
    this.dispatch({ type: 'whole' })
    for (const gap of gaps) this.#gaps.tell(gap)
    for (const event of events) this.#events.tell(event)
  }
}
