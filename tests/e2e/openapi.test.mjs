// What the server says of itself is so: every route and every parameter of its description is asked, right and wrong, and every answer is as described.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'

import { Validator } from '@seriousme/openapi-schema-validator'

import { temporaryFolder } from './support/cleanup.mjs'
import { ask, json, metric, ndjson, publish, publishLines } from './support/http.mjs'
import { askOnce, Description, eventOf, rightValues, schemaOf, targetOf, wrongValues, written } from './support/openapi.mjs'
import { openStream } from './support/reading.mjs'
import { startStarling } from './support/starling.mjs'
import { until } from './support/until.mjs'

const timeout = 120_000
const events = 'site:message'
const config = `[server]\nshards = 2\ndrain_spread = "1s"\n[store]\nurl = "sqlite:site.db"\n[[channel]]\nname = "${events}"\nkind = "event"\n`
const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' }

/** A server with a store, in which every kind of thing has happened to the channel of the examples: {starling, description}. */
async function startDescribed(t) {
  const starling = await startStarling(t, { config, folder: temporaryFolder(t) })
  const answer = await ask(starling.url, '/api/v1/openapi.json')
  assert.equal(answer.status, 200)
  const description = new Description(answer.json())
  // Files of the dashboard are called as the page calls them.
  description.operation('asset').parameters[0].example = /"\.\/assets\/([^"]+)"/.exec((await ask(starling.url, '/')).text)[1]
  const channel = 'site:position'
  await publishLines(starling.url, ['van-1', 'van-2', 'van-3'].map((key, n) => ({ channel, key, data: { latitude: 38.7, longitude: -9.1 - n, speed_mps: 12.5 } })))
  await publishLines(starling.url, [{ channel, key: 'van-1', data: { latitude: 38.8 } }, { channel, key: 'van-3', op: 'remove' }, { channel: events, key: 'van-1', data: { text: 'hi' } }])
  await publishLines(starling.url, [{ channel, key: 'van-1', data: { speed_mps: 1, age: 2 }, time: '2026-01-01T00:00:00Z' }]) // it is late: it only fills what is absent
  await until(async () => (await metric(starling.url, 'starling_store_seq')) >= (await metric(starling.url, 'starling_log_seq')), { what: 'all to be stored' })
  return { starling, description }
}

// What a value takes along to be of use: nobody waits for a poll, and only events do without a snapshot.
const company = {
  since: () => ({ wait: '0s' }),
  snapshot: (value) => (value === 'false' ? { channels: events } : {}),
}

/** The least that is needed, by the examples; whose body is of a key, that too. */
function least({ parameters, requestBody }) {
  return Object.fromEntries(parameters.filter(({ required, name }) => required || (requestBody && name === 'key')).map((parameter) => [parameter.name, written(parameter, parameter.example)]))
}

/** Asks an operation with these values, and its first body if it has any. */
function askWith(starling, operation, values, { mediaType = Object.keys(operation.requestBody?.content ?? {})[0], body, method = operation.method } = {}) {
  const { target, headers } = targetOf(operation, values)
  if (operation.responses[101]) Object.assign(headers, upgrade)
  if (mediaType) headers['Content-Type'] = mediaType
  return askOnce(starling.url, target, { method, headers, body: body ?? (mediaType && bodyOf(operation, mediaType)) })
}

function bodyOf(operation, mediaType) {
  const { example } = operation.requestBody.content[mediaType]
  return mediaType === ndjson ? example.map((line) => JSON.stringify(line)).join('\n') : JSON.stringify(example)
}

test('it is a valid OpenAPI 3.1 document, of this version, and is sent once to whoever keeps it', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const answer = await ask(starling.url, '/api/v1/openapi.json')
  assert.equal(answer.headers['content-type'], json)
  const { valid, errors } = await new Validator().validate(answer.json())
  assert.ok(valid, JSON.stringify(errors))
  assert.equal(answer.json().openapi, '3.1.0')
  const version = /^project\(starling VERSION (\S+)/m.exec(readFileSync(new URL('../../CMakeLists.txt', import.meta.url), 'utf8'))[1]
  assert.equal(answer.json().info.version, version)
  const again = await ask(starling.url, '/api/v1/openapi.json', { headers: { 'If-None-Match': answer.headers.etag } })
  assert.deepEqual([again.status, again.text], [304, ''])

  const broken = answer.json()
  delete broken.paths['/healthz'].get.responses[200].description
  assert.equal((await new Validator().validate(broken)).valid, false, 'the validator looks')
})

