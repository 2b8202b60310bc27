// `starling bench` against the real server: its own counting agrees with itself and with the server, and what is wrong is said in one line.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import test from 'node:test'

import { freePort, startBroker } from './support/broker.mjs'
import { makeCertificate } from './support/certificates.mjs'
import { Program, temporaryFolder } from './support/cleanup.mjs'
import { ask, metric, publish } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { elapse, until } from './support/until.mjs'

const timeout = 120_000
const config = '[[channel]]\nname = "bench:event"\nkind = "event"\npace = "0s"\n'

function startBench(t, parameters) {
  const bench = new Program(process.env.STARLING_BIN, ['bench', ...parameters])
  t.after(() => bench.end('SIGKILL'))
  return bench
}

async function ended(bench) {
  await until(() => bench.exit, { what: () => `the bench to end; it said ${bench.stderr}`, withinMs: 40_000 })
  return bench
}

/** The figures of a run that went well. */
async function figuresOf(t, parameters) {
  const bench = await ended(startBench(t, [...parameters, '--json']))
  assert.equal(bench.exit.code, 0, bench.stderr)
  assert.equal(bench.stderr, '')
  assert.equal(bench.stdout.split('\n').length, 2, bench.stdout)
  return JSON.parse(bench.stdout)
}

const short = ['--seconds', '0.7', '--warmup', '0.2']
/** Longer than a busy machine holds the server: where something has to come of it meanwhile. */
const long = ['--seconds', '3', '--warmup', '0.2']
/** What is due at a rate, however long the window became. */
const dueOf = ({ duration_seconds }, rate) => Math.ceil(duration_seconds * rate) + 1

/** Until the server has been told more and more: without a warm-up it measures by then. */
async function untilLoading(starling, name = 'starling_updates_applied_total') {
  const told = () => metric(starling.url, name)
  for (let times = 0, last = await told(); times < 5; times++) last = await until(async () => { const now = await told(); return now > last && now }, { what: `more ${name}` })
}

function assertQuantiles(figures, prefix = '') {
  const found = ['p50_ms', 'p90_ms', 'p99_ms', 'p99_9_ms', 'max_ms'].map((name) => figures[`${prefix}${name}`])
  assert.ok(found.every((value) => value > 0), JSON.stringify(figures))
  // To one part in 128, and to six digits.
  assert.ok(found.every((value, i) => i === 0 || value >= found[i - 1] * 0.99), JSON.stringify(found))
}

test('fan-out: every viewer reads every update of every burst', { timeout }, async (t) => {
  const starling = await startStarling(t, { config })
  const figures = await figuresOf(t, ['fan-out', starling.url, ...long, '--viewers', '7', '--burst', '5', '--server-pid', String(starling.pid)])
  assert.equal(figures.scenario, 'fan-out')
  assert.equal(figures.channel_kind, 'event')
  assert.ok(figures.published_total > 0 && figures.published_total % 5 === 0)
  assert.equal(figures.deliveries_total, figures.published_total * 7)
  assert.equal(figures.missing_total, 0)
  assert.ok(figures.frames_total > 0 && figures.frames_total <= figures.deliveries_total)
  assert.ok(figures.duration_seconds >= 3 && figures.duration_seconds < 10) // which is what it lasts by default
  assert.ok(Math.abs(figures.deliveries_per_second - figures.deliveries_total / figures.duration_seconds) < figures.deliveries_per_second / 100)
  assert.ok(figures.deliveries_per_server_cpu_second > figures.deliveries_per_second / 4, JSON.stringify(figures))
  assert.ok(figures.server_cpu_ratio > 0 && figures.generator_cpu_ratio > 0)
  assertQuantiles(figures)
})

test('fan-out on a channel that nobody declared, compressed: state, and each burst still arrives whole', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const figures = await figuresOf(t, ['fan-out', starling.url, ...short, '--viewers', '3', '--burst', '4', '--bytes', '600', '--channel', 'some:where', '--deflate'])
  assert.equal(figures.channel_kind, 'state')
  assert.equal(figures.deliveries_total, figures.published_total * 3)
  // Four times 600 bytes and more, if they were not deflated.
  assert.ok(figures.received_bytes_total / figures.deliveries_total < 300, JSON.stringify(figures))
})

