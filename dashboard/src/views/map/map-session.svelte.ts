/**
 * What the map shows and asks for: the nodes that came, the box that is asked for, what is selected.
 *
 * At first there is no view to ask for: everything is, once, and the view is fitted around what comes. What is then asked for is a smaller
 * box with the same in it, of which nothing has to be sent again. An address with a view in it asks for that at once.
 */
import type { Bounds, Query } from '@starling/client'
import type { Live } from '@starling/svelte'
import { untrack } from 'svelte'
import { Away } from '../../lib/away.js'
import { clock, look } from '../../lib/fleet.svelte.js'
import { addressOf, hashOfView, type Address } from '../../lib/map/address.js'
import { boundsToAsk, extentOf } from '../../lib/map/boxes.js'
import { boxOf } from '../../lib/map/clusters.js'
import type { Place } from '../../lib/map/mercator.js'
import { fieldsRead, NodeTable, type MapNode } from '../../lib/map/node-table.js'
import { boundsOf, wholeWorld, type Size, type View } from '../../lib/map/viewport.js'
import { replaceHash } from '../../lib/route.svelte.js'
import { presenceChannels } from '../../lib/spaces.js'
import type { Hit } from './overlay.js'
import type { Surface } from './surface.js'

export interface Selected { readonly key: string, readonly space: string | undefined }

/** Near enough to see where somebody stands. */
const nearZoom = 14
/** How long after "show all" nodes that come in still widen the view. */
const fitAgainMs = 2000
const addressDelayMs = 250

/** Where the map was when it was left. */
let left: Address = { view: undefined, key: undefined }

export class MapSession {
  readonly table = new NodeTable()
  readonly live: Live
  #surface: Surface | undefined
  #asked: Bounds = $state.raw(wholeWorld)
  #spaces: readonly string[] = $state.raw([])
  #selected: Selected | undefined = $state.raw()
  #view: View | undefined = $state.raw()
  /** Everything is asked for, and the view follows: until the first nodes are there, or `fitAgainMs`. */
  #fitting: 'first' | 'again' | undefined = 'first'
  /** How many nodes the view was fitted around. */
  #fitted = 0
  /** A key of the address that is to be gone to once it is known where it is. */
  #goingTo: string | undefined
  #timers = new Map<'address' | 'fit', ReturnType<typeof setTimeout>>()

  /** Made while a component initialises. */
  constructor(key: string | undefined) {
    // First: what is asked for depends on it.
    const address = addressOf(key)
    this.#goTo(address.view || address.key ? address : left)
    this.live = look(() => this.query)
    const subscription = $derived(this.live.subscription)
    $effect(() => {
      const current = subscription
      if (!current) return
      untrack(() => {
        this.table.reset(current.channels, clock.nowMs)
        this.#told()
      })
      const away = new Away(current)
      const ends = [
        current.onState(() => away.noted()),
        current.onChange((change) => {
          this.table.apply(current.channels, change, clock.nowMs, away.tells())
          this.#told()
        }),
        current.onEvent(({ channel, key, time }) => { if (key !== undefined) this.table.heard(channel, key, Date.parse(time)) })
      ]
      return () => ends.forEach(end => end())
    })
  }

