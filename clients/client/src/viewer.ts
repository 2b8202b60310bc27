/** One subscription as the application holds it: the replica, what is asked for it, and who is told. */

import {
  type Change, type Fields, type Gap, type LiveEvent, type Query, type RemoveReason, StarlingError, type Subscription, type SubscriptionState, type Unsubscribe,
} from './api.js'
import { Listeners } from './notify.js'
import { Replica, type Step } from './replica.js'
import { type Looking, type LookingEffect, type LookingEvent, lookingAt, reduce, stateOf } from './subscription.js'

/** What a viewer needs of whoever runs its effects. */
export interface Desk {
  run(viewer: Viewer, effect: LookingEffect): void
  drop(viewer: Viewer): void
  perFrame(run: () => void): void
}

type Told = { readonly changed: Set<string>, readonly removed: Map<string, RemoveReason> }

export class Viewer implements Subscription {
  readonly replica = new Replica()
  readonly ready: Promise<void>
  version = 0
  looking: Looking

  readonly #desk: Desk
  readonly #changes = new Listeners<Change>()
  readonly #events = new Listeners<LiveEvent>()
  readonly #gaps = new Listeners<Gap>()
  readonly #states = new Listeners<SubscriptionState>()
  readonly #ends = new Listeners<void>()
  #settle: (error?: StarlingError) => void = () => {}
  #state: SubscriptionState = 'syncing'
  #isEnded = false
  /** What has not been told yet. */
  #told = new Map<string, Told>()
  #isReset = false

  constructor(query: Query, desk: Desk) {
    this.looking = lookingAt(query)
    this.#desk = desk
    this.ready = new Promise((resolve, reject) => { this.#settle = (error) => error ? reject(error) : resolve() })
    this.ready.catch(() => {}) // who does not ask is not bothered
  }

  get query(): Query { return this.looking.wanted }
  get state(): SubscriptionState { return this.#state }
  get seq(): number { return this.replica.seq }
  get time(): string | undefined { return this.replica.time }
  get error(): StarlingError | undefined { return this.looking.error }
  get channels(): ReadonlyMap<string, ReadonlyMap<string, Fields>> { return this.replica.channels }
  channel(name: string): ReadonlyMap<string, Fields> { return this.replica.channel(name) }

  replace(query: Query): void { if (!this.#isEnded) this.dispatch({ type: 'replace', query }) }
  refresh(): void { if (!this.#isEnded) this.dispatch({ type: 'refresh' }) }

  onChange(listener: (change: Change) => void): Unsubscribe { return this.#changes.add(listener) }
  onEvent(listener: (event: LiveEvent) => void): Unsubscribe { return this.#events.add(listener) }
  onGap(listener: (gap: Gap) => void): Unsubscribe { return this.#gaps.add(listener) }
  onState(listener: (state: SubscriptionState) => void): Unsubscribe { return this.#states.add(listener) }

  events({ queueMax = 1000 } = {}): AsyncIterableIterator<LiveEvent> {
    type Result = IteratorResult<LiveEvent, undefined>
    const done: Result = { done: true, value: undefined }
    const queue: LiveEvent[] = []
    const readers: ((result: Result) => void)[] = []
    let isOver = this.#isEnded
    const offs = [
      this.onEvent((value) => {
        const reader = readers.shift()
        if (reader) return reader({ done: false, value })
        queue.push(value)
        const lost = queue.length > queueMax && queue.shift()
        if (lost) this.#gaps.tell({ channel: lost.channel, after: lost.seq - 1, before: lost.seq + 1 })
      }),
      this.#ends.add(() => end()),
    ]
    const end = (): void => {
      isOver = true
      for (const off of offs) off()
      for (const reader of readers.splice(0)) reader(done)
    }
    return {
      next: async () => {
        const value = queue.shift()
        return value ? { done: false, value } : isOver ? done : new Promise<Result>((resolve) => { readers.push(resolve) })
      },
      return: async () => {
        end()
        queue.length = 0
        return done
      },
      [Symbol.asyncIterator]() { return this },
    }
  }

  unsubscribe(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#settle(new StarlingError('closed', 'unsubscribed'))
    this.#desk.drop(this)
    this.dispatch({ type: 'unlinked' })
    this.#ends.tell()
  }

  dispatch(event: LookingEvent): void {
    const { error } = this
    const [looking, effects] = reduce(this.looking, event)
    this.looking = looking
    const state = stateOf(looking, this.replica.isPast)
    if (looking.error && looking.error !== error) this.#settle(looking.error)
    if (state !== this.#state || looking.error !== error) {
      this.#state = state
      ++this.version
      this.#states.tell(state)
    }
    for (const effect of effects) this.#desk.run(this, effect)
  }

  /** A seq is complete. */
  apply({ changes, isReset, gaps, events }: Step): void {
    this.#isReset ||= isReset
    for (const [name, keys] of changes) {
      let told = this.#told.get(name)
      if (!told) this.#told.set(name, told = { changed: new Set(), removed: new Map() })
      const { changed, removed } = told
      for (const [key, value] of keys) {
        if (typeof value === 'string') {
          changed.delete(key)
          removed.set(key, value)
        } else {
          changed.add(key)
          removed.delete(key)
        }
      }
    }
    if (isReset || changes.size > 0) {
      ++this.version
      this.#desk.perFrame(this.#flush)
    }
    this.#settle()
    this.dispatch({ type: 'whole' })
    for (const gap of gaps) this.#gaps.tell(gap)
    for (const event of events) this.#events.tell(event)
  }

  readonly #flush = (): void => {
    const change: Change = { seq: this.seq, channels: this.#told, isReset: this.#isReset }
    this.#told = new Map()
    this.#isReset = false
    this.#changes.tell(change)
  }
}
