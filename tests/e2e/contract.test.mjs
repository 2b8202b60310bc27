// What is said on WebSockets is what the server says of it: its description is AsyncAPI 3, what comes at each door is in it, and in a build with tests nothing else is sent.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'

import { Parser } from '@asyncapi/parser'
import Ajv from 'ajv'
import formats from 'ajv-formats'

import { Program, temporaryFolder } from './support/cleanup.mjs'
import { ask, json, publish, publishLines } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'
import { Viewer, WebSocket } from './support/viewer.mjs'

const timeout = 60_000
const path = '/api/v1/asyncapi.json'

/** The faults of a document, as text. */
async function faultsOf(document) {
  const diagnostics = await new Parser().validate(JSON.stringify(document))
  return diagnostics.filter(({ severity }) => severity === 0).map(({ message, path: where }) => `${where.join('.')}: ${message}`)
}

/** What is said at an address, to be held against frames: {address: validate(side, frame)}. */
function messagesOf(document) {
  const ajv = formats(new Ajv({ strict: false }))
  const at = (reference) => reference.slice(2).split('/').reduce((value, step) => value[decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')], document)
  return Object.fromEntries(Object.entries(document.channels).map(([address, channel]) => {
    const payloads = Object.entries(channel.messages).map(([id, message]) => [id, (message.$ref ? at(message.$ref) : message).payload])
    const validates = Object.fromEntries(['server', 'client'].map((side) => {
      const anyOf = payloads.filter(([id]) => id.startsWith(`${side}.`)).map(([, payload]) => payload)
      return [side, ajv.compile({ anyOf, components: document.components })]
    }))
    return [address, (side, frame) => (validates[side](frame) ? '' : ajv.errorsText(validates[side].errors))]
  }))
}

test('it is a valid AsyncAPI 3 document, of this version, and is sent once to whoever keeps it', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const answer = await ask(starling.url, path)
  assert.equal(answer.headers['content-type'], json)
  const document = answer.json()
  assert.equal(document.asyncapi, '3.0.0')
  assert.deepEqual(await faultsOf(document), [])
  const version = /^project\(starling VERSION (\S+)/m.exec(readFileSync(new URL('../../CMakeLists.txt', import.meta.url), 'utf8'))[1]
  assert.equal(document.info.version, version)
  const again = await ask(starling.url, path, { headers: { 'If-None-Match': answer.headers.etag } })
  assert.deepEqual([again.status, again.text], [304, ''])

  document.operations['/live send'].action = 'shout'
  assert.notDeepEqual(await faultsOf(document), [], 'the validator looks')
})

test('what comes over /live is in it, message by message', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: '[server]\ndrain_spread = "1s"\n[[channel]]\nname = "site:message"\nkind = "event"\n' })
  const faults = messagesOf((await ask(starling.url, path)).json())['/live']
  const viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe(['site:*'], { filter: { bounds: { north: 39, south: 38, east: -8, west: -10 } } })
  const send = (data) => publish(starling.url, '/api/v1/publish/site:position?key=van-1', data)
  for (const [data, member] of [[{ latitude: 38.7, longitude: -9.1 }, 'set'], [{ speed_mps: 3 }, 'patch'], [{ longitude: 0 }, 'remove']]) {
    await send(data)
    await viewer.frame(({ channels }) => channels?.['site:position']?.[member])
  }
  const said = [
    { type: 'publish', channel: 'site:message', key: 'van-1', data: { text: 'hi' }, location: { latitude: 38.5, longitude: -9 }, ref: 'a' },
    { type: 'ping', ref: 1 }, { type: 'token', token: 'none' }, { type: 'unsubscribe', id: 1 },
  ]
  for (const message of said) {
    assert.equal(faults('client', message), '', JSON.stringify(message))
    viewer.send(message)
  }
  await viewer.frame(({ type }) => type === 'unsubscribed')
  assert.deepEqual(await starling.end(), { code: 0, signal: null })
  await until(() => viewer.closed, { what: 'the goodbye' })
  const kinds = new Set(viewer.frames.map(({ type }) => type))
  assert.deepEqual(kinds, new Set(['welcome', 'subscribed', 'snapshot', 'update', 'ok', 'pong', 'error', 'unsubscribed', 'bye']))
  for (const { cameAt, ...frame } of viewer.frames) {
    assert.equal(faults('server', frame), '', JSON.stringify(frame))
    assert.notEqual(faults('server', { ...frame, weed: 1 }), '', 'what is wrong is seen')
  }
})

/** What is said at a door: {frames, send}. */
async function openDoor(t, base, address) {
  const socket = new WebSocket(`${base.replace('http', 'ws')}${address}`)
  t.after(() => socket.terminate())
  const frames = []
  socket.on('message', (data) => frames.push(JSON.parse(data)))
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject))
  return { frames, send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)) }
}

