import { mount, unmount } from 'svelte'

import { connect } from '@starling/client'

import App from './App.svelte'

/** {ask, end}: `ask` is another query, or null. */
export function start(url: string, target: HTMLElement): object {
  const app = mount(App, { target, props: { starling: connect(url, { reconnectDelayMs: 200, reconnectDelayMaxMs: 200 }) } })
  return { ask: app.ask, store: app.store, end: () => unmount(app) }
}
