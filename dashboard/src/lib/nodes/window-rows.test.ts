import assert from 'node:assert/strict'
import test from 'node:test'

import { moved, moveOf, scrollTo, windowOf } from './window-rows.js'

const seen = { scrollTop: 0, height: 100, rowHeight: 10, count: 5000, overscan: 2 }

test('what is drawn is what is seen and a few more', () => {
  for (const [scrollTop, count, first, end] of [
    [0, 5000, 0, 12], [5, 5000, 0, 13], [1000, 5000, 98, 112], [49_900, 5000, 4988, 5000], [99_999, 5000, 4988, 5000], [-40, 5000, 0, 12], [0, 3, 0, 3], [700, 3, 0, 3], [0, 0, 0, 0]
  ] as const) assert.deepEqual(windowOf({ ...seen, scrollTop, count }), { first, end }, `${scrollTop} of ${count}`)
})

test('it scrolls no further than it must', () => {
  for (const [index, scrollTop, want] of [[0, 0, 0], [9, 0, 0], [10, 0, 10], [3, 50, 30], [5, 50, 50], [100, 0, 910]] as const)
    assert.equal(scrollTo(index, { ...seen, scrollTop }), want, `${index} from ${scrollTop}`)
})

test('keys move within the list and stop at its ends', () => {
  for (const [key, index, want] of [
    ['ArrowDown', -1, 0], ['ArrowUp', -1, 19], ['ArrowDown', 0, 1], ['ArrowUp', 0, 0], ['ArrowDown', 19, 19], ['PageDown', 3, 11], ['PageDown', 15, 19], ['PageUp', 3, 0],
    ['PageDown', -1, 7], ['PageUp', -1, 0], ['Home', 7, 0], ['End', 7, 19]
  ] as const) assert.equal(moved(index, moveOf[key]!, 20, 8), want, `${key} from ${index}`)
  assert.equal(moved(-1, 'down', 0, 8), -1)
})
