// The TypeScript client on a real server, over each transport, on lines that are cut, stall and are refused: when it is quiet it holds what
// the server shows of its queries, and every event has come, or a gap.
import assert from 'node:assert/strict'
import test from 'node:test'

import { connect } from '../../clients/client/dist/index.js'
import { Listener, untilSame } from './support/held.mjs'
import { postLines, publishLines, settled } from './support/http.mjs'
import { startMiddlebox } from './support/middlebox.mjs'
import { randomOf, seed } from './support/random.mjs'
import { startStarling } from './support/starling.mjs'
import { elapse, until } from './support/until.mjs'
import { Viewer, WebSocket } from './support/viewer.mjs'

const config = `[server]
shards = 2
[limits]
log_bytes = "64 KiB"
[[channel]]
name = "fleet:position"
location = ["latitude", "longitude"]
[[channel]]
name = "fleet:status"
ttl = "2s"
[[channel]]
name = "fleet:message"
kind = "event"
[[channel]]
name = "fleet:alarm"
kind = "event"
priority = "critical"
`

const rounds = 3
const steps = 20

const keys = [...Array.from({ length: 30 }, (_, n) => `n${n}`), '__proto__', 'constructor', 'ключ, with "quotes"']

/** One line for `POST /api/v1/publish`. */
function someLine(random, number) {
  const key = keys[Math.floor(random() * keys.length)]
  const chance = random()
  if (chance < 0.15) return { channel: random() < 0.2 ? 'fleet:alarm' : 'fleet:message', key, data: { number, level: Math.floor(random() * 10) } }
  const channel = random() < 0.6 ? 'fleet:position' : 'fleet:status'
  if (chance < 0.22) return { channel, key, op: 'remove' }
  const data = channel === 'fleet:status'
    ? { battery: Math.floor(random() * 100), ...random() < 0.2 && JSON.parse('{"__proto__":{"polluted":true},"toString":1}') }
    : { latitude: random() * 20, longitude: random() * 20, ...random() < 0.5 && { speed: Math.floor(random() * 100), name: `${key} ${number}`, note: String(number).repeat(60) } }
  return { channel, key, data, ...chance < 0.3 && { op: 'replace' } }
}

class Publisher {
  #random = randomOf('publisher')
  #number = 0
  #seq = 0
  #isStopped = false
  #running

  constructor(base) { this.base = base }

  start() {
    this.#isStopped = false
    this.#running = this.#run()
  }

