/** Fetches the squares of the world that a view shows, and keeps the last ones. */
import { readWorld, squaresIn, squaresToForget, type Square, type World } from '../../lib/map/world-file.js'
import { fetchResource } from '../../lib/resource.js'
import { boundsOf, type Size, type View } from '../../lib/map/viewport.js'

const files = import.meta.glob<string>('../../../build/world/*.bin', { query: '?url', import: 'default', eager: true })
/** By the name of the square. One that is only sea has none. */
const urls = new Map(Object.entries(files).map(([path, url]) => [path.slice(path.lastIndexOf('/') + 1, -'.bin'.length), url]))

export type LoadedSquare = Square & { readonly world: World }

export class WorldSquares {
  readonly #squares = new Map<string, LoadedSquare | 'fetched'>()
  readonly #onLoaded: () => void
  #isEnded = false

  /** `onLoaded` is told when there is another one. */
  constructor(onLoaded: () => void) {
    this.#onLoaded = onLoaded
  }

  /** What is there of what a view shows, the coarsest first. The rest is fetched. */
  of(view: View, size: Size): LoadedSquare[] {
    const wanted = squaresIn(boundsOf(view, size), view.zoom)
    const loaded: LoadedSquare[] = []
    for (const square of wanted) {
      const held = this.#squares.get(square.name)
      if (held === undefined) void this.#fetch(square)
      else if (held !== 'fetched') loaded.push(held)
    }
    for (const name of squaresToForget([...this.#squares.keys()], new Set(wanted.map(({ name }) => name)))) this.#squares.delete(name)
    return loaded
  }

  end(): void {
    this.#isEnded = true
  }

  async #fetch(square: Square): Promise<void> {
    const url = urls.get(square.name)
    if (url === undefined) return
    this.#squares.set(square.name, 'fetched')
    try {
      const response = await fetchResource(new URL(url, import.meta.url))
      this.#squares.set(square.name, { ...square, world: readWorld(square, await response.arrayBuffer()) })
    } catch {
      this.#squares.delete(square.name) // it is tried again with the next move; until then there is what is coarser
      return
    }
    if (!this.#isEnded) this.#onLoaded()
  }
}
