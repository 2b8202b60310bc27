// Readers over HTTP: event streams and long polls, by `node:http` and by `curl`, and a line to them that is cut.
import net from 'node:net'
import { request } from 'node:http'

import { Program } from './cleanup.mjs'

/**
 * What a reader holds, of the protocol's three lines and no more; it needs nothing around it, so that a page can be given its text.
 *
 * `channels` → {key: record}; `take(frame)` is true where a seq is complete.
 */
export function makeReading() {
  const reading = { channels: {}, events: [], seq: undefined, frames: 0, resumed: 0, begun: 0 }
  let staged = {}
  let parts = []
  reading.take = (frame) => {
    reading.frames++
    if (frame.type === 'subscribed') {
      frame.resumed ? reading.resumed++ : reading.begun++
      staged = {}
      parts = []
      return false
    }
    if (frame.type === 'snapshot') {
      for (const [name, records] of Object.entries(frame.channels)) staged[name] = { ...staged[name], ...records }
      if (frame.more) return false
      reading.channels = staged // until now it kept what it had
      staged = {}
    } else if (frame.type === 'update') {
      parts.push(frame)
      if (frame.more) return false
      for (const { channels } of parts) {
        for (const [name, { remove = {}, set = {}, patch = {}, events = [] }] of Object.entries(channels)) {
          const records = (reading.channels[name] ??= {})
          for (const key of Object.keys(remove)) delete records[key]
          Object.assign(records, set)
          for (const [key, fields] of Object.entries(patch)) Object.assign(records[key], fields)
          for (const event of events) reading.events.push(`${name} ${event.seq}.${event.n}`)
        }
      }
      parts = []
    } else {
      return false
    }
    reading.seq = frame.seq
    return true
  }
  /** What was not complete when the line was cut is void. */
  reading.cut = () => { staged = {}; parts = [] }
  return reading
}

/** {event: {data, id?, retry?}} of each event in `text`, as it comes in whatever pieces. */
export class Events {
  #text = ''
  /** Of the event that came last with one. */
  id = ''

  take(text) {
    const events = []
    this.#text += text
    for (let end; (end = this.#text.indexOf('\n\n')) >= 0; this.#text = this.#text.slice(end + 2)) {
      const event = {}
      for (const line of this.#text.slice(0, end).split('\n')) {
        const [, name, value] = /^(data|id|retry): (.*)$/.exec(line) ?? [undefined, 'wrong', line]
        if (name === 'wrong' || name in event) throw new Error(`${line} stands in a stream`)
        event[name] = value
      }
      if (event.id !== undefined) this.id = event.id
      events.push(event)
    }
    return events
  }
}

/** An event stream over `node:http`: {status, headers, events, ended}; `cut` destroys it. */
export function openStream(t, base, path, { lastEventId, take = () => {} } = {}) {
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, base), { agent: false, headers: lastEventId ? { 'Last-Event-ID': lastEventId } : {} }, (response) => {
      const reader = new Events()
      const stream = { status: response.statusCode, headers: response.headers, events: [], ended: null, response, cut: () => outgoing.destroy(), get id() { return reader.id } }
      response.setEncoding('utf8').on('data', (text) => {
        for (const event of reader.take(text)) {
          stream.events.push(event)
          take(JSON.parse(event.data), event)
        }
      })
      response.on('end', () => { stream.ended = 'whole' })
      response.on('error', () => { stream.ended ??= 'cut' })
      resolve(stream)
    })
    outgoing.on('error', reject)
    outgoing.end()
    t.after(() => outgoing.destroy())
  })
}

/** What `curl` prints of `url`; it is killed with the test. */
export function curl(t, url, ...parameters) {
  const program = new Program('curl', ['--silent', '--show-error', '--no-buffer', '--max-time', '60', ...parameters, url])
  t.after(() => program.end('SIGKILL'))
  return program
}

/** A line to `port` that destroys its connections when it is told to: {url, cut()}. */
export async function cuttingLine(t, port) {
  const sockets = new Set()
  const line = net.createServer((near) => {
    const far = net.connect({ port, host: '127.0.0.1', noDelay: true })
    for (const [socket, other] of [[near, far], [far, near]]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => { sockets.delete(socket); other.destroy() })
      socket.pipe(other)
    }
  })
  await new Promise((resolve) => { line.listen(0, '127.0.0.1', resolve) })
  const cut = () => sockets.forEach((socket) => socket.destroy())
  t.after(() => { cut(); line.close() })
  return { url: `http://127.0.0.1:${line.address().port}`, cut }
}
