/** The colours of the page's theme, for what is drawn and not styled. */
import type { Age } from '../../lib/map/age.js'

export interface Palette {
  readonly sea: string
  readonly land: string
  readonly coast: string
  readonly border: string
  readonly graticule: string
  readonly text: string
  readonly dim: string
  readonly panel: string
  readonly accent: string
  readonly font: string
  readonly ages: Record<Age, string>
}

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement)
  const value = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  return {
    sea: value('sea'), land: value('land'), coast: value('coast'), border: value('border'), graticule: value('graticule'),
    text: value('text'), dim: value('dim'), panel: value('panel'), accent: value('accent'), font: value('font'),
    ages: { fresh: value('age-fresh'), recent: value('age-recent'), aging: value('age-aging'), old: value('age-old'), unknown: value('age-unknown') }
  }
}

/** Told when the page's theme changes. */
export function onTheme(listener: () => void): () => void {
  const observer = new MutationObserver(listener)
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] })
  return () => observer.disconnect()
}
