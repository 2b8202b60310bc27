#!/usr/bin/env node
// Measures Starling and its peers in turn: the same scenarios, the server on one core, the load on another, round after round.
//
//   node bench/run.mjs --only fan-out,latency --peers starling,bun --runs 5
//
// bench/README.md says what the rows mean. Every line of what it writes stands for itself: parameters, figures, versions, machine, commit, date.
import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { allowedCores, commitOf, describeMachine } from './driver/machine.mjs'
import { measure, statedParameters } from './driver/measure.mjs'
import { readOptions, usage } from './driver/options.mjs'
import { howToBuild, peers } from './driver/peers.mjs'
import { endAll } from './driver/processes.mjs'
import { checkOrigin, planAsText, planOf, planSeconds } from './driver/plan.mjs'
import { startProgress } from './driver/progress.mjs'
import { readResults, summarize } from './driver/results.mjs'
import { awaited, chosenScenarios, scenarios } from './driver/scenarios.mjs'
import { tableOf } from './driver/table.mjs'

const attemptsMax = 3

const titles = Object.fromEntries(Object.entries(peers).map(([name, { title }]) => [name, title]))

function main() {
  const options = readOptions(process.argv.slice(2))
  if (options.isHelp) return void process.stdout.write(usage)
  if (options.table) return void process.stdout.write(`${tableOf(summarize(readResults(options.table)), titles)}`)
  const unknown = options.peers?.find((name) => !(name in peers))
  if (unknown) throw new Error(`no peer is called "${unknown}"; there are ${Object.keys(peers).join(', ')}`)
  if (options.isList) return list(options)
  return run(options)
}

function list(options) {
  for (const { name, title, variants, isExtra, goal } of scenarios) {
    console.log(`${name.padEnd(15)} ${title}${isExtra ? ' (by name)' : ''}. To reach: ${goal}`)
    const told = variants.map((variant) => variant.name).filter(Boolean)
    if (told.length > 0) console.log(`${''.padEnd(15)}   ${told.join(', ')}`)
  }
  for (const { name, title, needs } of awaited) console.log(`${name.padEnd(15)} ${title} (not yet: needs \`${needs}\`)`)
  console.log()
  for (const [name, peer] of Object.entries(peers)) {
    const { version, missing } = peer.find(options)
    console.log(`${name.padEnd(15)} ${peer.title}${version ? ` ${version}` : `: left out, ${missing}`}`)
  }
}

/** The peers that can be had, each with its name and version; what cannot is said, and written down. */
function findPeers(options, needed, say, write) {
  const found = new Map()
  for (const name of needed) {
    const { version, missing } = peers[name].find(options)
    let why = missing
    try {
      if (!why) peers[name].prepare?.(options)
    } catch (error) {
      why = String(error.stderr ?? error.message).trim().slice(0, 300)
    }
    if (why === undefined) {
      found.set(name, { ...peers[name], name, version })
    } else {
      say(`left out: ${titles[name]}: ${why}`)
      write({ left_out: name, why })
    }
  }
  return found
}

/** Why this peer cannot be measured in this scenario, or undefined. */
function whyNot({ scenario, peer }, options) {
  if (scenario.kind !== 'own') return peer.refuses?.[scenario.name]
  // Asked for help, a program without this subcommand gives that of the whole program.
  const { stdout } = spawnSync(join(options.bin, 'starling'), ['bench', scenario.command ?? scenario.name, '--help'], { encoding: 'utf8' })
  return stdout?.includes('--server-pid') ? undefined : `this build of it has no \`starling bench ${scenario.command ?? scenario.name}\``
}

