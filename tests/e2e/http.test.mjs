// Publishing and reading over HTTP.
import assert from 'node:assert/strict'
import test from 'node:test'

import { ask, ndjson, post, publish, publishLines, stateOf } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'
import { Viewer } from './support/viewer.mjs'

const timeout = 30_000

test('an object is published and read back in the text it came in', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const answer = await publish(starling.url, '/api/v1/publish/site:state?key=greenhouse', '{ "t" : 21.50, "big": 12345678901234567890, "on": null, "tags": [ 1, {"a": 2} ] }')
  const { accepted, seq } = answer.json()
  assert.equal(accepted, 1)
  const page = await ask(starling.url, '/api/v1/state/site:state')
  assert.equal(page.status, 200)
  assert.ok(page.text.includes('{"greenhouse":{"t":21.50,"big":12345678901234567890,"on":null,"tags":[1,{"a":2}]}}'), page.text)
  assert.ok(page.json().seq >= seq)
  assert.match(page.headers.etag, /^"/)
  assert.equal((await ask(starling.url, '/api/v1/state/site:state', { headers: { 'If-None-Match': page.headers.etag } })).status, 304)
})

test('merge, replace and remove', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const send = (envelope) => publish(starling.url, '/api/v1/publish', { channel: 'site:state', key: 'a', ...envelope })
  await send({ data: { x: 1, y: 2 } })
  await send({ data: { y: 3 } })
  assert.deepEqual(await stateOf(starling.url, 'site:state'), { a: { x: 1, y: 3 } })
  await send({ op: 'replace', data: { z: 4 } })
  assert.deepEqual(await stateOf(starling.url, 'site:state'), { a: { z: 4 } })
  await send({ op: 'remove', data: {} })
  assert.deepEqual(await stateOf(starling.url, 'site:state'), {})
})

test('NDJSON: a bad line is named, the others are kept', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const lines = ['{"key":"a","data":{"v":1}}', '', '{"key":"b","data":{"v":tru}}', '{"key":"c","data":{"v":3}}', '{"key":"d"}']
  const answer = await publish(starling.url, '/api/v1/publish/site:state', lines.join('\n'), { headers: { 'Content-Type': ndjson } })
  const { accepted, rejected } = answer.json()
  assert.equal(accepted, 2)
  assert.deepEqual(rejected.map(({ line }) => line), [3, 5])
  assert.ok(rejected.every(({ message }) => message))
  assert.deepEqual(await stateOf(starling.url, 'site:state'), { a: { v: 1 }, c: { v: 3 } })

  const none = await post(starling.url, '/api/v1/publish/site:state', 'no\nno\n', { headers: { 'Content-Type': ndjson } })
  assert.equal(none.status, 400)
  assert.deepEqual(none.json().rejected.map(({ line }) => line), [1, 2])
})

test('durable=true is refused while there is no store, and a media type is read in any case', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const line = '{"key":"a","data":{"v":1}}'
  for (const type of [ndjson, 'application/json']) {
    const answer = await post(starling.url, '/api/v1/publish/site:state?key=a&durable=true', line, { headers: { 'Content-Type': type } })
    assert.equal(answer.status, 503)
    assert.equal(answer.json().code, 'unavailable')
  }
  await publish(starling.url, '/api/v1/publish/site:state', line, { headers: { 'Content-Type': 'Application/X-NDJSON; charset=utf-8' } })
  assert.deepEqual(await stateOf(starling.url, 'site:state'), { a: { v: 1 } })
})

test('state comes in pages, each record once', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const records = Array.from({ length: 250 }, (_, n) => ({ channel: 'site:state', key: `k${n}`, data: { n } }))
  assert.equal((await publishLines(starling.url, records)).json().accepted, 250)
  const seen = []
  let cursor = ''
  let pages = 0
  do {
    const answer = await ask(starling.url, `/api/v1/state/site:state?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
    const page = answer.json()
    assert.ok(Object.keys(page.records).length <= 100)
    seen.push(...Object.keys(page.records))
    cursor = page.cursor
    pages++
  } while (cursor)
  assert.equal(pages, 3)
  assert.deepEqual(seen.sort(), records.map(({ key }) => key).sort())

  const some = (await ask(starling.url, '/api/v1/state/site:state?keys=k1,k2&keys=k3')).json()
  assert.deepEqual(some.records, { k1: { n: 1 }, k2: { n: 2 }, k3: { n: 3 } })
  assert.equal(some.cursor, undefined)
})

test('what a publish answers, a viewer reaches', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe(['site:*'])
  const { seq } = (await post(starling.url, '/api/v1/publish/site:state?key=a', { v: 1 })).json()
  await viewer.frame((frame) => frame.type === 'update' && frame.seq >= seq)
  assert.deepEqual(viewer.records('site:state'), { a: { v: 1 } })
})

test('health, metrics, and what is not there', { timeout }, async (t) => {
  const starling = await startStarling(t)
  for (const [path, status, type] of [
    ['/healthz', 200, 'application/json'], ['/readyz', 200, 'application/json'],
    ['/metrics', 200, 'text/plain; version=0.0.4; charset=utf-8'], ['/', 200, 'text/html; charset=utf-8'],
    ['/nowhere', 404, 'application/problem+json'], ['/api/v1/state/no:channel', 404, 'application/problem+json'],
    ['/../etc/passwd', 404, 'application/problem+json'],
  ]) {
    const answer = await ask(starling.url, path)
    assert.equal(answer.status, status, path)
    assert.equal(answer.headers['content-type'], type, path)
  }
  for (const [method, path, allow] of [
    ['DELETE', '/api/v1/state/site:state', 'GET, HEAD'], ['POST', '/healthz', 'GET, HEAD'], ['GET', '/api/v1/publish', 'POST'],
  ]) {
    const answer = await ask(starling.url, path, { method, headers: { 'Content-Type': 'application/json' } })
    assert.equal(answer.status, 405, `${method} ${path}`)
    assert.equal(answer.headers.allow, allow)
  }
  const head = await ask(starling.url, '/healthz', { method: 'HEAD' })
  assert.equal(head.status, 200)
  assert.equal(head.text, '')
})
