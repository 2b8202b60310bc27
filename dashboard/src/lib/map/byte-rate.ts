/** Bytes a second, over the last few. */

interface Sample { readonly atMs: number, readonly bytes: number }

export const spanMs = 5000

export class ByteRate {
  #samples: Sample[] = []

  /** `bytes` is the count since the start; times must not run backwards. */
  add(atMs: number, bytes: number): void {
    this.#samples.push({ atMs, bytes })
    // The newest one that is a whole span old stays: the rate is from it on.
    while (this.#samples.length > 2 && this.#samples[1]!.atMs <= atMs - spanMs) this.#samples.shift()
  }

  /** Undefined until there are two. */
  get bytesPerSecond(): number | undefined {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)]
    if (!first || !last || first.atMs === last.atMs) return undefined
    return Math.max(0, last.bytes - first.bytes) / (last.atMs - first.atMs) * 1000
  }
}
