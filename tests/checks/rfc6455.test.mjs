// docs/RFC6455.md says nothing that is not held: every test it names is in the tree, every section of the RFC that requires something of an endpoint is
// there, and no requirement stands without a test or a reason why it has none.
import assert from 'node:assert/strict'
import { basename } from 'node:path'
import test from 'node:test'

import { filesOf, read, root, withTree, withoutComments } from './tree.mjs'

const page = 'docs/RFC6455.md'

// Those in which RFC 6455 writes MUST, MUST NOT, REQUIRED or SHALL of a client or a server; registries and intermediaries alone are left out.
const sections = ['3', '4.1', '4.2.1', '4.2.2', '4.3', '4.4', '5.1', '5.2', '5.3', '5.4', '5.5', '5.5.1', '5.5.2', '5.5.3', '5.6', '5.8', '6.1', '6.2', '7.1.2', '7.1.7',
  '7.2.1', '7.2.2', '7.4.1', '8.1', '9', '9.1', '10.3', '10.4', '10.6', '10.7', '11.3.1', '11.3.2', '11.3.3', '11.3.4', '11.3.5']

/** The names of all doctest cases, of the transcripts, and of what is tested end to end. */
export function testsOf(top) {
  const names = new Set()
  for (const path of filesOf(top)) {
    if (/^tests\/transcripts\/[^/]*\.txt$/.test(path)) names.add(basename(path))
    if (/^tests\/e2e\/[^/]*\.test\.mjs$/.test(path)) {
      for (const [, name] of read(top, path).matchAll(/^test\('((?:\\.|[^'\\])*)'/gm)) names.add(name.replace(/\\(.)/g, '$1'))
    }
    if (!/_test\.cpp$/.test(path)) continue
    for (const [, parts] of withoutComments(read(top, path)).matchAll(/\bTEST_CASE(?:_TEMPLATE)?\(\s*((?:"(?:\\.|[^"\\])*"\s*)+)/g)) {
      names.add([...parts.matchAll(/"((?:\\.|[^"\\])*)"/g)].map(([, part]) => part.replace(/\\(.)/g, '$1')).join(''))
    }
  }
  return names
}

/** The page as [{section, rows: [[requirement, done in, held by]]}]. */
function sectionsOf(markdown) {
  return markdown.split(/^### /m).slice(1).map((text) => ({
    section: /^§([\d.]+) /.exec(text)?.[1] ?? text.split('\n', 1)[0],
    rows: text.split('\n').filter((line) => line.startsWith('| ')).slice(2).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim())),
  }))
}

/** What is wrong with the page, a line each. */
export function faultsOf(top, wanted) {
  const known = testsOf(top)
  const found = sectionsOf(read(top, page))
  const faults = wanted.filter((section) => !found.some((one) => one.section === section)).map((section) => `§${section} is missing`)
  for (const { section, rows } of found) {
    const fault = (text) => faults.push(`§${section}: ${text}`)
    if (!wanted.includes(section)) fault('is no section that requires anything')
    if (rows.length === 0) fault('requires nothing')
    for (const row of rows) {
      const [requirement, , heldBy] = row
      if (row.length !== 3 || requirement === '') {
        fault(`no row of three columns: ${row.join(' / ')}`)
        continue
      }
      const names = [...heldBy.matchAll(/`([^`]*)`/g)].map(([, name]) => name)
      if (/^not (ours|yet): \S/.test(heldBy)) continue
      if (names.length === 0) fault(`held by nothing: ${requirement}`)
      for (const name of names) if (!known.has(name)) fault(`no test is called: ${name}`)
    }
  }
  return faults
}

test('every requirement of RFC 6455 is held by a test that exists, or says why not', () => {
  assert.deepEqual(faultsOf(root, sections), [])
})

const table = (...rows) => `\n| requirement | done in | held by |\n| --- | --- | --- |\n${rows.join('\n')}\n`

test('found: a section too few and one too many, an empty one, a row without a test, one with a test that is not there or only in a comment', () => withTree({
  [page]: `# The RFC\n\n### §1 One\n${table('| a | `x` | `it holds` |', '| b | `x` | `it is long, and goes on` |', '| c | | not ours: because |', '| d | `x` | `of all` |', '| e | | `talk.txt` |')}
### §2 Two\n${table('| a | `x` | `it held` |', '| b | `x` | |', '| c | `x` | not ours: |', '| d | `x` |', '| e | `x` | `it holds`, `commented` |')}
### §4 Four\n${table()}`,
  'starling/a_test.cpp': 'TEST_CASE("it holds") {}\n// TEST_CASE("commented") {}\nTEST_CASE(\n    "it is long, "\n    "and goes on") {}\nTEST_CASE_TEMPLATE("of all", T, int) {}\n',
  'starling/a.cpp': 'TEST_CASE("it held")',
  'tests/transcripts/talk.txt': '',
}, (top) => {
  assert.deepEqual(faultsOf(top, ['1', '2', '3']), [
    '§3 is missing',
    '§2: no test is called: it held',
    '§2: held by nothing: b',
    '§2: held by nothing: c',
    '§2: no row of three columns: d / `x`',
    '§2: no test is called: commented',
    '§4: is no section that requires anything',
    '§4: requires nothing',
  ])
}))
