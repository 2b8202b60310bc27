import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashOf, routeOf, viewNames } from './router.js'

test('every view has a link that leads to it', () => {
  for (const view of viewNames) assert.deepEqual(routeOf(hashOf(view)), { view, key: undefined })
})

test('a key survives its link, whatever is in it', () => {
  for (const key of ['!a1b2c3d4', 'van 1', 'a/b', 'Füße', '100%', '#1?x=y']) assert.deepEqual(routeOf(hashOf('nodes', key)), { view: 'nodes', key })
})

test('what no view is called leads to the first', () => {
  for (const hash of ['', '#', '#/', '#/nowhere', '#map', 'nodes']) assert.deepEqual(routeOf(hash), { view: 'map', key: undefined })
})

test('a link written by hand may have a lone % in it', () => {
  assert.deepEqual(routeOf('#/nodes/100%'), { view: 'nodes', key: '100%' })
})
