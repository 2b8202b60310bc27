// One measurement: a server on one core, its load on another, and what the generator says of them.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { floorSeconds, warmupSeconds } from './duration.mjs'
import { eventBytes, eventText } from './events.mjs'
import { openFilesMax, watchOthers } from './machine.mjs'
import { freePorts, makeFolder, removeFolder, start, stop, untilFamily, untilListening, untilSaid } from './processes.mjs'

const receiveBusyPctMax = 80

/**
 * Measures `peer` in a variant of a scenario. Returns { parameters, figures, faults, otherPct }: the parameters as they were, the
 * generator's figures, what is not as it has to be, and what anything but server and generator took, in percent of a core (undefined if it
 * is not known). Throws if the server or the generator fails.
 */
export async function measure({ scenario, variant, peer, bin, work, cores, seconds }) {
  const parameters = fitted(variant, peer)
  if (peer.name === 'floor') return measureFloor({ floor: parameters.floor, parameters: statedParameters({ variant, peer }), bin, cores, seconds })
  const folder = makeFolder()
  const started = []
  try {
    const [port, publishPort] = await freePorts(2)
    const context = { bin, work, folder, port, publishPort, parameters, brokerUrl: scenario.broker && `mqtt://127.0.0.1:${publishPort}` }
    const { command, files = {}, ports = [port], env } = scenario.kind === 'view' ? peer.map(context) : peer.start(context)
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    if (scenario.broker) started.push(await startBroker({ context, cores }))
    const server = start(command, { core: cores.server, folder, env })
    started.push(server)
    await untilListening(server, ports)
    const pids = await untilFamily(server, peer.processes ?? 1)
    if (parameters.stalled) started.push(await stall({ peer, parameters, context, cores }))
    if (scenario.kind === 'own') return await measureOwn({ scenario, parameters, context, server, cores, seconds, started })
    const said = await generate(load({ scenario, peer, parameters, context, pids, seconds }), cores, started)
    const faults = [...faultsOf[scenario.kind](said, parameters), ...(said[scenario.figure.key] === 0 ? [`${scenario.figure.key} 0`] : [])]
    if (server.hasEnded) faults.push(`the server ended: ${server.complained.trim().slice(-300)}`)
    return { parameters: statedParameters({ variant, peer }), figures: said, faults, otherPct: said.other_cpu_pct }
  } finally {
    for (const process of started.reverse()) await stop(process)
    removeFolder(folder)
  }
}

/** As the peer can serve them, and with as many connections as this machine lets a process have, with some room for what else it opens. */
function fitted({ parameters: wanted }, peer) {
  const parameters = peer.adapt?.(wanted) ?? wanted
  return parameters.viewers ? { ...parameters, viewers: Math.min(parameters.viewers, openFilesMax() - 1000) } : parameters
}

/** Parameters as a line of results states them: without those that only steer the driver. */
export function statedParameters({ variant, peer }) {
  const { floor, along, ...parameters } = fitted(variant, peer)
  if (peer.name !== 'floor') return parameters
  const { figure, ...method } = floor
  return { viewers: parameters.viewers, ...method }
}

// ---- Load ------------------------------------------------------------------------------------------------------------------

/** The generator's command. */
function load({ scenario, peer, parameters, context, pids, seconds }) {
  const { bin, port } = context
  const common = ['--port', port, '--server-pid', pids.join(','), '--label', peer.name]
  const window = ['--warmup', warmupSeconds(seconds), '--measure', seconds]
  if (scenario.kind === 'view') {
    const { viewers, nodes, towns, share, hz } = parameters
    return [join(bin, 'viewbench'), ...common, ...window, '--viewers', viewers, '--nodes', nodes, '--towns', towns, '--share', share, '--hz', hz]
  }
  const { viewers, topics, perConnection, deflate } = parameters
  const subscribing = ['--conns', viewers, '--topics', topics, '--subs-per-conn', perConnection, ...peer.fan.subscribe(parameters), ...(deflate ? ['--deflate'] : [])]
  if (scenario.kind === 'idle') return [join(bin, 'fanbench'), ...common, ...subscribing, '--idle', '--settle', parameters.settle]
  const way = parameters.publish ?? Object.keys(peer.fan.publish)[0]
  const publishing = peer.fan.publish[way](eventText(parameters.event), context)
  const pace = parameters.rate ? ['--rate', parameters.rate] : ['--window', parameters.window, ...(parameters.burst ? ['--burst'] : [])]
  return [join(bin, 'fanbench'), ...common, ...subscribing, ...publishing, ...pace, ...window]
}

/** Runs the generator; what it says, as an object. */
async function generate(command, cores, started) {
  const generator = start(command.map(String), { core: cores.load })
  started.push(generator)
  const { code, signal } = await generator.ended
  const lines = generator.said.trim().split('\n')
  // Code 3: not every connection came up, which is told as a fault.
  if ((code !== 0 && code !== 3) || !lines.at(-1).startsWith('{')) {
    throw new Error(`the generator ended with ${signal ?? code}: ${generator.complained.trim().slice(-300) || 'it said nothing'}`)
  }
  const { label, ...said } = JSON.parse(lines.at(-1))
  // Where a server does not keep up, what a frame takes can still be compared.
  if (said.server_cpu_pct > 0) said.frames_per_server_cpu_s = Math.round(said.frames_per_s / (said.server_cpu_pct / 100))
  return said
}

