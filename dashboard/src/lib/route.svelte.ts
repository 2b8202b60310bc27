import { hashOf, routeOf, type Route, type ViewName } from './router.js'

let current = $state.raw(routeOf(location.hash))
addEventListener('hashchange', () => { current = routeOf(location.hash) })

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
  history.replaceState(null, '', hashOf(view, key))
  current = { view, key }
}
