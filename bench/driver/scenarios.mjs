// What is measured: the rows of the table, each in one or more variants, each for the peers that can do it.
//
// A scenario is
//   figure    what is compared: { key, label, better: 'more' | 'less', as } of what the generator says (or a key of `derived`, below)
//   beside    figures that stand beside it, in the table
//   ratios    the peers it is set in relation to
//   against   the variant that the others are set in relation to, for the same peer
//   kind      who loads the server: 'fan' and 'idle' fanbench, 'view' viewbench, 'own' `starling bench`
//   command   of 'own': the subcommand, where it is not the scenario's name
//   broker    of 'own': it goes through a mosquitto, which runs on the load's core
//   isExtra   measured only when it is asked for by name
//   secondsMax  how long one run measures at most, where it has many variants
import { position, positions2KiB, positions4KiB } from './events.mjs'

const fanPeers = ['starling', 'bun', 'ws', 'socketio', 'nchan', 'mosquitto', 'nats', 'centrifuge']
const mapPeers = ['starling', 'bun', 'ws']

export const figures = {
  deliveries: { key: 'updates_per_server_cpu_s', label: 'deliveries/CPU-s', better: 'more', as: 'count' },
  delivered: { key: 'updates_per_s', label: 'deliveries/s', better: 'more', as: 'count' },
  p50: { key: 'p50_us', label: 'p50 ms', better: 'less', as: 'us' },
  p99: { key: 'p99_us', label: 'p99 ms', better: 'less', as: 'us' },
  cpu: { key: 'server_cpu_pct', label: 'server CPU %', better: 'less', as: 'number' },
  frames: { key: 'frames_per_server_cpu_s', label: 'frames/CPU-s', better: 'more', as: 'count' },
  resident: { key: 'server_rss_kb', label: 'RSS MB', better: 'less', as: 'kb' },
  perStalled: { key: 'kib_per_stalled', label: 'KiB a stalled viewer', better: 'less', as: 'number' },
  megabytes: { key: 'MB_per_s', label: 'MB/s', better: 'less', as: 'number' },
  mapCpu: { key: 'server_cpu_s_per_s', label: 'CPU-s per s', better: 'less', as: 'fine' },
  mapBytes: { key: 'bytes_per_viewer_s', label: 'kB/s a viewer', better: 'less', as: 'kilo' },
  mapFrames: { key: 'frames_per_viewer_s', label: 'frames/s', better: 'more', as: 'number' },
  mapDelivered: { key: 'updates_per_s', label: 'deliveries/s', better: 'more', as: 'count' },
  stale50: { key: 'stale_p50_ms', label: 'p50 ms', better: 'less', as: 'number' },
  stale99: { key: 'stale_p99_ms', label: 'p99 ms', better: 'less', as: 'number' },
  perConnection: { key: 'rss_bytes_per_conn', label: 'bytes/connection', better: 'less', as: 'count' },
  ownCpu: { key: 'server_cpu_ratio', label: 'CPU-s per s', better: 'less', as: 'fine' },
  answer50: { key: 'answer_p50_ms', label: 'answer p50 ms', better: 'less', as: 'number' },
  answer99: { key: 'answer_p99_ms', label: 'answer p99 ms', better: 'less', as: 'number' },
  pans: { key: 'pans_per_second', label: 'pans/s', better: 'more', as: 'count' },
  fields: { key: 'field_updates_per_server_cpu_second', label: 'field updates/CPU-s', better: 'more', as: 'count' },
  fieldRate: { key: 'field_updates_per_second', label: 'field updates/s', better: 'more', as: 'count' },
  connects: { key: 'connects_per_server_cpu_s', label: 'connects/CPU-s', better: 'more', as: 'count' },
}

const fan = { viewers: 1000, topics: 1, perConnection: 1, event: position }
const map = { viewers: 1000, nodes: 10_000, towns: 0, share: 0.05, hz: 1, loop: 'encode-once' }
const towns = 100
const fanFigures = { figure: figures.deliveries, beside: [figures.delivered, figures.p50, figures.p99, figures.cpu] }
const mapFigures = { figure: figures.mapCpu, beside: [figures.mapDelivered, figures.mapFrames, figures.mapBytes, figures.stale50, figures.stale99, figures.resident] }
const variant = (name, parameters) => ({ name, parameters })

