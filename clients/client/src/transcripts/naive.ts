/**
 * What a client holds of one subscription, in the plainest way: written from rules 3, 4, 5, 8 and 11 of docs/PROTOCOL.md and from nothing
 * of the client's, so that it is a second opinion.
 */

export type Json = null | boolean | number | string | Json[] | JsonObject
export interface JsonObject { [name: string]: Json }

export interface NaiveEvent { channel: string, seq: number, n: number, data: Json }
export interface NaiveGap { channel: string, after: number, before: number }

interface ChannelChange {
  remove?: JsonObject
  set?: { [key: string]: JsonObject }
  patch?: { [key: string]: JsonObject }
  gap?: { after: number, before: number }
  events?: { seq: number, n: number, data: Json }[]
}

/** A message of the server's about a subscription. */
export type Frame = {
  type: 'subscribed', id: number, seq: number, view?: string, resumed: boolean, reason: string, replay?: boolean, time?: string
  gaps?: { [channel: string]: { after: number, before: number } }
} | {
  type: 'snapshot', id: number, seq: number, channels: { [channel: string]: { [key: string]: JsonObject } }, more: boolean
} | {
  type: 'update', id: number, seq: number, channels: { [channel: string]: ChannelChange }, time?: string, more?: boolean
}

export class NaiveReplica {
  /** By channel, by key. */
  channels = new Map<string, Map<string, JsonObject>>()
  /** Of what has been delivered so far: in order, none twice. */
  readonly events: NaiveEvent[] = []
  readonly gaps: NaiveGap[] = []
  seq = 0
  /** What may be resumed from, once something whole has come. */
  cursor: { epoch: string, seq: number, view: string | undefined } | undefined

  /** Gaps that are told once what they lead to is whole. */
  #lost: NaiveGap[] = []
  readonly #doubted: { after: number, before: number }[] = []
  #epoch = ''
  #view: string | undefined
  /** The events there have been, by epoch (or replay), seq and n. */
  readonly #known = new Set<string>()
  #numbering = ''
  #replays = 0
  #parts: Extract<Frame, { type: 'update' }>[] = []
  #snapshot: Extract<Frame, { type: 'snapshot' }>[] = []

  /** Whether its query begins with one (`snapshot: false`: not). */
  hasSnapshot = true

  /** Takes a frame that came in `epoch`; true if it completed a seq. */
  take(frame: Frame, epoch: string): boolean {
    switch (frame.type) {
      case 'subscribed': return this.#subscribed(frame, epoch)
      case 'snapshot': return this.#takeSnapshot(frame)
      case 'update': return this.#takeUpdate(frame)
    }
  }

  /** `progress` said that everything up to `seq` is here. */
  moveTo(seq: number): void {
    this.seq = seq
    if (this.cursor !== undefined) this.cursor = { ...this.cursor, seq }
  }

  /**
   * Whether these gaps are true and all there are. Who is told a snapshot in place of a query that was followed is not told which events went
   * by meanwhile; a client may say so.
   */
  areLost(gaps: readonly NaiveGap[]): boolean {
    const told = seqsOf(gaps)
    const lost = seqsOf(this.gaps)
    const may = seqsOf(this.#doubted.flatMap((span) => [...new Set(gaps.map(({ channel }) => channel))].map((channel) => ({ channel, ...span }))))
    return [...lost].every((one) => told.has(one)) && [...told].every((one) => lost.has(one) || may.has(one))
  }

  /** The connection is gone: parts of what was not complete are void. */
  cut(): void {
    this.#parts = []
    this.#snapshot = []
    this.#lost = []
  }

  #subscribed(frame: Extract<Frame, { type: 'subscribed' }>, epoch: string): boolean {
    this.#parts = []
    this.#snapshot = []
    this.#epoch = epoch
    // A replay numbers its events for itself.
    this.#numbering = frame.replay === true ? `replay ${this.#replays += 1}` : epoch
    this.#view = frame.view
    for (const [channel, gap] of Object.entries(frame.gaps ?? {})) this.#lost.push({ channel, ...gap })
    if (['new', 'query'].includes(frame.reason) && this.cursor !== undefined) this.#doubted.push({ after: this.cursor.seq, before: frame.seq + 1 })
    if (this.hasSnapshot || frame.resumed || frame.reason === 'replaced') return false
    this.channels = new Map()
    this.#completed(frame.seq)
    return true
  }

  #takeSnapshot(part: Extract<Frame, { type: 'snapshot' }>): boolean {
    if (this.#snapshot[0] !== undefined && this.#snapshot[0].seq !== part.seq) this.#snapshot = []
    this.#snapshot.push(part)
    if (part.more) return false
    const channels = new Map<string, Map<string, JsonObject>>()
    for (const one of this.#snapshot) {
      for (const [name, records] of Object.entries(one.channels)) {
        const held = channels.get(name) ?? new Map<string, JsonObject>()
        channels.set(name, held)
        for (const [key, record] of Object.entries(records)) held.set(key, record)
      }
    }
    this.channels = channels
    this.#snapshot = []
    this.#completed(part.seq)
    return true
  }

  #takeUpdate(part: Extract<Frame, { type: 'update' }>): boolean {
    this.#parts.push(part)
    if (part.more === true) return false
    const parts = this.#parts
    this.#parts = []
    const events: NaiveEvent[] = []
    for (const { channels } of parts) {
      for (const [name, change] of Object.entries(channels)) {
        this.#apply(name, change)
        if (change.gap !== undefined) this.#lost.push({ channel: name, ...change.gap })
        for (const { seq, n, data } of change.events ?? []) events.push({ channel: name, seq, n, data })
      }
    }
    events.sort((a, b) => a.seq - b.seq || a.n - b.n)
    for (const event of events) {
      const name = `${this.#numbering} ${event.seq}.${event.n}`
      if (!this.#known.has(name)) this.events.push(event)
      this.#known.add(name)
    }
    this.#completed(part.seq)
    return true
  }

  #apply(name: string, { remove = {}, set = {}, patch = {} }: ChannelChange): void {
    const records = this.channels.get(name) ?? new Map<string, JsonObject>()
    this.channels.set(name, records)
    for (const key of Object.keys(remove)) records.delete(key)
    for (const [key, record] of Object.entries(set)) records.set(key, record)
    // Spread, not assigned: a field may be called `__proto__`.
    for (const [key, fields] of Object.entries(patch)) records.set(key, { ...records.get(key), ...fields })
  }

  #completed(seq: number): void {
    this.gaps.push(...this.#lost)
    this.#lost = []
    this.seq = seq
    this.cursor = { epoch: this.#epoch, seq, view: this.#view }
  }
}

/** What is in these gaps, by channel and seq. */
function seqsOf(gaps: readonly NaiveGap[]): Set<string> {
  return new Set(gaps.flatMap(({ channel, after, before }) => Array.from({ length: before - after - 1 }, (_, index) => `${channel} ${after + 1 + index}`)))
}

/** What is held as plain JSON: {channel: {key: record}}, channels without a key left out. */
export function plain(channels: ReadonlyMap<string, ReadonlyMap<string, object>>): { [channel: string]: { [key: string]: object } } {
  return Object.fromEntries([...channels].filter(([, records]) => records.size > 0).map(([name, records]) => [name, Object.fromEntries(records)]))
}