/** Viewers beside the others that subscribe and then stop reading. */
async function stall({ peer, parameters, context, cores }) {
  const { bin, port } = context
  const command = [join(bin, 'stall'), '--port', port, '--conns', parameters.stalled, ...peer.fan.subscribe(parameters)]
  const stalled = start(command.map(String), { core: cores.load })
  await untilSaid(stalled, 'stalled').catch(async (error) => {
    await stop(stalled)
    throw error
  })
  return stalled
}

// ---- `starling bench` ------------------------------------------------------------------------------------------------------

/** The broker between generator and server. */
async function startBroker({ context: { folder, publishPort }, cores }) {
  const file = join(folder, 'broker.conf')
  writeFileSync(file, `listener ${publishPort} 127.0.0.1\nallow_anonymous true\npersistence false\nlog_dest stderr\nlog_type error\nset_tcp_nodelay true\n`)
  const broker = start(['mosquitto', '-c', file], { core: cores.load, folder })
  await untilListening(broker, [publishPort]).catch(async (error) => {
    await stop(broker)
    throw error
  })
  return broker
}

/** A row that Starling's own generator measures. What it finds wrong it says on lines of its own, and ends with 1. */
async function measureOwn({ scenario, parameters, context, server, cores, seconds, started }) {
  const options = Object.entries(parameters).flatMap(([name, value]) => [`--${name}`, value])
  const broker = context.brokerUrl ? ['--mqtt', context.brokerUrl] : []
  const command = [join(context.bin, 'starling'), 'bench', scenario.command ?? scenario.name, `http://127.0.0.1:${context.port}`, '--json',
    '--server-pid', server.pid, '--seconds', seconds, ...broker, ...options]
  const generator = start(command.map(String), { core: cores.load })
  started.push(generator)
  const others = watchOthers(started.map(({ pid }) => pid))
  const { code, signal } = await generator.ended
  const otherPct = Math.round(others.end() * 10) / 10
  const complaints = generator.complained.trim().split('\n').filter(Boolean)
  if (!generator.said.startsWith('{')) throw new Error(`starling bench ended with ${signal ?? code}: ${complaints.join(' ').slice(-300) || 'it said nothing'}`)
  const figures = JSON.parse(generator.said)
  return { parameters, figures, faults: [...(code === 0 ? [] : complaints), ...faultsOf.own(figures, parameters)], otherPct }
}

// ---- What is not as it has to be ------------------------------------------------------------------------------------------

const nonzero = (said, keys) => keys.filter((key) => said[key] !== 0).map((key) => `${key} ${said[key]}`)

const faultsOf = {
  fan(said, { deflate, rate, viewers, event }) {
    const faults = nonzero(said, ['failed', 'closed', 'pub_errors', 'stalls', ...(deflate ? [] : ['missing_updates'])])
    if (rate && Math.abs(said.publishes_per_s / rate - 1) > Math.max(0.1, 1.5 / (rate * said.seconds))) faults.push(`publishes_per_s ${said.publishes_per_s} of ${rate}`)
    if (!deflate) return faults
    // Compressed messages are not read, only counted: as many as there have to be, give or take one that is on its way, and smaller than they were.
    if (Math.abs(said.frames_per_s / (rate * viewers) - 1) > Math.max(0.02, 1.5 / (rate * said.seconds))) faults.push(`frames_per_s ${said.frames_per_s} of ${rate * viewers}`)
    if ((said.MB_per_s * 1e6) / said.frames_per_s > 0.8 * eventBytes(event)) faults.push('not compressed')
    return faults
  },
  view(said) {
    const faults = nonzero(said, ['missing', 'extra', 'wrong_key', 'closed', 'pub_errors'])
    if (said.pub_skipped > 0) faults.push(`saturated: ${said.pub_skipped} updates not taken`)
    if (said.receive_busy_pct > receiveBusyPctMax) faults.push(`the generator is saturated: it reads ${said.receive_busy_pct} % of the time`)
    if (said.window_received !== said.window_expected) faults.push(`received ${said.window_received} of ${said.window_expected}`)
    return faults
  },
  idle(said, { viewers }) {
    const faults = nonzero(said, ['failed'])
    if (said.still_up !== viewers) faults.push(`still_up ${said.still_up} of ${viewers}`)
    return faults
  },
  own(said, { viewers, pans }) {
    if (pans === undefined) return []  // as fast as it is answered
    const wanted = viewers * pans
    return said.pans_per_second < 0.95 * wanted ? [`pans_per_second ${said.pans_per_second} of ${wanted}`] : []
  },
}

// ---- The floor ------------------------------------------------------------------------------------------------------------

/** What the kernel alone charges for the sends of a scenario. Of its methods one gives the figure; the others stand beside it. */
async function measureFloor({ floor, parameters, bin, cores, seconds }) {
  const pace = floor.roundsPerSecond ? ['--rounds-per-s', floor.roundsPerSecond] : []
  const command = [join(bin, 'floor'), '--conns', parameters.viewers, '--size', floor.size, '--batch', floor.batch, '--seconds', floorSeconds(seconds),
    '--sender-core', cores.server, '--drain-core', cores.load, ...pace]
  const process = start(command.map(String))
  const others = watchOthers([process.pid])
  const { code } = await process.ended
  const otherPct = Math.round(others.end() * 10) / 10
  const methods = Object.fromEntries(process.said.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line)).map(({ method, ...said }) => [method, said]))
  const measured = methods[floor.method]
  if (code !== 0 || !measured) throw new Error(`floor ended with ${code}: ${process.complained.trim().slice(-300)}`)
  const value = floor.figure === 'server_cpu_s_per_s' ? measured.cpu_s_per_s : measured.updates_per_cpu_s
  return { parameters, figures: { [floor.figure]: value, methods }, faults: [], otherPct }
}
