import assert from 'node:assert/strict'
import { test } from 'node:test'
import { offsetAfter } from './server-clock.js'

const date = 'Sun, 22 Nov 2026 12:00:00 GMT'
const server = Date.parse(date) + 500
/** With a clock that is `behind` behind the server's, and an answer that took `took`. */
const after = (before: number, behind: number, took = 100) => offsetAfter(before, date, server - behind - took / 2, server - behind + took / 2)

test('a clock that is off is set right, whichever way', () => {
  assert.equal(after(0, 300_000), 300_000)
  assert.equal(after(0, -300_000), -300_000)
  assert.equal(after(300_000, -300_000), -300_000)
})

test('less than two seconds are none, and one that was set right has none left', () => {
  for (const behind of [0, 1999, -1999]) {
    assert.equal(after(0, behind), 0)
    assert.equal(after(300_000, behind), 0)
  }
  assert.equal(after(0, 2000), 2000)
})

test('what is about right stays', () => {
  for (const behind of [299_000, 300_000, 301_900]) assert.equal(after(300_000, behind), 300_000)
  assert.equal(after(300_000, 302_000), 302_000)
})

test('an answer without a time, a slow one, and one over which the clock was set say nothing', () => {
  assert.equal(offsetAfter(5000, null, server, server), 5000)
  assert.equal(offsetAfter(5000, 'yesterday', server, server), 5000)
  assert.equal(after(5000, 300_000, 2001), 5000)
  assert.equal(after(5000, 300_000, -100), 5000)
})
