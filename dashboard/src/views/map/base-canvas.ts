/** The base layer without WebGL: the shapes of the world, filled and stroked on a canvas whenever the view changes. */
import { xOf, yOf } from '../../lib/map/mercator.js'
import { worldAt, type Size, type View } from '../../lib/map/viewport.js'
import { edgesOf, type Line } from '../../lib/map/world-file.js'
import type { BaseLayer } from './base-layer.js'
import type { Palette } from './palette.js'
import { WorldSquares, type LoadedSquare } from './world.js'

/** A line in the unit square, x, y by turns, and the box around it. */
interface Trace { readonly points: Float64Array, readonly west: number, readonly east: number, readonly north: number, readonly south: number }
interface Traces { readonly sea: readonly Trace[], readonly land: readonly Trace[], readonly coasts: readonly Trace[], readonly borders: readonly Trace[] }

export function canvasBase(container: HTMLElement, firstPalette: Palette): BaseLayer {
  const canvas = document.createElement('canvas')
  container.append(canvas)
  const pen = canvas.getContext('2d', { alpha: false })
  const squares = new WorldSquares(() => draw())
  const traced = new WeakMap<LoadedSquare, Traces>()
  let palette = firstPalette
  let shown: { view: View, size: Size } | undefined

  function tracesOf(square: LoadedSquare): Traces {
    let traces = traced.get(square)
    if (!traces) {
      const { land, coasts, borders } = square.world
      const { west, south, east, north } = edgesOf(square)
      const sea = Float64Array.of(west, south, east, south, east, north, west, north)
      traced.set(square, traces = { sea: [traceOf(sea)], land: land.flat().map(traceOf), coasts: coasts.map(traceOf), borders: borders.map(traceOf) })
    }
    return traces
  }

  function draw(): void {
    if (!pen || !shown) return
    const { view, size } = shown
    const ratio = devicePixelRatio
    const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)]
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
    pen.setTransform(ratio, 0, 0, ratio, 0, 0)
    pen.fillStyle = palette.sea
    pen.fillRect(0, 0, size.width, size.height)
    pen.lineWidth = 1
    const world = worldAt(view.zoom)
    const [left, top] = [xOf(view.longitude) - size.width / 2 / world, yOf(view.latitude) - size.height / 2 / world]
    const [right, bottom] = [left + size.width / world, top + size.height / world]
    for (const square of squares.of(view, size)) {
      const traces = tracesOf(square)
      for (let copy = Math.floor(left) - 1; copy <= Math.floor(right); copy++) {
        const draw = (lines: readonly Trace[]): void => {
          pen.beginPath()
          for (const { points, west, east, north, south } of lines) {
            if (east + copy < left || west + copy > right || south < top || north > bottom) continue
            pen.moveTo((points[0]! + copy - left) * world, (points[1]! - top) * world)
            for (let i = 2; i < points.length; i += 2) pen.lineTo((points[i]! + copy - left) * world, (points[i + 1]! - top) * world)
          }
        }
        draw(traces.sea)
        pen.fillStyle = palette.sea
        pen.fill()
        draw(traces.land)
        pen.fillStyle = palette.land
        pen.fill('evenodd')
        draw(traces.borders)
        pen.strokeStyle = palette.border
        pen.stroke()
        draw(traces.coasts)
        pen.strokeStyle = palette.coast
        pen.stroke()
      }
    }
  }

  return {
    name: 'canvas',
    show(view, size) {
      shown = { view, size }
      draw()
    },
    setPalette(next) {
      palette = next
      draw()
    },
    destroy() {
      squares.end()
      canvas.remove()
    }
  }
}

function traceOf(line: Line): Trace {
  const points = new Float64Array(line.length)
  let [west, east, north, south] = [Infinity, -Infinity, Infinity, -Infinity]
  for (let i = 0; i < line.length; i += 2) {
    // Not wrapped: what goes on beyond the date line goes on beyond the edge, where the next copy of the world is.
    const x = points[i] = (line[i]! + 180) / 360
    const y = points[i + 1] = yOf(line[i + 1]!)
    west = Math.min(west, x)
    east = Math.max(east, x)
    north = Math.min(north, y)
    south = Math.max(south, y)
  }
  return { points, west, east, north, south }
}
