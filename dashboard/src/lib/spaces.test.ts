import type { Fields } from '@starling/client'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { presenceChannels, presencesMax, spacesOf } from './spaces.js'

const channels = (of: Record<string, Record<string, Fields>>) =>
  new Map(Object.entries(of).map(([name, records]) => [name, new Map(Object.entries(records))]))

test('an entity counts once, however many channels know it', () => {
  assert.deepEqual(spacesOf(channels({ 'mesh:node': { a: {}, b: {} }, 'mesh:position': { b: {}, c: {}, d: {} }, 'site:van': { a: {} } })), [
    { name: 'mesh', count: 4, online: undefined, channels: [{ name: 'mesh:position', count: 3 }, { name: 'mesh:node', count: 2 }] },
    { name: 'site', count: 1, online: undefined, channels: [{ name: 'site:van', count: 1 }] }
  ])
})

test('presence says who is online, and is no channel of its own', () => {
  const [mesh] = spacesOf(channels({ 'mesh:node': { a: {}, b: {}, c: {} }, 'mesh:presence': { a: { online: true }, b: { online: false } } }))
  assert.deepEqual([mesh?.count, mesh?.online, mesh?.channels.length], [3, 1, 1])
})

test('services, receivers and sweeps are not of the fleet', () => {
  assert.deepEqual(spacesOf(channels({ 'services:health': { api: {} }, 'websdrs:status': { a: {} }, 'spectrum:sweep': { a: {} }, 'services:van': { b: {} } })).map(({ name, count }) => [name, count]), [['services', 1]])
})

test('a channel in which nothing is left is not there', () => {
  assert.deepEqual(spacesOf(channels({ 'site:van': {} })), [])
})

test('presence is asked for by name, once a space', () => {
  assert.deepEqual(presenceChannels(['site', 'mesh', 'site']), ['mesh:presence', 'site:presence'])
})

test('at one below, at, and one above what a subscription names presence is asked for, beside all that is not hidden', () => {
  for (const [spaces, asked] of [[presencesMax - 1, presencesMax - 1], [presencesMax, presencesMax], [presencesMax + 1, presencesMax]] as const) {
    const channels = presenceChannels(Array.from({ length: spaces }, (_, index) => `s${index}`))
    assert.equal(channels.length, asked)
    assert.ok(['*', ...channels].length <= 256)
  }
})