/** The floor of fan-out: one buffer of `batch` updates a send. */
const fanFloor = (batch) => ({ size: 210, batch, method: batch === 1 ? 'send' : 'send, one buffer of batch updates', figure: 'updates_per_server_cpu_s' })
/** The floor of a map: one send a viewer and tick, of as many changed fields as are in view. */
const mapFloor = { size: 99, method: 'send, one buffer of batch updates', roundsPerSecond: 10, figure: 'server_cpu_s_per_s' }

export const scenarios = [
  {
    name: 'fan-out', kind: 'fan', title: 'Fan-out in bursts, published over one WebSocket (from inside a handler)', peers: [...fanPeers, 'floor'],
    goal: '≥ Bun, ≥ 0.9 × the floor at the same batch', ...fanFigures, ratios: ['bun', 'floor'],
    variants: [10, 32, 64].map((burst) => variant(`burst ${burst}`, { ...fan, window: burst, burst: true, floor: fanFloor(burst) })),
  },
  {
    name: 'fan-out-http', kind: 'fan', title: 'Fan-out in bursts, published over 64 HTTP connections', peers: ['starling', 'bun', 'ws', 'nchan', 'floor'],
    goal: '≥ Bun', ...fanFigures, ratios: ['bun', 'floor'],
    variants: [variant('burst 32', { ...fan, window: 32, burst: true, publish: 'http', floor: fanFloor(32) })],
  },
  {
    name: 'one-at-a-time', kind: 'fan', title: 'Fan-out, one event outstanding', peers: [...fanPeers, 'floor'], goal: '≥ 0.95 × Bun', ...fanFigures,
    ratios: ['bun', 'floor'], variants: [variant('', { ...fan, window: 1, floor: fanFloor(1) })],
  },
  {
    name: 'latency', kind: 'fan', title: '20 events a second to 1,000 viewers', peers: fanPeers, goal: 'p50 and p99 no worse than Bun',
    figure: figures.p99, beside: [figures.p50, figures.cpu, figures.deliveries], ratios: ['bun'], variants: [variant('', { ...fan, rate: 20 })],
  },
  {
    name: 'many-channels', kind: 'fan', title: '1,000 viewers on 10 of 1,000 channels each, 64 outstanding', peers: fanPeers, goal: '≥ Bun', ...fanFigures,
    ratios: ['bun'], variants: [variant('', { ...fan, topics: 1000, perConnection: 10, window: 64 })],
  },
  {
    name: 'viewport', kind: 'view', title: 'A map and its viewers, 10 frames a second; the loops encode once', peers: [...mapPeers, 'floor'],
    goal: '1,000: ≤ 0.14 CPU-s per s, ≤ 51 kB/s, p50 ≤ 58 ms, p99 ≤ 115 ms, exact; 3,000: ≤ 0.45 CPU-s per s', ...mapFigures, ratios: ['bun', 'ws', 'floor'],
    variants: [
      variant('1,000 × 10,000', { ...map, floor: { ...mapFloor, batch: 50 } }),
      variant('3,000 × 10,000', { ...map, viewers: 3000, floor: { ...mapFloor, batch: 50 } }),
      variant(`1,000 × 10,000 around ${towns} towns`, { ...map, towns, floor: { ...mapFloor, batch: 50 } }),
    ],
  },
  {
    name: 'idle', kind: 'idle', title: '19,000 subscribed connections, idle', peers: fanPeers, goal: '≤ 1,024 bytes, ≤ 700 if we can',
    figure: figures.perConnection, beside: [figures.connects], ratios: ['bun'], variants: [variant('', { viewers: 19_000, topics: 1, perConnection: 1, settle: 4 })],
  },
  {
    name: 'connect', kind: 'idle', title: 'Connect and subscribe, 19,000 times', peers: fanPeers, goal: '≥ 18 k', figure: figures.connects,
    beside: [figures.perConnection], ratios: ['bun'], variants: [variant('', { viewers: 19_000, topics: 1, perConnection: 1, settle: 0.1 })],
  },
  {
    name: 'compression', kind: 'fan', title: '20 events of 2 KiB a second to 1,000 equal viewers, deflated and not', peers: fanPeers, goal: 'on ≤ 1.3 × off',
    figure: figures.cpu, beside: [figures.frames, figures.megabytes], ratios: ['bun'], against: 'off',
    variants: ['off', 'on'].map((name) => variant(name, { ...fan, event: positions2KiB, rate: 20, deflate: name === 'on' })),
  },
  {
    name: 'stalled', kind: 'fan', title: '20 events of 4 KiB a second to 1,000 viewers, and some that stopped reading', peers: fanPeers,
    goal: "the others' p99 within ± 10 %; < 64 KiB and the rest of a frame for one that stalls",
    figure: figures.p99, beside: [figures.p50, figures.cpu, figures.resident, figures.perStalled], ratios: [], against: 'none',
    variants: [0, 1, 50].map((stalled) => variant(stalled === 0 ? 'none' : String(stalled), { ...fan, event: positions4KiB, rate: 20, stalled })),
  },
  {
    name: 'pan', kind: 'own', title: '1,000 viewers of 1 % pan 10 times a second over 100,000 nodes at rest', peers: ['starling'], goal: '≤ 1.0 CPU-s per s, exact',
    figure: figures.ownCpu, beside: [figures.pans, figures.answer50, figures.answer99], ratios: [],
    variants: [variant('', { viewers: 1000, nodes: 100_000, share: 0.01, pans: 10 })],
  },
  {
    name: 'ingest', kind: 'own', title: 'Updates as NDJSON over HTTP, nobody looking', peers: ['starling'], goal: '≥ 300 k',
    figure: figures.fields, beside: [figures.fieldRate, figures.answer50, figures.answer99, figures.ownCpu], ratios: [],
    variants: [variant('', { connections: 4, lines: 100, fields: 6, keys: 10_000 })],
  },
  {
    name: 'ingest-mqtt', kind: 'own', command: 'ingest', broker: true, title: 'Updates as JSON through mosquitto, nobody looking', peers: ['starling'], goal: '≥ 100 k',
    figure: figures.fields, beside: [figures.fieldRate, figures.ownCpu], ratios: [],
    variants: [variant('', { fields: 6, keys: 10_000 })],
  },
  {
    name: 'viewport-loops', kind: 'view', title: 'The loops as most write them', peers: ['bun', 'ws'], goal: 'what they are compared with', isExtra: true, ...mapFigures,
    ratios: [], variants: ['unbatched', 'batched'].map((loop) => variant(loop, { ...map, loop })),
  },
  { name: 'growth', title: 'How a map grows', ...growing(0) },
  { name: 'growth-towns', title: `How a map grows, around ${towns} towns`, ...growing(towns) },
]

