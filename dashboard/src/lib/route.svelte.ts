import { hashOf, routeOf, type Route, type ViewName } from './router.js'

/** The address as it was followed or written last. */
let known = location.hash
let current = $state.raw(routeOf(known))
addEventListener('hashchange', () => {
  known = location.hash
  current = routeOf(known)
})

/** Where the page is; reading it inside a component or an effect follows. */
export const route = {
  get view(): ViewName { return current.view },
  get key(): string | undefined { return current.key },
  get current(): Route { return current }
}

/** Goes there, with an entry in the browser's history. */
export function go(view: ViewName, key?: string): void {
  location.hash = hashOf(view, key)
}

/** Says in the address what is selected, without an entry in the browser's history for each selection. */
export function select(view: ViewName, key: string | undefined): void {
  if (replaceHash(hashOf(view, key))) current = { view, key }
}

/** Writes the address without an entry in the browser's history. False, and nothing, while somebody is on the way to elsewhere. */
export function replaceHash(hash: string): boolean {
  if (location.hash !== known) return false // its `hashchange` is still to come
  history.replaceState(null, '', hash)
  known = location.hash
  return true
}
