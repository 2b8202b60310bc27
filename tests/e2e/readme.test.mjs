// What the README says to type works as it stands, on another port.
import assert from 'node:assert/strict'
import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'

import { startBroker, untilSubscribed } from './support/broker.mjs'
import { Program, temporaryFolder } from './support/cleanup.mjs'
import { publish, stateOf } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'
import { WebSocket } from './support/viewer.mjs'

const timeout = 60_000
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const blocks = (language) => [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, text]) => text)

test('the README has commands, a script and a configuration', () => {
  for (const language of ['sh', 'js', 'toml']) assert.ok(blocks(language).length > 0, language)
})

for (const [index, commands] of blocks('sh').entries()) {
  test(`its commands, block ${index + 1}`, { timeout }, async (t) => {
    const starling = await startStarling(t)
    // `starling` is a program one can call, and curl does not pass over a refusal.
    const programs = temporaryFolder(t)
    symlinkSync(process.env.STARLING_BIN, join(programs, 'starling'))
    const script = `set -euo pipefail\ncurl() { command curl --fail-with-body "$@"; echo; }\n${commands}`
      .replaceAll(':8080', `:${starling.port}`)
    const shell = new Program('bash', ['-c', script], { env: { ...process.env, PATH: `${programs}:${process.env.PATH}` } })
    t.after(() => shell.end('SIGKILL'))
    await until(() => shell.exit, { what: 'the commands to end', withinMs: 30_000 })
    assert.deepEqual(shell.exit, { code: 0, signal: null }, `${shell.stdout}\n${shell.stderr}`)
    const records = await stateOf(starling.url, 'site:position')
    assert.ok(Object.keys(records).length > 0)
    // The last thing it shows is the state.
    assert.deepEqual(JSON.parse(shell.stdout.trim().split('\n').pop()).records, records)
  })
}

for (const [index, script] of blocks('js').entries()) {
  test(`its script, block ${index + 1}: welcome, subscribed, snapshot, update`, { timeout }, async (t) => {
    const starling = await startStarling(t)
    const said = []
    const sockets = []
    class Socket extends WebSocket {
      constructor(url) {
        super(url.replace(':8080', `:${starling.port}`))
        sockets.push(this)
      }
    }
    t.after(() => sockets.forEach((socket) => socket.terminate()))
    new Function('WebSocket', 'console', script)(Socket, { log: (message) => said.push(message) })
    await until(() => said.some(({ type, more }) => type === 'snapshot' && !more), { what: 'the snapshot' })
    await publish(starling.url, '/api/v1/publish/site:position?key=van-1', { latitude: 1, longitude: 2 })
    await until(() => said.some(({ type }) => type === 'update'), { what: 'the update' })
    assert.deepEqual(said.slice(0, 4).map(({ type }) => type), ['welcome', 'subscribed', 'snapshot', 'update'])
    assert.deepEqual(said[3].channels, { 'site:position': { set: { 'van-1': { latitude: 1, longitude: 2 } } } })
  })
}

for (const [index, config] of blocks('toml').entries()) {
  test(`its configuration, block ${index + 1}: a server starts with it, and subscribes to every topic`, { timeout }, async (t) => {
    const broker = await startBroker(t)
    await startStarling(t, { config: config.replaceAll(':1883', `:${broker.port}`) })
    const topics = [...config.matchAll(/^topics = (\[.*\])/gm)].flatMap(([, list]) => JSON.parse(list))
    assert.equal(topics.length > 0, config.includes('[[source]]'))
    for (const topic of topics) await untilSubscribed(broker, topic)
  })
}