// By address: what is asked there, and what kinds of messages come for that and for what is published.
const doors = {
  '/ws/updates': {
    asks: [{ event: 'ping', data: {} }, { event: 'subscribe', data: { event_name: 'signals:detected' } }, { event: 'unsubscribe', data: { event_name: 'signals:detected' } }],
    kinds: ['pong', 'services:health', 'websdrs:status', 'signals:detected', 'localizations:updated'],
  },
  '/ws': {
    asks: [{ event: 'ping' }, { event: 'subscribe', channels: ['services:health'] }, 'nonsense'],
    kinds: ['connected', 'pong', 'subscribed', 'error', 'services:health', 'websdrs_update', 'signals:detected', 'localizations:updated'],
  },
  '/api/ws': {
    asks: [{ type: 'ping' }, { type: 'subscribe', filter: { nodeIds: ['!000000a1'], bounds: { north: 1, south: -1, east: 1, west: -1 }, messageTypes: ['node'] } },
      { type: 'unsubscribe' }, { type: 'request_snapshot' }, '{"type":"subscribe","filter":7}'],
    kinds: ['snapshot', 'pong', 'error', 'node_update', 'position_update', 'telemetry_update', 'node_status', 'message', 'mqtt_raw'],
  },
}

test('what comes at each door is in it, message by message', { timeout }, async (t) => {
  const events = ['signals:detected', 'localizations:updated', 'mesh:message', 'mesh:raw']
  const config = `${events.map((name) => `[[channel]]\nname = "${name}"\nkind = "event"\n`).join('')}[[space]]\nname = "mesh"\noffline_after = "2h"\n`
  const starling = await startStarling(t, { config })
  const document = (await ask(starling.url, path)).json()
  assert.deepEqual(Object.keys(document.channels), ['/live', ...Object.keys(doors)])
  const faults = messagesOf(document)
  const opened = {}
  for (const [address, { asks }] of Object.entries(doors)) {
    opened[address] = await openDoor(t, starling.url, address)
    for (const message of asks) {
      if (typeof message !== 'string') assert.equal(faults[address]('client', message), '', JSON.stringify(message))
      opened[address].send(message)
    }
    // All of it has been read, and is answered, before anything happens.
    const [ping] = asks
    const pongs = () => opened[address].frames.filter(({ event, type }) => (event ?? type) === 'pong').length
    opened[address].send(ping)
    await until(() => pongs() === 2, { what: `two pongs at ${address}` })
  }
  await publishLines(starling.url, [
    { channel: 'services:health', key: 'api', data: { status: 'healthy', response_time_ms: null } },
    { channel: 'websdrs:status', key: '3', data: { status: 'online' } },
    { channel: 'signals:detected', data: { snr_db: 12.5 } },
    { channel: 'localizations:updated', data: { latitude: 45 } },
    { channel: 'mesh:node', key: '!000000a1', data: { num: 161, short_name: 'A1', role: 'CLIENT', hardware: 'TBEAM' } },
    { channel: 'mesh:position', key: '!000000a1', data: { packet_id: 1, latitude: 38.7, longitude: -9.1, altitude_m: 3 } },
    { channel: 'mesh:telemetry', key: '!000000a1', data: { packet_id: 2, battery_percent: 80, voltage_v: 4, uptime_s: 1 } },
    { channel: 'mesh:message', key: '!000000a1', data: { id: 3, from: '!000000a1', to: '!ffffffff', channel: 0, text: 'hi', snr_db: -1.5, rssi_dbm: -90, hops_away: 1 } },
    { channel: 'mesh:raw', key: '!000000a1', data: { id: 1, topic: 'msh/2/json/a/!b', payload: 'e30=', timestamp: 1, parsedType: 'text' } },
  ])
  for (const [address, { kinds }] of Object.entries(doors)) {
    const { frames } = opened[address]
    const seen = () => new Set(frames.map(({ event, type }) => event ?? type))
    await until(() => kinds.every((kind) => seen().has(kind)), { what: () => `${kinds} at ${address}; came: ${[...seen()]}` })
    assert.deepEqual(seen(), new Set(kinds))
    for (const frame of frames) {
      assert.equal(faults[address]('server', frame), '', JSON.stringify(frame))
      assert.notEqual(faults[address]('server', { ...frame, weed: 1 }), '', 'what is wrong is seen')
    }
  }
})

test('a message that is not in it ends a server that is built with tests, at every door', { timeout }, async (t) => {
  const file = join(temporaryFolder(t), 'starling.toml')
  writeFileSync(file, '[store]\nurl = "none"\n')
  for (const [address, dialect] of [['/live', 'native'], ['/ws/updates', 'event'], ['/ws', 'event-flat'], ['/api/ws', 'mesh']]) {
    const program = new Program(process.env.STARLING_BIN, ['serve', '--listen', '127.0.0.1:0', '--config', file], { env: { ...process.env, STARLING_PLANT_FIELD: 'weed' } })
    t.after(() => program.end('SIGKILL'))
    const url = await until(() => /serving on (\S+)/.exec(program.stderr)?.[1], { what: () => `the server to listen; it said: ${program.stderr}`, withinMs: 20_000 })
    const socket = new WebSocket(`${url.replace('http', 'ws')}${address}`)
    socket.on('error', () => {}).on('open', () => socket.send('{"event":"ping","data":{}}'))
    await until(() => program.exit, { what: 'the end of the server' })
    const words = new RegExp(`^starling: a message is not in the contract, in the dialect ${dialect}: [^\\n]*'weed'[^\\n]*: \\{[^\\n]*\\}$`, 'm')
    assert.match(program.stderr, words)
    assert.notEqual(program.exit.code, 0)
  }
})
