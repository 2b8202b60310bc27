// Socket activation as systemd does it: sockets that listen already, from descriptor 3 on, LISTEN_PID and LISTEN_FDS.
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'

import { Program, temporaryFolder } from './support/cleanup.mjs'
import { until } from './support/until.mjs'
import { Viewer } from './support/viewer.mjs'

// Binds what it is told to ("4 HOST", "6 HOST", "unix PATH", "datagram"), and becomes the program.
const launcher = `
import os, socket, sys
kinds, program = sys.argv[1].split(","), sys.argv[2:]
sockets = []
for kind in kinds:
    family, _, where = kind.partition(" ")
    if family == "unix":
        made = socket.socket(socket.AF_UNIX); made.bind(where)
    elif family == "datagram":
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); made.bind(("127.0.0.1", 0))
    else:
        made = socket.socket(socket.AF_INET6 if family == "6" else socket.AF_INET); made.bind((where, 0))
    if family != "datagram": made.listen(64)
    sockets.append(os.dup(made.fileno()) if made.fileno() >= 50 else os.dup2(made.fileno(), 50 + len(sockets)))
for i, number in enumerate(sockets): os.dup2(number, 3 + i)
os.environ["LISTEN_PID"] = str(os.getpid())
os.environ["LISTEN_FDS"] = str(len(sockets))
os.closerange(3 + len(sockets), 100)
os.execv(program[0], program)
`

function launch(t, kinds, parameters = ['--listen', 'systemd']) {
  const program = new Program('python3', ['-c', launcher, kinds.join(','), process.env.STARLING_BIN, 'serve', ...parameters], { cwd: temporaryFolder(t) })
  t.after(() => program.end('SIGKILL'))
  return program
}

const urlsOf = (program) => [...program.stderr.matchAll(/serving on (\S+)/g)].map(([, url]) => url)

function status(options) {
  return new Promise((resolve, reject) => {
    const outgoing = request({ path: '/healthz', headers: { Host: 'localhost' }, agent: false, ...options }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode))
    })
    outgoing.on('error', reject).end()
  })
}

const hasIpv6 = await new Promise((resolve) => {
  const socket = connect(9, '::1')
  socket.on('error', ({ code }) => resolve(code === 'ECONNREFUSED'))
  socket.on('connect', () => { socket.destroy(); resolve(true) })
})

for (const shards of [1, 3]) {
  test(`sockets that were handed over are served, TCP and Unix (${shards} shards)`, { timeout: 60_000 }, async (t) => {
    const path = join(temporaryFolder(t), 'socket')
    const kinds = ['4 127.0.0.1', `unix ${path}`, ...(hasIpv6 ? ['6 ::1'] : [])]
    const config = join(temporaryFolder(t), 'starling.toml')
    writeFileSync(config, `[server]\nlisten = ["systemd"]\nshards = ${shards}\n`)
    const program = launch(t, kinds, ['--config', config])
    await until(() => urlsOf(program).length === kinds.length || program.exit, { what: () => `its addresses; it said: ${program.stderr}`, withinMs: 20_000 })
    const urls = urlsOf(program)
    assert.match(urls[0], /^http:\/\/127\.0\.0\.1:\d+$/)
    assert.equal(urls[1], `unix:${path}`)
    if (hasIpv6) assert.match(urls[2], /^http:\/\/\[::1\]:\d+$/)
    const port = Number(new URL(urls[0]).port)

    assert.equal(await status({ socketPath: path }), 200)
    if (hasIpv6) assert.equal(await status({ host: '::1', port: Number(new URL(urls[2]).port) }), 200)
    // As many as there are shards and more: whichever has it serves it.
    const viewers = await Promise.all(Array.from({ length: 2 * shards + 1 }, () => Viewer.open(t, urls[0])))
    for (const viewer of viewers) await viewer.subscribe(['site:*'])
    viewers[0].send({ type: 'publish', channel: 'site:state', key: 'a', data: { v: 1 } })
    await until(() => viewers.every((viewer) => viewer.records('site:state').a), { what: 'the record at every viewer' })

    assert.deepEqual(await program.end('SIGTERM'), { code: 0, signal: null }, program.stderr)
    assert.ok(existsSync(path), 'the path is not ours to take away')
    await assert.rejects(status({ port }), { code: 'ECONNREFUSED' })
  })
}

test('what cannot be served is refused at the start', { timeout: 60_000 }, async (t) => {
  for (const [kinds, said] of [
    [['4 127.0.0.1', '4 0.0.0.0'], /descriptor 4, 0\.0\.0\.0 port \d+: without credentials only this machine is served/],
    [['datagram'], /descriptor 3: not a stream socket that listens/],
  ]) {
    const program = launch(t, kinds)
    assert.equal((await until(() => program.exit, { what: 'its end' })).code, 1)
    assert.match(program.stderr, said)
  }
  const alone = new Program(process.env.STARLING_BIN, ['serve', '--listen', 'systemd'], { env: { ...process.env, LISTEN_PID: '1', LISTEN_FDS: '1' }, cwd: temporaryFolder(t) })
  t.after(() => alone.end('SIGKILL'))
  assert.equal((await until(() => alone.exit, { what: 'its end' })).code, 1)
  assert.match(alone.stderr, /no sockets were handed over/)
})
