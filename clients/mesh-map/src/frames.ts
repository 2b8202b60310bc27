/**
 * What the map's door would say, made of what a subscription on our own wire holds: a snapshot, and then what differs from what was told.
 *
 * Our wire does not say when a record was reported, so times are those of `mesh:presence` in a snapshot, where the server keeps it, and else
 * when a record came here.
 */
import type { Change, Fields, LiveEvent, RemoveReason, Subscription } from '@starling/client'

import { KnownMessages, nameOf } from './known.js'
import { messageOf, nodeOf, packetOf, positionOf, telemetryOf } from './objects.js'
import { recentMessages } from './query.js'
import type { Kind } from './query.js'
import type { MeshFrame, MeshMessage, MeshNode, MeshPacket, MeshPosition, MeshTelemetry } from './types.js'

/** A snapshot has the nodes that were heard within this time. */
const heardWithinMs = 3_600_000
/** The newest messages come right behind the state, and belong to the snapshot: it is told so long after. */
const gatherMs = 50
/** Packets that wait for a snapshot, and messages; beyond that the oldest are not told. */
const waitingMax = 1000

/** Time, as the frames go by it. */
export interface FrameClock { now(): number, after(ms: number, run: () => void): void }

const ownClock: FrameClock = { now: Date.now, after: (ms, run) => void setTimeout(run, ms) }

const facets = ['node', 'position', 'telemetry', 'presence'] as const
type Facet = (typeof facets)[number]

/** A record that was told, and when it came. */
interface Told { fields: Fields, at: number }

export class MeshFrames {
  readonly #held: Pick<Subscription, 'channel'>
  readonly #tell: (frame: MeshFrame) => void
  readonly #clock: FrameClock
  readonly #told: Readonly<Record<Facet, Map<string, Told>>> = { node: new Map(), position: new Map(), telemetry: new Map(), presence: new Map() }
  #kinds: ReadonlySet<Kind>
  /** The newest, oldest first: a snapshot has them. */
  #messages: MeshMessage[] = []
  /** Those that came, whatever was looked at. */
  readonly #known = new KnownMessages()
  /** What came while a snapshot was gathered: nobody keeps them, so they are in none. */
  #packets: MeshPacket[] = []
  /** Another state came whole, and is yet to be told; what comes meanwhile belongs to it, but for what was said later. */
  #isGathering = true
  /** The seq of that state; infinite before the first. */
  #stateSeq = Infinity
  /** Said later than that. */
  #behind: LiveEvent[] = []

  constructor(held: Pick<Subscription, 'channel'>, kinds: ReadonlySet<Kind>, tell: (frame: MeshFrame) => void, clock = ownClock) {
    this.#held = held
    this.#kinds = kinds
    this.#tell = tell
    this.#clock = clock
  }

