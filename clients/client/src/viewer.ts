/** One subscription as the application holds it: the replica, what is asked for it, and who is told. */

import type { Change, Fields, Gap, LiveEvent, Query, RemoveReason, Subscription, SubscriptionState, Unsubscribe } from './api.js'
import { StarlingError } from './api.js'
import { Listeners } from './notify.js'
import { type Changes, inside, Replica, type Step } from './replica.js'
import { type Looking, type LookingEffect, type LookingEvent, reduce, stateOf } from './subscription.js'

/** What a viewer needs of whoever runs its effects. */
export interface Desk {
  run(viewer: Viewer, effect: LookingEffect): void
  drop(viewer: Viewer): void
  perFrame(run: () => void): void
}

type Result = IteratorResult<LiveEvent, undefined>

export class Viewer implements Subscription {
  readonly replica = new Replica()
  readonly channels = this.replica.channels
  readonly ready: Promise<void>
  version = 0
  state: SubscriptionState = 'syncing'
  looking: Looking

  readonly #desk: Desk
  readonly #changes = new Listeners<Change>()
  readonly #events = new Listeners<LiveEvent>()
  readonly #gaps = new Listeners<Gap>()
  readonly #states = new Listeners<SubscriptionState>()
  readonly #ends = new Listeners<void>()
  #settle: (error?: StarlingError) => void = () => {}
  #isEnded = false
  /** What has not been told yet. */
  #told: Changes = new Map()
  #isReset = false

  constructor(query: Query, desk: Desk) {
    this.looking = { wanted: query }
    this.#desk = desk
    this.ready = new Promise((resolve, reject) => { this.#settle = (error) => error ? reject(error) : resolve() })
    this.ready.catch(() => {}) // who does not ask is not bothered
  }

  get query(): Query { return this.looking.wanted }
  get seq(): number { return this.replica.seq }
  get time(): string | undefined { return this.replica.time }
  get error(): StarlingError | undefined { return this.looking.error }
  channel(name: string): ReadonlyMap<string, Fields> { return this.replica.channel(name) }

  replace(query: Query): void { this.dispatch({ type: 'replace', query }) }
  refresh(): void { this.dispatch({ type: 'refresh' }) }

  onChange(listener: (change: Change) => void): Unsubscribe { return this.#changes.add(listener) }
  onEvent(listener: (event: LiveEvent) => void): Unsubscribe { return this.#events.add(listener) }
  onGap(listener: (gap: Gap) => void): Unsubscribe { return this.#gaps.add(listener) }
  onState(listener: (state: SubscriptionState) => void): Unsubscribe { return this.#states.add(listener) }

  events({ queueMax = 1000 } = {}): AsyncIterableIterator<LiveEvent> {
    const done: Result = { done: true, value: undefined }
    const queue: LiveEvent[] = []
    const readers: ((result: Result) => void)[] = []
    let isOver = this.#isEnded
    const end = (): void => {
      isOver = true
      for (const off of offs) off()
      for (const reader of readers.splice(0)) reader(done)
    }
    const offs = [this.#ends.add(end), this.onEvent((value) => {
      const reader = readers.shift()
      if (reader) return reader({ value })
      const lost = queue.push(value) > queueMax && queue.shift()
      if (lost) this.#gaps.tell({ channel: lost.channel, after: lost.seq - 1, before: lost.seq + 1 })
    })]
    return {
      async next() {
        const value = queue.shift()
        return value ? { value } : isOver ? done : new Promise((resolve) => { readers.push(resolve) })
      },
      async return() {
        end()
        queue.length = 0
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
    this.#ends.tell()
  }

  dispatch(event: LookingEvent): void {
    const { error, state } = this
    const [looking, effect] = reduce(this.looking, event)
    this.looking = looking
    this.state = stateOf(looking, this.replica.isPast)
    if (this.error !== error || this.state !== state) {
      if (this.error) this.#settle(this.error)
      ++this.version
      this.#states.tell(this.state)
    }
    if (effect) this.#desk.run(this, effect)
  }

  /** A seq is complete. */
  apply({ changes, isReset, gaps, events }: Step): void {
    this.#isReset ||= isReset
    for (const [name, keys] of changes) {
      const told = inside(this.#told, name)
      for (const [key, value] of keys) told.set(key, value)
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
    const channels = new Map<string, { changed: Set<string>, removed: Map<string, RemoveReason> }>()
    for (const [name, keys] of this.#told) {
      const changed = new Set<string>()
      const removed = new Map<string, RemoveReason>()
      for (const [key, value] of keys) typeof value === 'string' ? removed.set(key, value) : changed.add(key)
      channels.set(name, { changed, removed })
    }
    const isReset = this.#isReset
    this.#told = new Map()
    this.#isReset = false
    this.#changes.tell({ seq: this.seq, channels, isReset })
  }
}
