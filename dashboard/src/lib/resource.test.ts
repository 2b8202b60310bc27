import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { DeadlineError } from './deadline.js'
import { fetchResource, ResourceError } from './resource.js'

/** A server that answers so, and a page on it. */
async function serve(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const page = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fleet/`
  const before = globalThis.document
  Object.assign(globalThis, { document: { baseURI: page } })
  t.after(() => {
    Object.assign(globalThis, { document: before })
    server.closeAllConnections()
    server.close()
  })
  return page
}

test('a path is of where the page is, and the answer is whole', async t => {
  await serve(t, (request, response) => response.writeHead(200, { 'X-Said': 'yes' }).end(request.url))
  const response = await fetchResource('api/v1/history')
  assert.deepEqual([await response.text(), response.headers.get('X-Said')], ['/fleet/api/v1/history', 'yes'])
})

test('an answer that is none says why', async t => {
  await serve(t, ({ url }, response) => response.writeHead(503).end(url === '/fleet/said' ? JSON.stringify({ detail: 'no store' }) : 'x'))
  await assert.rejects(fetchResource('said'), (error: unknown) => error instanceof ResourceError && error.status === 503 && error.message === 'no store')
  await assert.rejects(fetchResource('unsaid'), /The server answered 503\./)
})

test('who cannot be reached is said to be so', async t => {
  await serve(t, request => request.socket.destroy())
  await assert.rejects(fetchResource('x'), (error: unknown) => error instanceof ResourceError && error.status === 0)
})

for (const [what, answer] of [
  ['begins', () => {}],
  ['ends', (_, response) => response.writeHead(200).write('{"rows":[')]
] as const satisfies readonly (readonly [string, RequestListener])[]) {
  test(`an answer that never ${what} is given up, and its connection with it`, async t => {
    const closed: Promise<unknown>[] = []
    await serve(t, (request, response) => {
      closed.push(new Promise(resolve => { request.socket.on('close', resolve) }))
      answer(request, response)
    })
    await assert.rejects(fetchResource('x', { withinMs: 1000 }), DeadlineError)
    await Promise.all(closed)
    assert.equal(closed.length, 1)
  })
}

test('who gives up sooner is not made to wait, nor who has given up before', async t => {
  await serve(t, () => {})
  const controller = new AbortController()
  const asked = fetchResource('x', { signal: controller.signal })
  controller.abort()
  await assert.rejects(asked, { name: 'AbortError' })
  await assert.rejects(fetchResource('x', { signal: controller.signal }), { name: 'AbortError' })
})
