// Honest viewers in a process of their own, each of whom asks every 100 ms whether the server answers.
//
// Run by startHonest: honest.mjs <url of the server> <viewers> <channel> <key>. Says "ready" when each holds the record of `key`; then answers
// every message with what the pongs since the last one took: {delaysMs, unanswered, lateMs, closed}. A pong that is owed is waited for.
import { fileURLToPath } from 'node:url'

import { elapse, until } from '../../e2e/support/until.mjs'
import { WebSocket } from '../../e2e/support/viewer.mjs'
import { startChild } from './child.mjs'

const thisFile = fileURLToPath(import.meta.url)
const everyMs = 100

export async function startHonest(t, url, { viewers, channel, key }) {
  const honest = await startChild(t, thisFile, [url, String(viewers), channel, key], { name: 'the honest viewers', what: 'the honest viewers to hold a record' })
  return { told: () => honest.ask('tell', 'the honest viewers to tell') }
}

async function run(url, count, channel, key) {
  let delaysMs = []
  let lateMs = 0
  let closed = 0
  const asked = new Map()
  const open = (viewer) => new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/live`, 'starling.v1', { perMessageDeflate: false })
    socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', id: 1, channels: [channel], filter: { keys: [key] } })))
    socket.on('message', (data) => {
      const frame = JSON.parse(data)
      if (frame.type === 'snapshot' && frame.channels[channel]?.[key]) resolve(socket)
      if (frame.type !== 'pong') return
      delaysMs.push(performance.now() - asked.get(frame.ref))
      asked.delete(frame.ref)
    })
    socket.on('error', reject)
    socket.on('close', () => { closed++; reject(new Error(`honest viewer ${viewer} was closed`)) })
  })
  const sockets = await Promise.all(Array.from({ length: count }, (_, viewer) => open(viewer)))
  process.on('message', async () => {
    const owed = [...asked.keys()]
    await until(() => owed.every((ref) => !asked.has(ref)) || closed > 0, { what: 'the pongs that are owed' }).catch(() => {})
    process.send({ delaysMs, unanswered: owed.filter((ref) => asked.has(ref)).length, lateMs, closed })
    delaysMs = []
    lateMs = 0
  })
  process.send('ready')

  // One after the other, so that there is always somebody asking soon.
  const beganAt = performance.now()
  for (let n = 0; ; n++) {
    const dueAt = beganAt + n * everyMs / count
    await elapse(Math.max(0, dueAt - performance.now()))
    lateMs = Math.max(lateMs, performance.now() - dueAt)
    const socket = sockets[n % count]
    if (socket.readyState !== WebSocket.OPEN) continue
    asked.set(n, performance.now())
    socket.send(JSON.stringify({ type: 'ping', ref: n }))
  }
}

if (process.argv[1] === thisFile) await run(process.argv[2], Number(process.argv[3]), process.argv[4], process.argv[5])
