// The program under test, STARLING_BIN, on a port of its own.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Program, temporaryFolder } from './cleanup.mjs'
import { until } from './until.mjs'

class Starling extends Program {
  url = ''

  get port() { return Number(new URL(this.url).port) }
}

/**
 * Starts `starling serve` and waits until it listens. `config` is TOML, its file is in `folder`; where it says nothing of a store there is none.
 *
 * After the test it is told to stop, and must do so cleanly: with status 0 and nothing found by a sanitizer.
 */
export async function startStarling(t, { config = '', parameters = [], port = 0, folder } = {}) {
  const program = process.env.STARLING_BIN
  assert.ok(program, 'STARLING_BIN is the program to test: ./test e2e sets it')
  const given = ['serve', '--listen', `127.0.0.1:${port}`, ...parameters]
  const file = join(folder ?? temporaryFolder(t), 'starling.toml')
  writeFileSync(file, config.includes('[store]') ? config : `${config}\n[store]\nurl = "none"\n`)
  given.push('--config', file)
  const starling = new Starling(program, given)
  t.after(async () => {
    const wasKilled = starling.exit?.signal === 'SIGKILL'
    const exit = await starling.end()
    if (!wasKilled) assert.deepEqual(exit, { code: 0, signal: null }, starling.stderr)
  })
  starling.url = await until(() => {
    if (starling.exit) assert.fail(`starling ended at once: ${JSON.stringify(starling.exit)} ${starling.stderr}`)
    return /serving on (https?:\/\/\S+)/.exec(starling.stderr)?.[1]
  }, { what: () => `starling to listen; it said: ${starling.stderr}`, withinMs: 20_000 })
  return starling
}
