/**
 * What an application knows that listens to changes only: it copies what each change names and nothing else, so it is what the replica is
 * if every change is told, and told truly.
 */
import assert from 'node:assert/strict'

import type { Change, Fields, Subscription } from '../index.js'
import { plain } from './naive.js'

export class Shadow {
  readonly channels = new Map<string, Map<string, Fields>>()
  /** What was wrong; listeners throw into nobody's face. */
  readonly faults: unknown[] = []

  readonly #subscription: Subscription
  #toldAt = -Infinity

  constructor(subscription: Subscription, now: () => number) {
    this.#subscription = subscription
    subscription.onChange((change) => {
      try {
        this.#take(change, now())
      } catch (fault) {
        this.faults.push(fault)
      }
    })
  }

  #take(change: Change, nowMs: number): void {
    assert.ok(nowMs - this.#toldAt >= 16, `told ${nowMs - this.#toldAt} ms after the last time`)
    this.#toldAt = nowMs
    assert.equal(change.seq, this.#subscription.seq)
    if (change.isReset) {
      this.channels.clear()
      for (const [name, records] of this.#subscription.channels) this.channels.set(name, new Map(records))
    }
    for (const [name, { changed, removed }] of change.channels) {
      const records = this.channels.get(name) ?? new Map<string, Fields>()
      this.channels.set(name, records)
      for (const key of changed) {
        const record = this.#subscription.channel(name).get(key)
        assert.ok(record, `${name} ${key} is said to have changed, and is not there`)
        records.set(key, record)
      }
      for (const key of removed.keys()) {
        assert.ok(!this.#subscription.channel(name).has(key), `${name} ${key} is said to be gone, and is there`)
        records.delete(key)
      }
    }
    this.check()
  }

  /** Once everything has been told. */
  check(): void {
    assert.deepEqual(plain(this.channels), plain(this.#subscription.channels))
  }
}
