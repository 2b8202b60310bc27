import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SubscriptionState } from '@starling/client'
import { Away } from './away.js'

/** Counts as a subscription does: one for a change of what is held, one for the state. */
class Followed {
  version = 7
  readonly away: Away

  constructor(public state: SubscriptionState) { this.away = new Away(this) }

  become(state: SubscriptionState) {
    this.state = state
    this.version++
    this.away.noted()
  }

  goOn(isDifferent: boolean) {
    if (isDifferent) this.version++
    this.become('live')
  }
}

test('the first change after it was stale is of meanwhile, the next one of now', () => {
  const of = new Followed('live')
  assert.equal(of.away.tells(), false)
  of.become('stale')
  of.goOn(true)
  assert.deepEqual([of.away.tells(), of.away.tells()], [true, false])
})

test('where nothing became different the next change is of now', () => {
  const of = new Followed('live')
  of.version += 5
  of.become('stale')
  of.goOn(false)
  assert.equal(of.away.tells(), false)
})

test('what is told when it is stale was before; and what is due stays so though the line is cut again', () => {
  const of = new Followed('live')
  of.become('stale')
  assert.equal(of.away.tells(), false)
  of.goOn(true)
  of.become('stale')
  assert.equal(of.away.tells(), true)
})

test('who begins with a stale one is told of meanwhile too; the first state of all is none', () => {
  const stale = new Followed('stale')
  stale.goOn(true)
  assert.equal(stale.away.tells(), true)
  const first = new Followed('syncing')
  first.goOn(true)
  assert.equal(first.away.tells(), false)
})
