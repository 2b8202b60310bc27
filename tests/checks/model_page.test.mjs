// docs/MODEL.md ends with ten situations, and says nothing in them that the server is not held to: every line of each stands, in that order, in the
// transcript it names, after the place in the transcript that names the situation.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'

import { read, root, withTree } from './tree.mjs'

const page = 'docs/MODEL.md'
const wanted = 10

/** The situations of the page: `### 3. Title`, a block of lines, a link to a transcript. */
function situationsOf(markdown) {
  return markdown.split(/^### (?=\d+\. )/m).slice(1).map((text) => ({
    number: Number(/^\d+/.exec(text)[0]),
    lines: [...text.matchAll(/^```\n([\s\S]*?)^```$/gm)].flatMap(([, block]) => block.split('\n')).map((line) => line.trim()).filter((line) => line !== ''),
    transcripts: [...text.matchAll(/\]\(\.\.\/(tests\/transcripts\/[^)]*)\)/g)].map(([, path]) => path),
  }))
}

/** What is wrong with the page, a line each. */
export function faultsOf(top) {
  const situations = situationsOf(read(top, page))
  const faults = []
  if (situations.length !== wanted) faults.push(`${situations.length} situations, not ${wanted}`)
  for (const [index, { number, lines, transcripts }] of situations.entries()) {
    const fault = (text) => faults.push(`situation ${number}: ${text}`)
    if (number !== index + 1) fault(`stands where ${index + 1} should`)
    if (!lines.some((line) => /^\w+ < /.test(line))) fault('does not say what is sent')
    if (transcripts.length !== 1) {
      fault(`names ${transcripts.length} transcripts, not one`)
      continue
    }
    const [path] = transcripts
    if (!existsSync(join(top, path))) {
      fault(`${path} is not there`)
      continue
    }
    const said = read(top, path).replace(/\n {4}\s*/g, '').split('\n').map((line) => line.trim())
    let at = said.indexOf(`# ${page}, situation ${number}`)
    if (at < 0) {
      fault(`${path} does not mention it`)
      continue
    }
    for (const line of lines.filter((each) => each !== '…')) {
      const next = said.indexOf(line, at + 1)
      if (next < 0) {
        fault(`${path} does not say, or not there: ${line}`)
        break
      }
      at = next
    }
  }
  return faults
}

test('the ten situations of the model are in the transcripts they name, line by line', () => {
  assert.deepEqual(faultsOf(root), [])
})

const situation = (number, line, name) => `### ${number}. Title\n\nSo it is.\n\n\`\`\`\n${line}\n\`\`\`\n\nBecause. ([it](../tests/transcripts/${name}.txt))\n`
const good = Array.from({ length: 7 }, (_, index) => situation(index + 1, 'a < {1}\n…\na < {2}', `t${index + 1}`))
const transcript = (number) => `# rule 1: x\na < {2}\n# ${page}, situation ${number}\na < {1}\n@ 1s\na <\n    {2}\n`

test('found: a situation too few, out of order, without a frame, without its transcript, and lines that no transcript has', () => withTree({
  [page]: ['# The model\n', ...good,
    situation(9, 'a < {1}', 't9'), situation(9, '@ 1s', 't10'), situation(10, 'a < {1}', 'none'), situation(11, 'a < {1}', 't1'),
    situation(12, 'a < {3}', 't12'), situation(13, 'a < {2}\na < {1}', 't13')].join('\n'),
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((number) => [`tests/transcripts/t${number}.txt`, transcript(number).replace('a <\n    {2}', 'a < \n    {2}')])),
  'tests/transcripts/t9.txt': transcript(9),
  'tests/transcripts/t10.txt': transcript(9),
  'tests/transcripts/t12.txt': transcript(12),
  'tests/transcripts/t13.txt': transcript(13),
}, (top) => {
  assert.deepEqual(faultsOf(top), [
    '13 situations, not 10',
    'situation 9: stands where 8 should',
    'situation 9: does not say what is sent',
    'situation 10: tests/transcripts/none.txt is not there',
    'situation 11: tests/transcripts/t1.txt does not mention it',
    'situation 12: tests/transcripts/t12.txt does not say, or not there: a < {3}',
    'situation 13: tests/transcripts/t13.txt does not say, or not there: a < {2}',
  ])
}))
