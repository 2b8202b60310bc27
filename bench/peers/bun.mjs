// Bun's own server, which is uWebSockets inside:   bun bun.mjs PORT [--deflate]
//
// `sub TOPIC` subscribes and is answered `ok`. Published is by a WebSocket at /pub, `TOPIC TEXT` (so from inside a handler), or by POST /pub/TOPIC.
const deflate = process.argv.includes('--deflate')

Bun.serve({
  port: Number(process.argv[2]),
  hostname: '127.0.0.1',
  async fetch(request, server) {
    const { pathname } = new URL(request.url)
    if (request.method === 'POST' && pathname.startsWith('/pub/')) {
      server.publish(pathname.slice(5), await request.text(), deflate)
      return new Response('ok')
    }
    if (!server.upgrade(request, { data: { isPublisher: pathname === '/pub', server } })) return new Response('upgrade only', { status: 426 })
  },
  websocket: {
    perMessageDeflate: deflate,
    message(socket, text) {
      if (socket.data.isPublisher) {
        const at = text.indexOf(' ')
        socket.data.server.publish(text.slice(0, at), text.slice(at + 1), deflate)
      } else if (text.startsWith('sub ')) {
        socket.subscribe(text.slice(4))
        socket.send('ok')
      }
    },
  },
})
