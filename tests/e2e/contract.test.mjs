// What is said on WebSockets is what the server says of it: its description is AsyncAPI 3, and what comes at each door is in it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'

import { Parser } from '@asyncapi/parser'
import Ajv from 'ajv'
import formats from 'ajv-formats'

import { ask, json, publish } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'
import { Viewer } from './support/viewer.mjs'

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
