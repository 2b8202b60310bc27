// A run is recorded by `starling watch --record` and played into another server by `starling replay`.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'

import { Program, temporaryFolder } from './support/cleanup.mjs'
import { postLines, publishLines, stateOf } from './support/http.mjs'
import { cuttingLine } from './support/reading.mjs'
import { startStarling } from './support/starling.mjs'
import { elapse, until } from './support/until.mjs'
import { Viewer } from './support/viewer.mjs'

const timeout = 120_000
/** Apart so far, frames are told apart by who reads them on a busy machine too. */
const apartMs = 1000
const events = '[[channel]]\nname = "fleet:log"\nkind = "event"\n'
const textOf = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')
const linesOf = (file) => textOf(file).split('\n').slice(0, -1).map((line) => JSON.parse(line))
const notes = (lines) => lines.filter(({ note }) => note !== undefined)

function start(t, ...parameters) {
  const program = new Program(process.env.STARLING_BIN, parameters)
  t.after(() => program.end('SIGKILL'))
  return program
}

const watch = (t, url, file, ...parameters) => start(t, 'watch', 'fleet:*', '--url', url, '--record', file, ...parameters)

const ended = (program, withinMs = 30_000) => until(() => program.exit, { what: () => `${program.child.spawnargs.join(' ')} to end: ${program.stderr}`, withinMs })

/** Runs `starling replay` to its end: {code, stdout, stderr}. */
async function replay(t, file, url, ...parameters) {
  const program = start(t, 'replay', file, '--url', url, ...parameters)
  const { code } = await ended(program)
  return { code, stdout: program.stdout, stderr: program.stderr }
}

const recorded = (file, fits) => until(() => linesOf(file).some(fits), { what: () => `a line of ${textOf(file)}`, withinMs: 30_000 })

async function statesOf(url, channels) {
  const states = {}
  for (const channel of channels) states[channel] = await stateOf(url, channel)
  return states
}

/** The frames that a recording tells of, without what is of its time: [[line, …], …], the lines of one moment together and in an order of their own. */
function framesOf(file) {
  const frames = new Map()
  for (const { at_ms: at, time, note, ...line } of linesOf(file)) {
    if (note === undefined) frames.set(at, [...frames.get(at) ?? [], JSON.stringify(line)])
  }
  return [...frames.values()].map((lines) => lines.sort())
}

/** A run with all there is to tell: changes, removals, an expiry, events with and without a place, each in a frame of its own. */
async function run(url) {
  const steps = [
    [{ channel: 'fleet:position', key: 'a', data: { latitude: 1, longitude: 2.50 } }, { channel: 'fleet:position', key: 'b', data: { latitude: 3, longitude: 4 } },
      { channel: 'fleet:state', key: 'a', data: { mode: 'idle', list: [1, { x: null }] } }],
    [{ channel: 'fleet:position', key: 'a', data: { latitude: 1.5 } }, { channel: 'fleet:short', key: 'a', data: { n: 1 } }],
    [{ channel: 'fleet:log', key: 'a', data: { text: 'hi "there" 🛰' } }, { channel: 'fleet:log', data: { text: 'to all' }, location: { latitude: 10, longitude: 20 } }],
    [{ channel: 'fleet:position', key: 'b', op: 'remove' }, { channel: 'fleet:state', key: 'a', op: 'replace', data: { mode: 'busy' } }],
    [{ channel: 'fleet:position', key: 'c', data: { latitude: -7, longitude: 179 } }, { channel: 'fleet:state', key: 'a', data: { speed_mps: 1e1 } }],
  ]
  for (const step of steps) {
    await publishLines(url, step)
    await elapse(apartMs)
  }
}

