// A copy of a running server's database, and back: what it holds, who begins anew, what is refused, and that nothing is left half done.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, openSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync, writeSync, closeSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'

import { Program, temporaryFolder } from './support/cleanup.mjs'
import { metric, publish, publishLines, stateOf } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'
import { Viewer } from './support/viewer.mjs'

const timeout = 60_000
const channel = 'fleet:position'
const config = '[store]\nurl = "sqlite:fleet.db"\n'
const fleet = (n) => Array.from({ length: 100 }, (_, key) => ({ channel, key: `n${key}`, data: { latitude: n, longitude: key / 10 } }))

const start = (t, folder, port = 0) => startStarling(t, { config, folder, port })

async function stop(starling) {
  assert.deepEqual(await starling.end(), { code: 0, signal: null }, starling.stderr)
}

/** Runs the program to its end: {code, signal, stdout, stderr}. */
async function run(t, ...words) {
  const program = new Program(process.env.STARLING_BIN, words)
  t.after(() => program.end('SIGKILL'))
  await until(() => program.exit, { what: `starling ${words.join(' ')} to end`, withinMs: 30_000 })
  return { ...program.exit, stdout: program.stdout, stderr: program.stderr }
}

const backup = (t, folder, file, ...more) => run(t, 'backup', '-c', join(folder, 'starling.toml'), file, ...more)
const restore = (t, folder, file) => run(t, 'restore', '-c', join(folder, 'starling.toml'), file)

function isSilent({ code, stdout, stderr }) {
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' })
}

function isRefused({ code, stdout, stderr }, why) {
  assert.equal(code, 1, stderr)
  assert.equal(stdout, '')
  assert.match(stderr, /^starling: [^\n]+\n$/)
  assert.match(stderr, why)
}

test('a copy made under load is one moment of it; put back, it is the state, in a new epoch', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  const copy = join(folder, 'copy.db')
  const starling = await start(t, folder)
  // One update after the other: a moment of it is ten numbers that follow each other.
  let [n, isOver] = [0, false]
  const load = (async () => {
    for (; !isOver; n += 1) await publish(starling.url, `/api/v1/publish/${channel}?key=n${n % 10}`, { latitude: 1, longitude: 1, n })
  })()
  t.after(() => { isOver = true })
  await until(() => n > 50, { what: 'some load', withinMs: 30_000 })
  const before = n
  const seq = await metric(starling.url, 'starling_log_seq')
  await until(async () => (await metric(starling.url, 'starling_store_seq')) >= seq, { what: 'that to be stored' })
  isSilent(await backup(t, folder, copy))
  const after = n
  await until(() => n > after + 20, { what: 'more load', withinMs: 30_000 })
  isOver = true
  await load
  const viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe([channel])
  await viewer.cut()
  await stop(starling)

  const { code, stderr } = await restore(t, folder, copy)
  assert.equal(code, 0, stderr)
  assert.match(stderr, /^starling: \S+fleet\.db is \S+copy\.db now \(batch \d+, [-\d]+ [:\d]+ UTC\); the old one is \S+fleet\.db\.old\n$/)
  const again = await start(t, folder, starling.port)
  const records = await stateOf(again.url, channel)
  const numbers = Object.values(records).map((record) => record.n).sort((a, b) => a - b)
  assert.deepEqual(numbers, Array.from({ length: 10 }, (_, i) => numbers[0] + i))
  // What still waited for the store is not in the copy.
  assert.ok(numbers[9] >= before - 1 && numbers[9] <= after, `${numbers[9]} is of ${before} … ${after}`)
  const back = await Viewer.open(t, again.url, viewer.replicas)
  assert.notEqual(back.welcome.epoch, viewer.welcome.epoch)
  await back.subscribe([channel], { since: back.replica().since })
  const [{ resumed, reason }] = back.of('subscribed')
  assert.deepEqual({ resumed, reason }, { resumed: false, reason: 'epoch' })
  assert.equal(back.of('snapshot').length, 1)
  assert.deepEqual(back.records(channel), records)
})