/** The curves of a map: two of its three sizes stand still while one grows, and a viewer of 10,000 is still told little enough for one generator. */
function growing(towns) {
  const quiet = { ...map, hz: 0.2, share: 0.01, towns }
  return {
    kind: 'view', peers: ['starling', 'bun'], goal: 'CPU grows with matches, not with viewers × nodes', isExtra: true, ...mapFigures, ratios: ['bun'], secondsMax: 3,
    variants: [
      ...[100, 300, 1000, 3000, 10_000].map((viewers) => curve('viewers', viewers, { ...quiet, viewers })),
      ...[1000, 3000, 10_000, 30_000, 100_000].map((nodes) => curve('nodes', nodes, { ...quiet, nodes })),
      ...[0.001, 0.01, 0.1, 0.3, 1].map((share) => curve('share', share, { ...quiet, viewers: 100, hz: 1, share })),
    ],
  }
}

/** A point of a curve: what grows is called `along`, and the point is at `value`. */
function curve(along, value, parameters) {
  return variant(`${along} ${value}`, { ...parameters, along })
}

/** Rows of the table that nothing can measure yet. */
export const awaited = []

/** The scenarios of these names; those that are not extra, if no names are given. Throws of a name that is none. */
export function chosenScenarios(names) {
  if (!names) return scenarios.filter(({ isExtra }) => !isExtra)
  return names.map((name) => {
    const found = scenarios.find((scenario) => scenario.name === name)
    if (found) return found
    const later = awaited.find((row) => row.name === name)
    throw new Error(later ? `${name} needs \`${later.needs}\`, which is not built yet` : `no scenario is called "${name}"; --list says which there are`)
  })
}
