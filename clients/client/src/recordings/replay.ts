/**
 * A recording of the simulator's (`starling-sim --frames`, docs/SIMULATOR.md) played to clients: what its viewers say ours have to say, what
 * they were told ours are told, and at each `holds` ours must hold exactly that.
 */
import assert from 'node:assert/strict'

import type { Json, JsonObject } from '../transcripts/naive.js'
import { type Beginning, Player, queryOf } from '../transcripts/player.js'

type Line = { readonly viewer: string } & (
  | { readonly event: 'connected' | 'cut' }
  | { readonly event: 'sent', readonly message: JsonObject }
  | { readonly event: 'received', readonly message: JsonObject }
  | { readonly event: 'holds', readonly id: number, readonly seq: number, readonly channels: { readonly [name: string]: Json } }
)

export interface Replayed {
  readonly viewers: number
  readonly said: number
  /** What our client does not say, by why, and how often. */
  readonly unsaid: ReadonlyMap<string, number>
  readonly heard: number
  readonly held: number
}

/** A viewer of the recording's. It says something before its welcome has come; ours waits for that. */
interface Seat { readonly player: Player, early: JsonObject[] | undefined }

/** Plays a recording; throws at the first line that does not hold. `random` (0 to 1) decides how frames come together. */
export async function replay(text: string, random: () => number): Promise<Replayed> {
  const lines = text.trimEnd().split('\n').map((line) => JSON.parse(line) as Line)
  const seats = new Map<string, Seat>()
  const unsaid = new Map<string, number>()
  let said = 0
  let heard = 0
  let held = 0

  async function say(player: Player, message: JsonObject): Promise<void> {
    const what = await player.say(message)
    if (what === undefined) said += 1
    else unsaid.set(what, (unsaid.get(what) ?? 0) + 1)
  }

  async function play(line: Line, index: number): Promise<void> {
    let seat = seats.get(line.viewer)
    if (seat === undefined) seats.set(line.viewer, seat = { player: new Player(), early: undefined })
    const { player } = seat
    switch (line.event) {
      case 'connected':
        seat.early = []
        return player.connect()
      case 'cut': return player.lose(beginningOf(lines, index))
      case 'sent':
        if (seat.early !== undefined) seat.early.push(line.message)
        else await say(player, line.message)
        return
      case 'received': {
        heard += 1
        await player.hear(JSON.stringify(line.message))
        // Some come with one frame of the screen, some with the next.
        if (random() < 0.3) await player.pass(Math.floor(random() * 40))
        const { early = [] } = seat
        seat.early = undefined
        for (const message of early) await say(player, message)
        return
      }
      case 'holds':
        if (player.checkHoldsAll(line.id, line.seq, line.channels)) held += 1
        return
    }
  }

  for (const [index, line] of lines.entries()) {
    try {
      await play(line, index)
    } catch (error) {
      throw new Error(`line ${index + 1}, ${line.viewer}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  }
  for (const { player } of seats.values()) await player.end()
  return { viewers: seats.size, said, unsaid, heard, held }
}

/** What the next connection of the viewer that is cut off on this line begins with. */
function beginningOf(lines: readonly Line[], index: number): Beginning {
  const viewer = lines[index]?.viewer
  const beginning = new Map<number, { query: ReturnType<typeof queryOf>, hasCursor: boolean }>()
  let isNext = false
  for (const line of lines.slice(index + 1)) {
    if (line.viewer !== viewer) continue
    if (isNext && (line.event === 'connected' || line.event === 'cut')) break
    isNext ||= line.event === 'connected'
    if (line.event !== 'sent' || line.message['type'] !== 'subscribe' || beginning.has(Number(line.message['id']))) continue
    beginning.set(Number(line.message['id']), { query: queryOf(line.message), hasCursor: line.message['since'] !== undefined })
  }
  assert.ok(isNext || beginning.size === 0)
  return beginning
}
