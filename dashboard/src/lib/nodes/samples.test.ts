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
