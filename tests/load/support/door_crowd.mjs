// Many clients of Heimdall's door in a process of their own. They ask for nothing, and so are told everything of it.
//
// Run by startDoorCrowd: door_crowd.mjs <url of the door> <clients>. Says "ready" when all are connected; then answers every message with what came since
// the last: {arrivals: {event name: [{sent_ms, at_ms} of each frame]}, closed}. `sent_ms` is looked for in the data, or in its record "w1".
import { fileURLToPath } from 'node:url'

import { WebSocket } from '../../e2e/support/viewer.mjs'
import { startChild } from './child.mjs'

const thisFile = fileURLToPath(import.meta.url)

/** Milliseconds of a clock that all processes of the machine share. */
export const clockMs = () => Number(process.hrtime.bigint()) / 1e6

export async function startDoorCrowd(t, url, clients) {
  const crowd = await startChild(t, thisFile, [url, String(clients)], { name: 'the crowd', what: 'the crowd to be connected' })
  return { arrivals: () => crowd.ask('tell', 'the crowd to tell') }
}

async function run(url, clients) {
  let arrivals = {}
  let closed = 0
  const open = () => new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { perMessageDeflate: false })
    socket.on('open', resolve)
    socket.on('message', (text) => {
      const at_ms = clockMs()
      const { event, data } = JSON.parse(text)
      ;(arrivals[event] ??= []).push({ sent_ms: (data.w1 ?? data).sent_ms, at_ms })
    })
    socket.on('error', reject)
    socket.on('close', () => { closed++ })
  })
  for (let n = 0; n < clients; n += 50) await Promise.all(Array.from({ length: Math.min(50, clients - n) }, open))
  process.on('message', () => { process.send({ arrivals, closed }); arrivals = {} })
  process.send('ready')
}

if (process.argv[1] === thisFile) await run(process.argv[2], Number(process.argv[3]))
