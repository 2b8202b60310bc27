// A crowd that connects within a time, in a process of its own: most look at a box of their own, some at everything, some of those stall.
//
// Run by startStorm: storm.mjs <url of the server> <options as JSON>. Says "ready" when all have been told to connect; then answers each
// message, which is the truth {key: record}, with {differing, …}: how many do not hold just what their box shows of it.
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'

import { Replica } from '../../e2e/support/replica.mjs'
import { elapse } from '../../e2e/support/until.mjs'
import { WebSocket } from '../../e2e/support/viewer.mjs'
import { startChild } from './child.mjs'

const thisFile = fileURLToPath(import.meta.url)

export async function startStorm(t, url, options) {
  const storm = await startChild(t, thisFile, [url, JSON.stringify(options)], { name: 'the storm', what: 'the storm to connect' })
  return { judge: (truth) => storm.ask(truth, 'the storm to be judged') }
}

async function run(url, { boxed, whole, stalling, withinMs, stallMs, nodes, channel }) {
  const count = boxed + whole
  const viewers = []
  let closed = 0
  let stalled = 0
  const open = (n) => {
    const every = Math.floor(count / whole)
    const isWhole = n % every === 1
    // The fleet stands in a line from 40° on, a thousandth of a degree apart: a hundredth of it is a box.
    const south = 40 + Math.floor((n * 7919) % (nodes * 0.99)) / 1000
    const box = isWhole ? null : { north: south + nodes / 100_000, south, east: -70, west: -78 }
    const viewer = { box, replica: new Replica(), staged: 0, stalls: isWhole && Math.floor(n / every) < stalling }
    const socket = new WebSocket(`${url.replace('http', 'ws')}/live`, 'starling.v1', { perMessageDeflate: false })
    socket.on('open', () => {
      socket.send(JSON.stringify({ type: 'subscribe', id: 1, channels: [channel], ...(box && { filter: { bounds: box } }) }))
    })
    socket.on('message', (data) => {
      const frame = JSON.parse(data)
      viewer.replica.take(frame)
      if (frame.type !== 'snapshot') return
      viewer.staged += Object.keys(frame.channels[channel] ?? {}).length
      if (!viewer.stalls || viewer.staged < nodes / 2) return
      viewer.stalls = false
      stalled++
      socket.pause()
      setTimeout(() => socket.resume(), stallMs)
    })
    socket.on('close', () => { closed++ })
    viewers.push(viewer)
  }
  const startedAt = performance.now()
  for (let n = 0; n < count; n++) {
    const wait = startedAt + n * withinMs / count - performance.now()
    if (wait > 0) await elapse(wait)
    open(n)
  }
  const connectedMs = performance.now() - startedAt
  process.on('message', (truth) => {
    const places = Object.entries(truth)
    let differing = 0
    let records = 0
    for (const { box, replica } of viewers) {
      const due = Object.fromEntries(places.filter(([, { latitude, longitude }]) =>
        !box || (latitude <= box.north && latitude >= box.south && longitude <= box.east && longitude >= box.west)))
      const held = { ...replica.records(channel) }
      records += Object.keys(held).length
      if (!replica.isWhole || !isDeepStrictEqual(held, due)) differing++
    }
    process.send({ differing, records, closed, stalled, connectedMs })
  })
  process.send('ready')
}

if (process.argv[1] === thisFile) await run(process.argv[2], JSON.parse(process.argv[3]))