test('a copy of a server that had stopped cleanly begins a new epoch as well, each time it is put back', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  const copy = join(folder, 'copy.db')
  let starling = await start(t, folder)
  await publishLines(starling.url, fleet(1))
  const viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe([channel])
  const epochs = new Set([viewer.welcome.epoch])
  await viewer.cut()
  await stop(starling)
  isSilent(await backup(t, folder, copy))
  for (const round of [1, 2]) {
    assert.equal((await restore(t, folder, copy)).code, 0)
    starling = await start(t, folder, starling.port)
    const back = await Viewer.open(t, starling.url, new Map())
    epochs.add(back.welcome.epoch)
    assert.equal(epochs.size, round + 1)
    await back.subscribe([channel], { since: viewer.replica().since })
    assert.equal(back.of('subscribed')[0].reason, 'epoch')
    assert.equal((await stateOf(starling.url, channel)).n5.latitude, 1)
    await publishLines(starling.url, fleet(2))
    await stop(starling)
  }
})

test('a second server over one database is refused in one line; one that was killed does not stand in the way', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  const starling = await start(t, folder)
  const serve = () => run(t, 'serve', '--listen', '127.0.0.1:0', '-c', join(folder, 'starling.toml'))
  await publishLines(starling.url, fleet(1))
  const before = await stateOf(starling.url, channel)
  isRefused(await serve(), /store\.url: \S*fleet\.db: a server uses it.*stop that server, or give each a database of its own/)
  assert.deepEqual(await stateOf(starling.url, channel), before)
  assert.equal((await publishLines(starling.url, fleet(2))).status, 200)
  await starling.end('SIGKILL')
  const next = await start(t, folder)
  isRefused(await serve(), /a server uses it/)
  await stop(next)
  await start(t, folder)
})

test('a restore under a running server is refused, and the server goes on', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  const copy = join(folder, 'copy.db')
  let starling = await start(t, folder)
  await publishLines(starling.url, fleet(1))
  isSilent(await backup(t, folder, copy))
  await publishLines(starling.url, fleet(2))
  isRefused(await restore(t, folder, copy), /a server uses it/)
  await stop(starling)
  starling = await start(t, folder)
  assert.equal((await stateOf(starling.url, channel)).n5.latitude, 2)
})

test('what is damaged, or no copy, is refused, and what there is stays as it is', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  const [database, copy] = [join(folder, 'fleet.db'), join(folder, 'copy.db')]
  let starling = await start(t, folder)
  await publishLines(starling.url, fleet(1))
  isSilent(await backup(t, folder, copy))
  await stop(starling)
  const before = readFileSync(database)
  const file = openSync(copy, 'r+')
  writeSync(file, Buffer.alloc(64, 0xab), 0, 64, 3 * 4096)
  closeSync(file)
  isRefused(await restore(t, folder, copy), /copy\.db: is damaged.*nothing was changed/)
  truncateSync(copy, 20_000)
  isRefused(await restore(t, folder, copy), /copy\.db: is damaged/)
  isRefused(await restore(t, folder, join(folder, 'starling.toml')), /no database/)
  isRefused(await restore(t, folder, join(folder, 'none.db')), /No such file/)
  assert.deepEqual(readFileSync(database), before)
  assert.deepEqual(readdirSync(folder).sort(), ['copy.db', 'fleet.db', 'fleet.db-lock', 'starling.toml'])
  starling = await start(t, folder)
  assert.equal(Object.keys(await stateOf(starling.url, channel)).length, 100)
})

test('a full disk ends a backup in one line; nothing is left of it, and the server does not notice', { timeout }, async (t) => {
  let disk
  t.after(() => execFileSync('umount', ['--lazy', disk]))  // before the folder is removed
  disk = temporaryFolder(t)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk], { stdio: 'pipe' })
  const folder = temporaryFolder(t)
  const starling = await start(t, folder)
  await publishLines(starling.url, fleet(1))
  isRefused(await backup(t, folder, join(disk, 'copy.db')), /copy\.db\.part: .*full.*free some space/)
  assert.deepEqual(readdirSync(disk), [])
  await publish(starling.url, `/api/v1/publish/${channel}?key=n1&durable=true`, { latitude: 2 })
})