async function run(options) {
  const chosen = chosenScenarios(options.scenarios)
  for (const program of ['fanbench', 'viewbench', 'stall']) {
    if (!existsSync(join(options.bin, program))) throw new Error(`no ${program} in ${options.bin}: ${howToBuild}`)
  }
  const [server, load] = allowedCores()
  if (load === undefined) throw new Error('two cores are needed: one for the server, one for its load')
  // Neither we nor what we ask of the machine is to be in the server's way.
  execFileSync('taskset', ['-cp', String(load), String(process.pid)], { stdio: 'ignore' })

  const machine = describeMachine()
  const commit = commitOf()
  const out = options.out ?? join(options.results, `${new Date().toISOString().slice(0, 10)}-${commit}.jsonl`)
  const before = existsSync(out) ? readResults(out) : []
  if (!options.isResumed) checkOrigin(before, out, { commit, machine })
  mkdirSync(dirname(out), { recursive: true })
  const write = (line) => appendFileSync(out, `${JSON.stringify({ ...line, machine, commit, date: new Date().toISOString() })}\n`)

  const cells = findCells(chosen, options, write)
  if (cells.length === 0) throw new Error('none of these peers can be measured in these scenarios')
  const plan = planOf(cells, options, before)
  console.error(planAsText(plan, out))
  const progress = startProgress(planSeconds(plan.runs))
  let failed = 0
  for (const planned of plan.runs) {
    const { scenario, variant, peer, run, seconds } = planned
    const name = [scenario.name, variant.name, peer.title].filter(Boolean).join(' · ')
    progress.begin(`${name} · run ${run} of ${options.runs}`)
    const result = await measureQuietly({ ...options, ...planned, cores: { server, load } }, (text) => progress.say(`${name}: ${text}`))
    write({ scenario: scenario.name, variant: variant.name, peer: peer.name, version: peer.version, run, seconds, ...result })
    failed += result.error === undefined ? 0 : 1
    progress.end()
  }
  progress.finish()
  const measured = readResults(out).filter((line) => cells.some(({ scenario, peer }) => scenario.name === line.scenario && peer.name === line.peer))
  process.stdout.write(`${tableOf(summarize(measured), titles)}\n${plan.runs.length} runs, written to ${out}\n`)
  if (failed > 0) process.exitCode = 1
}

/** All that can be measured: a peer in a variant of a scenario, each. What cannot is said, and written down. */
function findCells(chosen, options, write) {
  const wanted = (name) => !options.peers || options.peers.includes(name)
  const needed = [...new Set(chosen.flatMap(({ peers: names }) => names))].filter(wanted)
  const found = findPeers(options, needed, (text) => console.error(text), write)
  return chosen.flatMap((scenario) => {
    const able = scenario.peers.filter((name) => found.has(name)).map((name) => found.get(name)).filter((peer) => {
      const why = whyNot({ scenario, peer }, options)
      if (why === undefined) return true
      console.error(`left out: ${peer.title} in ${scenario.name}: ${why}`)
      write({ left_out: peer.name, scenario: scenario.name, why })
      return false
    })
    return scenario.variants.flatMap((variant) => able.map((peer) => ({ scenario, variant, peer })))
  })
}

/** A run during which nothing else took much; after some attempts the quietest of them, marked as noisy. */
async function measureQuietly(cell, say) {
  const attempts = []
  while (attempts.length < attemptsMax) {
    try {
      const { parameters, figures, faults, otherPct } = await measure(cell)
      for (const fault of faults) say(fault)
      attempts.push({ parameters, figures, faults, noisy: otherPct > cell.noiseMaxPct, other_cpu_pct: otherPct, attempts: attempts.length + 1 })
      if (!attempts.at(-1).noisy) return attempts.at(-1)
    } catch (error) {
      say(error.message)
      return { parameters: statedParameters(cell), error: error.message }
    }
  }
  say(`noisy ${attemptsMax} times`)
  return { ...attempts.sort((a, b) => a.other_cpu_pct - b.other_cpu_pct)[0], attempts: attempts.length }
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    endAll()
    console.error('\ninterrupted; what was measured is written down, and the same command goes on')
    process.exit(130)
  })
}
process.on('exit', endAll)

Promise.resolve().then(main).catch((error) => {
  console.error(`bench: ${error.message}`)
  process.exit(error.code?.startsWith?.('ERR_PARSE_ARGS') ? 2 : 1)
})
