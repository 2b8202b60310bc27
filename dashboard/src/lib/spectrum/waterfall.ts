/**
 * The last sweeps as rows of a picture, newest on top: a ring, so that a sweep more costs one row.
 *
 * Wider sweeps than {@link columnsMax} are narrowed by the strongest bin of each column: a carrier that is one bin wide stays to be seen.
 */
import { colourIndex } from './colour-map.js'
import type { Range } from './hold.js'
import { isSameGrid, type Sweep } from './sweep.js'

export const columnsMax = 1024
export const rowsMax = 256

export class Waterfall {
  #grid: Sweep | undefined
  #columns = 0
  #levels = new Float32Array(0)
  readonly #timesMs = new Float64Array(rowsMax)
  #newest = 0
  #count = 0
  #life = 0
  #added = 0

  get columns(): number { return this.#columns }
  /** Rows there are, at most {@link rowsMax}. */
  get count(): number { return this.#count }
  /** The place of the newest row in the ring. */
  get newest(): number { return this.#newest }
  /** Counts up when it begins anew: no row of before is there. */
  get life(): number { return this.#life }
  /** Rows that were added, ever: the difference is what who draws it has not seen. */
  get added(): number { return this.#added }

  /** Adds a row; one of another grid begins anew. */
  add(sweep: Sweep, timeMs: number): void {
    if (this.#grid === undefined || !isSameGrid(this.#grid, sweep)) this.#begin(sweep)
    this.#newest = (this.#newest + rowsMax - 1) % rowsMax
    this.#count = Math.min(rowsMax, this.#count + 1)
    this.#added++
    this.#timesMs[this.#newest] = timeMs
    narrow(sweep.power, this.#levels.subarray(this.#newest * this.#columns, (this.#newest + 1) * this.#columns))
  }

  clear(): void {
    this.#grid = undefined
    this.#columns = 0
    this.#count = 0
    this.#life++
  }

  /** What stands `age` rows below the newest at a place from 0 (left) to 1; undefined where there is no row. */
  at(age: number, place: number): { level: number, timeMs: number } | undefined {
    if (age < 0 || age >= this.#count) return undefined
    const row = (this.#newest + age) % rowsMax
    const column = Math.min(this.#columns - 1, Math.max(0, Math.floor(place * this.#columns)))
    return { level: this.#levels[row * this.#columns + column]!, timeMs: this.#timesMs[row]! }
  }

  /** Writes the colours of the ring's row `row` (not of its age) to `pixels`, four bytes a column. */
  paint(row: number, { low, high }: Range, colours: Uint8ClampedArray, pixels: Uint8ClampedArray): void {
    for (let column = 0; column < this.#columns; column++) {
      const colour = colourIndex(this.#levels[row * this.#columns + column]!, low, high) * 4
      pixels.set(colours.subarray(colour, colour + 4), column * 4)
    }
  }

  #begin(sweep: Sweep): void {
    this.#grid = sweep
    this.#columns = Math.min(columnsMax, sweep.power.length)
    this.#levels = new Float32Array(this.#columns * rowsMax)
    this.#newest = 0
    this.#count = 0
    this.#life++
  }
}

/** The strongest of the bins that fall into each column. */
export function narrow(power: Float32Array, columns: Float32Array): void {
  const width = columns.length
  for (let column = 0; column < width; column++) {
    const end = Math.ceil((column + 1) * power.length / width)
    let most = NaN
    for (let bin = Math.floor(column * power.length / width); bin < end; bin++) if (!(most >= power[bin]!)) most = Number.isNaN(power[bin]!) ? most : power[bin]!
    columns[column] = most
  }
}
