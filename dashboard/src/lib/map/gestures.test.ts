import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gestureAtRest, gestured, tapSlackPx, type GestureEffect, type PointerSaid } from './gestures.js'

function play(...said: [PointerSaid['type'], number, number, number][]): GestureEffect[] {
  let gesture = gestureAtRest
  return said.flatMap(([type, id, x, y]) => {
    const [after, effects] = gestured(gesture, { type, id, at: { x, y } })
    gesture = after
    return effects
  })
}

test('one pointer drags, from where it came down', () => {
  assert.deepEqual(play(['down', 1, 10, 10], ['move', 1, 30, 15], ['move', 1, 31, 15], ['up', 1, 31, 15]),
    [{ type: 'pan', dx: 20, dy: 5 }, { type: 'pan', dx: 1, dy: 0 }])
})

test('one that hardly moved taps, one that came back does not', () => {
  assert.deepEqual(play(['down', 1, 10, 10], ['move', 1, 10 + tapSlackPx, 10], ['up', 1, 10, 10]), [{ type: 'tap', at: { x: 10, y: 10 } }])
  assert.ok(play(['down', 1, 10, 10], ['move', 1, 11 + tapSlackPx, 10], ['move', 1, 10, 10], ['up', 1, 10, 10]).every(({ type }) => type === 'pan'))
})

test('two pinch around their middle', () => {
  const effects = play(['down', 1, 100, 100], ['down', 2, 200, 100], ['move', 2, 300, 100])
  assert.deepEqual(effects, [{ type: 'pan', dx: 50, dy: 0 }, { type: 'zoom', factor: 2, at: { x: 200, y: 100 } }])
})

test('after a pinch the finger that stays drags, and no tap comes of it', () => {
  const effects = play(['down', 1, 100, 100], ['down', 2, 200, 100], ['up', 2, 200, 100], ['move', 1, 110, 100], ['up', 1, 110, 100])
  assert.deepEqual(effects, [{ type: 'pan', dx: 10, dy: 0 }])
})

test('a pointer that nobody put down, and one taken away, do nothing', () => {
  assert.deepEqual(play(['move', 1, 5, 5], ['up', 1, 5, 5], ['down', 2, 1, 1], ['cancel', 2, 1, 1]), [])
})
