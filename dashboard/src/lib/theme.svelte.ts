/**
 * Dark or light: as the system has it, until the reader says otherwise. The root bears it in `data-theme`, before anything is drawn.
 */
import { readSetting, writeSetting } from './settings.js'

export type Theme = 'dark' | 'light'

const systemIsLight = matchMedia('(prefers-color-scheme: light)')
const ofSystem = (): Theme => (systemIsLight.matches ? 'light' : 'dark')

let chosen = stored()
let current: Theme = $state(chosen ?? ofSystem())
apply()
systemIsLight.addEventListener('change', apply)

export const theme = {
  get current(): Theme { return current },
  /** The other one. What the system says anyway is no choice: the page follows it again. */
  toggle(): void {
    const wanted: Theme = current === 'dark' ? 'light' : 'dark'
    chosen = wanted === ofSystem() ? undefined : wanted
    writeSetting('theme', chosen)
    apply()
  }
}

/** What a custom property of tokens.css is now, for what is drawn on a canvas: `colour('--accent')`. Follows the theme where it is read reactively. */
export function colour(name: `--${string}`): string {
  void current
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

function apply(): void {
  const wanted = chosen ?? ofSystem()
  document.documentElement.dataset['theme'] = wanted
  current = wanted
}

function stored(): Theme | undefined {
  const text = readSetting('theme')
  return text === 'dark' || text === 'light' ? text : undefined
}
