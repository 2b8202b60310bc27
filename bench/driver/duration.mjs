// How long runs take: what is measured, and, roughly, what is around it.
import { openFilesMax } from './machine.mjs'

const startAndEndSeconds = 1.2  // of a server, and of what loads it
const connectsPerSecond = { fan: 3000, idle: 2000, view: 1500, own: 1500 }
const aroundSeconds = { fan: 1, idle: 1, view: 2, own: 2 }  // settling, waiting for what is on its way, comparing
const floorMethods = 6

/** How long one run of a scenario measures. */
export const measuredSeconds = (scenario, asked) => Math.min(asked, scenario.secondsMax ?? asked)

/** How long load goes on before what is measured. */
export const warmupSeconds = (measured) => Math.min(2, Math.max(1, measured / 3))

/** How long each method of the floor is measured. */
export const floorSeconds = (measured) => Math.max(1, measured / 3)

/** Seconds that one run of a cell takes, if it need not be taken again. */
export function runSeconds({ scenario, variant: { parameters }, peer }, asked) {
  const measured = measuredSeconds(scenario, asked)
  if (peer.name === 'floor') return startAndEndSeconds + floorMethods * floorSeconds(measured)
  const connecting = Math.min(parameters.viewers ?? 0, openFilesMax()) / connectsPerSecond[scenario.kind]
  const loading = scenario.kind === 'idle' ? parameters.settle : measured + warmupSeconds(measured)
  return startAndEndSeconds + aroundSeconds[scenario.kind] + connecting + loading
}

/** So many seconds, as people say it. */
export function duration(seconds) {
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
