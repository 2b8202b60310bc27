/**
 * Patterns of a transcript made concrete: what a server may have said where the file leaves it open. Of a capture (`$name`) there is one
 * value a file, of `*` one that fits the member it stands for.
 */
import type { Frame, Json, JsonObject } from './naive.js'

/** What is known when a frame is made of a pattern. */
export interface Context {
  /** RFC 3339. */
  readonly time: string
  /** The seq that the subscription last completed. */
  readonly seq: number
  /** What a later `holds` line says of the channels after this frame; by channel, by key. */
  readonly held: { readonly [channel: string]: Json }
}

export class Captures {
  #numbers = 0

  /** A text that is sent, its captures filled in. */
  said(text: string): string {
    return text.replace(/"\$(\w+)"/g, (_, name: string) => JSON.stringify(valueOf(name)))
  }

  /** The text that a pattern stands for. */
  heard(pattern: string, isLoose: boolean, context: Context): string {
    const text = pattern.replace(/"(\w+)":(?:"\$(\w+)"|"\*"|\*)/g, (_, member: string, name: string | undefined) => {
      const value = name === undefined ? this.#anything(member, context) : valueOf(name)
      return `"${member}":${JSON.stringify(value)}`
    })
    return isLoose ? JSON.stringify(this.#completed(JSON.parse(text) as JsonObject, context)) : text
  }

  #anything(member: string, context: Context): Json {
    switch (member) {
      case 'time': return context.time
      case 'reconnect_ms': return 2000
      default: return `any-${this.#numbers += 1}`
    }
  }

  /** A frame of which a file names some members, with all that it must have. */
  #completed(frame: JsonObject, context: Context): JsonObject {
    if (frame['code'] !== undefined) return { type: 'error', message: 'it is wrong', retry: 'never', ...frame }
    const seq = context.seq + 1
    switch ((frame as Frame).type) {
      case 'subscribed': return { seq, resumed: false, reason: 'new', ...(frame['replay'] === true ? { time: context.time } : { view: this.#anything('view', context) }), ...frame }
      case 'snapshot': return { seq, channels: { ...context.held }, more: false, ...frame }
      case 'update': return { seq, channels: {}, ...frame }
    }
  }
}

function valueOf(capture: string): string { return `value-of-${capture}` }