test('latency: so many a second to everybody, over TLS too', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  const { cert, key } = makeCertificate(folder)
  const starling = await startStarling(t, { config: `[server.tls]\ncert = "${cert}"\nkey = "${key}"\n${config}`, folder })
  const figures = await figuresOf(t, ['latency', starling.url, ...short, '--viewers', '4', '--rate', '100', '--cacert', cert])
  assert.ok(figures.published_total > 50 && figures.published_total <= dueOf(figures, 100), JSON.stringify(figures))
  assert.equal(figures.deliveries_total, figures.published_total * 4)
  assert.equal(figures.rate_per_second, 100)
  assertQuantiles(figures)
  const untrusted = await ended(startBench(t, ['latency', starling.url, ...short]))
  assert.equal(untrusted.exit.code, 1)
  assert.match(untrusted.stderr, /^starling: [^\n]*certificate[^\n]*\n$/)
})

test('viewport: the viewers that are compared hold the truth, and the nodes are gone afterwards', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const figures = await figuresOf(t, ['viewport', starling.url, ...long, '--viewers', '6', '--nodes', '500', '--share', '0.25', '--sample', '4', '--moves', '2'])
  assert.equal(figures.exact, true)
  assert.equal(figures.compared_viewers, 4)
  assert.ok(figures.published_total > 400 && figures.published_total <= dueOf(figures, 1000), JSON.stringify(figures))
  // A quarter of what moves, for each of six, more or less: boxes stand anywhere.
  assert.ok(figures.deliveries_total > figures.published_total / 2 && figures.deliveries_total < figures.published_total * 3, JSON.stringify(figures))
  assert.ok(figures.frames_total > 0 && figures.received_bytes_total > 0)
  assertQuantiles(figures, 'staleness_')
  const state = (await ask(starling.url, '/api/v1/state/bench:position')).json()
  assert.deepEqual(state.records, {})
})

test('pan: every pan is answered, and the boxes show the truth in the end', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const parameters = ['pan', starling.url, ...short, '--viewers', '5', '--nodes', '400', '--share', '0.1', '--pans', '20']
  const figures = await figuresOf(t, parameters)
  assert.equal(figures.exact, true)
  assert.equal(figures.compared_viewers, 5)
  assert.ok(figures.pans_total > 35 && figures.pans_total <= dueOf(figures, 100), JSON.stringify(figures))
  assert.equal(figures.answers_total + figures.overtaken_total, figures.pans_total)
  assertQuantiles(figures, 'answer_')
  // And again, on a channel that is empty by now.
  assert.equal((await figuresOf(t, parameters)).exact, true)
})

test('what is due while the generator stands still is in its figures, also where the window ends meanwhile', { timeout }, async (t) => {
  await Promise.all([['latency', '--rate', '10'], ['pan', '--pans', '5', '--nodes', '50']].map(async ([scenario, ...more]) => {
    const starling = await startStarling(t, { config })
    const bench = startBench(t, [scenario, starling.url, '--viewers', '2', ...more, '--seconds', '3', '--warmup', '0', '--json'])
    await untilLoading(starling, 'starling_websocket_messages_received_total')
    bench.child.kill('SIGSTOP')
    await elapse(3500)
    bench.child.kill('SIGCONT')
    await ended(bench)
    assert.equal(bench.exit.code, 0, bench.stderr)
    const figures = JSON.parse(bench.stdout)
    const total = figures.published_total ?? figures.pans_total
    assert.ok(Math.abs(total - dueOf(figures, 10)) <= 3, bench.stdout)
  }))
})

test('ingest: what is said is accepted, by the server\'s own count', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const figures = await figuresOf(t, ['ingest', starling.url, ...long, '--connections', '3', '--keys', '300', '--lines', '50', '--fields', '6', '--server-pid', String(starling.pid)])
  assert.ok(figures.accepted_total > 0)
  assert.equal(figures.accepted_total, figures.published_total)
  assert.equal(figures.accepted_total, figures.bodies_total * 50)
  assert.ok(Math.abs(figures.field_updates_per_second - figures.updates_per_second * 6) < figures.updates_per_second / 100)
  assert.ok(figures.field_updates_per_server_cpu_second > 0)
  assertQuantiles(figures, 'answer_')
  assert.deepEqual((await ask(starling.url, '/api/v1/state/bench:ingest')).json().records, {})
})

const listensTo = (broker, topic, channel) =>
  `[[source]]\ntype = "mqtt"\nurl = "${broker.url}"\ntopics = ["${topic}/+"]\nqos = 0\nmapping = { channel = "${channel}", key = "{1}" }\n`