test('every parameter, with every value that is right, is answered as described', { timeout }, async (t) => {
  const { starling, description } = await startDescribed(t)
  for (const operation of description.operations) {
    const needed = least(operation)
    const answer = await askWith(starling, operation, needed)
    description.check(operation, answer, 'with the least')
    assert.ok(answer.status < 300, `${operation.operationId} ${answer.status} ${answer.text}`)
    for (const parameter of operation.parameters) {
      for (const value of rightValues(parameter)) {
        const values = { ...needed, ...company[parameter.name]?.(value), [parameter.name]: value }
        const got = await askWith(starling, operation, values)
        const what = `${parameter.name}=${value.slice(0, 80)}`
        assert.ok(got.status < 300, `${operation.operationId} ${what}: ${got.status} ${got.text}`)
        description.check(operation, got, what)
      }
    }
    if (answer.headers.etag) description.check(operation, await askWith(starling, operation, { ...needed, 'If-None-Match': answer.headers.etag }), 'again')
    for (const mediaType of Object.keys(operation.requestBody?.content ?? {})) {
      description.check(operation, await askWith(starling, operation, needed, { mediaType }), mediaType)
    }
    if (operation.method === 'GET' && !operation.responses[101]) {
      const head = await askWith(starling, operation, needed, { method: 'HEAD' })
      assert.deepEqual([head.status, head.headers['content-type'], head.text], [answer.status, answer.headers['content-type'], ''])
    }
  }
  // All answers that are not refusals were had.
  for (const { operationId, responses } of description.operations) {
    for (const [status, { content }] of Object.entries(responses).filter(([code]) => code < 400)) {
      for (const mediaType of Object.keys(content ?? { '': {} })) {
        const answer = [operationId, status, mediaType].join(' ').trim()
        assert.ok(description.seen.has(answer), `nothing was answered with ${answer}`)
      }
    }
  }
})

test('every parameter, with every value that is wrong, is refused by its name', { timeout }, async (t) => {
  const { starling, description } = await startDescribed(t)
  let refused = 0
  for (const operation of description.operations) {
    const needed = least(operation)
    for (const parameter of operation.parameters) {
      const { name, in: place, required } = parameter
      const wrong = [...wrongValues(parameter), ...(required && place === 'query' ? [undefined] : [])]
      for (const value of wrong) {
        const answer = await askWith(starling, operation, { ...needed, [name]: value })
        const what = `${name}=${value?.slice(0, 80)}`
        const problem = description.check(operation, answer, what)
        // There is no room for more channels in one subscription: said as everywhere.
        const status = problem.code === 'limit_channels' ? 507 : 400
        assert.equal(answer.status, status, `${operation.operationId} ${what}: ${answer.status} ${answer.text.slice(0, 300)}`)
        assert.equal(answer.headers['content-type'], 'application/problem+json')
        if (operation.responses[101]) assert.match(problem.detail, /subprotocol/)
        else assert.ok(problem.field === name || problem.field.startsWith(`${name}.`), `${what}: ${answer.text}`)
        refused++
      }
    }
    for (const mediaType of Object.keys(operation.requestBody?.content ?? {})) {
      for (const body of ['none', '[]', '']) {
        const answer = await askWith(starling, operation, needed, { mediaType, body })
        assert.equal(answer.status, 400, answer.text)
        description.check(operation, answer, `${mediaType} ${body}`)
      }
    }
    if (operation.requestBody) {
      const answer = await askWith(starling, operation, needed, { mediaType: 'text/plain', body: '{}' })
      assert.equal(answer.status, 415)
      description.check(operation, answer, 'text/plain')
    }
  }
  assert.ok(refused > 100, `${refused} values were refused`)
})

test('every parameter has a value that is right and one that is wrong, or any will do', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const { operations } = new Description((await ask(starling.url, '/api/v1/openapi.json')).json())
  // Those that an answer before says: they are had by following its links, or its ETag.
  const given = new Set(['since', 'cursor', 'Last-Event-ID', 'If-None-Match', 'name'])
  // What is right is only known by what there is: others are 404, or not at hand.
  const free = new Set(['If-None-Match', 'name'])
  for (const { operationId, parameters } of operations) {
    for (const parameter of parameters) {
      assert.ok(parameter.description, `${operationId} ${parameter.name}`)
      if (!given.has(parameter.name)) assert.ok(rightValues(parameter).length > 0, `${operationId} ${parameter.name}`)
      if (!free.has(parameter.name)) assert.ok(wrongValues(parameter).length > 0, `${operationId} ${parameter.name}`)
    }
  }
})

