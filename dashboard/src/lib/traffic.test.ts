import assert from 'node:assert/strict'
import { test } from 'node:test'
import { begun, minuteOf, rateOf, sampled, samplesMax } from './traffic.js'

test('a rate is what came, by the time it took', () => {
  const first = begun({ bytes: 1000, messages: 10 }, 0)
  const second = sampled(first, { bytes: 3000, messages: 14 }, 2000)
  assert.deepEqual([second.bytesPerS, second.messagesPerS], [[1000], [2]])
  assert.deepEqual(sampled(second, { bytes: 3000, messages: 14 }, 3000).bytesPerS, [1000, 0])
})

test('the counters it is given may go on counting', () => {
  const counters = { bytes: 0, messages: 0 }
  const first = begun(counters, 0)
  counters.bytes = 500
  assert.deepEqual(sampled(first, counters, 1000).bytesPerS, [500])
})

test('at one below, at, and one above a minute the newest are kept', () => {
  for (const [count, kept, oldest] of [[samplesMax - 1, samplesMax - 1, 1], [samplesMax, samplesMax, 1], [samplesMax + 1, samplesMax, 3]] as const) {
    let traffic = begun({ bytes: 0, messages: 0 }, 0)
    for (let i = 1; i <= count; i++) traffic = sampled(traffic, { bytes: i * i, messages: i * i }, i * 1000)
    for (const rates of [traffic.bytesPerS, traffic.messagesPerS]) assert.deepEqual([rates.length, rates[0]], [kept, oldest])
  }
})

test('a clock that was set back says nothing', () => {
  const first = begun({ bytes: 0, messages: 0 }, 5000)
  assert.equal(sampled(first, { bytes: 9, messages: 9 }, 5000), first)
  assert.equal(sampled(first, { bytes: 9, messages: 9 }, 4000), first)
})

test('a rate is that of the last seconds, and a minute is as wide as one from the first second on', () => {
  assert.equal(rateOf([]), 0)
  assert.equal(rateOf([4]), 4)
  assert.equal(rateOf([100, 0, 0, 10, 0, 0]), 2)
  const minute = minuteOf([1, 2])
  assert.deepEqual([minute.length, minute.at(-3), ...minute.slice(-2)], [samplesMax, undefined, 1, 2])
  assert.equal(minuteOf(Array.from({ length: samplesMax }, () => 1)).length, samplesMax)
})
