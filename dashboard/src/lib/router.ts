/**
 * Where the page is, as the fragment says it: `#/nodes/!a1b2c3d4` is the view `nodes` with that key selected.
 *
 * A fragment, so that the page works under any path and needs nothing of the server.
 */
export const viewNames = ['map', 'overview', 'nodes', 'messages', 'spectrum', 'server'] as const
export type ViewName = (typeof viewNames)[number]

export interface Route {
  readonly view: ViewName
  /** What is selected in it. */
  readonly key: string | undefined
}

const isViewName = (text: string): text is ViewName => (viewNames as readonly string[]).includes(text)

/** What no view is called leads to the first. */
export function routeOf(hash: string): Route {
  const [, name = '', ...rest] = hash.replace(/^#/, '').split('/')
  if (!isViewName(name)) return { view: 'map', key: undefined }
  const key = decode(rest.join('/'))
  return { view: name, key: key === '' ? undefined : key }
}

/** The link to it. */
export function hashOf(view: ViewName, key?: string): string {
  return key === undefined ? `#/${view}` : `#/${view}/${encodeURIComponent(key)}`
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // somebody wrote a % by hand
  }
}
