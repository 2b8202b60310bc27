// Facts about the tree as it would be committed: nothing of one machine in it, no test left out, no link that leads nowhere.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import test from 'node:test'

import { filesOf, read, root, withTree, withoutComments } from './tree.mjs'

const isText = (path) => /\.(cpp|hpp|c|h|cmake|txt|md|json|mjs|js|ts|css|html|svelte|toml|yml|yaml|sh|ndjson)$/.test(path) || !/\.[^/]*$/.test(path)

/** Lines of text files that `find` names a fault in: "path:line: fault". */
function faultyLines(top, isWanted, find, prepare = (text) => text) {
  const found = []
  for (const path of filesOf(top).filter((name) => isText(name) && isWanted(name))) {
    for (const [index, line] of prepare(read(top, path)).split('\n').entries()) {
      const fault = find(line)
      if (fault) found.push(`${path}:${index + 1}: ${fault}`)
    }
  }
  return found
}

// ---- Machine paths --------------------------------------------------------------------------------------------------

// A home folder belongs to somebody. (Written in halves, so that this file is clean itself.)
const homes = new RegExp(`${'/ho'}me/[a-z]|${'/Us'}ers/[A-Za-z]|${'/ro'}ot/`)
// Folders every machine has: a clone that lies right in one of them tells nothing.
const everywhere = new Set(['/', '/tmp', '/var/tmp', '/home', '/opt', '/srv', '/usr', '/usr/src', '/mnt'])

/** `top` is searched for its own place, `place`, and for home folders. */
export function machinePaths(top, place) {
  const own = [place, dirname(place)].filter((path) => !everywhere.has(path)).map((path) => `${path}/`)
  return faultyLines(top, () => true, (line) => homes.exec(line)?.[0] ?? own.find((path) => line.includes(path)))
}

test('no file names a path of one machine', () => {
  assert.deepEqual(machinePaths(root, root), [])
})

test('found: a home folder, and the place of the tree', () => withTree({
  'docs/a.md': `fine\nlook in ${'/ho'}me/alice/starling\n`,
  'starling/b.cpp': '// see /srv/fleet/tree/docs\n// and /srv/fleet/other\n// /srv alone is fine\n',
}, (top) => {
  assert.deepEqual(machinePaths(top, '/srv/fleet/tree'), [
    `docs/a.md:2: ${'/ho'}me/a`, 'starling/b.cpp:1: /srv/fleet/tree/', 'starling/b.cpp:2: /srv/fleet/',
  ])
}))

// ---- Tests that are left out ------------------------------------------------------------------------------------------