test('ingest through a broker: what is published is applied, by the server\'s own count, and gone afterwards', { timeout }, async (t) => {
  const broker = await startBroker(t)
  const starling = await startStarling(t, { config: listensTo(broker, 'bench', 'bench:ingest') })
  const figures = await figuresOf(t, ['ingest', starling.url, '--mqtt', broker.url, ...long, '--keys', '300', '--fields', '6', '--outstanding', '200', '--server-pid', String(starling.pid)])
  assert.ok(figures.applied_total > 0, JSON.stringify(figures))
  assert.ok(figures.published_total >= figures.applied_total)
  assert.ok(Math.abs(figures.field_updates_per_second - figures.updates_per_second * 6) < figures.updates_per_second / 100)
  assert.ok(figures.field_updates_per_server_cpu_second > 0)
  // Those of the attempts before it began are applied, too.
  assert.ok((await metric(starling.url, 'starling_updates_applied_total')) > figures.published_total)
  assert.equal(await metric(starling.url, 'starling_input_dropped_total'), 0)
  assert.deepEqual((await ask(starling.url, '/api/v1/state/bench:ingest')).json().records, {})
})

test('ingest through a broker that is not there, or that the server does not listen to, is told in one line', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const away = await ended(startBench(t, ['ingest', starling.url, '--mqtt', `mqtt://127.0.0.1:${await freePort()}`, ...short]))
  assert.equal(away.exit.code, 1)
  assert.match(away.stderr, /^starling: nothing answers at mqtt:\/\/127\.0\.0\.1:\d+: start the broker[^\n]*\n$/)
  const broker = await startBroker(t)
  const unheard = await ended(startBench(t, ['ingest', starling.url, '--mqtt', broker.url, '--topic', 'some/where', ...short]))
  assert.equal(unheard.exit.code, 1)
  assert.match(unheard.stderr, /^starling: nothing that is published to some\/where\/n0 comes out as key n0 of channel bench:ingest: [^\n]*topics = \["some\/where\/\+"\][^\n]*\n$/)
})

test('idle: connections stay, and their memory is told', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const bench = startBench(t, ['idle', starling.url, '--viewers', '40', '--seconds', '1', '--warmup', '0', '--json', '--server-pid', String(starling.pid)])
  await ended(bench)
  assert.equal(await metric(starling.url, 'starling_websocket_connections_total'), 40)
  assert.equal(bench.exit.code, 0, bench.stderr)
  const figures = JSON.parse(bench.stdout)
  assert.equal(figures.connections, 40)
  assert.equal(figures.errors_total, 0)
  assert.deepEqual(figures.errors, {})
  assert.ok(figures.server_descriptors > 40)
  assert.equal(typeof figures.server_resident_bytes_per_connection, 'number')
})

test('connect: everybody comes again and again; what the server refuses is counted by what it says', { timeout }, async (t) => {
  const starling = await startStarling(t, { config })
  const figures = await figuresOf(t, ['connect', starling.url, ...long, '--viewers', '4'])
  assert.ok(figures.connects_total > 4, JSON.stringify(figures))
  assert.equal(figures.errors_total, 0)
  assertQuantiles(figures)

  const strict = await startStarling(t, { config: '[limits]\nconnections = 4\n' })
  const refused = await figuresOf(t, ['connect', strict.url, ...long, '--viewers', '8'])
  assert.ok(refused.connects_total > 0 && refused.errors_total > 0, JSON.stringify(refused))
  assert.equal(Object.values(refused.errors).reduce((sum, times) => sum + times, 0), refused.errors_total)
  assert.ok(Object.keys(refused.errors).some((reason) => reason.includes('HTTP 503')), JSON.stringify(refused))
})

test('where nothing answers it is one line and status 1, for every scenario', { timeout }, async (t) => {
  const url = `http://127.0.0.1:${await freePort()}`
  for (const scenario of ['fan-out', 'latency', 'viewport', 'pan', 'ingest', 'idle', 'connect']) {
    const bench = await ended(startBench(t, [scenario, url, ...short]))
    assert.equal(bench.exit.code, 1, scenario)
    assert.match(bench.stderr, /^starling: nothing answers at ws:\/\/127\.0\.0\.1:\d+\/live: Connection refused: start the server[^\n]*\n$/)
    assert.equal(bench.stdout, '')
  }
})

