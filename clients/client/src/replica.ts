/**
 * What is held of one subscription: frames in, maps out, with neither clock nor line.
 *
 * `remove` deletes the key, `set` assigns the record, `patch` assigns each of its fields. Nothing of a snapshot shows before its last part is
 * here, nor of an update before all parts of its seq are: what the maps hold is always the view of one seq. All that a seq changes is drafted
 * beside them first, so that a frame that cannot be applied changes nothing.
 */

import type { Fields, Gap, LiveEvent, RemoveReason } from './api.js'
import { broken } from './codec.js'
import type { Cursor, ServerMessage, Snapshot, Subscribed, Update } from './message.js'

/** What one complete seq brought. The maps hold it already; gaps come before the events, and those are in order. */
export interface Step {
  /** By channel, by key: the record, or why it went. */
  readonly changes: Changes
  readonly isReset: boolean
  readonly gaps: readonly Gap[]
  readonly events: readonly LiveEvent[]
}

export type Changes = Map<string, Map<string, Fields | RemoveReason>>

const order = (a: { seq: number, n: number }, b: { seq: number, n: number }): number => a.seq - b.seq || a.n - b.n

export function inside<Value>(maps: Map<string, Map<string, Value>>, name: string): Map<string, Value> {
  let map = maps.get(name)
  if (!map) maps.set(name, map = new Map())
  return map
}

export class Replica {
  readonly channels = new Map<string, Map<string, Fields>>()
  /** From where it can be resumed: what was complete last, by which view. */
  cursor: Cursor | undefined
  seq = 0
  /** Of a replay: when it was so. */
  time: string | undefined
  /** What is shown was told by a replay. */
  isPast = false
  /** What was asked last begins with a snapshot. */
  wantsSnapshot = true

  #subscribed: Subscribed | undefined
  #awaitsSnapshot = true
  #staged: { seq: number, changes: Changes } | undefined
  #parts: Update[] = []
  #gaps: Gap[] = []
  #newest: { epoch: string, seq: number, n: number } | undefined
  /** Channels of which events came. */
  readonly #spoken = new Set<string>()

  channel(name: string): Map<string, Fields> { return inside(this.channels, name) }

  /** A frame that came in `epoch`: a step if with it a seq is complete. Throws on what no server sends; then nothing has changed. */
  take(message: ServerMessage, epoch: string): Step | undefined {
    switch (message.type) {
      case 'subscribed': return this.#begin(message, epoch)
      case 'snapshot': return this.#stage(message, epoch)
      case 'update': return this.#gather(message, epoch)
    }
  }

  /** Everything up to and including `seq` is here. */
  moveTo(seq: number): void {
    if (this.cursor && seq > this.cursor.seq) {
      this.cursor = { ...this.cursor, seq }
      this.seq = seq
    }
  }

  #begin(message: Subscribed, epoch: string): Step | undefined {
    this.#parts = []
    this.#staged = undefined
    if (message.reason === 'ended') return undefined
    this.#subscribed = message
    // The events of a replay are not those of now, though they bear the same names.
    if (message.replay || this.isPast) this.#newest = undefined
    this.#awaitsSnapshot = false
    if (message.resumed || message.reason === 'replaced') return undefined
    this.#gaps = Object.entries(message.gaps ?? {}).map(([channel, gap]) => ({ ...gap, channel }))
    // A snapshot that takes the place of what was followed does not bring what was said up to then.
    const { seq, reason } = message
    const after = this.cursor?.seq ?? seq
    if (after < seq && (reason === 'query' || reason === 'new')) for (const channel of this.#spoken) this.#gaps.push({ channel, after, before: seq + 1 })
    if (!this.wantsSnapshot) return this.#complete(message, epoch, this.#without(new Map()), true)
    this.#awaitsSnapshot = true
    return undefined
  }

  #stage(message: Snapshot, epoch: string): Step | undefined {
    if (this.#staged?.seq !== message.seq) this.#staged = { seq: message.seq, changes: new Map() }
    const { changes } = this.#staged
    for (const [name, records] of Object.entries(message.channels)) {
      const staged = inside(changes, name)
      for (const [key, record] of Object.entries(records)) staged.set(key, record)
    }
    if (message.more) return undefined
    this.#awaitsSnapshot = false
    return this.#complete(message, epoch, this.#without(changes), true)
  }

  /** With all that is held and not in it removed. */
  #without(changes: Changes): Changes {
    for (const [name, held] of this.channels) {
      const staged = inside(changes, name)
      for (const key of held.keys()) {
        if (!staged.has(key)) staged.set(key, 'deleted')
      }
    }
    return changes
  }

  #gather(message: Update, epoch: string): Step | undefined {
    if (this.#awaitsSnapshot || message.seq < this.seq || this.#parts.some(({ seq }) => seq !== message.seq)) throw broken(`an update of seq ${message.seq} out of place`)
    this.#parts.push(message)
    if (message.more) return undefined
    const parts = this.#parts
    this.#parts = []
    const changes: Changes = new Map()
    const events: LiveEvent[] = []
    const gaps: Gap[] = []
    for (const { channels } of parts) {
      for (const [channel, told] of Object.entries(channels)) {
        const { remove, set, patch, gap } = told
        const held = this.channels.get(channel)
        if (remove || set || patch) {
          const draft = inside(changes, channel)
          for (const [key, reason] of Object.entries(remove ?? {})) draft.set(key, reason)
          for (const [key, record] of Object.entries(set ?? {})) draft.set(key, record)
          for (const [key, fields] of Object.entries(patch ?? {})) {
            const record = draft.get(key) ?? held?.get(key)
            if (typeof record !== 'object') throw broken(`a patch of ${channel} ${key}, which is not here`)
            draft.set(key, { ...record, ...fields })
          }
        }
        if (gap) gaps.push({ channel, after: gap.after, before: gap.before, ...gap.at_most !== undefined && { atMost: gap.at_most } })
        for (const event of told.events ?? []) events.push({ ...event, channel })
      }
    }
    return this.#complete(message, epoch, changes, false, gaps, events.sort(order))
  }

  #complete({ seq, time }: { seq: number, time?: string }, epoch: string, changes: Changes, isReset: boolean, gaps: Gap[] = [], told: LiveEvent[] = []): Step {
    for (const [name, draft] of changes) {
      const held = this.channel(name)
      for (const [key, value] of draft) {
        if (typeof value === 'object') held.set(key, value)
        else if (!held.delete(key)) draft.delete(key)
      }
    }
    const { replay = false, view, time: begun } = this.#subscribed ?? {}
    this.isPast = replay
    this.seq = seq
    this.time = time ?? (isReset ? begun : this.time)
    this.cursor = view === undefined ? undefined : { epoch, seq, view }
    const newest = this.#newest
    const events = newest?.epoch === epoch ? told.filter((event) => order(event, newest) > 0) : told
    const last = events.at(-1)
    if (last) this.#newest = { epoch, seq: last.seq, n: last.n }
    for (const { channel } of events) this.#spoken.add(channel)
    const lost = [...this.#gaps, ...gaps]
    this.#gaps = []
    return { changes, isReset, gaps: lost, events }
  }
}
