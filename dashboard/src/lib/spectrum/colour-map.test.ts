import assert from 'node:assert/strict'
import test from 'node:test'

import { colourCount, colourIndex, colourTable } from './colour-map.js'

/** CIE L*, 0 to 100, of an sRGB colour. */
function lightness([red, green, blue]: readonly [number, number, number]): number {
  const linear = (part: number) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4)
  const y = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  return y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y
}

test('each colour is lighter than the one before, by steps that are even', () => {
  const table = colourTable()
  const levels = Array.from({ length: colourCount }, (_, index) => lightness([table[index * 4]!, table[index * 4 + 1]!, table[index * 4 + 2]!]))
  const even = (levels.at(-1)! - levels[0]!) / (colourCount / 16)
  for (let index = 16; index < colourCount; index += 16) {
    const step = levels[index]! - levels[index - 16]!
    assert.ok(step > even * 0.6 && step < even * 1.4, `${index}: ${step} of ${even}`)
  }
  assert.ok(levels[0]! < 20 && levels.at(-1)! > 85)
})

test('all of them are opaque', () => {
  assert.ok(colourTable().every((part, index) => index % 4 !== 3 || part === 255))
})

test('a level has the colour of its place, and that of the edge beyond it', () => {
  for (const [level, want] of [[-200, 0], [-100, 0], [-99.9, 0], [-50, 128], [-0.001, 255], [0, 255], [50, 255], [NaN, 0]] as const) assert.equal(colourIndex(level, -100, 0), want, String(level))
})