  change({ seq, channels, isReset }: Change): void {
    if (isReset) {
      this.#isGathering = true
      this.#stateSeq = seq
      return this.#clock.after(gatherMs, () => this.snapshot())
    }
    if (this.#isGathering) return
    const keys = new Set<string>()
    for (const { changed, removed } of channels.values()) for (const key of [...changed, ...removed.keys()]) keys.add(key)
    this.#tellKeys(keys, channels.get('mesh:presence')?.removed)
  }

  /** What is known of whom it speaks is told before it. */
  event(event: LiveEvent): void {
    if (event.channel === 'mesh:message') {
      if (this.#isGathering && event.seq > this.#stateSeq) {
        if (this.#behind.push(event) > waitingMax) this.#behind.shift()
        return
      }
      const message = messageOf(event), name = nameOf(message)
      // After another start of the server it may come again, and before it is told here that its state is another.
      const isNew = this.#known.add(message)
      this.#messages = [...this.#messages.filter((one) => nameOf(one) !== name), message].slice(-recentMessages)
      if (this.#isGathering || !isNew) return
      if (event.key !== undefined) this.#tellKeys([event.key])
      this.#tell({ type: 'message', messages: [message] })
    } else if (event.channel === 'mesh:raw') {
      const packet = packetOf(event)
      if (!packet) return
      if (this.#packets.push(packet) > waitingMax) this.#packets.shift()
      if (!this.#isGathering) this.#tellPackets()
    }
  }

  /** From here on these kinds; of those that are new what is held already is told at once. */
  ask(kinds: ReadonlySet<Kind>): void {
    const afresh = new Set([...kinds].filter((kind) => !this.#kinds.has(kind)))
    this.#kinds = kinds
    this.#messages = []
    if (!this.#isGathering && afresh.size > 0) this.#tellKeys(new Set(facets.flatMap((facet) => [...this.#told[facet].keys()])), undefined, afresh)
  }

  /** Tells all there is. */
  snapshot(): void {
    const now = this.#clock.now()
    for (const facet of facets) {
      this.#told[facet].clear()
      for (const [key, fields] of this.#records(facet)) this.#told[facet].set(key, { fields, at: this.#heard(key) ?? now })
    }
    const nodes = [...this.#told.node.keys()].flatMap((key) => this.#node(key) ?? [])
      .filter(({ lastHeard }) => lastHeard + heardWithinMs >= now)
      .sort((a, b) => b.lastHeard - a.lastHeard || (a.id < b.id ? -1 : 1))
    const positions = [...this.#told.position.keys()].flatMap((key) => this.#position(key) ?? []).sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1))
    this.#isGathering = false
    this.#tell({
      type: 'snapshot',
      data: {
        nodes: this.#kinds.has('node') ? nodes : [],
        positions: this.#kinds.has('position') ? positions : [],
        recentMessages: [...this.#messages].reverse(),
        timestamp: now,
      },
    })
    for (const event of this.#behind.splice(0)) if (this.#kinds.has('message')) this.event(event)
    this.#tellPackets()
  }

  #tellPackets(): void {
    const packets = this.#packets
    this.#packets = []
    if (packets.length > 0 && this.#kinds.has('raw')) this.#tell({ type: 'mqtt_raw', packets })
  }

  /** Tells of these keys what is not what was told. */
  #tellKeys(keys: Iterable<string>, wentOffline: ReadonlyMap<string, RemoveReason> = new Map(), afresh: ReadonlySet<Kind> = new Set()): void {
    const nodes: MeshNode[] = [], positions: MeshPosition[] = [], telemetry: MeshTelemetry[] = []
    const statuses: { nodeId: string, online: boolean }[] = []
    const now = this.#clock.now()
    for (const key of keys) {
      const was = this.#told.presence.get(key)?.fields
      const differs = new Set(facets.filter((facet) => this.#take(facet, key, now)))
      const is = this.#told.presence.get(key)?.fields
      const isHeard = is?.['heard'] !== was?.['heard'] && is !== undefined
      if (isHeard || differs.has('node') || differs.has('position') || differs.has('telemetry') || afresh.has('node')) nodes.push(...present(this.#node(key)))
      if (differs.has('position') || afresh.has('position')) positions.push(...present(this.#position(key)))
      if (differs.has('telemetry') || afresh.has('telemetry')) telemetry.push(...present(this.#telemetry(key)))
      const isGone = was?.['online'] === true && ['deleted', 'expired'].includes(wentOffline.get(key) ?? '')
      if (is ? is['online'] !== was?.['online'] : isGone) statuses.push({ nodeId: key, online: is?.['online'] === true })
    }
    if (nodes.length > 0 && this.#kinds.has('node')) this.#tell({ type: 'node_update', nodes })
    if (positions.length > 0 && this.#kinds.has('position')) this.#tell({ type: 'position_update', positions })
    if (telemetry.length > 0 && this.#kinds.has('telemetry')) this.#tell({ type: 'telemetry_update', telemetry })
    if (this.#kinds.has('node')) for (const status of statuses) this.#tell({ type: 'node_status', ...status })
  }

  /** Keeps what is held of a key now. False: it is what was told. A record that has changed is another object. */
  #take(facet: Facet, key: string, at: number): boolean {
    const fields = this.#records(facet).get(key), told = this.#told[facet]
    if (fields === told.get(key)?.fields) return false
    if (fields) told.set(key, { fields, at })
    else told.delete(key)
    return true
  }

  #records(facet: Facet): ReadonlyMap<string, Fields> { return this.#held.channel(`mesh:${facet}`) }

  #node(key: string): MeshNode | undefined {
    const { node, position, telemetry } = this.#told
    const told = node.get(key)
    if (!told) return undefined
    const lastHeard = Math.max(told.at, position.get(key)?.at ?? 0, telemetry.get(key)?.at ?? 0, this.#heard(key) ?? 0)
    return nodeOf(key, told.fields, telemetry.get(key)?.fields, lastHeard)
  }

  #position(key: string): MeshPosition | undefined {
    const told = this.#told.position.get(key)
    return told && positionOf(key, told.fields, told.at)
  }

  #telemetry(key: string): MeshTelemetry | undefined {
    const told = this.#told.telemetry.get(key)
    return told && telemetryOf(key, told.fields, told.at)
  }

  /** When it was heard, as the server says where it keeps account of that. */
  #heard(key: string): number | undefined {
    const heard = this.#records('presence').get(key)?.['heard']
    const at = typeof heard === 'string' ? Date.parse(heard) : Number.NaN
    return Number.isNaN(at) ? undefined : at
  }
}

const present = <Value>(value: Value | undefined): Value[] => (value === undefined ? [] : [value])
