// Bounds on time, on a machine that others use too.
import assert from 'node:assert/strict'

/**
 * Measures until every bound is kept, three times at most: what holds a machine up does so now and then, and what is slow is slow each time.
 *
 * `measure` says which bounds were broken, in words; what must never be it asserts itself.
 */
export async function untilWithin(t, measure) {
  for (let left = 2; ; left--) {
    const broken = await measure()
    if (broken.length === 0) return
    assert.ok(left > 0, broken.join('; '))
    t.diagnostic(`measured again: ${broken.join('; ')}`)
  }
}
