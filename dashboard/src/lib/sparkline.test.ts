import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sparklinePath } from './sparkline.js'

test('the lowest is at the bottom, the highest at the top', () => {
  assert.equal(sparklinePath([0, 10, 5]), 'M0 100L50 0L100 50')
})

test('a gap is not drawn over', () => {
  assert.equal(sparklinePath([0, 10, undefined, 10, 0]), 'M0 100L25 0M75 0L100 100')
})

test('one number is no line', () => {
  assert.equal(sparklinePath([]), '')
  assert.equal(sparklinePath([7, undefined]), '')
})

test('what is flat runs through the middle, or along the bound it lies on', () => {
  assert.equal(sparklinePath([7, 7]), 'M0 50L100 50')
  assert.equal(sparklinePath([0, 0], 0), 'M0 100L100 100')
})

test('what is outside of given bounds stays in the box', () => {
  assert.equal(sparklinePath([-10, 110], 0, 100), 'M0 100L100 0')
})
