// ./test itself: that it adds up, goes on after a failure, and leaves nothing running. Its steps are played by a made-up script.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'node:test'

import { root, withTree } from './tree.mjs'

const good = `
  unit) echo '100% tests passed, 0 tests failed out of 7' ;;
  dashboard) printf 'ℹ pass 5\\nℹ fail 0\\n' ;;
  clients) printf 'ℹ pass 2\\nℹ fail 0\\n' ;;
  checks) printf 'ℹ pass 3\\nℹ fail 0\\n' ;;
  e2e) printf 'ℹ pass 4\\nℹ fail 0\\n' ;;
  seeds) echo 'starling-sim: 12 seeds, 0 failed' ;;`

/** A tree with ./test whose steps do what `steps` (branches of a bash case) says, else nothing, successfully. */
function withDriver(steps, use) {
  return withTree({
    'scripts/test-step.sh': `#!/usr/bin/env bash\ncd "$(dirname "$0")/.."\necho "$1" >>ran\ncase $1 in${steps}\nesac\n`,
    'scripts/count-results.sh': '',
  }, (top) => {
    copyFileSync(join(root, 'test'), join(top, 'test'))
    copyFileSync(join(root, 'scripts/count-results.sh'), join(top, 'scripts/count-results.sh'))
    for (const path of ['test', 'scripts/test-step.sh', 'scripts/count-results.sh']) chmodSync(join(top, path), 0o755)
    return use(top)
  })
}

function start(top, ...options) {
  const child = spawn(join(top, 'test'), options, { stdio: ['ignore', 'pipe', 'pipe'] })
  const run = { child, output: '' }
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { run.output += text })
  run.ended = new Promise((resolve) => child.on('close', (status) => resolve({ status, lines: run.output.trimEnd().split('\n') })))
  return run
}

const ran = (top) => readFileSync(join(top, 'ran'), 'utf8').trim().split('\n')

async function until(holds) {
  for (let i = 0; i < 100 && !holds(); ++i) await sleep(50)
  assert.ok(holds())
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

test('the last line is the sum of what the runners said', () => withDriver(good, async (top) => {
  const { status, lines } = await start(top).ended
  assert.equal(lines.at(-1), '22 passed, 0 failed')
  assert.equal(status, 0)
  assert.deepEqual(ran(top), ['install', 'build-dev', 'dashboard', 'unit', 'clients', 'checks', 'e2e', 'build-release', 'seeds'])
}))

test('a step that is named runs once, with --long or without, in the order of all steps', () => withDriver(good, async (top) => {
  await start(top, '--long', 'soak', 'unit').ended
  assert.deepEqual(ran(top), ['unit', 'soak'])
}))

test('a failed test fails the whole, and the others still run', () => withDriver(
  good.replace('100% tests passed, 0 tests failed out of 7\' ;;', '86% tests passed, 1 tests failed out of 7\'; exit 8 ;;'), async (top) => {
    const { status, lines } = await start(top).ended
    assert.equal(lines.at(-1), '21 passed, 1 failed')
    assert.equal(status, 1)
    assert.ok(ran(top).includes('seeds'))
  }))

test('what a failed build was for could not run, and counts as failed', () => withDriver(`
  build-dev) echo broken; exit 1 ;;${good}`, async (top) => {
  const { status, lines } = await start(top).ended
  assert.equal(lines.at(-1), '8 passed, 4 failed')
  assert.equal(status, 1)
  assert.deepEqual(ran(top), ['install', 'build-dev', 'dashboard', 'clients', 'build-release', 'seeds'])
}))

test('the load tests run when there are any', () => withDriver(`
  load) printf 'ℹ pass 2\\nℹ fail 0\\n' ;;${good}`, async (top) => {
  mkdirSync(join(top, 'tests/load'), { recursive: true })
  assert.equal((await start(top).ended).lines.at(-1), '22 passed, 0 failed')
  writeFileSync(join(top, 'tests/load/a.mjs'), '')
  assert.equal((await start(top).ended).lines.at(-1), '24 passed, 0 failed')
}))

test('single steps run alone; one nobody knows is a mistake', () => withDriver(good, async (top) => {
  const { status, lines } = await start(top, 'checks', 'unit').ended
  assert.equal(lines.at(-1), '10 passed, 0 failed')
  assert.equal(status, 0)
  assert.deepEqual(ran(top), ['unit', 'checks'])
  assert.equal((await start(top, 'units').ended).status, 2)
}))

test('what a step leaves running ends with it', () => withDriver(`
  unit) sleep 1000 & echo $! >pid; echo '100% tests passed, 0 tests failed out of 1' ;;`, async (top) => {
  const { lines } = await start(top, 'unit').ended
  assert.equal(lines.at(-1), '1 passed, 0 failed')
  const pid = Number(readFileSync(join(top, 'pid'), 'utf8'))
  await until(() => !isAlive(pid))
}))

for (const signal of ['SIGINT', 'SIGTERM']) {
  test(`${signal} ends it and what it started`, () => withDriver(`
  unit) sleep 1000 & echo $! >pid.new; mv pid.new pid; wait ;;`, async (top) => {
    const run = start(top, 'unit')
    await until(() => existsSync(join(top, 'pid')))
    const pid = Number(readFileSync(join(top, 'pid'), 'utf8'))
    assert.ok(isAlive(pid))
    run.child.kill(signal)
    assert.equal((await run.ended).status, 130)
    await until(() => !isAlive(pid))
  }))
}