  /** Until reads show all of it. */
  async stop() {
    this.#isStopped = true
    await this.#running
    await settled(this.base, this.#seq)
  }

  async #run() {
    while (!this.#isStopped) {
      const lines = Array.from({ length: 1 + Math.floor(this.#random() * 6) }, () => someLine(this.#random, this.#number += 1))
      const answer = await postLines(this.base, lines)
      assert.equal(answer.status, 200, answer.text)
      this.#seq = answer.json().seq
      await elapse(20)
    }
  }
}

const boxAt = (west, south) => ({ channels: ['fleet:position', 'fleet:status'], filter: { bounds: { west, south, east: west + 8, north: south + 8 } } })

/** A page on a bad line. */
class Page {
  reconnects = []
  #random

  static async open(t, starling, name, transports) {
    const box = await startMiddlebox(t, starling.url)
    const page = new Page(name, box, transports)
    t.after(() => page.starling.disconnect())
    await until(() => page.subscriptions.every(({ state }) => state === 'live'), { what: () => `${name} to be live; it is ${JSON.stringify(page.starling.status)}` })
    page.seqs = page.subscriptions.map(({ seq }) => seq)
    return page
  }

  constructor(name, box, transports) {
    this.name = name
    this.box = box
    this.#random = randomOf(name)
    this.starling = connect(box.url, {
      transports, WebSocket, reconnectDelayMs: 50, reconnectDelayMaxMs: 300, pollIntervalMs: 200, climbIntervalMs: 400,
    })
    this.starling.onReconnect((how) => this.reconnects.push(how))
    this.starling.onStatus(({ transport }) => { if (transport) this.transports.add(transport) })
    this.all = this.starling.subscribe({ channels: ['fleet:*'], recent: 3 })
    this.panned = this.starling.subscribe(boxAt(0, 0))
    this.fast = this.starling.subscribe({ channels: ['fleet:position'], filter: { where: { speed: { ge: 50 } } }, fields: ['speed', 'name'], rate: 5 })
    this.events = this.starling.subscribe({ channels: ['fleet:message', 'fleet:alarm'], snapshot: false })
    this.subscriptions = [this.all, this.panned, this.fast, this.events]
    this.listeners = this.subscriptions.map((subscription) => new Listener(subscription))
  }

  transports = new Set()

  /** Things go wrong on the way, and the map moves. */
  async suffer() {
    const random = this.#random
    const { box } = this
    const oneOf = (...ways) => ways[Math.floor(random() * ways.length)]
    box.endsCleanly = () => random() < 0.3
    box.lifeBytes = () => (random() < 0.4 ? Math.floor(random() * 20_000) : Infinity)
    for (let step = 0; step < steps; step += 1) {
      box.upgrade = oneOf('pass', 'pass', 'refuse', 'strip')
      for (const kind of ['stream', 'longPoll', 'poll']) box[kind] = oneOf('pass', 'pass', 'pass', 'refuse')
      const chance = random()
      if (chance < 0.1) box.cut()
      else if (chance < 0.2) {
        box.stall()
        await elapse(random() * 200)
        box.resume()
      } else if (chance < 0.6) this.panned.replace(boxAt(Math.floor(random() * 12), Math.floor(random() * 12)))
      await elapse(20 + random() * 80)
    }
    Object.assign(box, { upgrade: 'pass', stream: 'pass', longPoll: 'pass', poll: 'pass', lifeBytes: () => Infinity })
  }

  /** When nothing is said any more it holds what the server shows, and everything that was said has come. */
  async check(base, said) {
    const states = ['fleet:position', 'fleet:status']
    const { name } = this
    await untilSame(base, this.all, states, { what: `${name}: all` })
    await untilSame(base, this.panned, states, { what: `${name}: a box` })
    await untilSame(base, this.fast, ['fleet:position'], { what: `${name}: where` })
    await Promise.all(this.listeners.map((listener) => listener.untilTold(name)))
    const [first, , , fourth] = this.listeners
    for (const [listener, seq, what] of [[first, this.seqs[0], 'all'], [fourth, this.seqs[3], 'events']]) {
      await listener.untilSaid(said, seq, `${name}: ${what}`)
    }
    assert.ok(!('polluted' in {}), 'a field called __proto__ is a field')
  }
}

test(`over each transport the replica is right whatever the line does (STARLING_SEED=${seed})`, { timeout: 60_000 }, async (t) => {
  const starling = await startStarling(t, { config })
  const publisher = new Publisher(starling.url)
  await postLines(starling.url, keys.map((key, n) => ({ channel: 'fleet:position', key, data: { latitude: n % 20, longitude: n % 20 } })))
  const witness = await Viewer.open(t, starling.url)
  await witness.subscribe(['fleet:message', 'fleet:alarm'])
  const pages = await Promise.all([
    ['websocket', ['websocket']], ['stream', ['stream']], ['long-poll', ['long-poll']], ['poll', ['poll']], ['any', undefined],
  ].map(([name, transports]) => Page.open(t, starling, name, transports)))

  for (let round = 1; round <= rounds; round += 1) {
    publisher.start()
    await Promise.all(pages.map((page) => page.suffer()))
    await publisher.stop()
    await publishLines(starling.url, [{ channel: 'fleet:message', data: { round } }])
    await witness.frame(({ channels }) => channels?.['fleet:message']?.events?.some(({ data }) => data.round === round))
    const said = witness.replica().events.slice().sort((a, b) => a.seq - b.seq || a.n - b.n)
    await Promise.all(pages.map((page) => page.check(starling.url, said)))
  }
  assert.ok(witness.replica().events.length > 10)
  for (const { name, reconnects, transports } of pages) {
    assert.ok(reconnects.length > 0, `${name} has never been cut off`)
    if (name !== 'any') assert.deepEqual([...transports], [name])
  }
})
