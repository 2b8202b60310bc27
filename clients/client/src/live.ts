/**
 * A query that may change, and what it shows as values: what bindings to frameworks are made of.
 *
 * The maps of a subscription are the same objects all the time, and frameworks find out by comparing. So `current` is another object after
 * everything that was told, and in it the maps of the channels that changed are; those of the others are not.
 */
import type { Change, Fields, Query, Starling, StarlingError, Subscription, SubscriptionState, Unsubscribe } from './api.js'
import { toQuery } from './query.js'

type Records = ReadonlyMap<string, Fields>

/** What is shown. */
export interface Live {
  readonly channels: ReadonlyMap<string, Records>
  /** The map of one channel, empty where nothing of it is shown. */
  channel(name: string): Records
  readonly state: SubscriptionState
  readonly seq: number
  readonly time: string | undefined
  readonly error: StarlingError | undefined
  /** Undefined while nothing is looked at. */
  readonly subscription: Subscription | undefined
}

const none: Records = new Map()
const nothing: Live = { channels: new Map(), channel: () => none, state: 'syncing', seq: 0, time: undefined, error: undefined, subscription: undefined }

export class LiveQuery {
  readonly #starling: Starling
  readonly #listeners = new Set<() => void>()
  readonly #maps = new Map<string, Records>()
  #stops: readonly Unsubscribe[] = []
  #current = nothing

  /** Nothing is asked before the first `look`. */
  constructor(starling: Starling) { this.#starling = starling }

  get current(): Live { return this.#current }

  /** From here on this is looked at, in place; null: nothing, and the subscription ends. */
  look(query: Query | string | readonly string[] | null): void {
    const { subscription } = this.#current
    if (query !== null && subscription) return subscription.replace(toQuery(query))
    for (const stop of this.#stops) stop()
    subscription?.unsubscribe()
    this.#maps.clear()
    this.#stops = []
    const begun = query === null ? undefined : this.#starling.subscribe(query)
    if (begun) this.#stops = [begun.onChange((change) => this.#take(begun, change)), begun.onState(() => this.#show(begun))]
    if (begun || subscription) this.#show(begun)
  }

  /** Told after `current` has become another. */
  readonly subscribe = (listener: () => void): Unsubscribe => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #take(subscription: Subscription, { channels, isReset }: Change): void {
    if (isReset) this.#maps.clear()
    for (const name of channels.keys()) this.#maps.delete(name)
    this.#show(subscription)
  }

  #show(subscription: Subscription | undefined): void {
    this.#current = subscription ? this.#read(subscription) : nothing
    for (const listener of this.#listeners) listener()
  }

  #read(subscription: Subscription): Live {
    const { state, seq, time, error } = subscription
    const channels = new Map<string, Records>()
    for (const [name, records] of subscription.channels) {
      const map = this.#maps.get(name) ?? viewOf(records)
      this.#maps.set(name, map)
      channels.set(name, map)
    }
    return { channels, channel: (name) => channels.get(name) ?? none, state, seq, time, error, subscription }
  }
}

/** Another object that reads as this map, now and later: a copy would cost what the map holds. */
function viewOf(records: Records): Records {
  const view: Records = {
    get size() { return records.size },
    get: (key) => records.get(key),
    has: (key) => records.has(key),
    keys: () => records.keys(),
    values: () => records.values(),
    entries: () => records.entries(),
    forEach: (call, self) => records.forEach((fields, key) => call.call(self, fields, key, view)),
    [Symbol.iterator]: () => records[Symbol.iterator](),
  }
  return view
}
