/**
 * A client of a transcript, played by ours: what the file says that it sends is asked of the public interface, and what it hears is fed to
 * a fake socket.
 *
 * Ids and refs are a client's own choice, so those of the file stand for those of ours. Everything else that it says must be what the file
 * says, member by member. Its clock stands still while the file says that its machine does not read.
 */
import assert from 'node:assert/strict'

import { type Gap, type LiveEvent, type PublishOptions, type Query, type Starling, StarlingError, type Subscription } from '../api.js'
import { type Frame, type Json, type JsonObject, NaiveReplica, plain } from './naive.js'
import { Shadow } from './shadow.js'
import { settle, Stage, type StageSocket } from './stage.js'

/** A question that is on the wire. Answers come in order, so each answers the oldest that it fits. */
interface Question {
  /** `unsaid`: the file's client asked it, and ours did not. */
  readonly kind: 'subscribe' | 'unsubscribe' | 'snapshot' | 'publish' | 'ping' | 'token' | 'unsaid'
  /** Of the file. */
  readonly id?: number
  readonly fileRef?: Json | undefined
  /** Of ours. */
  readonly ourId?: number | undefined
  readonly ref?: Json | undefined
  /** Of a subscribe: what was asked before, and goes on if this is refused. */
  readonly before?: Query | undefined
  /** Of a publish: how it ended, once it has. */
  readonly outcome?: { seq?: number, code?: string }
}

/** A subscription of ours in the place of one of the file's. */
interface Held {
  readonly id: number
  readonly subscription: Subscription
  readonly naive: NaiveReplica
  readonly shadow: Shadow
  query: Query
  /** The code for which its last query was refused. */
  refused: string | undefined
  readonly events: object[]
  readonly gaps: Gap[]
}

/** What a connection to come begins with: by id, the query, and whether it goes on from a cursor. */
export type Beginning = ReadonlyMap<number, { readonly query: Query, readonly hasCursor: boolean }>

/** An id that ours never has: what comes under it is of a subscription that it did not make. */
const foreign = (id: number): number => 1_000_000_000 + id

export class Player {
  /** How many times what it holds was compared with the naive replica. */
  compared = 0

  readonly #stage = new Stage()
  readonly #held = new Map<number, Held>()
  /** Our ids, by those of the file. */
  readonly #ids = new Map<number, number>()
  /** What subscriptions are to ask once they are answered. */
  readonly #late = new Map<number, Query>()
  #questions: Question[] = []
  /** Publishes whose answer was lost with a connection, by our ref: they are said again, or given up. */
  readonly #unanswered = new Map<Json | undefined, NonNullable<Question['outcome']>>()
  /** What it said that no line has named yet. */
  #said: JsonObject[] = []
  #delivered: string[] = []
  #starling: Starling | undefined
  #socket: StageSocket | undefined
  #epoch = ''
  #isFrozen = false
  #byeMs = 0
  readonly #reconnects: boolean[] = []

