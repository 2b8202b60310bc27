// What stands between a viewer and its server out in the world: it forwards HTTP and WebSockets, and can be told to be in the way.
import { createServer, request } from 'node:http'
import { connect } from 'node:net'

/** A middlebox before `target` (a URL), on a port of its own. */
export async function startMiddlebox(t, target) {
  const box = new Middlebox(target)
  await box.listen()
  t.after(() => box.end())
  return box
}

class Middlebox {
  url = ''
  /**
   * What becomes of requests of each kind: 'pass', 'refuse' (502 at once), 'hang' (no answer, ever), 'strip' (of upgrades: the header goes, and
   * the server says what it thinks of that) or 'buffer' (of what is answered nothing comes out before the end).
   */
  upgrade = 'pass'
  stream = 'pass'
  longPoll = 'pass'
  poll = 'pass'
  other = 'pass'
  /** How many bytes of an answer a connection lives for, asked for each. */
  lifeBytes = () => Infinity
  /** Whether one that has lived for them ends as if that had been all, as some proxies have it. */
  endsCleanly = () => false
  /** What it serves itself: path → [content type, text]. */
  pages = new Map()
  /** The kinds of what was asked for, in order: {kind, path}. */
  requests = []

  #target
  #server
  #sockets = new Set()
  #lines = new Set()
  #isStalled = false

  constructor(target) {
    this.#target = new URL(target)
    this.#server = createServer((incoming, outgoing) => this.#serve(incoming, outgoing))
    this.#server.on('upgrade', (incoming, socket, head) => this.#upgrade(incoming, socket, head))
    this.#server.on('connection', (socket) => this.#keep(socket))
    this.#server.keepAliveTimeout = 60_000
  }

  async listen() {
    await new Promise((resolve) => { this.#server.listen(0, '127.0.0.1', resolve) })
    this.url = `http://127.0.0.1:${this.#server.address().port}`
  }

  end() {
    this.cut()
    this.#server.close()
  }

  /** Every connection there is ends at once, without a goodbye. */
  cut() {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** From here on what the connections there are say goes nowhere, in either direction, and nobody is told. New ones are served. */
  swallow() {
    for (const line of this.#lines) line.isSwallowed = true
  }

  /** Nothing goes through until `resume`; nothing is lost. */
  stall() {
    this.#isStalled = true
    for (const { source } of this.#lines) source.pause()
  }

  resume() {
    this.#isStalled = false
    for (const { source } of this.#lines) source.resume()
  }

  /** How many requests of a kind came. */
  count(kind) { return this.requests.filter((one) => one.kind === kind).length }

  #keep(socket) {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
  }

  #serve(incoming, outgoing) {
    const page = this.pages.get(new URL(incoming.url, this.url).pathname)
    if (page) {
      outgoing.writeHead(200, { 'Content-Type': page[0] }).end(page[1])
      return
    }
    const kind = kindOf(incoming.url)
    this.requests.push({ kind, path: incoming.url })
    const way = this[kind]
    if (way === 'hang') return
    if (way === 'refuse') {
      incoming.resume()
      outgoing.writeHead(502, { 'Content-Length': '0' }).end()
      return
    }
    const asked = request({ host: this.#target.hostname, port: this.#target.port, path: incoming.url, method: incoming.method, headers: incoming.headers, agent: false })
    asked.on('socket', (socket) => this.#keep(socket))
    asked.on('error', () => outgoing.destroy())
    incoming.pipe(asked)
    outgoing.on('close', () => asked.destroy())
    asked.on('response', (answer) => {
      const kept = []
      const begin = () => { if (!outgoing.headersSent) outgoing.writeHead(answer.statusCode, answer.headers) }
      if (way !== 'buffer') {
        begin()
        outgoing.flushHeaders()
      }
      this.#carry(answer, {
        write: (bytes) => (way === 'buffer' ? kept.push(bytes) : outgoing.write(bytes)),
        end: () => { begin(); outgoing.end(Buffer.concat(kept)) },
        destroy: () => outgoing.destroy(),
      })
    })
  }

  #upgrade(incoming, socket, head) {
    this.requests.push({ kind: 'upgrade', path: incoming.url })
    if (this.upgrade === 'hang') return
    if (this.upgrade === 'refuse') {
      socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
      return
    }
    const upstream = connect(Number(this.#target.port), this.#target.hostname)
    this.#keep(upstream)
    const isKept = (name) => this.upgrade !== 'strip' || !/^(upgrade|connection)$/i.test(name)
    let text = `${incoming.method} ${incoming.url} HTTP/1.1\r\n`
    for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
      if (isKept(incoming.rawHeaders[at])) text += `${incoming.rawHeaders[at]}: ${incoming.rawHeaders[at + 1]}\r\n`
    }
    upstream.write(`${text}\r\n`)
    upstream.write(head)
    this.#carry(upstream, socket)
    this.#carry(socket, upstream, Infinity)
  }

  /** All that `source` says goes to `sink`, until the line has lived for its bytes. */
  #carry(source, sink, bytesLeft = this.lifeBytes()) {
    const line = { source, isSwallowed: false }
    this.#lines.add(line)
    if (this.#isStalled) source.pause()
    source.on('data', (bytes) => {
      if (line.isSwallowed) return
      if (bytes.length <= bytesLeft) {
        bytesLeft -= bytes.length
        sink.write(bytes)
        return
      }
      line.isSwallowed = true
      sink.write(bytes.subarray(0, bytesLeft))
      // So that the part of a message arrives before the end does.
      setTimeout(() => {
        if (this.endsCleanly()) sink.end()
        else sink.destroy()
        source.destroy()
      }, 1)
    })
    source.on('end', () => { if (!line.isSwallowed) sink.end() })
    source.on('error', () => { if (!line.isSwallowed) sink.destroy() })
    source.on('close', () => {
      this.#lines.delete(line)
      if (!line.isSwallowed && !source.readableEnded) sink.destroy()
    })
  }
}

function kindOf(target) {
  const { pathname, searchParams } = new URL(target, 'http://localhost')
  if (pathname.endsWith('/api/v1/stream')) return 'stream'
  if (pathname.endsWith('/api/v1/changes')) return /^0(ms|s|m)?$/.test(searchParams.get('wait') ?? '') ? 'poll' : 'longPoll'
  return 'other'
}
