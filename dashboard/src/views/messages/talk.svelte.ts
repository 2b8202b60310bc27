/** The conversation as the page holds it: fed by what is looked at and by the history, and what the reader says into it. */
import type { Live } from '@starling/svelte'
import { StarlingError } from '@starling/client'
import { untrack } from 'svelte'

import { clock, starling, timeMachine } from '../../lib/fleet.svelte.js'
import { converse, isHeld, mayBeSent, silence, type Conversation, type ConversationEvent } from '../../lib/messages/conversation.js'
import { earlierThan } from '../../lib/messages/earlier.js'
import { dataOf, type Draft } from '../../lib/messages/message.js'
import { keepsHistory } from '../../lib/history.js'
import { fetchResource, ResourceError } from '../../lib/resource.js'

export const channel = 'mesh:message'

/** How long something sent is shown as such if it does not come back, as when the past is looked at. */
const sentShownMs = 1500

export type EarlierState = 'more' | 'reading' | 'all' | 'none'

export class Talk {
  conversation: Conversation = $state.raw(silence)
  earlier: EarlierState = $state('more')
  earlierFault: string | undefined = $state()

  /** Called while a component initialises. */
  constructor(live: Live) {
    const subscription = $derived(live.subscription)
    const world = $derived(timeMachine.world)
    $effect(() => {
      const followed = subscription
      if (followed === undefined) return
      const stops = [
        followed.onEvent(event => this.#tell({ type: 'said', said: event })),
        followed.onGap(() => this.#tell({ type: 'gap' }))
      ]
      return () => { for (const stop of stops) stop() }
    })
    let before: string | undefined
    $effect(() => {
      const isFirst = before === undefined
      if (before === world) return
      before = world
      if (!isFirst) untrack(() => this.#tell({ type: 'cleared' }))
      this.earlier = 'more'
      this.earlierFault = undefined
      if (world === 'live') return
      // Nothing is told of what was said before a moment of the past, so it is read up; not for each step of a slider that is drawn.
      const timer = setTimeout(() => void this.readEarlier(), 300)
      return () => clearTimeout(timer)
    })
  }

  /** Sends it; what failed may be sent again. */
  send(draft: Draft): void {
    if (!mayBeSent(this.conversation, draft)) return
    this.#tell({ type: 'sending', draft })
    starling.publish(channel, null, dataOf(draft)).then(() => {
      this.#tell({ type: 'taken', packet: draft.packet })
      setTimeout(() => this.drop(draft.packet), sentShownMs)
    }, (error: unknown) => {
      const { code, message } = error instanceof StarlingError ? error : { code: 'unknown', message: String(error) }
      this.#tell({ type: 'refused', packet: draft.packet, code, fault: message })
    })
  }

  drop(packet: number): void { this.#tell({ type: 'dropped', packet }) }

  async readEarlier(): Promise<void> {
    if (this.earlier === 'reading') return
    this.earlier = 'reading'
    this.earlierFault = undefined
    const world = timeMachine.world
    const first = this.conversation.entries.find(entry => entry.type === 'message')
    try {
      if (!await keepsHistory()) {
        this.earlier = 'none'
        return
      }
      const { said, isAll } = await earlierThan(channel, first?.message.timeMs ?? clock.nowMs, one => isHeld(this.conversation, one), async path => (await fetchResource(path)).json() as Promise<unknown>)
      if (world !== timeMachine.world) return
      this.#tell({ type: 'earlier', said })
      this.earlier = isAll || said.length === 0 ? 'all' : 'more'
    } catch (error) {
      if (world !== timeMachine.world) return
      const hasNone = error instanceof ResourceError && (error.status === 503 || error.status === 404)
      this.earlier = hasNone ? 'none' : 'more'
      this.earlierFault = hasNone ? undefined : error instanceof Error ? error.message : String(error)
    }
  }

  #tell(event: ConversationEvent): void { this.conversation = converse(this.conversation, event) }
}

/** A number for a message, as a radio would give it. */
export const newPacket = (): number => crypto.getRandomValues(new Uint32Array(1))[0]!