const skips = [
  [/\.cpp$/, /doctest::(?:skip|may_fail|should_fail|expected_failures)\b/],
  [/\.(?:mjs|js|ts)$/, /\b(?:test|it|describe|suite|t)\.(?:skip|todo|only|fixme)\b|\b(?:skip|todo|only)\s*:\s*(?:true|['"`])/],
  [/(?:CMakeLists\.txt|\.cmake)$/, /\bDISABLED\s+(?:TRUE|ON|1)\b/],
]

export function skippedTests(top) {
  return skips.flatMap(([names, pattern]) =>
    faultyLines(top, (path) => names.test(path) && !path.endsWith('tree_is_clean.test.mjs'), (line) => pattern.exec(line)?.[0], withoutComments))
}

test('no test is skipped', () => {
  assert.deepEqual(skippedTests(root), [])
})

test('found: tests skipped in each language', () => withTree({
  'starling/a_test.cpp': 'TEST_CASE("x" * doctest::skip()) {}\nTEST_CASE("y") {}  // not doctest::skip\n',
  'tests/a.test.mjs': "test.skip('x', () => {})\ntest('y', { skip: true }, () => {})\ntest('z', { todo: 'later' }, () => {})\nit.only('w', f)\ntest('fine', f)\n",
  'tests/CMakeLists.txt': 'set_tests_properties(x PROPERTIES DISABLED TRUE)\n',
}, (top) => {
  assert.deepEqual(skippedTests(top).map((text) => text.split(': ')[0]),
    ['starling/a_test.cpp:1', 'tests/a.test.mjs:1', 'tests/a.test.mjs:2', 'tests/a.test.mjs:3', 'tests/a.test.mjs:4', 'tests/CMakeLists.txt:1'])
}))

// ---- Tests that are not built -----------------------------------------------------------------------------------------

/** The files `*_test.cpp` of `top` that `commands` (of a compile_commands.json) do not compile. */
export function unbuiltTests(top, commands) {
  const built = new Set(commands.map(({ directory, file }) => normalize(join(file.startsWith('/') ? '' : directory, file))))
  return filesOf(top).filter((path) => path.endsWith('_test.cpp') && !built.has(join(top, path)))
}

test('every unit test is built', () => {
  const commands = join('build', 'dev', 'compile_commands.json')
  assert.ok(existsSync(join(root, commands)), 'configure the preset dev first: ./test build-dev')
  assert.deepEqual(unbuiltTests(root, JSON.parse(read(root, commands))), [])
})

test('found: a unit test that no target compiles', () => withTree({
  'starling/a_test.cpp': '', 'starling/b_test.cpp': '', 'starling/c_test.cpp': '', 'starling/d.cpp': '',
}, (top) => {
  const commands = [{ directory: join(top, 'build'), file: join(top, 'starling/a_test.cpp') }, { directory: join(top, 'build'), file: '../starling/c_test.cpp' }]
  assert.deepEqual(unbuiltTests(top, commands), ['starling/b_test.cpp'])
}))

// ---- Links of the docs -------------------------------------------------------------------------------------------------

/** The names by which the headings of a page can be linked to. */
function anchorsOf(markdown) {
  const seen = new Map()
  return new Set(withoutFences(markdown).split('\n').flatMap((line) => {
    const [, heading] = /^#{1,6}\s+(.*?)\s*#*$/.exec(line) ?? []
    if (heading === undefined) return []
    const slug = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-')
    const times = seen.get(slug) ?? 0
    seen.set(slug, times + 1)
    return [times === 0 ? slug : `${slug}-${times}`]
  }))
}

/** Markdown with its code blocks blanked out, line by line. */
function withoutFences(markdown) {
  return markdown.replace(/^( *)(```+|~~~+)[\s\S]*?^ *\2[^\n]*$/gm, (block) => block.replace(/[^\n]/g, ' '))
}

export function brokenLinks(top) {
  const found = []
  for (const path of filesOf(top).filter((name) => name.endsWith('.md'))) {
    for (const [index, line] of withoutFences(read(top, path)).split('\n').entries()) {
      const prose = line.replace(/`[^`]*`/g, '')
      for (const [, target] of prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)) {
        if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue
        const [file, anchor] = target.split('#')
        const page = file === '' ? path : normalize(join(dirname(path), decodeURIComponent(file)))
        const isThere = !page.startsWith('..') && existsSync(join(top, page))
        const isRight = isThere && (!anchor || !page.endsWith('.md') || anchorsOf(read(top, page)).has(anchor))
        if (!isRight) found.push(`${path}:${index + 1}: ${target}`)
      }
    }
  }
  return found
}

test('every link of the docs leads somewhere', () => {
  assert.deepEqual(brokenLinks(root), [])
})

test('found: links to files and headings that are not there', () => withTree({
  'README.md': '# One\n[ok](docs/a.md) [ok](#one) [no](docs/b.md) ![no](docs/a.png)\n[no](#two) [ok](https://example.com/x) [no](../x.md)\n',
  'docs/a.md': '## The `wire`, version 1\n## Same\n## Same\n[ok](../README.md#one) [ok](#the-wire-version-1) [ok](#same-1) [no](#same-2) [ok](..)\n```\n[code](nowhere.md)\n```\n`[code](x.md)`\n',
}, (top) => {
  assert.deepEqual(brokenLinks(top), ['README.md:2: docs/b.md', 'README.md:2: docs/a.png', 'README.md:3: #two', 'README.md:3: ../x.md', 'docs/a.md:4: #same-2'])
}))
