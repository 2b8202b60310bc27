// docs/TROUBLESHOOTING.md: its commands work as they stand, on another port, and an upgrade is answered as its table says.
import assert from 'node:assert/strict'
import { readFileSync, symlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'

import { Program, temporaryFolder } from './support/cleanup.mjs'
import { ask } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'

const timeout = 60_000
const page = readFileSync(new URL('../../docs/TROUBLESHOOTING.md', import.meta.url), 'utf8')
const commands = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text]) => text)

test('every command of the page shows what it is there to show', { timeout: 120_000 }, async (t) => {
  const starling = await startStarling(t, { parameters: ['--demo'] })
  const programs = temporaryFolder(t)
  symlinkSync(process.env.STARLING_BIN, join(programs, 'starling'))
  await until(async () => (await ask(starling.url, '/api/v1/state/mesh:position?keys=!4975df50')).text?.includes('latitude'), { what: 'the node of the page' })
  const shows = [
    /^\{"status":"ok"\}/, /^HTTP\/1\.1 101 .*\{"type":"welcome"/s, /^data: |^id: |"type":"subscribed"/m, /^\{"type":"welcome"/, /"overall_status":"healthy".*"epoch":/,
    /^starling_updates_applied_total \d+\nstarling_updates_refused_total \d+\nstarling_updates_late_total \d+\nstarling_input_dropped_total \d+$/m,
    /^"mesh:node":\n"mesh:position":\n[^]*"records":\{"/, /"latitude":[^]*"long_name":/, /"!4975df50":\{"latitude":/,
  ]
  assert.equal(commands.length, shows.length)
  for (const [index, text] of commands.entries()) {
    await t.test(`block ${index + 1}`, async () => {
      const shell = new Program('bash', ['-c', `set -e\n${text.replaceAll(':8080', `:${starling.port}`).replaceAll('--max-time 2', '--max-time 5').replaceAll(/starling watch (\S+)/g, `starling watch $1 --url ${starling.url}`)}`],
        { env: { ...process.env, PATH: `${programs}:${process.env.PATH}` } })
      t.after(() => shell.end('SIGKILL'))
      await until(() => shell.exit, { what: 'the commands to end', withinMs: 30_000 })
      assert.deepEqual(shell.exit, { code: 0, signal: null }, shell.stderr)
      assert.match(shell.stdout, shows[index])
    })
  }
})

/** The first line and the body of what `head` is answered with. */
function answerTo(port, path, ...headers) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes
      if (/^HTTP\/1\.1 101 |\r\n\r\n\{.*\}\s*$/s.test(text)) { socket.destroy(); resolve(text) }
    }).on('error', reject)
    socket.write(`GET ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`)
  })
}

test('an upgrade is answered as the table says', { timeout }, async (t) => {
  const { port } = await startStarling(t)
  const host = `Host: 127.0.0.1:${port}`
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: c3RhcmxpbmctdHJvdWJsZQ==']
  const rows = [...page.matchAll(/^\| ([145]\d\d\b[^|]*)\|/gm)].map(([, first]) => first.trim())
  for (const [row, said, path, ...headers] of [
    ['101, then `{"type":"welcome",…`', / 101 /, '/live', host, ...upgrade],
    ['400', / 400 .*starling\.v1/s, '/live', host, ...upgrade, 'Sec-WebSocket-Protocol: theirs'],
    ['403, `origin is not ours`', / 403 .*origin is not ours.*server\.allowed_origins/s, '/live', host, ...upgrade, 'Origin: http://elsewhere.example'],
    ['403, `came through a proxy`', / 403 .*came through a proxy.*server\.trusted_proxies/s, '/live', host, ...upgrade, 'X-Forwarded-For: 192.0.2.1'],
    ['404', / 404 /, '/elsewhere', host, ...upgrade],
    ['421', / 421 .*localhost/s, '/live', 'Host: fleet.example', ...upgrade],
    ['426', / 426 /, '/live', host],
  ]) {
    assert.match(await answerTo(port, path, ...headers), said, row)
    assert.ok(rows.includes(row), `the table has a row "${row}": ${rows.join('; ')}`)
  }
})
