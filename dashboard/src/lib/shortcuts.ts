/**
 * Keys without a modifier: `?` and others at once, `g` and then a letter to go to a view.
 */
import type { ViewName } from './router.js'

export type Action = { readonly type: 'help' | 'theme' | 'reconnect' | 'live' | 'play' } | { readonly type: 'go', readonly view: ViewName }

export interface ShortcutState { readonly isGoing: boolean }

export const shortcutsStart: ShortcutState = { isGoing: false }

const viewOf: Readonly<Record<string, ViewName>> = { m: 'map', o: 'overview', n: 'nodes', e: 'messages', p: 'spectrum', s: 'server' }
const actionOf: Readonly<Record<string, Action>> = {
  '?': { type: 'help' }, 't': { type: 'theme' }, 'r': { type: 'reconnect' }, 'l': { type: 'live' }, 'k': { type: 'play' }
}

/** As the help lists them. */
export const shortcutHelp: readonly (readonly [keys: string, what: string])[] = [
  ['g m', 'Map'], ['g o', 'Overview'], ['g n', 'Nodes'], ['g e', 'Messages'], ['g p', 'Spectrum'], ['g s', 'Server'],
  ['r', 'Reconnect now'], ['l', 'Back to live'], ['k', 'Play or pause the past'], ['t', 'Dark or light'], ['?', 'This list']
]

/** `key` as a KeyboardEvent has it. */
export function pressed(state: ShortcutState, key: string): [ShortcutState, Action | undefined] {
  if (state.isGoing) {
    const view = Object.hasOwn(viewOf, key) ? viewOf[key] : undefined
    return [shortcutsStart, view && { type: 'go', view }]
  }
  if (key === 'g') return [{ isGoing: true }, undefined]
  return [shortcutsStart, Object.hasOwn(actionOf, key) ? actionOf[key] : undefined]
}
