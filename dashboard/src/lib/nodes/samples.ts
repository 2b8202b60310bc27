/**
 * The last measurements of one thing, oldest first: what a sparkline draws.
 *
 * What came while the page was open is pushed; what the server kept of before is put in front, once. Past {@link samplesMax} the oldest go.
 */
export const samplesMax = 64

export interface Sample { readonly timeMs: number, readonly value: number }

export class Samples {
  #all: Sample[] = []

  get all(): readonly Sample[] { return this.#all }
  get newest(): Sample | undefined { return this.#all.at(-1) }
  get values(): number[] { return this.#all.map(({ value }) => value) }

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
    const first = this.#all[0]?.timeMs ?? Infinity
    const before = older.filter(sample => sample.timeMs < first).sort((a, b) => a.timeMs - b.timeMs)
    this.#all = [...before, ...this.#all]
    this.#bound()
  }

  #bound(): void {
    if (this.#all.length > samplesMax) this.#all.splice(0, this.#all.length - samplesMax)
  }
}
