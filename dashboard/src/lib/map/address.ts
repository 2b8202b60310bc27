/**
 * A view, and what is selected in it, as the part of the page's address after `#/map/`: `11.50/37.8000/-122.4000/!a1b2c3d4`, which is
 * zoom, latitude, longitude and key. Either may be missing.
 */
import type { View } from './viewport.js'

export interface Address { readonly view: View | undefined, readonly key: string | undefined }

const form = /^(\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)(?:\/(.+))?$/s

/** What is no view is a key. */
export function addressOf(text: string | undefined): Address {
  const [zoom, latitude, longitude] = (form.exec(text ?? '') ?? []).slice(1, 4).map(Number)
  if (zoom === undefined || latitude === undefined || longitude === undefined) return { view: undefined, key: text || undefined }
  if (zoom > 24 || Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return { view: undefined, key: undefined }
  return { view: { zoom, latitude, longitude }, key: form.exec(text ?? '')?.[4] }
}

/** As many digits as tell one pixel from the next. */
export function hashOfView({ zoom, latitude, longitude }: View, key?: string): string {
  const digits = Math.max(2, Math.ceil(zoom * Math.log10(2)) + 1)
  const view = `${zoom.toFixed(2)}/${latitude.toFixed(digits)}/${longitude.toFixed(digits)}`
  return key === undefined ? `#/map/${view}` : `#/map/${view}/${encodeURIComponent(key)}`
}
