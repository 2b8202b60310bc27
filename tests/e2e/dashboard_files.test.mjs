// The files of the dashboard, as the server gives them.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import test from 'node:test'
import { gunzipSync } from 'node:zlib'

import { ask } from './support/http.mjs'
import { startStarling } from './support/starling.mjs'

/** The bytes of an answer, as they came. */
function bytesOf(base, path, headers = {}) {
  return new Promise((resolve, reject) => {
    request(new URL(path, base), { headers, agent: false }, (response) => {
      const parts = []
      response.on('data', (part) => parts.push(part)).on('end', () => resolve({ headers: response.headers, bytes: Buffer.concat(parts) }))
    }).on('error', reject).end()
  })
}

const filesOf = (html) => [...html.matchAll(/(?:src|href)="\.(\/assets\/[^"]+)"/g)].map(([, path]) => path)

test('the page and what it names are there, by type, once and for ever', { timeout: 60_000 }, async (t) => {
  const starling = await startStarling(t)
  const page = await ask(starling.url, '/')
  assert.deepEqual([page.status, page.headers['content-type'], page.headers['cache-control']], [200, 'text/html; charset=utf-8', 'no-cache'])
  const files = filesOf(page.text)
  assert.ok(files.length >= 3, page.text)
  const types = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml' }
  for (const path of files) {
    const file = await ask(starling.url, path)
    assert.deepEqual([file.status, file.headers['content-type'], file.headers['cache-control']],
      [200, types[path.split('.').at(-1)], 'public, max-age=31536000, immutable'], path)
  }
  assert.equal((await ask(starling.url, '/assets/index-00000000.js')).status, 404)
})

test('nothing is inline, and a policy says so', { timeout: 60_000 }, async (t) => {
  const starling = await startStarling(t)
  const { text, headers } = await ask(starling.url, '/')
  assert.ok(!/<style|style=|<script(?![^>]*src=)| on\w+=/.test(text), text)
  assert.equal(headers['content-security-policy'], "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
  assert.deepEqual([headers['x-content-type-options'], headers['referrer-policy'], headers['x-frame-options']], ['nosniff', 'no-referrer', 'DENY'])
  for (const path of filesOf(text)) assert.equal((await ask(starling.url, path)).headers['content-security-policy'], headers['content-security-policy'], path)
})

test('in gzip it is the same and smaller, and what is at hand is not sent again', { timeout: 60_000 }, async (t) => {
  const starling = await startStarling(t)
  const script = filesOf((await ask(starling.url, '/')).text).find((path) => path.endsWith('.js'))
  for (const path of ['/', script]) {
    const plain = await bytesOf(starling.url, path)
    const gzipped = await bytesOf(starling.url, path, { 'Accept-Encoding': 'gzip, deflate, br, zstd' })
    assert.equal(plain.headers['content-encoding'], undefined)
    assert.deepEqual([gzipped.headers['content-encoding'], gzipped.headers.vary], ['gzip', 'Accept-Encoding'])
    assert.ok(gzipped.bytes.length < plain.bytes.length)
    assert.deepEqual(gunzipSync(gzipped.bytes), plain.bytes)
    assert.notEqual(gzipped.headers.etag, plain.headers.etag)
    assert.match(plain.headers.etag, /^"[0-9a-f]+"$/)
    const again = await ask(starling.url, path, { headers: { 'If-None-Match': plain.headers.etag } })
    assert.deepEqual([again.status, again.text, again.headers.etag], [304, '', plain.headers.etag])
    const head = await ask(starling.url, path, { method: 'HEAD' })
    assert.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', String(plain.bytes.length)])
  }
})

test('tiles are from where the configuration says, and the policy lets nobody else in', { timeout: 60_000 }, async (t) => {
  const url = 'https://tiles.example:8443/a/{z}/{x}/{y}.png'
  const starling = await startStarling(t, { config: `[dashboard]\ntile_url = "${url}"\ntile_attribution = "© Example"\n` })
  assert.deepEqual((await ask(starling.url, '/api/v1/dashboard.json')).json(), { tiles: { url, attribution: '© Example' } })
  const policy = (await ask(starling.url, '/')).headers['content-security-policy']
  assert.match(policy, /; img-src 'self' data: blob: https:\/\/tiles\.example:8443; connect-src 'self' https:\/\/tiles\.example:8443;/)
  assert.match(policy, /script-src 'self';/)
  const alone = await startStarling(t)
  assert.deepEqual((await ask(alone.url, '/api/v1/dashboard.json')).json(), { tiles: null })
})
