/**
 * What is held of one subscription: frames in, maps out, with neither clock nor line.
 *
 * `remove` deletes the key, `set` assigns the record, `patch` assigns each of its fields. Nothing of a snapshot shows before its last part is
 * here, nor of an update before all parts of its seq are: what the maps hold is always the view of one seq. All that a seq changes is drafted
 * beside them first, so that a frame that cannot be applied changes nothing.
 */

import type { Fields, Gap, LiveEvent, RemoveReason } from './api.js'
import { broken } from './codec.js'
import type { ChannelUpdate, Cursor, ServerMessage, Snapshot, Subscribed, Update } from './message.js'

/** What one complete seq brings. Gaps come before the events, and those are in order. */
export interface Step {
  readonly seq: number
  /** By channel, by key: the record, or why it went. */
  readonly changes: Map<string, Map<string, Fields | RemoveReason>>
  readonly isReset: boolean
  readonly gaps: Gap[]
  readonly events: LiveEvent[]
}

const seenMax = 10_000

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

  #subscribed: Pick<Subscribed, 'view' | 'replay'> = {}
  /** Of what comes next. */
  #time: string | undefined
  #awaitsSnapshot = true
  /** What has come of a seq that is not complete. */
  #draft: Step | undefined
  #gaps: Gap[] = []
  /** The events that came, the newest 10,000: `recent` brings some of them again, and older ones that were not shown before. */
  readonly #seen = new Set<string>()
  /** Channels of which events came. */
  readonly #spoken = new Set<string>()

  channel(name: string): Map<string, Fields> { return inside(this.channels, name) }

  /** A frame that came in `epoch`: a step if with it a seq is complete. Throws on what no server sends; then nothing has changed. */
  take(message: ServerMessage, epoch: string): Step | undefined {
    return message.type === 'subscribed' ? this.#begin(message, epoch) : 'channels' in message ? this.#gather(message, epoch) : undefined
  }

  /** Everything up to and including `seq` is here. */
  moveTo(seq: number): void {
    if (this.cursor && seq > this.seq) this.cursor = { ...this.cursor, seq: this.seq = seq }
  }

  /** The line is cut: it is gone on with from the cursor, and nothing that followed has been. */
  cutOff(): void { this.#gaps = [] }

  #begin(message: Subscribed, epoch: string): Step | undefined {
    const { seq, resumed, reason, replay, gaps = {} } = message
    this.#draft = undefined
    if (reason === 'ended') return undefined
    this.#subscribed = message
    this.#time = message.time
    // The events of a replay are not those of now, though they bear the same names.
    if (replay || this.isPast) this.#seen.clear()
    else if (this.seq < seq && (reason === 'query' || reason === 'new')) {
      // A snapshot in place of what was followed does not bring what was said up to then.
      for (const channel of this.#spoken) this.#gaps.push({ channel, after: this.seq, before: seq + 1 })
    }
    this.#awaitsSnapshot = false
    if (resumed || reason === 'replaced') return undefined
    this.#awaitsSnapshot = this.wantsSnapshot
    // Beside those of a snapshot that was given up before it was whole.
    for (const [channel, gap] of Object.entries(gaps)) this.#gaps.push({ ...gap, channel })
    return this.#awaitsSnapshot ? undefined : this.#gather({ ...message, type: 'snapshot', channels: {}, more: false }, epoch)
  }

  #gather(message: Snapshot | Update, epoch: string): Step | undefined {
    const { seq } = message
    const isReset = message.type === 'snapshot'
    const draft = this.#draft
    const isMore = draft?.seq === seq && draft.isReset === isReset
    // A snapshot may be begun again, an update may not.
    if (!isReset && (this.#awaitsSnapshot || seq < this.seq || draft && !isMore)) throw broken(`seq ${seq}`)
    const step: Step = isMore ? draft : { seq, isReset, changes: new Map(), gaps: this.#gaps, events: [] }
    this.#draft = step
    for (const [channel, told] of Object.entries<object>(message.channels)) {
      const { remove, set, patch = {}, gap, events = [] }: ChannelUpdate = isReset ? { set: told as NonNullable<ChannelUpdate['set']> } : told
      const changes = inside(step.changes, channel)
      for (const [key, change] of Object.entries({ ...remove, ...set })) changes.set(key, change)
      for (const [key, fields] of Object.entries(patch)) {
        const record = changes.get(key) ?? this.channels.get(channel)?.get(key)
        if (typeof record !== 'object') throw broken(`no ${key}`)
        changes.set(key, { ...record, ...fields })
      }
      if (gap) step.gaps.push({ channel, ...gap })
      for (const event of events) step.events.push({ ...event, channel })
    }
    // Of a snapshot that was asked for again it is that of the update before.
    this.#time = (message as Update).time ?? this.#time
    return message.more ? undefined : this.#complete(step, epoch)
  }

  #complete(step: Step, epoch: string): Step {
    const { seq, changes } = step
    if (step.isReset) {
      // What is held and not in it goes.
      for (const [name, held] of this.channels) {
        const draft = inside(changes, name)
        for (const key of held.keys()) draft.set(key, draft.get(key) ?? 'deleted')
      }
      this.#awaitsSnapshot = false
    }
    for (const [name, draft] of changes) {
      for (const [key, value] of draft) {
        const held = this.channel(name)
        if (typeof value === 'object') held.set(key, value)
        else if (!held.delete(key)) draft.delete(key)
      }
      if (draft.size === 0) changes.delete(name)
    }
    const { replay = false, view } = this.#subscribed
    this.isPast = replay
    this.seq = seq
    this.time = this.#time
    this.cursor = view ? { epoch, seq, view } : undefined
    const seen = this.#seen
    const events = step.events.sort((a, b) => a.seq - b.seq || a.n - b.n).filter(({ channel, seq, n }) => {
      this.#spoken.add(channel)
      return seen.size < seen.add(`${epoch} ${seq} ${n}`).size
    })
    for (const first of seen) {
      if (seen.size <= seenMax) break
      seen.delete(first)
    }
    this.#gaps = []
    this.#draft = undefined
    return { ...step, events }
  }
}
