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
import { measure, stated } from './driver/measure.mjs'
import { readOptions, usage } from './driver/options.mjs'
import { peers } from './driver/peers.mjs'
import { endAll } from './driver/processes.mjs'
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
  const { stdout } = spawnSync(join(options.bin, 'starling'), ['bench', scenario.name, '--help'], { encoding: 'utf8' })
  return stdout?.includes('--server-pid') ? undefined : `this build of it has no \`starling bench ${scenario.name}\``
}

async function run(options) {
  const chosen = chosenScenarios(options.scenarios)
  for (const program of ['fanbench', 'viewbench', 'stall']) {
    if (!existsSync(join(options.bin, program))) throw new Error(`no ${program} in ${options.bin}: ${peers.starling.find({ bin: '' }).missing}`)
  }
  const [server, load] = allowedCores()
  if (load === undefined) throw new Error('two cores are needed: one for the server, one for its load')
  // Neither we nor what we ask of the machine is to be in the server's way.
  execFileSync('taskset', ['-cp', String(load), String(process.pid)], { stdio: 'ignore' })

  const machine = describeMachine()
  const commit = commitOf()
  const out = options.out ?? join(options.results, `${new Date().toISOString().slice(0, 10)}-${commit}.jsonl`)
  mkdirSync(dirname(out), { recursive: true })
  const write = (line) => appendFileSync(out, `${JSON.stringify({ ...line, machine, commit, date: new Date().toISOString() })}\n`)

  const wanted = (name) => !options.peers || options.peers.includes(name)
  const needed = [...new Set(chosen.flatMap(({ peers: names }) => names))].filter(wanted)
  const found = findPeers(options, needed, (text) => console.error(text), write)
  const cells = chosen.flatMap((scenario) => scenario.variants.flatMap((variant) =>
    scenario.peers.filter((name) => found.has(name)).map((name) => ({ scenario, variant, peer: found.get(name) }))))
  const measured = cells.filter((cell) => whyNot(cell, options) === undefined)
  const refusals = new Map(cells.filter((cell) => !measured.includes(cell)).map((cell) => [`${cell.peer.title} in ${cell.scenario.name}`, { cell, why: whyNot(cell, options) }]))
  for (const [name, { cell, why }] of refusals) {
    console.error(`left out: ${name}: ${why}`)
    write({ left_out: cell.peer.name, scenario: cell.scenario.name, why })
  }

  const progress = startProgress(measured.length * options.runs)
  const taken = []
  for (let round = 1; round <= options.runs; round++) {
    for (const cell of measured) {
      const name = [cell.scenario.name, cell.variant.name, cell.peer.title].filter(Boolean).join(' · ')
      progress.begin(`${name} · run ${round} of ${options.runs}`)
      const result = await measureQuietly({ ...cell, ...options, cores: { server, load } }, (text) => progress.say(`${name}: ${text}`))
      const line = { scenario: cell.scenario.name, variant: cell.variant.name, peer: cell.peer.name, version: cell.peer.version, run: round, seconds: options.seconds, ...result }
      write(line)
      taken.push(line)
      progress.end()
    }
  }
  progress.finish()
  process.stdout.write(`${tableOf(summarize(taken), titles)}\n${taken.length} runs, written to ${out}\n`)
  if (taken.some(({ error }) => error)) process.exitCode = 1
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
      return { parameters: stated(cell.variant.parameters), error: error.message }
    }
  }
  say(`noisy ${attemptsMax} times`)
  return { ...attempts.sort((a, b) => a.other_cpu_pct - b.other_cpu_pct)[0], attempts: attempts.length }
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    endAll()
    console.error('\ninterrupted; what was measured is written down')
    process.exit(130)
  })
}
process.on('exit', endAll)

Promise.resolve().then(main).catch((error) => {
  console.error(`bench: ${error.message}`)
  process.exit(error.code?.startsWith?.('ERR_PARSE_ARGS') ? 2 : 1)
})