test('what is recorded and played gives the same frames and ends in the same state', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  const [file, again] = [join(folder, 'a.ndjson'), join(folder, 'b.ndjson')]
  const config = `${events}[[channel]]\nname = "fleet:short"\nttl = "6s"\n`
  const [first, second] = [await startStarling(t, { config }), await startStarling(t, { config: events })]
  await publishLines(first.url, [{ channel: 'fleet:state', key: 'old', data: { from: 'before' } }])

  const watching = watch(t, first.url, file)
  await recorded(file, ({ key }) => key === 'old')
  assert.deepEqual(linesOf(file)[1], { at_ms: 0, channel: 'fleet:state', key: 'old', op: 'replace', data: { from: 'before' } })
  await elapse(apartMs)
  await run(first.url)
  await recorded(file, ({ reason }) => reason === 'expired')
  assert.deepEqual(await watching.end('SIGINT'), { code: 0, signal: null })
  assert.equal(watching.stdout, '')
  assert.match(watching.stderr, /recorded 13 lines in \d+\.\d s/)
  const [header, , ...rest] = linesOf(file)
  assert.deepEqual([header.note, header.asked], ['recording', { type: 'subscribe', id: 1, channels: ['fleet:*'] }])
  assert.ok(Math.abs(Date.parse(header.time) - Date.now()) < 60_000)
  assert.equal(rest.at(-1).note, 'end')
  assert.ok(rest.some(({ kind, location, time }) => kind === 'event' && location?.latitude === 10 && time))

  // The same way as it was, and a second recording is of the same frames.
  const watchingAgain = watch(t, second.url, again)
  await until(() => linesOf(again).length > 0, { what: 'an empty snapshot' })
  const played = await replay(t, file, second.url)
  assert.deepEqual([played.code, played.stdout], [0, ''], played.stderr)
  assert.match(played.stderr, /^starling: replayed 13 lines: 00:00:\d\d in \d+\.\d s/)
  await recorded(again, ({ channel, op }) => channel === 'fleet:short' && op === 'remove')
  await watchingAgain.end('SIGINT')
  // Who is told to remove it deletes it, whyever it went.
  assert.deepEqual(framesOf(again), framesOf(file).map((lines) => lines.map((line) => line.replace('"expired"', '"deleted"'))))

  const channels = ['fleet:position', 'fleet:state', 'fleet:short']
  assert.deepEqual(await statesOf(second.url, channels), await statesOf(first.url, channels))

  // A thousand times as fast it ends in the same state, with every event.
  const third = await startStarling(t, { config: events })
  const viewer = await Viewer.open(t, third.url)
  await viewer.subscribe(['fleet:*'])
  const fast = await replay(t, file, third.url, '--speed', '1000')
  assert.equal(fast.code, 0, fast.stderr)
  assert.deepEqual(await statesOf(third.url, channels), await statesOf(first.url, channels))
  await until(() => viewer.changes('fleet:log').flatMap((change) => change.events ?? []).length === 2, { what: 'two events' })

  // And the server itself plays it.
  const demo = await startStarling(t, { parameters: ['--demo', file] })
  await until(() => /playing \S+a\.ndjson in a loop/.test(demo.stderr), { what: 'the demo to say what it plays' })
  await until(async () => (await stateOf(demo.url, 'fleet:position').catch(() => ({}))).c, { what: 'the last position' })
})

