import assert from 'node:assert/strict'
import test from 'node:test'

import { follow, following, isBottom, type FollowEvent } from './follow.js'

const after = (...events: FollowEvent[]) => events.reduce((state, event) => follow(state, event)[0], following)

test('who is at the bottom is kept there', () => {
  assert.deepEqual(follow(following, { type: 'arrived', count: 2 }), [following, ['to-bottom']])
})

test('who scrolled up is told how much has come, until the bottom is seen again', () => {
  const up = after({ type: 'scrolled', isAtBottom: false }, { type: 'arrived', count: 2 }, { type: 'arrived', count: 1 })
  assert.deepEqual(up, { isAtBottom: false, unread: 3 })
  assert.deepEqual(follow(up, { type: 'arrived', count: 1 })[1], [])
  assert.deepEqual(follow(up, { type: 'scrolled', isAtBottom: true }), [following, []])
  assert.deepEqual(follow(up, { type: 'asked' }), [following, ['to-bottom']])
})

test('the end is a few pixels tall', () => {
  for (const [scrollTop, want] of [[875, false], [876, true], [900, true]] as const)
    assert.equal(isBottom({ scrollTop, clientHeight: 100, scrollHeight: 1000 }), want)
})
