import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { gunzipSync } from 'node:zlib'

import { replay } from './replay.js'

const folder = new URL('../../recordings/', import.meta.url)
const names = readdirSync(folder).filter((name) => name.endsWith('.ndjson.gz')).sort()
const textOf = (name: string): string => gunzipSync(readFileSync(new URL(name, folder))).toString()

/** The same numbers from 0 to 1 for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6D2B79F5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const seed = Number(process.env['STARLING_SEED'] ?? Date.now() % 2 ** 31)

for (const name of names) {
  test(`${name}: this client holds what the simulator's model shows, after every seq (STARLING_SEED=${seed})`, async () => {
    const { said, unsaid, heard, held } = await replay(textOf(name), randomOf(seed))
    assert.ok(held > 50 && heard > held)
    for (const what of unsaid.keys()) assert.ok(['silence', 'an id it does not have', 'data'].includes(what), what)
    assert.ok(said > [...unsaid.values()].reduce((sum, count) => sum + count, 0))
  })
}

test('there is a recording of each situation that record.sh makes', () => {
  const made = readFileSync(new URL('record.sh', folder), 'utf8').match(/^record \w+/gm)?.map((line) => `${line.slice(7)}.ndjson.gz`)
  assert.deepEqual(names, made?.sort())
})

test('a wrong record is found', async () => {
  const text = textOf('cut_off.ndjson.gz')
  const at = text.lastIndexOf('"altitude_m":', text.lastIndexOf('"event":"holds"'))
  await assert.rejects(replay(`${text.slice(0, at)}"altitude_ft":${text.slice(at + 13)}`, () => 0.5), /^Error: line \d+, v\d: /)
})
