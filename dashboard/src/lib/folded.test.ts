import assert from 'node:assert/strict'
import test from 'node:test'

import { folded, wordsOf } from './folded.js'

test('accents and case do not count', () => {
  assert.equal(folded('Málaga ÑANDÚ Ωμέγα'), 'malaga nandu ωμεγα')
})

test('a search is its words', () => {
  assert.deepEqual(wordsOf('  Team\t Ünder '), ['team', 'under'])
  assert.deepEqual(wordsOf(' '), [])
})
