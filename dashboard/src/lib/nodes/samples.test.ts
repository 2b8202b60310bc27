import assert from 'node:assert/strict'
import test from 'node:test'

import { Samples, samplesMax } from './samples.js'

const at = (timeMs: number, value = timeMs) => ({ timeMs, value })

test('at one below, at, and one above the bound the newest are kept', () => {
  for (const [count, length, first] of [[samplesMax - 1, samplesMax - 1, 0], [samplesMax, samplesMax, 0], [samplesMax + 1, samplesMax, 1]] as const) {
    const samples = new Samples()
    for (let index = 0; index < count; index++) samples.push(at(index))
    assert.equal(samples.all.length, length)
    assert.equal(samples.all[0]?.timeMs, first)
    assert.equal(samples.newest?.timeMs, count - 1)
  }
})

test('time does not go back, and a moment has one value', () => {
  const samples = new Samples()
  samples.push(at(5, 1))
  samples.push(at(5, 2))
  samples.push(at(4, 3))
  assert.deepEqual(samples.all, [at(5, 2)])
  assert.deepEqual(samples.values, [2])
})

test('what was kept goes before what came, sorted, and nothing twice', () => {
  const samples = new Samples()
  samples.push(at(10))
  samples.putBefore([at(8), at(3), at(10, 99), at(12)])
  assert.deepEqual(samples.all.map(sample => sample.timeMs), [3, 8, 10])
  samples.putBefore(Array.from({ length: samplesMax }, (_, index) => at(-index)))
  assert.equal(samples.all.length, samplesMax)
  assert.equal(samples.newest?.timeMs, 10)
})

test('what is so now begins the course, and gives way to what was measured', () => {
  const samples = new Samples()
  samples.assume(at(10, 1))
  samples.assume(at(11, 9))
  samples.push(at(12, 2))
  assert.deepEqual(samples.values, [1, 2])
  samples.putBefore([])
  assert.deepEqual(samples.values, [1, 2])
  samples.putBefore([at(4, 1)])
  assert.deepEqual(samples.all, [at(4, 1), at(12, 2)])
  samples.putBefore([at(3, 0)])
  assert.deepEqual(samples.values, [0, 1, 2])
})

test('what has run out of the bound does not give way', () => {
  const samples = new Samples()
  samples.assume(at(0))
  for (let index = 1; index <= samplesMax; index++) samples.push(at(index))
  samples.putBefore([at(-1)])
  assert.equal(samples.all[0]?.timeMs, 1)
})
