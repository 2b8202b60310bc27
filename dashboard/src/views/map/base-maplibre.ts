/**
 * The base layer by MapLibre GL: the squares of the world as vector layers, and tiles above them where the server names some.
 *
 * It draws only; moving and choosing is the surface's. Its worker is a file of this server, so that the policy needs no `blob:`, and there are
 * no glyphs and no sprites to fetch.
 */
import { Map as MapLibre, setWorkerCount, setWorkerUrl, type GeoJSONSourceSpecification, type LayerSpecification } from 'maplibre-gl'
import type { Feature, Geometry } from 'geojson'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url'
import { zoomMax, type Size, type View } from '../../lib/map/viewport.js'
import { edgesOf, scales, type Line } from '../../lib/map/world-file.js'
import type { BaseLayer } from './base-layer.js'
import type { Palette } from './palette.js'
import { WorldSquares, type LoadedSquare } from './world.js'

setWorkerUrl(new URL(workerUrl, import.meta.url).href)
setWorkerCount(1)

/** Of each square, in this order: its sea covers what is coarser below it. */
const layers = ['sea', 'land', 'border', 'coast'] as const

export function maplibreBase(container: HTMLElement, firstPalette: Palette, tiles?: string): BaseLayer {
  let palette = firstPalette
  let shown: { view: View, size: Size } | undefined
  let [width, height] = [0, 0]
  let isReady = false
  const added = new Set<LoadedSquare>()
  const squares = new WorldSquares(() => put())
  const map = new MapLibre({
    container, interactive: false, attributionControl: false, fadeDuration: 0, maxZoom: zoomMax, maxPitch: 0, trackResize: false, refreshExpiredTiles: false,
    style: {
      version: 8,
      sources: tiles ? { tiles: { type: 'raster', tiles: [tiles], tileSize: 256 } } : {},
      layers: [
        { id: 'sea', type: 'background', paint: { 'background-color': palette.sea } },
        // Nothing but a mark: the squares of a scale stand below it.
        ...scales.map(({ name }): LayerSpecification => ({ id: `above ${name}`, type: 'background', layout: { visibility: 'none' } })),
        ...(tiles ? [{ id: 'tiles', type: 'raster', source: 'tiles' } satisfies LayerSpecification] : [])
      ]
    }
  })
  map.on('style.load', () => {
    isReady = true
    paint()
    put()
  })

  function paint(): void {
    if (!isReady) return
    map.setPaintProperty('sea', 'background-color', palette.sea)
    for (const square of added) {
      for (const layer of layers) map.setPaintProperty(`${square.name} ${layer}`, layer === 'sea' || layer === 'land' ? 'fill-color' : 'line-color', palette[layer])
    }
  }

  /** Adds the squares that came, and takes away those that are not shown any more. */
  function put(): void {
    if (!isReady || !shown) return
    const wanted = new Set(squares.of(shown.view, shown.size))
    for (const square of wanted) {
      if (added.has(square)) continue
      added.add(square)
      map.addSource(square.name, sourceOf(square))
      for (const layer of layers) map.addLayer(layerOf(square, layer, palette), `above ${square.scale.name}`)
    }
    for (const square of added) {
      if (wanted.has(square)) continue
      added.delete(square)
      for (const layer of layers) map.removeLayer(`${square.name} ${layer}`)
      map.removeSource(square.name)
    }
  }

  return {
    name: 'maplibre',
    show(view, size) {
      shown = { view, size }
      if (size.width !== width || size.height !== height) {
        width = size.width
        height = size.height
        map.resize()
      }
      put()
      map.jumpTo({ center: [view.longitude, view.latitude], zoom: view.zoom })
      map.redraw()
    },
    setPalette(next) {
      palette = next
      paint()
    },
    destroy() {
      squares.end()
      map.remove()
    }
  }
}

function sourceOf(square: LoadedSquare): GeoJSONSourceSpecification {
  const { land, coasts, borders } = square.world
  const { west, south, east, north } = edgesOf(square)
  const feature = (layer: (typeof layers)[number], geometry: Geometry): Feature => ({ type: 'Feature', properties: { layer }, geometry })
  return {
    type: 'geojson',
    data: {
      type: 'FeatureCollection',
      features: [
        feature('sea', { type: 'Polygon', coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]] }),
        ...land.map(rings => feature('land', { type: 'Polygon', coordinates: rings.map(pairs) })),
        feature('border', { type: 'MultiLineString', coordinates: borders.map(pairs) }),
        feature('coast', { type: 'MultiLineString', coordinates: coasts.map(pairs) })
      ]
    }
  }
}

function layerOf({ name }: LoadedSquare, layer: (typeof layers)[number], palette: Palette): LayerSpecification {
  const common = { id: `${name} ${layer}`, source: name, filter: ['==', ['get', 'layer'], layer] as ['==', ['get', string], string] }
  switch (layer) {
    // Neither has an edge of its own: a square's is no coast, and a coast has its line.
    case 'sea': return { ...common, type: 'fill', paint: { 'fill-color': palette.sea, 'fill-antialias': false } }
    case 'land': return { ...common, type: 'fill', paint: { 'fill-color': palette.land, 'fill-antialias': false } }
    case 'border': return { ...common, type: 'line', paint: { 'line-color': palette.border, 'line-width': 1 } }
    case 'coast': return { ...common, type: 'line', paint: { 'line-color': palette.coast, 'line-width': 1 } }
    default: return layer satisfies never
  }
}

const pairs = (line: Line): [number, number][] => Array.from({ length: line.length / 2 }, (_, i) => [line[2 * i]!, line[2 * i + 1]!])
