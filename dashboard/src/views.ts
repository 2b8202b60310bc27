/** The views, in the order of the navigation; each is fetched when it is first opened. */
import type { Component } from 'svelte'
import type { ViewName } from './lib/router.js'

export interface View {
  readonly name: ViewName
  readonly title: string
  load(): Promise<{ default: Component }>
}

export const views: readonly View[] = [
  { name: 'map', title: 'Map', load: () => import('./views/map/Map.svelte') },
  { name: 'overview', title: 'Overview', load: () => import('./views/overview/Overview.svelte') },
  { name: 'nodes', title: 'Nodes', load: () => import('./views/nodes/Nodes.svelte') },
  { name: 'messages', title: 'Messages', load: () => import('./views/messages/Messages.svelte') },
  { name: 'spectrum', title: 'Spectrum', load: () => import('./views/spectrum/Spectrum.svelte') },
  { name: 'server', title: 'Server', load: () => import('./views/server/Server.svelte') }
]