test('who answers but is no server, and who refuses everybody, are told in one line', { timeout }, async (t) => {
  const server = createServer((socket) => socket.on('error', () => {}).on('data', () => socket.end('nonsense\r\n\r\n')))
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  t.after(() => server.close())
  for (const scenario of ['fan-out', 'viewport', 'idle', 'connect', 'ingest']) {
    const bench = await ended(startBench(t, [scenario, `http://127.0.0.1:${server.address().port}`, ...short, '--viewers', '3'].slice(0, scenario === 'ingest' ? -2 : undefined)))
    assert.equal(bench.exit.code, 1, `${scenario} ${bench.stderr}`)
    assert.match(bench.stderr, /^starling: [^\n]*this is not a web server[^\n]*\n$/, scenario)
  }
  const strict = await startStarling(t, { config: '[limits]\nconnections = 5\n' })
  const bench = await ended(startBench(t, ['fan-out', strict.url, ...short, '--viewers', '9']))
  assert.equal(bench.exit.code, 1)
  assert.match(bench.stderr, /^starling: [^\n]*viewers do not connect: the server answers HTTP 503[^\n]*--viewers[^\n]*\n$/)
})

test('others than this machine are not put under load by a typing error, and what cannot be is refused by name', { timeout }, async (t) => {
  const refusals = [
    [['idle', 'http://192.0.2.1:8080'], /192\.0\.2\.1 is not this machine[^\n]*--anywhere/],
    [['idle', 'http://127.0.0.1:1', '--token', 'x'], /--token: there are no credentials/],
    [['ingest', 'http://127.0.0.1:1', '--mqtt', 'mqtts://127.0.0.1'], /--mqtt: the bench does not speak TLS to a broker/],
    [['ingest', 'http://127.0.0.1:1', '--mqtt', 'http://127.0.0.1'], /--mqtt: [^\n]*mqtt:\/\//],
    [['ingest', 'http://127.0.0.1:1', '--mqtt', 'mqtt://192.0.2.1'], /192\.0\.2\.1 is not this machine[^\n]*--anywhere/],
    [['ingest', 'http://127.0.0.1:1', '--topic', 'a/#'], /--topic 'a\/#' is no topic/],
    [['idle', 'ftp://127.0.0.1:1'], /not a ws:\/\/, wss:\/\/, http:\/\/ or https:\/\/ address/],
    [['idle', 'http://127.0.0.1:1', '--viewers', '0'], /--viewers 0: give a number from 1/],
    [['fan-out', 'http://127.0.0.1:1', '--channel', 'bench:*'], /--channel 'bench:\*' is no channel/],
    [['idle', 'http://127.0.0.1:1', '--server-pid', '999999999'], /--server-pid 999999999: there is no such process/],
    [['idle', 'http://127.0.0.1:1', '--viewers', '1000000'], /1000000 connections want 1000032 descriptors, and this process may have \d+: raise/],
  ]
  for (const [parameters, said] of refusals) {
    const bench = await ended(startBench(t, parameters))
    assert.equal(bench.exit.code, 2, `${parameters} ${bench.stderr}`)
    assert.match(bench.stderr, said)
    assert.equal(bench.stderr.split('\n').length, 2)
  }
})

test('records that somebody else put there are left alone', { timeout }, async (t) => {
  const starling = await startStarling(t)
  await publish(starling.url, '/api/v1/publish/bench:position?key=mine', { latitude: 41, longitude: 2 })
  const bench = await ended(startBench(t, ['viewport', starling.url, ...short]))
  assert.equal(bench.exit.code, 1)
  assert.match(bench.stderr, /^starling: channel bench:position has records that are not ours: [^\n]*--channel[^\n]*\n$/)
  assert.deepEqual(Object.keys((await ask(starling.url, '/api/v1/state/bench:position')).json().records), ['mine'])
})

test('Ctrl-C ends the measuring and tells what was measured so far; a server that goes is told, too', { timeout }, async (t) => {
  const starling = await startStarling(t, { config })
  for (const scenario of ['fan-out', 'viewport']) {
    const bench = startBench(t, [scenario, starling.url, '--viewers', '3', '--seconds', '60', '--warmup', '0', '--json', ...(scenario === 'viewport' ? ['--nodes', '50'] : [])])
    await untilLoading(starling)
    bench.child.kill('SIGINT')
    await ended(bench)
    assert.equal(bench.exit.code, 0, bench.stderr)
    const figures = JSON.parse(bench.stdout)
    assert.equal(figures.interrupted, true)
    assert.ok(figures.duration_seconds > 0 && figures.duration_seconds < 30)
    assert.ok(figures.published_total > 0)
  }
  const cut = startBench(t, ['fan-out', starling.url, '--viewers', '3', '--seconds', '60', '--warmup', '0'])
  await untilLoading(starling)
  await starling.end('SIGKILL')
  await ended(cut)
  assert.equal(cut.exit.code, 1)
  assert.match(cut.stderr, /^starling: (?:viewer \d+ was|the publisher is) cut off: the server hung up\n$/)
  assert.match(cut.stdout, /^published_total +[\d,]+$/m)
})
