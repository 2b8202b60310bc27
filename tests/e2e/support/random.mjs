// Chance that a seed repeats: STARLING_SEED, or another one each time.

/** Printed by who uses it, so that a failure can be repeated. */
export const seed = Number(process.env.STARLING_SEED ?? Date.now() % 2 ** 31)

/** Numbers from 0 to 1 (mulberry32); another `name`, another row of them. */
export function randomOf(name) {
  let state = [...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), seed) | 0
  return () => {
    state = (state + 0x6D2B79F5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
