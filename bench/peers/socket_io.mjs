// Socket.IO on Node:   node socket_io.mjs PORT [--deflate]
//
// A viewer's topic is in its URL, since what it says before it is connected to the namespace would end it; joined, it is told `ok`.
// Who emits `pub` (topic, data) publishes.
import { createServer } from 'node:http'

import { Server } from 'socket.io'

const http = createServer()
const io = new Server(http, {
  transports: ['websocket'],
  serveClient: false,
  perMessageDeflate: process.argv.includes('--deflate'),
  // Its pings are messages that the load generator does not answer: none comes while it runs.
  pingInterval: 600_000,
})

io.on('connection', (socket) => {
  const { topic } = socket.handshake.query
  if (topic === undefined) return socket.on('pub', (to, data) => io.to(to).emit('m', data))
  socket.join(topic)
  socket.emit('ok')
})

http.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 })
