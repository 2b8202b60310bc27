/** A transcript played to clients: the runner is the server, and whatever else there is. */
import { Captures } from './concrete.js'
import { type Json, type JsonObject } from './naive.js'
import { type Beginning, Player, queryOf, readObject } from './player.js'
import { readDuration, readScript, type Step } from './script.js'

const startMs = Date.parse('2026-11-21T09:00:00.000Z')

/** A line of a file that our client does not say as it stands. */
export interface Unsaid {
  readonly line: number
  readonly text: string
  /** The members in which what it says differs, or why it says nothing. */
  readonly what: string
}

export interface Played {
  readonly said: number
  readonly unsaid: readonly Unsaid[]
  readonly heard: number
  readonly compared: number
}

/** A fault between the runner and its clients, for a test of the runner: what a client is told in place of a message. */
export type Fault = (message: JsonObject) => JsonObject

/** Plays a file; throws at the first line that does not hold, naming it. */
export async function play(text: string, fault?: Fault): Promise<Played> {
  const game = new Game(readScript(text), fault)
  for (const [index, step] of game.steps.entries()) {
    try {
      await game.play(step, index)
    } catch (error) {
      throw new Error(`line ${step.line}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  }
  await game.end()
  return game
}

class Game implements Played {
  said = 0
  readonly unsaid: Unsaid[] = []
  heard = 0

  readonly #players = new Map<string, Player>()
  readonly #captures = new Captures()
  readonly #config = new Map<string, string>()
  #ms = 0

  constructor(readonly steps: readonly Step[], private readonly fault: Fault | undefined) {}

  get compared(): number { return [...this.#players.values()].reduce((sum, { compared }) => sum + compared, 0) }

  async play(step: Step, index: number): Promise<void> {
    switch (step.kind) {
      case 'config':
        for (const [name, value] of step.values) this.#config.set(name, value)
        return
      case 'time': return this.#pass(step.isFromNow ? step.ms : step.ms - this.#ms)
      case 'restart':
        for (const [name, player] of this.#players) await player.lose(this.#beginning(name, index))
        return
      case 'connect': return this.#player(step.name).connect()
      case 'welcomed': return this.#hear(step.name, JSON.stringify(this.#welcome()))
      case 'says': return this.#say(step)
      case 'hears': return this.#hear(step.name, this.#concrete(step, index))
      case 'closed': return this.#player(step.name).lose(this.#beginning(step.name, index), step.code)
      case 'cut': return this.#player(step.name).lose(this.#beginning(step.name, index))
      case 'stall': case 'takes': case 'gone': return this.#player(step.name).freeze()
      case 'drain': return this.#player(step.name).thaw()
      case 'holds': return this.#player(step.name).checkHolds(step.id, step.channel, JSON.parse(step.records) as Json)
      case 'delivered': return this.#player(step.name).checkDelivered(step.events)
      // Pings of WebSockets are answered by what is below the client, and silence is what it is told anyway.
      case 'pinged': case 'silent': return
    }
  }

  async end(): Promise<void> {
    for (const player of this.#players.values()) await player.end()
  }

  #player(name: string): Player {
    let player = this.#players.get(name)
    if (player === undefined) this.#players.set(name, player = new Player())
    return player
  }

  async #pass(ms: number): Promise<void> {
    this.#ms += ms
    for (const player of this.#players.values()) await player.pass(ms)
  }

  async #say({ name, line, text }: Extract<Step, { kind: 'says' }>): Promise<void> {
    const what = await this.#player(name).say(text === undefined ? undefined : readObject(this.#captures.said(text)))
    if (what === undefined) this.said += 1
    else this.unsaid.push({ line, text: text ?? 'bytes', what })
  }

  async #hear(name: string, message: string): Promise<void> {
    this.heard += 1
    await this.#player(name).hear(message, this.fault)
  }

  #welcome(): JsonObject {
    return {
      type: 'welcome', session: 's', epoch: this.#config.get('epoch') ?? 'e1', time: this.#time(), tick_ms: 100,
      heartbeat_ms: readDuration(this.#config.get('heartbeat') ?? '30s'), timeout_ms: readDuration(this.#config.get('timeout') ?? '60s'),
      limits: { message_bytes: 262144, frame_bytes: 262144, subscriptions: 64, channels_per_subscription: 256, publish_per_second: 0 }, server: 'a transcript',
    }
  }

  #time(): string { return new Date(startMs + this.#ms).toISOString() }

  /** The message that a line stands for. What a loose snapshot holds, later lines say. */
  #concrete({ name, pattern, isLoose }: Extract<Step, { kind: 'hears' }>, index: number): string {
    const id = Number(/"id":(\d+)/.exec(pattern)?.[1] ?? 1)
    const held: { [channel: string]: Json } = {}
    for (const step of this.steps.slice(index + 1)) {
      if (!('name' in step) || step.name !== name) continue
      if (step.kind !== 'holds') break
      if (step.id === id) held[step.channel] = JSON.parse(step.records) as Json
    }
    return this.#captures.heard(pattern, isLoose, { time: this.#time(), seq: this.#player(name).seqOf(id), held })
  }

  /** What the next connection of a client begins with: its first `subscribe` of each id. */
  #beginning(name: string, index: number): Beginning {
    const beginning = new Map<number, { query: ReturnType<typeof queryOf>, hasCursor: boolean }>()
    let isNext = false
    for (const step of this.steps.slice(index + 1)) {
      if (step.kind === 'restart' && isNext) break
      if (!('name' in step) || step.name !== name) continue
      if (step.kind === 'connect' && isNext) break
      isNext ||= step.kind === 'connect'
      const message = isNext && step.kind === 'says' && step.text !== undefined && readObject(this.#captures.said(step.text))
      if (!message || message['type'] !== 'subscribe' || beginning.has(Number(message['id']))) continue
      beginning.set(Number(message['id']), { query: queryOf(message), hasCursor: message['since'] !== undefined })
    }
    return beginning
  }
}
