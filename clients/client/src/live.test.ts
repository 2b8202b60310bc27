import assert from 'node:assert/strict'
import test from 'node:test'

import type { Change, Fields, Query, Starling, Subscription, SubscriptionState } from './api.js'
import { LiveQuery } from './live.js'

/** A subscription at the mercy of the test, and what was asked of it. */
class Held {
  readonly maps = new Map<string, Map<string, Fields>>()
  readonly queries: Query[] = []
  state: SubscriptionState = 'syncing'
  seq = 0
  isEnded = false
  #change = (_: Change): void => {}
  #state = (): void => {}

  subscription(): Subscription {
    const held = this
    return {
      get channels() { return held.maps },
      get state() { return held.state },
      get seq() { return held.seq },
      replace: (query: Query) => { held.queries.push(query) },
      onChange: (listener: (change: Change) => void) => { held.#change = listener; return () => { held.#change = () => {} } },
      onState: (listener: () => void) => { held.#state = listener; return () => { held.#state = () => {} } },
      unsubscribe: () => { held.isEnded = true },
    } as unknown as Subscription
  }

  become(state: SubscriptionState): void {
    this.state = state
    this.#state()
  }

  set(name: string, key: string, fields: Fields, isReset = false): void {
    this.maps.set(name, this.maps.get(name) ?? new Map())
    this.maps.get(name)?.set(key, fields)
    this.seq++
    this.#change({ seq: this.seq, channels: new Map([[name, { changed: new Set([key]), removed: new Map() }]]), isReset })
  }
}

function world(): { looked: LiveQuery, begun: Held[], told: () => number } {
  const begun: Held[] = []
  const starling = {
    subscribe: (query: Query) => {
      const held = new Held()
      held.queries.push(query)
      begun.push(held)
      return held.subscription()
    },
  } as unknown as Starling
  const looked = new LiveQuery(starling)
  let times = 0
  looked.subscribe(() => { times++ })
  return { looked, begun, told: () => times }
}

const only = (begun: readonly Held[]): Held => {
  assert.equal(begun.length, 1)
  return begun[0] as Held
}

test('nothing is asked before the first look, and nothing is held', () => {
  const { looked, begun } = world()
  assert.equal(begun.length, 0)
  assert.deepEqual([looked.current.channels.size, looked.current.channel('a:b').size, looked.current.state, looked.current.subscription], [0, 0, 'syncing', undefined])
  looked.look(null)
  assert.equal(begun.length, 0)
})

test('what is told is another value, and in it another map of the channel that changed and no other', () => {
  const { looked, begun, told } = world()
  looked.look('a:*')
  const held = only(begun)
  held.set('a:b', 'k', { x: 1 })
  held.set('a:c', 'k', { y: 1 })
  const before = looked.current
  held.set('a:b', 'k', { x: 2 })
  assert.notEqual(looked.current, before)
  assert.notEqual(looked.current.channel('a:b'), before.channel('a:b'))
  assert.equal(looked.current.channel('a:c'), before.channel('a:c'))
  assert.deepEqual([...looked.current.channel('a:b')], [['k', { x: 2 }]])
  assert.equal(looked.current.seq, 3)
  assert.equal(told(), 4)
  const { state } = looked.current
  held.become('live')
  assert.deepEqual([state, looked.current.state, told()], ['syncing', 'live', 5])
})

test('after a reset every map is another', () => {
  const { looked, begun } = world()
  looked.look('a:*')
  const held = only(begun)
  held.set('a:b', 'k', { x: 1 })
  held.set('a:c', 'k', { y: 1 })
  const before = looked.current
  held.set('a:b', 'k', { x: 1 }, true)
  for (const name of ['a:b', 'a:c']) assert.notEqual(looked.current.channel(name), before.channel(name))
})

test('another query replaces the one before in place; null ends it', () => {
  const { looked, begun, told } = world()
  looked.look('a:b')
  looked.look(['a:b', 'a:c'])
  looked.look({ channels: ['a:*'], rate: 1 })
  const held = only(begun)
  assert.deepEqual(held.queries, ['a:b', { channels: ['a:b', 'a:c'] }, { channels: ['a:*'], rate: 1 }])
  held.set('a:b', 'k', { x: 1 })
  assert.equal(held.isEnded, false)
  looked.look(null)
  assert.equal(held.isEnded, true)
  assert.equal(looked.current.channel('a:b').size, 0)
  const before = told()
  held.set('a:b', 'k', { x: 2 }) // nobody looks any more
  assert.equal(told(), before)
  looked.look('a:b')
  assert.equal(begun.length, 2)
})

test('a map of it reads as the one of the subscription, in every way that there is', () => {
  const { looked, begun } = world()
  looked.look('a:*')
  const held = only(begun)
  held.set('a:b', 'k', { x: 1 })
  held.set('a:b', 'l', { x: 2 })
  const map = looked.current.channel('a:b'), same = held.maps.get('a:b') as Map<string, Fields>
  const each: unknown[] = [], eachSame: unknown[] = []
  map.forEach(function (this: unknown, fields, key, of) { each.push([this, fields, key, of === map]) }, 7)
  same.forEach(function (this: unknown, fields, key, of) { eachSame.push([this, fields, key, of === same]) }, 7)
  assert.deepEqual(each, eachSame)
  assert.deepEqual(
    [map.size, map.get('k'), map.get('none'), map.has('l'), map.has('none'), [...map.keys()], [...map.values()], [...map.entries()], [...map]],
    [same.size, same.get('k'), undefined, true, false, [...same.keys()], [...same.values()], [...same.entries()], [...same]])
})