test('a file that is there is replaced with --force only', { timeout }, async (t) => {
  const folder = temporaryFolder(t)
  const copy = join(folder, 'copy.db')
  const starling = await start(t, folder)
  await publishLines(starling.url, fleet(1))
  writeFileSync(copy, 'mine')
  isRefused(await backup(t, folder, copy), /copy\.db: is there already/)
  assert.equal(readFileSync(copy, 'utf8'), 'mine')
  isSilent(await backup(t, folder, copy, '--force'))
  assert.match(readFileSync(copy, 'latin1'), /^SQLite format 3/)
  isRefused(await backup(t, folder, join(folder, 'fleet.db'), '--force'), /the database itself/)
})

/** A database that takes a while to copy: a hundred megabytes beside what is in it. */
async function largeDatabase(t) {
  const folder = temporaryFolder(t)
  const starling = await start(t, folder)
  await publishLines(starling.url, fleet(1))
  await stop(starling)
  execFileSync('python3', ['-c', `import sqlite3
database = sqlite3.connect(${JSON.stringify(join(folder, 'fleet.db'))})
database.execute('CREATE TABLE ballast (bytes)')
database.executemany('INSERT INTO ballast VALUES (zeroblob(10000000))', [()] * 10)
database.commit()`])
  return folder
}

test('a backup that is interrupted gives up, and leaves what was there before', { timeout }, async (t) => {
  const folder = await largeDatabase(t)
  const copy = join(folder, 'copy.db')
  let program
  // Of one that was whole before it was interrupted, another is made.
  await until(async () => {
    rmSync(copy, { force: true })
    program = new Program(process.env.STARLING_BIN, ['backup', '-c', join(folder, 'starling.toml'), copy])
    t.after(() => program.end('SIGKILL'))
    await until(() => program.exit || existsSync(`${copy}.part`), { what: 'the copy to begin', everyMs: 1 })
    return (await program.end('SIGINT', 30_000)).code !== 0
  }, { what: 'a copy to be interrupted', withinMs: 30_000 })
  assert.deepEqual(program.exit, { code: 1, signal: null })
  assert.equal(program.stderr, 'starling: the copy was given up\n')
  assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith('copy')), [])
})

test('on a terminal a backup says how far it is', { timeout }, async (t) => {
  const folder = await largeDatabase(t)
  const command = `'${process.env.STARLING_BIN}' backup -c '${join(folder, 'starling.toml')}' '${join(folder, 'copy.db')}'`
  const said = execFileSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8', timeout: 30_000 })
  assert.match(said, /starling: \d+ %/)
  assert.ok(said.endsWith('\r\x1b[K'), JSON.stringify(said))
})

test('whose database it is has to be said; PostgreSQL is copied by its own program', { timeout }, async (t) => {
  for (const command of ['backup', 'restore']) {
    const none = await run(t, command, 'copy.db')
    assert.equal(none.code, 2)
    assert.match(none.stderr, /give -c starling\.toml or --store URL/)
    const postgres = await run(t, command, '--store', 'postgresql://me:secret@db.example:5433/fleet?sslmode=require', 'copy.dump')
    isRefused(postgres, command === 'backup'
      ? /: pg_dump --schema=starling --format=custom --dbname='user=me dbname=fleet host=db\.example port=5433 sslmode=require' --file='copy\.dump'\n$/
      : /: pg_restore --clean --if-exists --single-transaction --dbname='[^']+' 'copy\.dump'\n$/)
    assert.doesNotMatch(postgres.stderr, /secret/)
  }
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'starling.toml'), '[store]\nurl = "none"\n')
  isRefused(await backup(t, folder, join(folder, 'copy.db')), /store\.url is "none": there is no database/)
  isRefused(await run(t, 'backup', '--store', `sqlite:${join(folder, 'none.db')}`, join(folder, 'copy.db')), /none\.db/)
})
