// A crowd that connects at once, and viewers that do not read, in memory and under simulated time: starling-storm, at a size that fits a test run.
//
// Its full size (5,000 viewers of 100,000 entities; 50,000 updates a second) is what it plays without options.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import test from 'node:test'

const storm = join(dirname(process.env.STARLING_BIN ?? ''), 'starling-storm')

function play(t, parameters) {
  const { status, stdout, stderr } = spawnSync(storm, parameters, { encoding: 'utf8' })
  for (const line of stdout.trim().split('\n')) t.diagnostic(line)
  assert.equal(status, 0, stdout + stderr)
  assert.match(stdout, /^starling-storm: 0 broken$/m)
  return stdout
}

test('1,000 viewers connect within 2 s, some stall half-way: cuts and memory stay bounded, and each holds the truth', { timeout: 120_000 }, (t) => {
  const said = play(t, ['--viewers', '1000', '--entities', '20000', '--updates', '5000', '--log-mib', '8'])
  assert.match(said, /^storm: 1000 of 1000 viewers hold the truth$/m)
})

test('a viewer that does not read costs next to nothing, is closed after 10 minutes, and is right again if it reads before', { timeout: 120_000 }, (t) => {
  const said = play(t, ['--stalled', '--entities', '2000', '--updates', '2000', '--log-mib', '8'])
  assert.match(said, /closed with 4001 after 60[01] s/)
})
