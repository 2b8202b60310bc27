// TLS: https and wss on every TCP address, by other people's clients and by our own.
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { request as plainRequest } from 'node:http'
import { request } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { connect } from 'node:tls'
import { promisify } from 'node:util'

import { makeCertificate } from './support/certificates.mjs'
import { Program, temporaryFolder } from './support/cleanup.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'
import { Viewer } from './support/viewer.mjs'

const run = promisify(execFile)
const json = { 'Content-Type': 'application/json' }

/** A server under TLS; its files are named relative to its configuration. */
async function start(t, { shards = 1, certificate = {}, more = '', parameters = [] } = {}) {
  const folder = temporaryFolder(t)
  const made = makeCertificate(folder, certificate)
  const starling = await startStarling(t, {
    folder, parameters, config: `[server]\nshards = ${shards}\n${more}\n[server.tls]\ncert = "cert.pem"\nkey = "key.pem"\n`,
  })
  assert.match(starling.url, /^https:/)
  return { starling, folder, ...made }
}

/** {status, text} of one request. */
function ask(url, { method = 'GET', headers = {}, body, ca, send = request, socketPath } = {}) {
  return new Promise((resolve, reject) => {
    const outgoing = send(url, { method, headers, ca, agent: false, socketPath }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part) => { text += part })
      response.on('end', () => resolve({ status: response.statusCode, text }))
      response.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

async function metric(url, ca, name) {
  const line = (await ask(`${url}/metrics`, { ca })).text.split('\n').find((text) => text.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1))
}

/** What a bare connection hears until its end. */
function hear(port, say) {
  return new Promise((resolve, reject) => {
    const socket = connectPlain(port, '127.0.0.1', () => socket.write(say))
    const parts = []
    socket.on('data', (part) => parts.push(part))
    socket.on('error', (error) => (error.code === 'ECONNRESET' ? resolve(Buffer.concat(parts)) : reject(error)))
    socket.on('end', () => resolve(Buffer.concat(parts)))
    socket.setTimeout(10_000, () => { socket.destroy(); reject(new Error('neither closed nor answered')) })
  })
}

/** The serial number of the certificate that a new connection is shown. */
function serialShown(port, ca) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ca }, () => {
      resolve(socket.getPeerCertificate().serialNumber)
      socket.end()
    })
    socket.on('error', reject)
  })
}

test('curl, node and ws are served under TLS', { timeout: 60_000 }, async (t) => {
  const { starling, cert, ca } = await start(t)
  const curl = await run('curl', ['--silent', '--show-error', '--fail', '--cacert', cert, '--write-out', '\n%{http_version} %{ssl_verify_result}', `${starling.url}/healthz`])
  assert.equal(curl.stdout, '{"status":"ok"}\n1.1 0')

  const viewer = await Viewer.open(t, starling.url, new Map(), { ca })
  await viewer.subscribe(['site:*'])
  const answer = await ask(`${starling.url}/api/v1/publish/site:state?key=a`, { method: 'POST', headers: json, body: '{"v":1}', ca })
  assert.equal(answer.status, 200, answer.text)
  await until(() => viewer.records('site:state').a, { what: 'the record' })
  assert.ok(await metric(starling.url, ca, 'starling_tls_handshakes_total') >= 3)
})

