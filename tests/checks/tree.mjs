// The files of a tree, and small trees made up to show that a check finds what it looks for.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

// What is built, installed, or the version control's.
const notOurs = new Set(['.git', 'build', 'node_modules'])

/** Paths of all files below `top`, relative to it, sorted. */
export function filesOf(top) {
  const found = []
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (notOurs.has(entry.name)) continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) walk(path)
      else if (entry.isFile()) found.push(relative(top, path))
    }
  }
  walk(top)
  return found.sort()
}

export const read = (top, path) => readFileSync(join(top, path), 'utf8')

/** Calls `use` with the path of a tree that holds `files` ({path: text}), and removes it afterwards. */
export async function withTree(files, use) {
  const top = mkdtempSync(join(tmpdir(), 'starling-check-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(top, path)), { recursive: true })
      writeFileSync(join(top, path), text)
    }
    return await use(top)
  } finally {
    rmSync(top, { recursive: true, force: true })
  }
}

/** C++ with its comments blanked out, line by line. Strings stay. */
export function withoutComments(source) {
  return source.replace(/"(?:\\.|[^"\\\n])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (part) =>
    part.startsWith('"') ? part : part.replace(/[^\n]/g, ' '))
}
