// What a viewer holds of one subscription: remove, set, patch, in cuts.
//
// Written from the protocol alone, with nothing of the server's or the page's, so that it is a second opinion.
import assert from 'node:assert/strict'

export class Replica {
  /** channel → {key: record} */
  channels = {}
  /** Every event, in order. */
  events = []
  gaps = []
  epoch
  view
  seq
  /** Whether it holds a whole cut. */
  isWhole = false

  #parts = []
  #snapshot = null

  /** Takes a frame of this subscription; true if it completed a cut. */
  take(frame) {
    switch (frame.type) {
      case 'subscribed':
        this.view = frame.view
        if (!frame.resumed && frame.reason !== 'replaced') this.isWhole = false
        this.#parts = []
        this.#snapshot = null
        return false
      case 'snapshot':
        return this.#takeSnapshot(frame)
      case 'update':
        return this.#takeUpdate(frame)
      default:
        return false
    }
  }

  /** `progress` said that everything up to `seq` is here. */
  moveTo(seq) {
    assert.ok(this.seq === undefined || seq >= this.seq, 'a cursor never moves back')
    this.seq = seq
  }

  /** For `subscribe`; undefined while there is nothing to resume. */
  get since() {
    return this.isWhole ? { epoch: this.epoch, seq: this.seq, view: this.view } : undefined
  }

  records(channel) { return this.channels[channel] ?? {} }

  #takeSnapshot({ seq, channels, more }) {
    // A part with another seq starts the snapshot again.
    if (this.#snapshot?.seq !== seq) this.#snapshot = { seq, channels: {} }
    for (const [name, records] of Object.entries(channels)) {
      this.#snapshot.channels[name] = { ...this.#snapshot.channels[name], ...records }
    }
    if (more) return false
    this.channels = this.#snapshot.channels
    this.#snapshot = null
    this.seq = seq
    this.isWhole = true
    return true
  }

  #takeUpdate(frame) {
    assert.ok(this.#parts.length === 0 || this.#parts[0].seq === frame.seq, 'parts of one update have one seq')
    this.#parts.push(frame)
    if (frame.more) return false
    const parts = this.#parts
    this.#parts = []
    assert.ok(this.isWhole, 'an update needs something to update')
    assert.ok(frame.seq >= this.seq, `seq ${frame.seq} after ${this.seq}`)
    for (const { channels } of parts) {
      for (const [name, change] of Object.entries(channels)) this.#apply(name, change)
    }
    this.seq = frame.seq
    return true
  }

  #apply(name, { remove = {}, set = {}, patch = {}, events = [], gap }) {
    const records = (this.channels[name] ??= {})
    for (const key of Object.keys(remove)) delete records[key]
    for (const [key, record] of Object.entries(set)) records[key] = record
    for (const [key, fields] of Object.entries(patch)) {
      assert.ok(records[key], `a patch of ${key}, which is not here`)
      Object.assign(records[key], fields)
    }
    if (gap) this.gaps.push({ channel: name, ...gap })
    for (const event of events) this.events.push({ channel: name, ...event })
  }
}
