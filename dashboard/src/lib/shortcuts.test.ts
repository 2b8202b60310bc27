import assert from 'node:assert/strict'
import { test } from 'node:test'
import { viewNames } from './router.js'
import { pressed, shortcutHelp, shortcutsStart, type Action } from './shortcuts.js'

function typed(keys: readonly string[]): Action[] {
  let state = shortcutsStart
  const actions: Action[] = []
  for (const key of keys) {
    const [next, action] = pressed(state, key)
    state = next
    if (action) actions.push(action)
  }
  return actions
}

test('what the help lists does something, each something else', () => {
  const done = shortcutHelp.map(([keys]) => {
    const actions = typed(keys.split(' '))
    assert.equal(actions.length, 1, keys)
    return JSON.stringify(actions[0])
  })
  assert.equal(new Set(done).size, shortcutHelp.length)
})

test('every view can be gone to', () => {
  const gone = shortcutHelp.flatMap(([keys]) => typed(keys.split(' '))).flatMap(action => (action.type === 'go' ? [action.view] : []))
  assert.deepEqual([...gone].sort(), [...viewNames].sort())
})

test('a letter that is none after g ends it, and does nothing else', () => {
  assert.deepEqual(typed(['g', 't']), [])
  assert.deepEqual(typed(['g', 't', 't']), [{ type: 'theme' }])
  assert.deepEqual(typed(['g', 'toString']), [])
  assert.deepEqual(typed(['constructor']), [])
})
