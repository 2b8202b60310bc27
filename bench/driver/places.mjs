// Where things are in the tree.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const bench = dirname(dirname(fileURLToPath(import.meta.url)))
export const root = dirname(bench)
export const peersFolder = join(bench, 'peers')
export const viewportLoop = join(bench, 'viewport', 'loop.mjs')
