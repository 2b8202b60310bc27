/**
 * The map as one thing: a base layer, what is drawn above it, and hands on both.
 *
 * It draws at most once a frame, and only when something changed.
 */
import { gestureAtRest, gestured, type PointerSaid } from '../../lib/map/gestures.js'
import type { Point } from '../../lib/map/mercator.js'
import type { MapNode } from '../../lib/map/node-table.js'
import { between, clamped, fitted, panned, zoomedAround, type Size, type View } from '../../lib/map/viewport.js'
import type { BaseLayer } from './base-layer.js'
import { Overlay, type Hit } from './overlay.js'
import { onTheme, readPalette } from './palette.js'
import type { Bounds } from '@starling/client'

export interface SurfaceOptions {
  /** Told of each new view, by hand or not, and of each new size. */
  onMove: (view: View, size: Size) => void
  onPick: (hit: Hit | undefined) => void
}

const travelMs = 300
const keyPx = 100

export class Surface {
  readonly #element: HTMLElement
  readonly #options: SurfaceOptions
  readonly #overlay: Overlay
  readonly #ends: (() => void)[] = []
  #base: BaseLayer | undefined
  #view: View = { latitude: 20, longitude: 0, zoom: 1 }
  #size: Size = { width: 0, height: 0 }
  #nodes: readonly MapNode[] = []
  #version = 0
  #selected: MapNode | undefined
  #nowMs = 0
  #gesture = gestureAtRest
  #frame = 0
  #isMoved = true
  #journey: { from: View, to: View, startedMs: number } | undefined

