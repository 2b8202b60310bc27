/**
 * Levels as colours, 256 of them from the lowest to the highest: the colours of viridis (Smith and van der Walt, CC0), which get lighter by even steps,
 * stay apart for those who do not see red or green, and are read in the dark and on white alike.
 */
const anchors: readonly (readonly [red: number, green: number, blue: number])[] = [
  [68, 1, 84], [72, 24, 106], [71, 45, 123], [66, 64, 134], [59, 82, 139], [51, 99, 141], [44, 114, 142], [38, 130, 142], [33, 145, 140],
  [31, 160, 136], [40, 174, 128], [63, 188, 115], [94, 201, 98], [132, 212, 75], [173, 220, 48], [216, 226, 25], [253, 231, 37]
]

export const colourCount = 256

/** RGBA as bytes, four a colour: what an ImageData takes. */
export function colourTable(): Uint8ClampedArray {
  const table = new Uint8ClampedArray(colourCount * 4)
  for (let index = 0; index < colourCount; index++) {
    const place = index / (colourCount - 1) * (anchors.length - 1)
    const at = Math.min(anchors.length - 2, Math.floor(place))
    for (let part = 0; part < 3; part++) {
      const from = anchors[at]![part]!
      table[index * 4 + part] = from + (anchors[at + 1]![part]! - from) * (place - at)
    }
    table[index * 4 + 3] = 255
  }
  return table
}

/** Which of the colours a level has; what lies outside of the range has that of the edge. */
export function colourIndex(level: number, low: number, high: number): number {
  if (!(level > low)) return 0
  return Math.min(colourCount - 1, Math.floor((level - low) / (high - low) * colourCount))
}