test('over a cut line and a restart the recording goes on, and what went meanwhile is removed', { timeout }, async (t) => {
  const file = join(temporaryFolder(t), 'a.ndjson')
  const first = await startStarling(t, { config: events })
  const { port } = first
  await publishLines(first.url, ['stays', 'goes', 'changes'].map((key) => ({ channel: 'fleet:state', key, data: { v: 1 } })))
  const line = await cuttingLine(t, port)
  const watching = watch(t, line.url, file)
  await recorded(file, ({ key }) => key === 'stays')

  line.cut()
  await publishLines(first.url, [{ channel: 'fleet:state', key: 'changes', data: { w: 2 } }, { channel: 'fleet:log', data: { text: 'unheard' } }])
  await recorded(file, ({ kind }) => kind === 'event')
  assert.deepEqual(notes(linesOf(file)).map(({ note }) => note), ['recording', 'lost', 'subscribed'])
  assert.equal(notes(linesOf(file)).at(-1).reason, 'resumed')

  // Killed, it comes again with nothing of what it knew.
  await first.end('SIGKILL')
  const second = await startStarling(t, { config: events, port })
  await publishLines(second.url, [{ channel: 'fleet:state', key: 'stays', data: { v: 1 } }, { channel: 'fleet:state', key: 'changes', data: { v: 3 } }])
  await recorded(file, ({ reason }) => reason === 'epoch')
  await recorded(file, ({ key, op }) => key === 'goes' && op === 'remove')
  await recorded(file, ({ key, data }) => key === 'changes' && data?.v === 3)
  // A kill loses nothing that was written.
  await watching.end('SIGKILL')
  assert.equal(linesOf(file).find(({ op }) => op === 'remove').reason, 'unseen')

  const third = await startStarling(t, { config: events })
  const played = await replay(t, file, third.url, '--speed', '1000')
  assert.equal(played.code, 0, played.stderr)
  assert.deepEqual(await stateOf(third.url, 'fleet:state'), await stateOf(second.url, 'fleet:state'))
})

test('the recording of the demo, and a line that was cut off', { timeout }, async (t) => {
  const plain = await startStarling(t)
  const starling = await startStarling(t, { config: '[[channel]]\nname = "mesh:message"\nkind = "event"\n' })
  const demo = readFileSync(new URL('../../demo/fleet.ndjson', import.meta.url), 'utf8')
  const file = join(temporaryFolder(t), 'a.ndjson')
  writeFileSync(file, demo.slice(0, -20))
  const refused = await replay(t, file, plain.url)
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /mesh:message is a channel of events/)
  const played = await replay(t, file, starling.url, '--speed', '1000')
  assert.equal(played.code, 0, played.stderr)
  const count = demo.split('\n').length - 1
  assert.equal(played.stderr.split('\n')[0], `starling: warning: ${file} line ${count} is cut off and left out`)
  assert.match(played.stderr, new RegExp(`\nstarling: replayed ${count - 1} lines: `))
  assert.equal(Object.keys(await stateOf(starling.url, 'mesh:position')).length, 60)
})

test('a file that is there is left alone without --force; one that finds no room ends whole', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'a.ndjson')
  writeFileSync(file, 'precious\n')
  const { url } = await startStarling(t)
  const refused = watch(t, url, file)
  assert.equal((await ended(refused)).code, 1)
  assert.equal(refused.stderr, `starling: ${file} is there already: give another name, or --force to write over it\n`)
  assert.equal(readFileSync(file, 'utf8'), 'precious\n')

  await publishLines(url, [{ channel: 'fleet:state', key: 'a', data: { v: 1 } }])
  const forced = watch(t, url, file, '--force', '--count', '1')
  assert.equal((await ended(forced)).code, 0, forced.stderr)
  assert.equal(linesOf(file)[1].key, 'a')

  const full = watch(t, url, '/dev/full')
  assert.equal((await ended(full)).code, 1)
  assert.match(full.stderr, /\nstarling: cannot write \/dev\/full: No space left on device: the recording ends here\n$/)

  // Room for 8 KiB: the update that does not fit is not there at all, what came before is.
  const small = join(folder, 'small.ndjson')
  const limited = new Program('bash', ['-c', 'ulimit -f 8; exec "$0" "$@"', process.env.STARLING_BIN, 'watch', 'fleet:*', '--url', url, '--record', small])
  t.after(() => limited.end('SIGKILL'))
  await recorded(small, ({ key }) => key === 'a')
  const before = readFileSync(small, 'utf8')
  await postLines(url, Array.from({ length: 20 }, (_, n) => ({ channel: 'fleet:state', key: `n${n}`, data: { text: 'x'.repeat(1000) } })))
  assert.equal((await ended(limited)).code, 1)
  assert.match(limited.stderr, /cannot write \S+small\.ndjson: File too large: the recording ends here, and what it has can be replayed\n$/)
  assert.equal(readFileSync(small, 'utf8'), before)
})

