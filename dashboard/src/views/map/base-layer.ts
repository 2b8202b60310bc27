/** What lies under the nodes: sea and land. Drawn by MapLibre where there is WebGL, else on a plain canvas; nobody above sees which. */
import type { Size, View } from '../../lib/map/viewport.js'
import type { Palette } from './palette.js'

export interface BaseLayer {
  readonly name: 'maplibre' | 'canvas'
  /** Draws now, not at the next frame: what lies above is drawn in the same one. */
  show(view: View, size: Size): void
  setPalette(palette: Palette): void
  destroy(): void
}
