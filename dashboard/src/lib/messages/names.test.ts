import assert from 'node:assert/strict'
import test from 'node:test'

import { nameIn } from './names.js'

test('a node is called by its long name, else by its short one', () => {
  for (const [record, want] of [[{ long_name: 'Base', short_name: 'B' }, 'Base'], [{ long_name: '', short_name: 'B' }, 'B'], [{ short_name: 5 }, undefined], [{}, undefined], [undefined, undefined]] as const)
    assert.equal(nameIn(record), want)
})
