/**
 * The last measurements of one thing, oldest first: what a sparkline draws.
 *
 * What came while the page was open is pushed; what the server kept of before is put in front, once. Past {@link samplesMax} the oldest go.
 */
export const samplesMax = 64

export interface Sample { readonly timeMs: number, readonly value: number }

export class Samples {
  #all: Sample[] = []
  #beginsAssumed = false

  get all(): readonly Sample[] { return this.#all }
  get newest(): Sample | undefined { return this.#all.at(-1) }
  get values(): number[] { return this.#all.map(({ value }) => value) }

  /** What is so now, whenever it was measured: what a first change is drawn from, and gives way to what is known of before. */
  assume(sample: Sample): void {
    if (this.#all.length > 0) return
    this.#all = [sample]
    this.#beginsAssumed = true
  }

  /** A measurement not newer than the last one takes its place where it is of the same moment, and else is none: time does not go back. */
  push(sample: Sample): void {
    const last = this.newest
    if (last !== undefined && sample.timeMs < last.timeMs) return
    if (last !== undefined && sample.timeMs === last.timeMs) this.#all.pop()
    this.#all.push(sample)
    this.#bound()
  }

  /** Those of `older` that were before the first one here, in whatever order they come. */
  putBefore(older: readonly Sample[]): void {
    if (older.length === 0) return
    if (this.#beginsAssumed) this.#all.shift()
    this.#beginsAssumed = false
    const first = this.#all[0]?.timeMs ?? Infinity
    const before = older.filter(sample => sample.timeMs < first).sort((a, b) => a.timeMs - b.timeMs)
    this.#all = [...before, ...this.#all]
    this.#bound()
  }

  #bound(): void {
    if (this.#all.length <= samplesMax) return
    this.#all.splice(0, this.#all.length - samplesMax)
    this.#beginsAssumed = false
  }
}
