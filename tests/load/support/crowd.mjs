// Many equal viewers in a process of their own, so that reading for them delays nobody else.
//
// Run by startCrowd: crowd.mjs <url of the server> <viewers> <channel>. Says "ready" when each holds a snapshot; then
// answers every message with {updates: [of each viewer], closed}.
import { fileURLToPath } from 'node:url'

import { WebSocket } from '../../e2e/support/viewer.mjs'
import { startChild } from './child.mjs'

const thisFile = fileURLToPath(import.meta.url)

export async function startCrowd(t, url, viewers, channel) {
  const crowd = await startChild(t, thisFile, [url, String(viewers), channel], { name: 'the crowd', what: 'the crowd to hold a snapshot each' })
  return { counts: () => crowd.ask('count', 'the crowd to count') }
}

async function run(url, viewers, channel) {
  const updates = new Array(viewers).fill(0)
  let closed = 0
  const open = (n) => new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/live`, 'starling.v1', { perMessageDeflate: false })
    socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', id: 1, channels: [channel] })))
    socket.on('message', (data) => {
      // `data` is the whole frame; only its beginning matters here, and is all that is looked at.
      const start = data.toString('latin1', 0, 20)
      if (start.startsWith('{"type":"update"')) updates[n]++
      else if (start.startsWith('{"type":"snapshot"') && JSON.parse(data).more === false) resolve()
    })
    socket.on('error', reject)
    socket.on('close', () => { closed++ })
  })
  for (let n = 0; n < viewers; n += 50) {
    await Promise.all(Array.from({ length: Math.min(50, viewers - n) }, (_, i) => open(n + i)))
  }
  process.on('message', () => process.send({ updates, closed }))
  process.send('ready')
}

if (process.argv[1] === thisFile) await run(process.argv[2], Number(process.argv[3]), process.argv[4])
