// What is refused is refused with its reason, leaves nothing behind, and harms nobody who is watching.
import assert from 'node:assert/strict'
import test from 'node:test'

import WebSocket from 'ws'

import { ask, post } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { Viewer } from './support/viewer.mjs'

const timeout = 30_000
const nested = (levels) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
const path = '/api/v1/publish/lab:sample?key=a'

const bodies = [
  { name: 'an array with words in it', body: '{"a":[1 2 tru]}', status: 400, code: 'bad_message' },
  { name: 'numbers that are none', body: '{"x":01e+.}', status: 400, code: 'bad_message' },
  { name: 'a hundred levels', body: nested(100), status: 400, code: 'bad_message' },
  { name: 'not an object', body: '[1]', status: 400, code: 'bad_message' },
  { name: 'nothing', body: '', status: 400, code: 'bad_message' },
  { name: 'two objects', body: '{"a":1}{"b":2}', status: 400, code: 'bad_message' },
  { name: 'half an escape', body: '{"a":"\\ud800"}', status: 400, code: 'bad_message' },
  { name: 'bytes that are no UTF-8', body: Buffer.from('{"a":"\xff"}', 'latin1'), status: 400, code: 'bad_message' },
  { name: 'a record of 70 KiB', body: { a: 'x'.repeat(70 << 10) }, status: 413, code: 'limit_record' },
  { name: 'a latitude beyond the pole', body: { latitude: 91, longitude: 0 }, status: 400, code: 'bad_message' },
]
const requests = [
  { name: 'a Host that is not this machine', headers: { Host: 'starling.example' }, status: 421 },
  { name: 'a page of another site', headers: { Origin: 'https://evil.example' }, status: 403 },
  { name: 'a page of another port', headers: { Origin: 'http://127.0.0.1:1' }, status: 403 },
  { name: 'text/plain', headers: { 'Content-Type': 'text/plain' }, status: 415 },
  { name: 'a form', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, status: 415 },
  { name: 'a proxy nobody named', headers: { 'X-Forwarded-For': '203.0.113.9' }, status: 403 },
  { name: 'the same, by its standard name', headers: { Forwarded: 'for=203.0.113.9' }, status: 403 },
].map((one) => ({ body: { a: 1 }, ...one }))

test('over HTTP', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe(['*'])
  const from = viewer.frames.length
  for (const { name, body, headers, status, code } of [...bodies, ...requests]) {
    await t.test(name, async () => {
      const answer = await post(starling.url, path, body, { headers })
      assert.equal(answer.status, status, answer.text)
      assert.equal(answer.headers['content-type'], 'application/problem+json')
      const problem = answer.json()
      assert.equal(problem.status, status)
      assert.ok(problem.detail, 'a person is told why')
      if (code) assert.equal(problem.code, code, answer.text)
      // No channel came into being, so nothing was stored.
      assert.equal((await ask(starling.url, '/api/v1/state/lab:sample')).status, 404)
    })
  }

  // The viewer is as it was, and what comes next is the first it hears.
  assert.equal((await post(starling.url, path, { a: 1 })).status, 200)
  await viewer.frame(({ type }) => type === 'update', { from })
  assert.deepEqual(viewer.frames.slice(from).filter(({ type }) => type !== 'progress').map(({ channels }) => channels), [
    { 'lab:sample': { set: { a: { a: 1 } } } },
  ])
  assert.equal(viewer.closed, null)
})

test('64 levels are taken, and a record just under the limit', { timeout }, async (t) => {
  const starling = await startStarling(t)
  for (const body of [nested(64), { a: 'x'.repeat(65_000) }]) {
    assert.equal((await post(starling.url, path, body)).status, 200)
  }
  assert.equal((await post(starling.url, path, nested(65))).status, 400)
})

test('over WebSocket: an error names it, and the line lives', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const viewer = await Viewer.open(t, starling.url)
  const sender = await Viewer.open(t, starling.url)
  await viewer.subscribe(['*'])
  const envelope = (data) => `{"type":"publish","channel":"lab:sample","key":"a","data":${data},"ref":"r"}`
  const bad = [
    { message: envelope('{"a":[1 2 tru]}'), code: 'bad_message' },
    { message: envelope('{"x":01e+.}'), code: 'bad_message' },
    { message: envelope(nested(100)), code: 'bad_message' },
    { message: envelope(JSON.stringify({ a: 'x'.repeat(70 << 10) })), code: 'limit_record' },
    { message: '{"type":"publish","channel":"Not A Channel","key":"a","data":{}}', code: 'bad_channel' },
    { message: '{"type":"publish","channel":"lab:sample","key":"","data":{}}', code: 'bad_key' },
    { message: '{"type":"dance"}', code: 'unknown_type' },
  ]
  for (const { message, code } of bad) {
    const from = sender.frames.length
    sender.send(message)
    const error = await sender.frame(({ type }) => type === 'error', { from })
    assert.equal(error.code, code, JSON.stringify(error))
  }
  assert.equal((await ask(starling.url, '/api/v1/state/lab:sample')).status, 404)
  const from = viewer.frames.length
  sender.send({ type: 'publish', channel: 'lab:sample', key: 'a', data: { a: 1 }, ref: 'good' })
  const ok = await sender.frame(({ type }) => type === 'ok')
  assert.equal(ok.ref, 'good')
  await viewer.frame(({ type }) => type === 'update', { from })
  assert.deepEqual(viewer.changes('lab:sample'), [{ set: { a: { a: 1 } } }])
})

test('an upgrade from another site, for another host, or for another protocol is refused', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const live = `${starling.url.replace('http', 'ws')}/live`
  const statusOf = (protocols, options) => new Promise((resolve) => {
    const socket = new WebSocket(live, protocols, options)
    socket.on('unexpected-response', (request, response) => { resolve(response.statusCode); request.destroy() })
    socket.on('open', () => { resolve(101); socket.terminate() })
    socket.on('error', () => {})
  })
  assert.equal(await statusOf('starling.v1', { origin: 'https://evil.example' }), 403)
  assert.equal(await statusOf('starling.v1', { headers: { Host: 'starling.example' } }), 421)
  assert.equal(await statusOf('starling.v1', { headers: { 'X-Forwarded-For': '203.0.113.9' } }), 403)
  assert.equal(await statusOf('starling.v9', {}), 400)
  assert.equal(await statusOf('starling.v1', { origin: starling.url }), 101)
  assert.equal(await statusOf([], {}), 101)
})