  /** `element` is empty, and has a size by its style. */
  constructor(element: HTMLElement, options: SurfaceOptions) {
    this.#element = element
    this.#options = options
    const canvas = document.createElement('canvas')
    canvas.className = 'overlay'
    element.append(canvas)
    this.#overlay = new Overlay(canvas, readPalette())
    this.#ends.push(onTheme(() => {
      const palette = readPalette()
      this.#overlay.setPalette(palette)
      this.#base?.setPalette(palette)
      this.#draw()
    }))
    const observer = new ResizeObserver(() => this.#measure())
    observer.observe(element)
    this.#ends.push(() => observer.disconnect())
    this.#measure()
    this.#listen()
  }

  get view(): View { return this.#view }
  get size(): Size { return this.#size }
  get inView(): readonly MapNode[] { return this.#overlay.inView }
  get base(): BaseLayer['name'] | undefined { return this.#base?.name }

  /** May be set again: the one before is destroyed. */
  setBase(make: (container: HTMLElement) => BaseLayer): void {
    this.#base?.destroy()
    this.#element.querySelector('.base')?.remove()
    const container = document.createElement('div')
    container.className = 'base'
    this.#element.prepend(container)
    this.#base = make(container)
    this.#moved()
  }

  /** `nodes` are held on to: say so again whenever one of them changed. */
  setNodes(nodes: readonly MapNode[], nowMs: number): void {
    this.#nodes = nodes
    this.#nowMs = nowMs
    this.#version++
    this.#draw()
  }

  setNow(nowMs: number): void {
    this.#nowMs = nowMs
    this.#draw()
  }

  setSelected(node: MapNode | undefined): void {
    if (this.#selected === node) return
    this.#selected = node
    this.#draw()
  }

  /** Goes there, in a short while unless the reader wants no motion, or at once. */
  setView(view: View, { atOnce = false } = {}): void {
    const to = clamped(view, this.#size)
    if (atOnce || matchMedia('(prefers-reduced-motion: reduce)').matches) {
      this.#journey = undefined
      this.#go(to)
      return
    }
    this.#journey = { from: this.#view, to, startedMs: performance.now() }
    this.#draw()
  }

  fit(bounds: Bounds, options: { nearest?: number, atOnce?: boolean } = {}): void {
    const marginPx = Math.min(64, this.#size.width / 8, this.#size.height / 8)
    this.setView(fitted(bounds, this.#size, { marginPx, nearest: options.nearest ?? 14 }), options)
  }

  zoom(by: number, at: Point = { x: this.#size.width / 2, y: this.#size.height / 2 }): void {
    this.setView(zoomedAround(this.#journey?.to ?? this.#view, this.#size, at, (this.#journey?.to ?? this.#view).zoom + by))
  }

  pan(right: number, down: number): void {
    this.setView(panned(this.#journey?.to ?? this.#view, this.#size, -right * keyPx, -down * keyPx))
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame)
    for (const end of this.#ends) end()
    this.#base?.destroy()
    this.#element.replaceChildren()
  }

  #measure(): void {
    const { clientWidth: width, clientHeight: height } = this.#element
    if (width === this.#size.width && height === this.#size.height) return
    this.#size = { width, height }
    this.#go(clamped(this.#view, this.#size))
  }

  #go(view: View): void {
    this.#view = view
    this.#moved()
    this.#options.onMove(view, this.#size)
  }

  #moved(): void {
    this.#isMoved = true
    this.#draw()
  }

  #draw(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(atMs => this.#render(atMs))
  }

  #render(atMs: number): void {
    this.#frame = 0
    if (this.#size.width === 0 || this.#size.height === 0) return
    if (this.#journey) {
      const { from, to, startedMs } = this.#journey
      const part = Math.min(1, Math.max(0, (atMs - startedMs) / travelMs))
      if (part === 1) this.#journey = undefined
      this.#go(clamped(part === 1 ? to : between(from, to, part * (2 - part)), this.#size))
    }
    if (this.#isMoved) this.#base?.show(this.#view, this.#size)
    this.#isMoved = false
    this.#overlay.draw({ view: this.#view, size: this.#size, nodes: this.#nodes, version: this.#version, selected: this.#selected, nowMs: this.#nowMs })
  }

  #listen(): void {
    const pointer = (type: PointerSaid['type']) => (event: PointerEvent) => {
      if (type === 'down' && event.pointerType === 'mouse' && event.button !== 0) return
      if (type === 'down') this.#element.setPointerCapture(event.pointerId)
      this.#tell({ type, id: event.pointerId, at: this.#pointOf(event) })
      if (type === 'move') this.#element.classList.toggle('pointing', this.#gesture.pointers.size === 0 && this.#overlay.at(this.#pointOf(event)) !== undefined)
      this.#element.classList.toggle('dragging', this.#gesture.pointers.size > 0 && this.#gesture.tapFrom === undefined)
    }
    this.#on('pointerdown', pointer('down'))
    this.#on('pointermove', pointer('move'))
    this.#on('pointerup', pointer('up'))
    this.#on('pointercancel', pointer('cancel'))
    this.#on('dblclick', event => this.zoom(1, this.#pointOf(event)))
    this.#on('wheel', (event) => {
      event.preventDefault()
      // A wheel's click is some 100 px; a pinch on a touchpad comes as small steps with Ctrl.
      const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 33 : event.deltaY
      const by = Math.max(-1, Math.min(1, -pixels / (event.ctrlKey ? 100 : 300)))
      this.setView(zoomedAround(this.#view, this.#size, this.#pointOf(event), this.#view.zoom + by), { atOnce: true })
    })
  }

  #tell(said: PointerSaid): void {
    const [gesture, effects] = gestured(this.#gesture, said)
    this.#gesture = gesture
    for (const effect of effects) {
      switch (effect.type) {
        case 'pan':
          this.setView(panned(this.#view, this.#size, effect.dx, effect.dy), { atOnce: true })
          break
        case 'zoom':
          this.setView(zoomedAround(this.#view, this.#size, effect.at, this.#view.zoom + Math.log2(effect.factor)), { atOnce: true })
          break
        case 'tap':
          this.#options.onPick(this.#overlay.at(effect.at))
          break
        default:
          effect satisfies never
      }
    }
  }

  #pointOf(event: MouseEvent): Point {
    const { left, top } = this.#element.getBoundingClientRect()
    return { x: event.clientX - left, y: event.clientY - top }
  }

  #on<K extends keyof HTMLElementEventMap>(name: K, listener: (event: HTMLElementEventMap[K]) => void): void {
    this.#element.addEventListener(name, listener, { passive: false })
    this.#ends.push(() => this.#element.removeEventListener(name, listener))
  }
}
