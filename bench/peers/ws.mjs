// Node with `ws`:   node ws.mjs PORT [--deflate]
//
// `sub TOPIC` subscribes and is answered `ok`. Published is by a WebSocket at /pub, `TOPIC TEXT`, or by POST /pub/TOPIC.
import { createServer } from 'node:http'

import { WebSocketServer } from 'ws'

const deflate = process.argv.includes('--deflate')
const topics = new Map()  // name → its viewers

function publish(topic, text) {
  for (const viewer of topics.get(topic) ?? []) viewer.send(text, { binary: false })
}

const http = createServer((request, response) => {
  const parts = []
  request.on('data', (part) => parts.push(part))
  request.on('end', () => {
    publish(request.url.slice('/pub/'.length), Buffer.concat(parts))
    response.end('ok')
  })
})

new WebSocketServer({ server: http, perMessageDeflate: deflate }).on('connection', (socket, request) => {
  const isPublisher = request.url === '/pub'
  const mine = []
  socket.on('message', (text) => {
    if (isPublisher) {
      const at = text.indexOf(' ')
      publish(text.toString('utf8', 0, at), text.subarray(at + 1))
    } else if (text.toString('utf8', 0, 4) === 'sub ') {
      const topic = text.toString('utf8', 4)
      if (!topics.has(topic)) topics.set(topic, new Set())
      topics.get(topic).add(socket)
      mine.push(topic)
      socket.send('ok', { compress: false })  // the load generator reads it as it is
    }
  })
  socket.on('error', () => {})
  socket.on('close', () => { for (const topic of mine) topics.get(topic).delete(socket) })
})

http.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 })