  get query(): Query {
    return { channels: ['*', ...presenceChannels(this.#spaces)], filter: { bounds: this.#asked }, fields: fieldsRead }
  }

  get view(): View | undefined { return this.#view }
  get selected(): Selected | undefined { return this.#selected }

  /** Of what is selected, if it is in the box that is asked for. */
  get selectedNode(): MapNode | undefined {
    const { key, space } = this.#selected ?? {}
    if (key === undefined) return undefined
    return space === undefined ? this.table.find(key) : this.table.get(`${space}/${key}`)
  }

  attach(surface: Surface): void {
    this.#surface = surface
    if (this.#view) surface.setView(this.#view, { atOnce: true })
    this.#told()
  }

  detach(): void {
    left = { view: this.#fitting === 'first' ? undefined : this.#view, key: this.#selected?.key }
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#surface?.destroy()
    this.#surface = undefined
  }

  /** The address was changed by somebody else: a link, or a hand. */
  follow(key: string | undefined): void {
    const address = addressOf(key)
    if (address.view || address.key) this.#goTo(address)
  }

  moved(view: View, size: Size): void {
    // Until the first fit, and until the surface has been told the one of the address, the view is nobody's choice.
    if (!this.#surface || this.#fitting === 'first' || size.width === 0) return
    this.#view = view
    if (!this.#fitting) this.#asked = boundsToAsk(boundsOf(view, size), this.#asked)
    this.#after('address', addressDelayMs, () => this.#tellAddress())
  }

  pick(hit: Hit | undefined): void {
    if (hit && 'cluster' in hit) {
      this.#endFit()
      this.#surface?.fit(boxOf(hit.cluster.members), { nearest: 16 })
    } else {
      this.select(hit?.node)
    }
  }

  select(node: MapNode | undefined): void {
    this.#selected = node && { key: node.key, space: node.space }
    this.#goingTo = undefined
    this.#surface?.setSelected(node)
    this.#tellAddress()
  }

  show(place: Place): void {
    this.#endFit()
    this.#surface?.setView({ ...place, zoom: Math.max(nearZoom, this.#view?.zoom ?? 0) })
  }

  showAll(): void {
    this.#fitting = 'again'
    this.#fitted = 0
    this.#asked = wholeWorld
    this.#fit()
    this.#after('fit', fitAgainMs, () => this.#endFit())
  }

  /** A hand moves the map: it is not taken away from it. */
  taken(): void {
    if (this.#fitting === 'again') this.#endFit()
  }

  /** Once a second. */
  tick(): void {
    this.table.forgetTrails(clock.nowMs)
    this.#surface?.setNow(clock.nowMs)
  }

  #goTo({ view, key }: Address): void {
    this.#selected = key === undefined ? undefined : { key, space: undefined }
    this.#goingTo = view ? undefined : key
    if (view) {
      this.#fitting = undefined
      this.#view = view
      if (this.#surface) this.#surface.setView(view, { atOnce: true })
      // Before there is a screen: a part about as large as one. What is asked for next follows from the real one.
      else this.#asked = boundsToAsk(boundsOf(view, { width: innerWidth, height: innerHeight }))
    }
    this.#told()
  }

  #told(): void {
    const surface = this.#surface
    const spaces = [...new Set(Array.from(this.table.values(), ({ space }) => space))].sort()
    if (spaces.join() !== untrack(() => this.#spaces).join() && spaces.length > 0) this.#spaces = spaces
    if (!surface) return
    surface.setNodes([...this.table.values()], clock.nowMs)
    surface.setSelected(this.selectedNode)
    if (this.#fitting && this.table.size > this.#fitted) this.#fit()
    const wanted = this.#goingTo === undefined ? undefined : this.table.find(this.#goingTo)
    if (wanted) {
      this.#goingTo = undefined
      this.show(wanted)
    }
  }

  #fit(): void {
    const extent = extentOf(this.table.values())
    if (!extent || !this.#surface) return
    this.#fitted = this.table.size
    const isFirst = this.#fitting === 'first'
    if (isFirst) this.#fitting = undefined
    this.#surface.fit(extent, { atOnce: isFirst })
  }

  #endFit(): void {
    if (this.#fitting === undefined) return
    this.#fitting = undefined
    clearTimeout(this.#timers.get('fit'))
    if (this.#surface) this.#asked = boundsToAsk(boundsOf(this.#surface.view, this.#surface.size))
  }

  #tellAddress(): void {
    if (this.#view) replaceHash(hashOfView(this.#view, this.#selected?.key))
  }

  #after(what: 'address' | 'fit', ms: number, action: () => void): void {
    clearTimeout(this.#timers.get(what))
    this.#timers.set(what, setTimeout(action, ms))
  }
}
