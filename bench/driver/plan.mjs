// What is to be measured: each cell (a peer in a variant of a scenario) once a round, without what a file of results has already.
import { duration, measuredSeconds, runSeconds } from './duration.mjs'
import { statedParameters } from './measure.mjs'

const nameOf = ({ scenario, variant, peer, run }) => JSON.stringify([scenario, variant, peer, run])

/**
 * { runs: [{ scenario, variant, peer, run, seconds }], taken }: the runs that are left, round after round, and how many are there. What failed or was noisy
 * is not there; nor is what was measured with other parameters, or for longer or shorter.
 */
export function planOf(cells, { runs: rounds, seconds: asked }, results) {
  const quiet = new Map(results.filter(({ figures, noisy }) => figures && !noisy).map((result) => [nameOf(result), result]))
  const all = Array.from({ length: rounds }, (_, index) => cells.map((cell) => ({ ...cell, run: index + 1, seconds: measuredSeconds(cell.scenario, asked) }))).flat()
  const isTaken = (planned) => {
    const found = quiet.get(nameOf({ scenario: planned.scenario.name, variant: planned.variant.name, peer: planned.peer.name, run: planned.run }))
    return found?.seconds === planned.seconds && JSON.stringify(found.parameters) === JSON.stringify(statedParameters(planned))
  }
  const left = all.filter((planned) => !isTaken(planned))
  return { runs: left, taken: all.length - left.length }
}

/** Seconds that the runs of a plan take, one by one. */
export const planSeconds = (runs) => runs.map((planned) => runSeconds(planned, planned.seconds))

/** What a plan is, in a line. */
export function planAsText({ runs, taken }, out) {
  const there = taken > 0 ? `${taken} of ${taken + runs.length} runs are in ${out} already; ` : ''
  if (runs.length === 0) return `${there}nothing is left to measure`
  return `${there}${runs.length} to measure, about ${duration(planSeconds(runs).reduce((sum, each) => sum + each, 0))} if nothing disturbs them, into ${out}`
}

/** Throws if a file of results is not of this commit and this machine: its figures and ours would be compared as if they were of one run. */
export function checkOrigin(results, out, { commit, machine }) {
  const other = results.find((result) => result.commit !== commit || JSON.stringify(result.machine) !== JSON.stringify(machine))
  if (!other) return
  const what = other.commit === commit ? `another machine (${other.machine?.cpu})` : `commit ${other.commit}, and this is ${commit}`
  throw new Error(`${out} has results of ${what}: --out another file, or --resume ${out} if they may stand together`)
}