test('what cannot be replayed is said in one line', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  const { url } = await startStarling(t)
  const fileOf = (name, text) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const report = '{"at_ms":0,"channel":"fleet:state","key":"a","data":{"v":1}}\n'
  const good = fileOf('good.ndjson', report)
  for (const [what, parameters, code, line] of [
    ['a line that is none', [fileOf('bad.ndjson', `${report}\n{}\n${report}`), '--url', url], 1, /bad\.ndjson line 3: at_ms is missing: give the milliseconds since the recording began$/],
    ['times that go back', [fileOf('back.ndjson', `${report.replace('0', '2')}${report}`), '--url', url], 1, /back\.ndjson line 2: at_ms goes back from 2 to 0: sort the lines by it$/],
    ['nothing', [fileOf('empty.ndjson', ''), '--url', url], 1, /empty\.ndjson holds no report, so there is nothing to replay$/],
    ['no file', [join(folder, 'none.ndjson'), '--url', url], 1, /cannot read \S+none\.ndjson: No such file or directory: give a file that `starling watch --record` wrote$/],
    ['a folder', [folder, '--url', url], 1, /cannot read \S+: Is a directory$/],
    ['a speed below the lowest', [good, '--speed', '0.099', '--url', url], 2, /--speed 0\.099: give how many times faster than it was, 0\.1 to 1000$/],
    ['the lowest', [good, '--speed', '0.1', '--url', url], 0, /replayed 1 lines/],
    ['the highest', [good, '--speed', '1000', '--url', url], 0, /replayed 1 lines/],
    ['a speed over the highest', [good, '--speed', '1000.1', '--url', url], 2, /--speed 1000\.1: /],
    ['a speed that is no number', [good, '--speed', 'nan', '--url', url], 2, /--speed nan: /],
    ['an address that is none', [good, '--url', 'ftp://x'], 2, /--url ftp:\/\/x: /],
    ['a server that is away', [good, '--url', 'http://127.0.0.1:1'], 1, /nothing answers at \S+: Connection refused: start the server, or give the URL that 'starling serve' says$/],
    ['events that would become state', [fileOf('events.ndjson', report.replace('"channel"', '"kind":"event","channel"')), '--url', url], 1,
      /fleet:state is a channel of events in \S+, and not at the server: declare it there: \[\[channel\]\] with name = "fleet:state" and kind = "event"$/],
  ]) {
    const program = start(t, 'replay', ...parameters)
    await ended(program)
    assert.equal(program.exit.code, code, `${what}: ${program.stderr}`)
    assert.match(program.stderr.trimEnd(), line, what)
    assert.equal(program.stderr.split('\n').length, 2, `${what}: ${program.stderr}`)
  }
})

test('what cannot be played as a demo is said in one line', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'bad.ndjson'), '\n{"at_ms":0}\n')
  for (const [file, line] of [['none.ndjson', /cannot read \S+none\.ndjson: give --demo a file that exists and may be read$/], ['bad.ndjson', /bad\.ndjson line 2: channel is missing$/]]) {
    const program = start(t, 'serve', '--listen', '127.0.0.1:0', '--demo', join(folder, file))
    await ended(program)
    assert.equal(program.exit.code, 1)
    assert.match(program.stderr.trimEnd(), line)
    assert.equal(program.stderr.split('\n').length, 2, program.stderr)
  }
})

