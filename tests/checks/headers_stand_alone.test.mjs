// Every header of the library compiles by itself, so that whoever includes it need not know what it needs.
//
// Through ccache where there is one: what has not changed costs nothing.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'

import { filesOf, root, withTree } from './tree.mjs'

const execute = promisify(execFile)

const hasCcache = await execute('ccache', ['--version']).then(() => true, () => false)
const compiler = hasCcache ? ['ccache', 'g++'] : ['g++']
const options = ['-std=c++20', '-O0', '-c']

/** Compiles a file that only includes `header`; the compiler's first complaint, or undefined. */
async function complaint(top, work, header) {
  const source = join(work, `${header}.cpp`)
  mkdirSync(dirname(source), { recursive: true })
  // Twice: it must also bear being included again.
  writeFileSync(source, `#include "${header}"\n#include "${header}"\n`)
  const [command, ...before] = compiler
  try {
    await execute(command, [...before, ...options, '-I', top, source, '-o', `${source}.o`], { cwd: top })
    return undefined
  } catch (error) {
    const line = String(error.stderr).split('\n').find((text) => text.includes('error')) ?? String(error)
    return `${header}: ${line}`
  }
}

export async function complaints(top, work) {
  const headers = filesOf(top).filter((path) => path.startsWith('starling/') && path.endsWith('.hpp'))
  const found = []
  const worker = async () => {
    for (let header = headers.shift(); header !== undefined; header = headers.shift()) {
      const said = await complaint(top, work, header)
      if (said) found.push(said)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  return found.sort()
}

test('every header compiles by itself', async () => {
  assert.deepEqual(await complaints(root, join(root, 'build', 'checks')), [])
})

test('found: a header that leans on another, and one that cannot be included twice', () => withTree({
  'starling/core/good.hpp': '#pragma once\n#include <string>\ninline std::string good() { return {}; }\n',
  'starling/core/leaning.hpp': '#pragma once\ninline std::string leaning() { return {}; }\n',
  'starling/core/twice.hpp': 'struct Twice {};\n',
}, async (top) => {
  const found = await complaints(top, join(top, 'work'))
  assert.deepEqual(found.map((text) => text.split(':')[0]),
    ['starling/core/leaning.hpp', 'starling/core/twice.hpp'])
}))
