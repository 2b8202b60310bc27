// The numbers in the last line of ./test: read rightly from every runner, and never better than it was.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import test from 'node:test'

import { root, withTree } from './tree.mjs'

const nodeSummary = (marker, { pass, fail = 0, cancelled = 0, skipped = 0, todo = 0 }) =>
  `${marker} tests ${pass + fail}\n${marker} suites 0\n${marker} pass ${pass}\n${marker} fail ${fail}\n${marker} cancelled ${cancelled}\n${marker} skipped ${skipped}\n${marker} todo ${todo}\n`

const cases = [
  ['ctest passed', 'ctest', 0, '100% tests passed, 0 tests failed out of 12\n\nTotal Test time (real) = 1.00 sec\n', '12 0'],
  ['ctest, one failed', 'ctest', 8, '92% tests passed, 1 tests failed out of 12\n', '11 1'],
  ['ctest found nothing', 'ctest', 8, 'No tests were found!!!\n', '0 1'],
  ['ctest did not start', 'ctest', 127, '', '0 1'],
  ['node, spec', 'node', 0, nodeSummary('ℹ', { pass: 9 }), '9 0'],
  ['node, tap', 'node', 1, nodeSummary('#', { pass: 9, fail: 2 }), '9 2'],
  ['node, in colour', 'node', 0, '\u001b[34mℹ pass 4\u001b[39m\n\u001b[34mℹ fail 0\u001b[39m\n', '4 0'],
  ['node, cancelled, skipped and to do', 'node', 1, nodeSummary('ℹ', { pass: 5, fail: 1, cancelled: 1, skipped: 2, todo: 1 }), '5 5'],
  ['node, a test that prints the same words', 'node', 0, `pass 99\nℹ pass 77\n${nodeSummary('ℹ', { pass: 1 })}`, '1 0'],
  ['node, no test at all', 'node', 0, nodeSummary('ℹ', { pass: 0 }), '0 1'],
  ['node, killed half way', 'node', 137, '✔ first\n', '0 1'],
  ['node, all passed and then crashed', 'node', 1, nodeSummary('ℹ', { pass: 3 }), '3 1'],
  ['seeds', 'seeds', 0, 'starling-sim: 1234 seeds, 0 failed\n', '1 0'],
  ['seeds, some failed', 'seeds', 1, 'starling-sim: 1234 seeds, 3 failed\n', '0 1'],
  ['seeds, crashed', 'seeds', 134, 'check failed\n', '0 1'],
  ['seeds, failed without saying so', 'seeds', 1, 'starling-sim: 5 seeds, 0 failed\n', '1 1'],
  ['soak', 'soak', 0, 'starling-soak: 0 broken\n', '1 0'],
  ['soak, some of it broken', 'soak', 1, 'broken: this\nbroken: that\nstarling-soak: 2 broken\n', '0 2'],
  ['soak, crashed', 'soak', 134, 'check failed\n', '0 1'],
  ['fuzz', 'fuzz', 0, 'fuzz: 6 passed, 0 failed\n', '6 0'],
  ['fuzz, one failed', 'fuzz', 1, 'fuzz: 5 passed, 1 failed\n', '5 1'],
  ['fuzz, no target', 'fuzz', 0, 'fuzz: 0 passed, 0 failed\n', '0 1'],
  ['a build', 'nothing', 0, '', '0 0'],
  ['a build that failed', 'nothing', 1, 'error\n', '0 1'],
]
for (const [name, kind, status, log, want] of cases) {
  test(`counted: ${name}`, () => withTree({ log }, (top) => {
    const counted = spawnSync(join(root, 'scripts', 'count-results.sh'), [kind, join(top, 'log'), String(status)], { encoding: 'utf8' })
    assert.equal(counted.stderr, '')
    assert.equal(counted.stdout, `${want}\n`)
  }))
}