  async connect(): Promise<void> {
    if (this.#starling === undefined) {
      this.#starling = this.#stage.start()
      this.#starling.onReconnect(({ isContinuous }) => this.#reconnects.push(isContinuous))
    } else if (this.#starling.status.state === 'disconnected') this.#starling.reconnect()
    const { socket, waitedMs } = await this.#stage.nextSocket(60_000)
    assert.ok(waitedMs >= this.#byeMs, `it came back ${waitedMs} ms after a bye that said ${this.#byeMs}`)
    this.#byeMs = 0
    this.#isFrozen = false
    this.#socket = socket
    socket.open()
    await settle()
  }

  freeze(): void { this.#isFrozen = true }
  thaw(): void { this.#isFrozen = false }

  /** Time passes on its machine. What it asks by itself, whether anybody is there, is answered. */
  async pass(ms: number): Promise<void> {
    if (this.#isFrozen) return
    for (let left = ms; left > 0; left -= 1000) {
      await this.#stage.pass(Math.min(left, 1000))
      if (await this.#taken('ping')) this.#socket?.hear('{"type":"pong","time":"2026-11-21T09:00:00.000Z"}')
    }
  }

  /** The connection is gone, with this code if the server closed it. */
  async lose(next: Beginning, code = 1006): Promise<void> {
    await this.#collect()
    assert.deepEqual(this.#said, [], 'it said what no line names')
    for (const { ref, outcome } of this.#questions) if (outcome !== undefined) this.#unanswered.set(ref, outcome)
    this.#questions = []
    this.#ids.clear()
    this.#late.clear()
    this.#socket?.lose(code)
    this.#socket = undefined
    await settle()
    for (const { naive } of this.#held.values()) naive.cut()
    this.compare()
    for (const { subscription, naive } of this.#held.values()) assert.equal(subscription.state, naive.cursor === undefined ? 'syncing' : 'stale')
    for (const held of [...this.#held.values()]) this.#prepare(held, next.get(held.id))
    await settle()
  }

  /** What the file's client does with a subscription on its next connection, ours does as well. */
  #prepare(held: Held, next: { query: Query, hasCursor: boolean } | undefined): void {
    if (next === undefined || (!next.hasCursor && held.naive.cursor !== undefined)) {
      held.subscription.unsubscribe()
      this.#held.delete(held.id)
    } else if (!isSame(next.query, held.query)) {
      held.query = next.query
      held.subscription.replace(next.query)
    }
  }

  /** It is to say this (undefined: what is no message). Undefined, or what there is of it that ours does not say. */
  async say(message: JsonObject | undefined): Promise<string | undefined> {
    const fileRef = message?.['ref']
    const unsaid = (why: string, id?: number): string => {
      this.#questions.push({ kind: 'unsaid', fileRef, ...id !== undefined && { id } })
      return why
    }
    if (message === undefined) return unsaid('no object')
    const { type, id } = message
    if (type === 'publish') return this.#publish(message)
    if (type === 'ping' || type === 'token') {
      const said = type === 'ping' ? await this.#pinged() : await this.#tokenGiven(String(message['token']))
      if (said === undefined) return unsaid('silence')
      this.#questions.push({ kind: type, fileRef })
      return differing(message, said)
    }
    if (typeof type !== 'string' || !['subscribe', 'unsubscribe', 'snapshot'].includes(type)) return unsaid('type')
    if (!Number.isInteger(id) || Number(id) < 1 || Number(id) >= 2 ** 32) return unsaid('id')
    if (type === 'subscribe') return this.#subscribe(Number(id), message)
    const held = this.#held.get(Number(id))
    if (held === undefined) return unsaid('an id it does not have', Number(id))
    if (type === 'snapshot') held.subscription.refresh()
    else held.subscription.unsubscribe()
    const said = await this.#taken(type, this.#ids.get(held.id))
    if (said === undefined) return unsaid('silence', held.id)
    this.#questions.push({ kind: type === 'snapshot' ? 'snapshot' : 'unsubscribe', id: held.id, fileRef, ourId: Number(said['id']) })
    if (type === 'unsubscribe') {
      this.#held.delete(held.id)
      this.#ids.delete(held.id)
    }
    return differing({ ...message, id: Number(said['id']) }, said)
  }

  async #subscribe(id: number, message: JsonObject): Promise<string | undefined> {
    const query = queryOf(message)
    let held = this.#held.get(id)
    // On another connection it says by itself what it goes on with.
    let said = held && !this.#ids.has(id) ? await this.#takenAgain(held.query) : undefined
    const before = this.#ids.has(id) ? held?.query : undefined
    if (said === undefined) {
      await this.#collect()
      const earlier = new Set(this.#said)
      if (held !== undefined) held.subscription.replace(query)
      else this.#held.set(id, held = this.#begin(id, query))
      await this.#collect()
      said = this.#takenWhere((one) => one['type'] === 'subscribe' && !earlier.has(one))
    }
    this.#questions.push({ kind: said === undefined ? 'unsaid' : 'subscribe', id, before, fileRef: message['ref'] })
    if (said === undefined || held === undefined) {
      // While an answer is to come nothing else is asked: it says so then, unless it is to say something newer.
      this.#late.set(id, query)
      return 'silence'
    }
    this.#late.delete(id)
    // Rule 5, whatever the file's client goes on from.
    if (!this.#ids.has(id)) assert.deepEqual(said['since'], isOfThePast(query) || held.naive.cursor?.view === undefined ? undefined : held.naive.cursor)
    held.query = query
    held.refused = undefined
    this.#ids.set(id, Number(said['id']))
    return differing({ ...message, id: Number(said['id']) }, said)
  }

  /** It asks by itself whether anybody is there, when it has heard nothing for long enough; not while its machine reads nothing. */
  async #pinged(): Promise<JsonObject | undefined> {
    for (let waitedMs = 0; waitedMs < 60_000 && !this.#isFrozen; waitedMs += 1000) {
      await this.#stage.pass(1000)
      const said = await this.#taken('ping')
      if (said !== undefined) return said
    }
    return undefined
  }

  #tokenGiven(token: string): Promise<JsonObject | undefined> {
    this.#starling?.setToken(token)
    return this.#taken('token')
  }

  #begin(id: number, query: Query): Held {
    assert.ok(this.#starling)
    const subscription = this.#starling.subscribe(query)
    subscription.ready.catch(() => {})
    const held: Held = { id, query, refused: undefined, subscription, naive: new NaiveReplica(), shadow: new Shadow(subscription, () => this.#stage.now), events: [], gaps: [] }
    subscription.onEvent((event) => this.#deliver(held, event))
    subscription.onGap((gap) => held.gaps.push(gap))
    return held
  }

  #deliver(held: Held, { channel, seq, n, data }: LiveEvent): void {
    held.events.push({ channel, seq, n, data })
    this.#delivered.push(`${channel} ${seq}.${n}`)
  }

  async #publish(message: JsonObject): Promise<string | undefined> {
    const { channel, key, data, op, location, time } = message as unknown as { channel: string, key?: string, data?: JsonObject } & PublishOptions
    const options = { ...op !== undefined && { op }, ...location !== undefined && { location }, ...time !== undefined && { time } }
    const outcome: { seq?: number, code?: string } = {}
    this.#starling?.publish(channel, key ?? null, data ?? {}, options)
      .then(({ seq }) => { outcome.seq = seq }, (error: unknown) => { outcome.code = error instanceof StarlingError ? error.code : String(error) })
    const said = await this.#taken('publish')
    this.#questions.push({ ...said === undefined ? { kind: 'unsaid' } : { kind: 'publish', ref: said['ref'], outcome }, fileRef: message['ref'] })
    return said === undefined ? 'silence' : differing(message, said)
  }

  /** A message reaches it, as this text: what comes of it is compared. */
  async hear(text: string, fault: (message: JsonObject) => JsonObject = (message) => message): Promise<void> {
    const frame = JSON.parse(text) as JsonObject
    const question = this.#answered(frame)
    if (isResumed(frame) && !this.#mayResume(Number(frame['id']))) await this.#forget(Number(frame['id']))
    const ours = this.#translated(frame, question)
    assert.ok(this.#socket)
    // As it came where nothing of it differs: no digit is lost on the way.
    this.#socket.hear(isSame(fault(ours), frame) ? text : JSON.stringify(fault(ours)))
    await this.#collect()
    assert.ok(!this.#socket.isEnded || frame['type'] === 'bye', 'it ended the connection')
    switch (frame['type']) {
      case 'welcome': this.#epoch = String(frame['epoch']); break
      case 'bye': this.#byeMs = Number(frame['reconnect_ms']); break
      case 'ok': if (question?.outcome) assert.deepEqual(question.outcome, { seq: frame['seq'] }); break
      case 'error': this.#heardError(frame, question); break
      case 'progress': for (const [id, seq] of Object.entries(frame['at'] as JsonObject)) this.#held.get(Number(id))?.naive.moveTo(Number(seq)); break
      case 'subscribed': case 'snapshot': case 'update': this.#heardFrame(frame as unknown as Frame); break
    }
    this.compare()
  }

  /** Whether it has what a server goes on from that says `resumed`. */
  #mayResume(id: number): boolean { return this.#held.get(id)?.naive.cursor !== undefined }

  /** The file's client goes on from what ours never had: ours does without that subscription. */
  async #forget(id: number): Promise<void> {
    this.#held.get(id)?.subscription.unsubscribe()
    await this.#taken('unsubscribe', this.#ids.get(id))
    this.#held.delete(id)
    this.#ids.delete(id)
  }

  #heardFrame(frame: Frame): void {
    const held = this.#held.get(frame.id)
    if (held === undefined || !this.#ids.has(frame.id)) return
    held.naive.hasSnapshot = held.query.snapshot !== false
    if (!held.naive.take(frame, this.#epoch)) return
    assert.equal(held.subscription.state, isOfThePast(held.query) ? 'replay' : 'live')
    assert.equal(held.subscription.error?.code, held.refused)
  }

  #heardError({ code, id }: JsonObject, question: Question | undefined): void {
    if (question?.outcome) assert.deepEqual(question.outcome, { code })
    if (question?.kind !== 'subscribe') return
    const held = this.#held.get(Number(id))
    assert.ok(held)
    assert.equal(held.subscription.error?.code, code)
    held.query = question.before ?? held.query
    held.refused = String(code)
  }

  /** The question that a message answers, which is answered with it. */
  #answered({ type, id, ref }: JsonObject): Question | undefined {
    const at = this.#questions.findIndex(({ kind, id: asked, fileRef }) => {
      if (ref !== undefined) return fileRef === ref
      if (kind === 'unsaid') return ['error', 'pong', 'welcome', 'ok'].includes(String(type)) || (asked === id && (type === 'subscribed' || type === 'unsubscribed'))
      if (type === 'error') return asked === id
      const answer = { subscribe: 'subscribed', unsubscribe: 'unsubscribed', snapshot: 'snapshot', publish: 'ok', ping: 'pong', token: 'ok' }[kind]
      return type === answer && asked === id
    })
    return at < 0 ? undefined : this.#questions.splice(at, 1)[0]
  }

  /** A message with our ids and refs in place of those of the file. */
  #translated(frame: JsonObject, question: Question | undefined): JsonObject {
    const ours = (id: number): number => this.#ids.get(id) ?? foreign(id)
    const { ref: _, ...translated } = frame
    const isForeign = question?.kind === 'unsaid' && frame['type'] === 'error'
    if (typeof frame['id'] === 'number') translated['id'] = isForeign ? foreign(frame['id']) : question?.ourId ?? ours(frame['id'])
    if (question?.ref !== undefined) translated['ref'] = question.ref
    if (frame['type'] === 'progress') translated['at'] = Object.fromEntries(Object.entries(frame['at'] as JsonObject).map(([id, seq]) => [ours(Number(id)), seq]))
    return translated
  }

  /** What it holds and has told is what the naive replica says. */
  compare(): void {
    for (const { subscription, naive, events, gaps, shadow } of this.#held.values()) {
      assert.deepEqual(plain(subscription.channels), plain(naive.channels))
      assert.equal(subscription.seq, naive.seq)
      assert.deepEqual(events, naive.events)
      if (!naive.areLost(gaps)) assert.deepEqual(gaps, naive.gaps)
      for (const fault of shadow.faults) throw fault
      this.compared += 1
    }
  }

  /** The file says that it holds this. */
  checkHolds(id: number, channel: string, records: Json): void {
    const held = this.#held.get(id)
    assert.ok(held, `there is no subscription ${id}`)
    assert.deepEqual(Object.fromEntries(held.subscription.channel(channel)), records)
  }

  /** All of it, at this seq; false if it has ended that subscription already. */
  checkHoldsAll(id: number, seq: number, channels: { readonly [name: string]: Json }): boolean {
    const held = this.#held.get(id)
    if (held === undefined) return false
    assert.equal(held.subscription.seq, seq)
    assert.deepEqual(plain(held.subscription.channels), channels)
    return true
  }

  /** The file says that it has handed these to its application, in this order, since the last time. */
  checkDelivered(events: readonly string[]): void {
    assert.deepEqual(this.#delivered.splice(0), events)
  }

  /** The seq that a subscription is at, for frames of which the file does not say one. */
  seqOf(id: number): number { return this.#held.get(id)?.naive.seq ?? 0 }

  /** The file has ended. */
  async end(): Promise<void> {
    await this.#collect()
    assert.deepEqual(this.#said, [], 'it said what no line names')
    await this.#stage.pass(20)
    for (const outcome of this.#unanswered.values()) assert.ok(outcome.seq === 1 || outcome.code === 'unavailable', JSON.stringify(outcome))
    for (const { shadow } of this.#held.values()) {
      for (const fault of shadow.faults) throw fault
      shadow.check()
    }
    this.#starling?.disconnect()
  }

  /** The oldest thing of this type (and this id of ours) that it said and no line named. */
  async #taken(type: string, id?: number): Promise<JsonObject | undefined> {
    await this.#collect()
    return this.#takenWhere((one) => one['type'] === type && (id === undefined || one['id'] === id))
  }

  /** What it said of a query, under an id that no line has named. */
  async #takenAgain(query: Query): Promise<JsonObject | undefined> {
    await this.#collect()
    return this.#takenWhere((one) => one['type'] === 'subscribe' && ![...this.#ids.values()].includes(Number(one['id'])) && isSame(queryOf(one), query))
  }

  #takenWhere(fits: (said: JsonObject) => boolean): JsonObject | undefined {
    const at = this.#said.findIndex(fits)
    return at < 0 ? undefined : this.#said.splice(at, 1)[0]
  }

  async #collect(): Promise<void> {
    await settle()
    for (const said of this.#socket?.take() ?? []) {
      const late = [...this.#late].find(([id]) => said['type'] === 'subscribe' && this.#ids.get(id) === said['id'])
      if (said['type'] === 'publish' && this.#unanswered.has(said['ref'])) this.#socket?.hear(JSON.stringify({ type: 'ok', ref: said['ref'], seq: 1 }))
      else if (late === undefined) this.#said.push(said)
      else {
        assert.deepEqual(queryOf(said), late[1])
        this.#late.delete(late[0])
      }
    }
  }
}

/** What a `subscribe` asks to see. */
export function queryOf(message: JsonObject): Query {
  const { type: _, id: __, ref: ___, since: ____, ...query } = message
  return query as unknown as Query
}

const isOfThePast = ({ at, replay }: Query): boolean => at !== undefined || replay !== undefined

const isResumed = ({ type, resumed }: JsonObject): boolean => type === 'subscribed' && resumed === true

export function readObject(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The members in which two messages differ, by name; undefined: in none. A ref is of the client's own choice. */
function differing(wanted: JsonObject, said: JsonObject): string | undefined {
  const names = new Set([...Object.keys(wanted), ...Object.keys(said)])
  names.delete('ref')
  return [...names].filter((name) => !isSame(wanted[name], said[name])).sort().join(', ') || undefined
}

function isSame(one: unknown, other: unknown): boolean {
  try {
    assert.deepEqual(one, other)
    return true
  } catch {
    return false
  }
}
