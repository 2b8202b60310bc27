/** What lies below the nodes: which base layer this browser gets, and the tiles that the server names. */
import { fetchResource, isRecord } from '../../lib/resource.js'
import type { BaseLayer } from './base-layer.js'
import { readPalette } from './palette.js'

type MakeBase = (container: HTMLElement) => BaseLayer

interface Tiles {
  /** Of raster tiles, with {z}, {x} and {y}. */
  readonly url: string
  readonly attribution: string
}

/** Undefined where it names none, and where it cannot be asked: the map is one without them. */
export async function tilesOfServer(): Promise<Tiles | undefined> {
  try {
    const settings: unknown = await (await fetchResource('api/v1/dashboard.json')).json()
    const tiles = isRecord(settings) ? settings['tiles'] : undefined
    if (!isRecord(tiles) || typeof tiles['url'] !== 'string') return undefined
    return { url: tiles['url'], attribution: typeof tiles['attribution'] === 'string' ? tiles['attribution'] : '' }
  } catch {
    return undefined
  }
}

/** Programs that draw WebGL without a graphics card. */
const emulated = /swiftshader|llvmpipe|softpipe|software|basic render/i

/** One that is a graphics card's: where the processor draws, it draws on a plain canvas sooner. */
function hasWebGl(): boolean {
  const context = document.createElement('canvas').getContext('webgl2', { failIfMajorPerformanceCaveat: true })
  if (!context) return false
  const info = context.getExtension('WEBGL_debug_renderer_info')
  const renderer: unknown = context.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : context.RENDERER)
  // Browsers allow some sixteen of them; this one is not needed any more.
  context.getExtension('WEBGL_lose_context')?.loseContext()
  return !emulated.test(String(renderer))
}

/** MapLibre is fetched only where it can draw. The canvas draws no tiles. */
export async function chooseBase(tiles: string | undefined): Promise<MakeBase> {
  if (hasWebGl()) {
    try {
      const { maplibreBase } = await import('./base-maplibre.js')
      return container => maplibreBase(container, readPalette(), tiles)
    } catch (error) {
      console.info('The map is drawn without MapLibre:', error)
    }
  }
  const { canvasBase } = await import('./base-canvas.js')
  return container => canvasBase(container, readPalette())
}