test('TLS 1.2 and 1.3 are spoken, 1.1 and h2 are not', { timeout: 60_000 }, async (t) => {
  const { starling, cert } = await start(t)
  const client = (...parameters) => {
    const { stdout, stderr } = spawnSync('openssl', ['s_client', '-connect', `127.0.0.1:${starling.port}`, '-CAfile', cert, ...parameters],
      { input: 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', encoding: 'utf8', timeout: 20_000 })
    return `${stdout}${stderr}`
  }
  // Without -ign_eof the client leaves when its input ends.
  for (const [flag, name] of [['-tls1_2', 'TLSv1.2'], ['-tls1_3', 'TLSv1.3']]) {
    const said = client(flag, '-ign_eof', '-alpn', 'h2,http/1.1')
    assert.match(said, new RegExp(`New, ${name}`))
    assert.match(said, /Verify return code: 0 \(ok\)/)
    assert.match(said, /ALPN protocol: http\/1\.1/)
    assert.match(said, /HTTP\/1\.1 200 OK/)
    assert.match(said, /Compression: NONE/)
  }
  const old = client('-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0')
  assert.match(old, /alert protocol version/)
  assert.doesNotMatch(old, /HTTP\/1\.1/)
  const h2 = client('-alpn', 'h2')
  assert.match(h2, /alert no application protocol/)
})

test('plain HTTP to a TLS port is told so, and counted', { timeout: 60_000 }, async (t) => {
  const { starling, ca } = await start(t)
  const url = `http://127.0.0.1:${starling.port}`, reason = 'this port speaks TLS: ask with https:// or wss://'
  for (const more of [[], ['--head'], ['--data', 'x'.repeat(10_000)]]) {
    const { stdout } = await run('curl', ['--silent', '--show-error', '--include', ...more, `${url}/healthz`])
    assert.match(stdout, /^HTTP\/1\.1 400 Bad Request\r\n/)
    assert.match(stdout, /\r\nContent-Type: application\/problem\+json\r\n/)
    if (more[0] !== '--head') assert.equal(JSON.parse(stdout.slice(stdout.indexOf('\r\n\r\n'))).detail, reason)
  }
  for (const parameters of [['watch', '*', '--url', `${url.replace('http', 'ws')}/live`], ['publish', 'site:state', 'a', '{}', '--url', url]]) {
    const refused = new Program(process.env.STARLING_BIN, parameters)
    refused.child.stdin.end()
    t.after(() => refused.end('SIGKILL'))
    assert.equal((await until(() => refused.exit, { what: `${parameters[0]} to end` })).code, 1)
    assert.equal(refused.stderr.trim().split('\n').length, 1, refused.stderr)
    assert.ok(refused.stderr.includes(`the server answers HTTP 400: ${reason}`), refused.stderr)
    assert.equal(refused.stdout, '')
  }
  assert.equal(await metric(starling.url, ca, 'starling_tls_handshakes_failed_total{why="not_tls"}'), 5)
})

test('what is neither TLS nor HTTP is closed and counted; TLS to a plain port is no HTTP', { timeout: 60_000 }, async (t) => {
  const { starling, ca } = await start(t)
  const heard = await hear(starling.port, 'hello, is anybody there?\r\n\r\n')
  assert.doesNotMatch(heard.toString('latin1'), /HTTP/)
  await until(async () => await metric(starling.url, ca, 'starling_tls_handshakes_failed_total{why="not_tls"}') === 1, { what: 'the count' })

  const plain = await startStarling(t)
  await assert.rejects(serialShown(plain.port, ca))
  assert.equal((await ask(`${plain.url}/healthz`, { send: plainRequest })).status, 200)
})

test('a Unix socket stays plain beside TLS', { timeout: 60_000 }, async (t) => {
  const path = join(temporaryFolder(t), 'socket')
  const { starling } = await start(t, { parameters: ['--listen', `unix:${path}`] })
  await until(() => starling.stderr.includes('serving on unix:'), { what: 'the second address to be said' })
  assert.equal((await ask('http://localhost/healthz', { send: plainRequest, socketPath: path })).status, 200)
})

test('under TLS our own origin is https', { timeout: 60_000 }, async (t) => {
  const { starling, ca } = await start(t)
  const status = async (Origin, Host) => (await ask(`${starling.url}/healthz`, { ca, headers: { Origin, Host } })).status
  const { port } = starling
  assert.equal(await status(`https://localhost:${port}`, `localhost:${port}`), 200)
  assert.equal(await status(`http://localhost:${port}`, `localhost:${port}`), 403)
  assert.equal(await status('https://localhost', 'localhost'), 200)
  assert.equal(await status('https://localhost', 'localhost:443'), 200)
  assert.equal(await status('https://localhost', 'localhost:80'), 403)
})

for (const shards of [1, 2]) {
  test(`SIGHUP brings a new certificate to new connections, and a bad one does not (${shards} shards)`, { timeout: 60_000 }, async (t) => {
    const { starling, folder, serial, ca } = await start(t, { shards })
    const before = await Viewer.open(t, starling.url, new Map(), { ca })
    await before.subscribe(['site:*'])
    assert.equal(await serialShown(starling.port, ca), serial)

    const next = makeCertificate(folder)
    assert.notEqual(next.serial, serial)
    assert.equal(await serialShown(starling.port, ca), serial, 'nothing is read before the signal')
    starling.child.kill('SIGHUP')
    await until(() => starling.stderr.includes(next.serial), { what: () => `the line; it said: ${starling.stderr}` })
    // Every shard has it: a new connection comes to any of them.
    await until(async () => {
      const shown = await Promise.all(Array.from({ length: 10 }, () => serialShown(starling.port, [ca, next.ca])))
      return shown.every((one) => one === next.serial)
    }, { what: 'the new certificate' })

    makeCertificate(folder, { name: 'other' })
    writeFileSync(join(folder, 'key.pem'), 'not a key\n')
    starling.child.kill('SIGHUP')
    await until(() => /server\.tls: .*key\.pem.*the old certificate stays/.test(starling.stderr), { what: () => `the complaint; it said: ${starling.stderr}` })
    assert.doesNotMatch(starling.stderr, /not a key/)
    assert.equal(await serialShown(starling.port, next.ca), next.serial)

    // Who was there before has noticed nothing.
    const answer = await ask(`${starling.url}/api/v1/publish/site:state?key=a`, { method: 'POST', headers: json, body: '{"v":1}', ca: next.ca })
    assert.equal(answer.status, 200, answer.text)
    await until(() => before.records('site:state').a, { what: 'the record' })
    assert.equal(before.closed, null)
  })
}

test('a large state comes whole to a viewer that stops reading for a while', { timeout: 120_000 }, async (t) => {
  const { starling, ca } = await start(t)
  const lines = Array.from({ length: 4000 }, (_, i) => JSON.stringify({ channel: 'site:state', key: `k${i}`, data: { i, text: 'x'.repeat(1000) } }))
  const answer = await ask(`${starling.url}/api/v1/publish`, { method: 'POST', headers: { 'Content-Type': 'application/x-ndjson' }, body: lines.join('\n'), ca })
  assert.equal(answer.status, 200, answer.text)
  assert.equal(JSON.parse(answer.text).accepted, 4000)
  const viewer = await Viewer.open(t, starling.url, new Map(), { ca })
  viewer.send({ type: 'subscribe', id: 1, channels: ['site:*'] })
  viewer.socket.pause()
  // Another change while nothing is read, so that it lags and catches up.
  const another = await ask(`${starling.url}/api/v1/publish/site:state?key=k7`, { method: 'POST', headers: json, body: '{"i":-7}', ca })
  assert.equal(another.status, 200, another.text)
  viewer.socket.resume()
  await until(() => viewer.records('site:state').k7?.i === -7 && Object.keys(viewer.records('site:state')).length === 4000,
    { what: 'all records', withinMs: 60_000 })
})

test('watch and publish speak wss, and believe only whom they are told to', { timeout: 60_000 }, async (t) => {
  const { starling, cert, folder } = await start(t)
  const program = (...parameters) => {
    const started = new Program(process.env.STARLING_BIN, parameters)
    started.child.stdin.end()
    t.after(() => started.end('SIGKILL'))
    return started
  }
  const url = starling.url.replace('https', 'wss')
  const watch = program('watch', 'site:state', '--url', `${url}/live`, '--cacert', cert)
  await until(() => /"snapshot"/.test(watch.stdout), { what: () => `the snapshot; it said: ${watch.stderr}` })
  const publish = program('publish', 'site:state', 'a', '{"v":"over wss"}', '--url', starling.url, '--cacert', cert)
  assert.deepEqual(await until(() => publish.exit, { what: 'publish to end' }), { code: 0, signal: null }, publish.stderr)
  await until(() => /over wss/.test(watch.stdout), { what: 'the update' })
  assert.deepEqual(await watch.end('SIGTERM'), { code: 0, signal: null }, watch.stderr)

  const stranger = makeCertificate(folder, { name: 'stranger' })
  for (const parameters of [['--url', url], ['--url', url, '--cacert', stranger.cert]]) {
    const refused = program('watch', '*', ...parameters)
    assert.equal((await until(() => refused.exit, { what: 'watch to end' })).code, 1)
    assert.match(refused.stderr, /the certificate of 127\.0\.0\.1 cannot be verified: self-signed certificate; give the CA's certificate with --cacert/)
  }
  const absent = program('publish', 'site:state', 'a', '{}', '--url', url, '--cacert', '/nowhere/ca.pem')
  assert.equal((await until(() => absent.exit, { what: 'publish to end' })).code, 1)
  assert.match(absent.stderr, /cannot read the CA certificates \/nowhere\/ca\.pem: No such file/)
})

test('a certificate for somebody else is refused by watch', { timeout: 60_000 }, async (t) => {
  const { starling, cert } = await start(t, { certificate: { names: 'DNS:fleet.example' } })
  for (const host of ['127.0.0.1', 'localhost']) {
    const watch = new Program(process.env.STARLING_BIN, ['watch', '*', '--url', `wss://${host}:${starling.port}`, '--cacert', cert])
    t.after(() => watch.end('SIGKILL'))
    assert.equal((await until(() => watch.exit, { what: 'watch to end' })).code, 1)
    assert.match(watch.stderr, /the certificate of \S+ cannot be verified: (IP address|hostname) mismatch/)
  }
})

test('what is wrong with the files is said at the start', { timeout: 60_000 }, (t) => {
  const folder = temporaryFolder(t)
  makeCertificate(folder)
  const other = makeCertificate(folder, { name: 'other' })
  const file = join(folder, 'starling.toml')
  for (const [cert, key, said] of [
    ['none.pem', 'key.pem', /server\.tls: cannot read the certificate .*\/none\.pem: No such file or directory; name a PEM file/],
    ['cert.pem', other.key, /server\.tls: the key .*\/otherkey\.pem is not that of the certificate .*\/cert\.pem/],
  ]) {
    writeFileSync(file, `[server]\nlisten = ["127.0.0.1:0"]\n[server.tls]\ncert = "${cert}"\nkey = "${key}"\n`)
    const { status, stderr } = spawnSync(process.env.STARLING_BIN, ['serve', '--config', file], { encoding: 'utf8', timeout: 20_000 })
    assert.equal(status, 1, stderr)
    assert.match(stderr, said)
    assert.equal(stderr.trim().split('\n').length, 1)
  }
})