test('a line that the server refuses is said, and the others are played', { timeout }, async (t) => {
  const { url } = await startStarling(t)
  const file = join(temporaryFolder(t), 'a.ndjson')
  const lineOf = (at, data) => JSON.stringify({ at_ms: at, channel: 'fleet:state', key: 'a', data })
  writeFileSync(file, [lineOf(0, { v: 1 }), lineOf(0, { v: 'x'.repeat(100_000) }), '', lineOf(200, { latitude: 91, longitude: 0 }), lineOf(200, { w: 2 })].join('\n'))
  const { code, stderr } = await replay(t, file, url)
  assert.equal(code, 1)
  const [first, second, summary] = stderr.split('\n')
  assert.match(first, /a\.ndjson line 2: the server refuses it: ".+"$/)
  assert.match(second, /a\.ndjson line 4: the server refuses it: ".+"$/)
  assert.match(summary, /^starling: replayed 2 lines: 00:00:00 in \d+\.\d s.*, 2 refused$/)
  assert.deepEqual(await stateOf(url, 'fleet:state'), { a: { v: 1, w: 2 } })
})

test('Ctrl-C ends a replay, a server that goes does, and quiet does not', { timeout }, async (t) => {
  const file = join(temporaryFolder(t), 'a.ndjson')
  const lines = (times) => writeFileSync(file, times.map((at) => JSON.stringify({ at_ms: at, channel: 'fleet:state', key: `k${at}`, data: {} })).join('\n'))
  const starling = await startStarling(t)
  lines([0, 3_600_000])
  const stopped = start(t, 'replay', file, '--url', starling.url)
  await until(async () => (await stateOf(starling.url, 'fleet:state').catch(() => ({}))).k0, { what: 'the first line' })
  assert.deepEqual(await stopped.end('SIGINT'), { code: 0, signal: null })
  assert.match(stopped.stderr, /^starling: stopped at 00:00:\d\d of 01:00:00: 1 lines replayed\n$/)

  // Its connection is not trusted after some seconds of quiet: another is made.
  lines([0, 50_000])
  assert.match((await replay(t, file, starling.url, '--speed', '10')).stderr, /replayed 2 lines/)

  lines([1, 4_000])
  const abandoned = start(t, 'replay', file, '--url', starling.url)
  await until(async () => (await stateOf(starling.url, 'fleet:state')).k1, { what: 'its first line' })
  await starling.end()
  assert.equal((await ended(abandoned)).code, 1)
  assert.match(abandoned.stderr, /^starling: 127\.0\.0\.1:\d+: .+\n$/)

  // One that takes a body and goes may have applied it.
  const rude = createServer((request, response) => request.on('data', () => response.destroy()))
  await new Promise((resolve) => rude.listen(0, '127.0.0.1', resolve))
  t.after(() => rude.close())
  const { code, stderr } = await replay(t, file, `http://127.0.0.1:${rude.address().port}`)
  assert.equal(code, 1)
  assert.match(stderr, /: 1 lines, from \S+a\.ndjson line 1 on, were not answered: the server may have taken some of them\n$/)
})

test('on a terminal it shows how far it is, in a pipe nothing', { timeout }, async (t) => {
  const { url } = await startStarling(t)
  const file = join(temporaryFolder(t), 'a.ndjson')
  writeFileSync(file, [0, 1_000].map((at) => JSON.stringify({ at_ms: at, channel: 'fleet:state', key: `k${at}`, data: {} })).join('\n'))
  const terminal = new Program('script', ['-qec', `'${process.env.STARLING_BIN}' replay '${file}' --url ${url}`, '/dev/null'])
  t.after(() => terminal.end('SIGKILL'))
  assert.equal((await ended(terminal)).code, 0, terminal.stdout)
  assert.match(terminal.stdout, /\r\x1b\[K00:00:00 of 00:00:01 {2}\d+ % {2}\d+ lines\/s/)
  assert.match(terminal.stdout, /\r\x1b\[Kstarling: replayed 2 lines: 00:00:01 in \d+\.\d s.*\r\n$/)
})
