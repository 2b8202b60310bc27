// The command line of run.mjs.
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

import { bench, root } from './places.mjs'

export const usage = `usage: node bench/run.mjs [options]

  --only A,B        these scenarios; without it all that --list does not mark with "by name"
  --peers A,B       these peers, "floor" among them; without it all that can be had
  --runs N          rounds; each measures every peer once. Default 5
  --seconds S       measured in each run, after a warm-up. Default 5
  --out FILE        a line of JSON for each run. Default bench/results/DATE-COMMIT.jsonl. What the file has already is not measured again, but for
                    what failed or was noisy; results of another commit or machine are not added to
  --resume FILE     the same, whatever commit and machine they are of
  --noise-max PCT   what anything else may take of a core before a run is taken again. Default 12
  --build DIR       where the programs are. Default build/release
  --list            the scenarios and the peers that are here
  --table FILE      the table of results that were taken earlier
`

/** Throws with a sentence about what is wrong. */
export function readOptions(parameters) {
  const { values } = parseArgs({
    args: parameters,
    options: {
      only: { type: 'string' }, peers: { type: 'string' }, runs: { type: 'string' }, seconds: { type: 'string' }, 'noise-max': { type: 'string' }, out: { type: 'string' }, resume: { type: 'string' },
      build: { type: 'string' }, list: { type: 'boolean' }, table: { type: 'string' }, help: { type: 'boolean', short: 'h' },
    },
  })
  const number = (name, fallback, isRight) => {
    const value = values[name] === undefined ? fallback : Number(values[name])
    if (!isRight(value)) throw new Error(`--${name} ${values[name]} cannot be`)
    return value
  }
  if (values.out !== undefined && values.resume !== undefined) throw new Error('--out and --resume name the same file: one of them is enough')
  const out = values.resume ?? values.out
  const names = (text) => text && [...new Set(text.split(',').map((name) => name.trim()).filter(Boolean))]
  return {
    scenarios: names(values.only),
    peers: names(values.peers),
    runs: number('runs', 5, (value) => Number.isInteger(value) && value >= 1),
    seconds: number('seconds', 5, (value) => value >= 0.5 && value <= 600),
    noiseMaxPct: number('noise-max', 12, (value) => value >= 0),
    out: out && resolve(out),
    isResumed: values.resume !== undefined,
    bin: join(resolve(values.build ?? join(root, 'build', 'release')), 'bin'),
    work: join(root, 'build', 'bench'),
    results: join(bench, 'results'),
    isList: values.list ?? false,
    isHelp: values.help ?? false,
    table: values.table && resolve(values.table),
  }
}
