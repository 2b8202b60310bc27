// What a subscription of @starling/client holds and tells, beside what the server has.
import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'

import { ask } from './http.mjs'
import { until } from './until.mjs'

/** The records of a map of the client's. */
export const plain = (records) => Object.fromEntries(records)

/** What `/api/v1/state/…` shows of a query in one of its channels. */
export async function shownOf(base, { filter = {}, fields }, channel) {
  const parameters = new URLSearchParams({ limit: '10000' })
  const { bounds, where, keys } = filter
  if (bounds) parameters.set('bounds', [bounds.west, bounds.south, bounds.east, bounds.north])
  if (where) parameters.set('where', JSON.stringify(where))
  if (keys) parameters.set('keys', keys)
  if (fields) parameters.set('fields', fields)
  const answer = await ask(base, `/api/v1/state/${channel}?${parameters}`)
  assert.equal(answer.status, 200, answer.text)
  const { records, cursor } = answer.json()
  assert.equal(cursor, undefined, 'a page for all')
  return records
}

/** Waits until a subscription holds of these channels what the server shows of its query. */
export async function untilSame(base, subscription, channels, { what, withinMs = 20_000 }) {
  const compare = async () => {
    const { query } = subscription
    const shown = await Promise.all(channels.map((channel) => shownOf(base, query, channel)))
    return [channels.map((channel) => plain(subscription.channel(channel))), shown]
  }
  try {
    await until(async () => isDeepStrictEqual(...await compare()), { withinMs, everyMs: 100 })
  } catch {
    const [held, shown] = await compare()
    assert.deepEqual(held, shown, what)
  }
}

/** Listens to a subscription like an application that knows only what it is told. */
export class Listener {
  /** {event} or {gap}, in the order in which they were told. */
  told = []
  /** Maps that are copied from changes alone. */
  #copies = new Map()

  constructor(subscription) {
    this.subscription = subscription
    subscription.onEvent((event) => this.told.push({ event }))
    subscription.onGap((gap) => this.told.push({ gap }))
    subscription.onChange(({ channels, isReset }) => {
      if (isReset) this.#copies = new Map([...subscription.channels].map(([name, records]) => [name, new Map(records)]))
      for (const [name, { changed, removed }] of channels) {
        if (!this.#copies.has(name)) this.#copies.set(name, new Map())
        const copy = this.#copies.get(name)
        for (const key of changed) copy.set(key, subscription.channel(name).get(key))
        for (const key of removed.keys()) copy.delete(key)
      }
    })
  }

  /** Once nothing changes any more: the copies are what is held. */
  async untilTold(what) {
    const held = () => Object.fromEntries([...this.subscription.channels].filter(([, records]) => records.size > 0).map(([name, records]) => [name, plain(records)]))
    const copied = () => Object.fromEntries([...this.#copies].filter(([, records]) => records.size > 0).map(([name, records]) => [name, plain(records)]))
    await until(() => isDeepStrictEqual(copied(), held()), { what: `changes of ${what} to be told`, withinMs: 3000 })
  }

  /** Waits until `checkEvents` finds nothing. */
  async untilSaid(said, seq, what, withinMs = 10_000) {
    const isSaid = () => {
      try {
        this.checkEvents(said, seq, what)
        return true
      } catch {
        return false
      }
    }
    await until(isSaid, { everyMs: 100, withinMs }).catch(() => this.checkEvents(said, seq, what))
  }

  /**
   * Of what was said ([{channel, seq, n, data}], in order) since `seq` everything has been told in order, once, or was told as a gap before what
   * came after it.
   */
  checkEvents(said, seq, what) {
    const place = new Map(said.map((event, index) => [`${event.seq}.${event.n}`, index]))
    const isLost = said.map(() => false)
    let next = said.findIndex((event) => event.seq > seq)
    for (const { event, gap } of this.told) {
      if (gap) {
        said.forEach((one, index) => { if (one.channel === gap.channel && one.seq > gap.after && one.seq < gap.before) isLost[index] = true })
        continue
      }
      const at = place.get(`${event.seq}.${event.n}`)
      assert.ok(at !== undefined, `${what}: ${JSON.stringify(event)}, which nobody said`)
      const { channel, data } = said[at]
      assert.deepEqual({ channel: event.channel, data: event.data }, { channel, data }, what)
      if (event.seq <= seq) continue
      assert.ok(at >= next, `${what}: (${event.seq}, ${event.n}) came twice or too late`)
      for (; next < at; next += 1) assert.ok(isLost[next], `${what}: ${JSON.stringify(said[next])} did not come, and no gap before (${event.seq}, ${event.n}) says so`)
      next = at + 1
    }
    if (next >= 0) said.slice(next).forEach((event, index) => assert.ok(isLost[next + index], `${what}: ${JSON.stringify(event)} did not come in the end`))
  }
}