test('where an answer leads on, it does', { timeout }, async (t) => {
  const { starling, description } = await startDescribed(t)
  let followed = 0
  for (const operation of description.operations) {
    const links = Object.values(operation.responses[200]?.links ?? {})
    if (links.length === 0) continue
    // One row a page, so that there is another.
    const isPaged = operation.parameters.some(({ name }) => name === 'limit')
    const values = { ...least(operation), ...(isPaged && { limit: '1' }) }
    const body = description.check(operation, await askWith(starling, operation, values), 'to be followed')
    for (const { operationId, parameters } of links) {
      for (const [name, expression] of Object.entries(parameters)) {
        const cursor = body[/^\$response\.body#\/(\w+)$/.exec(expression)[1]]
        assert.equal(typeof cursor, 'string', expression)
        const next = description.operation(operationId)
        // Over a stream the header says the same.
        for (const { name: called } of next.parameters.filter((one) => one.name === name || one.name === 'Last-Event-ID')) {
          const answer = await askWith(starling, next, { ...values, ...company[name]?.(cursor), [called]: cursor })
          assert.equal(answer.status, 200, answer.text)
          const there = description.check(next, answer, `${called}=${cursor}`)
          assert.notDeepEqual(there, body, 'it goes on')
          followed++
        }
      }
    }
  }
  assert.equal(followed, 5)
})

test('a name is taken if, and only if, the pattern of its parameter admits it', { timeout }, async (t) => {
  const { starling, description } = await startDescribed(t)
  const longest = 'a'.repeat(128)
  const names = ['a:b', 'a', 'a:', ':b', 'a:b:c', 'A:b', 'a_.-9:b', '*', 'a:*', '*:b', 'a*:b', '**', `${longest}:${longest}`, `${longest}a:b`, `a:${longest}a`]
  const history = description.operation('readHistory')
  const changes = description.operation('readChanges')
  for (const [operation, name, pattern] of [
    [history, 'channel', history.parameters.find((one) => one.name === 'channel').schema.pattern],
    [changes, 'channels', changes.parameters.find((one) => one.name === 'channels').schema.items.pattern],
  ]) {
    for (const value of names) {
      const { status } = await askWith(starling, operation, { [name]: value })
      assert.equal(status, new RegExp(pattern).test(value) ? 200 : 400, `${name}=${value}`)
    }
  }
})

test('frames of every kind are as described', { timeout }, async (t) => {
  const { starling, description } = await startDescribed(t)
  const stream = await openStream(t, starling.url, '/api/v1/stream?channels=site:*&recent=5&bounds=-10,38,-8,39')
  const frames = () => stream.events.map(({ data }) => JSON.parse(data))
  await until(() => frames().some(({ type }) => type === 'update'), { what: 'recent events' })
  const send = (data) => publish(starling.url, '/api/v1/publish/site:position?key=van-1', data)
  for (const [data, member] of [[{ speed_mps: 3 }, 'patch'], [{ longitude: 0 }, 'remove'], [{ longitude: -9 }, 'set']]) {
    await send(data)
    await until(() => frames().some(({ channels }) => channels?.['site:position']?.[member]), { what: member })
  }
  assert.deepEqual(await starling.end(), { code: 0, signal: null })
  await until(() => stream.ended, { what: 'the stream to end' })
  assert.deepEqual(new Set(frames().map(({ type }) => type)), new Set(['subscribed', 'snapshot', 'update', 'bye']))
  for (const event of stream.events) {
    const described = eventOf(event)
    assert.equal(description.faultsOf(schemaOf('StreamEvent'), described), '', event.data)
    assert.notEqual(description.faultsOf(schemaOf('Frame'), { ...described.data, more: 1 }), '', 'what is wrong is seen')
  }
})

test('what is not described is not there: other methods are 405 with Allow, other paths 404', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const { document, operations } = new Description((await ask(starling.url, '/api/v1/openapi.json')).json())
  const doors = ['/ws'] // nothing is there but for who upgrades: 426
  const isDescribed = (path) => doors.includes(path) || operations.some((one) => new RegExp(`^${one.path.replace(/\{\w+\}/, '[^/]+')}$`).test(path))
  for (const [path, methods] of Object.entries(document.paths)) {
    const allowed = Object.keys(methods).flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]))
    const target = path.replace('{channel}', 'site:position')
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      if (allowed.includes(method)) continue
      const answer = await ask(starling.url, target, { method, headers: { 'Content-Type': json } })
      assert.deepEqual([answer.status, answer.headers.allow, answer.headers['content-type']], [405, allowed.join(', '), 'application/problem+json'], `${method} ${path}`)
    }
    for (const other of [`${target}/`, `${target}/more`, target.slice(0, -1), target.slice(0, target.lastIndexOf('/')), target.toUpperCase()]) {
      if (!/^\/[^/]/.test(other) || isDescribed(other)) continue
      assert.equal((await ask(starling.url, other)).status, 404, other)
    }
  }
  for (const path of ['/api', '/api/v1', '/api/v2/changes', '/openapi.json', '/docs', '/favicon.ico']) assert.equal((await ask(starling.url, path)).status, 404, path)
})

test('docs/PROTOCOL.md, docs/DOORS.md and the description speak of the same routes and parameters', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const { operations } = new Description((await ask(starling.url, '/api/v1/openapi.json')).json())
  const pageOf = (name) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8').split('\n## Not in this version')[0]
  const [protocol, doors] = [pageOf('PROTOCOL.md'), pageOf('DOORS.md')]
  const page = protocol + doors
  const described = new Set(operations.map(({ path }) => path))
  const namedIn = (text) => [...text.matchAll(/`(?:GET |POST )?(\/(?:assets\/\{name\}|api\/v1\/[\w./{}-]+|healthz|readyz|metrics|ws\/broadcast|api\/ws\b))/g)].map(([, path]) => path)
  assert.deepEqual(namedIn(protocol).filter((path) => !described.has(path)), [])
  const named = new Set(['/', '/live', ...namedIn(page)])
  assert.deepEqual([...described].filter((path) => !named.has(path)), [])
  for (const { path, parameters } of operations) {
    for (const { name } of parameters) assert.ok(new RegExp(`[\`?{&]${name}[\`}=]`).test(page), `${path}: ${name} is not in docs/PROTOCOL.md`)
  }
})
