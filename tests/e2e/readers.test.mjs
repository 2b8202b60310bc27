// The same state over HTTP: long polls and Server-Sent Events, by `curl`, `node:http`, `fetch` and a real Chromium, on lines that are cut.
import assert from 'node:assert/strict'
import test from 'node:test'

import { openBrowser } from './support/browser.mjs'
import { ask, keepAlive, metric, post, publish, publishLines, stateOf } from './support/http.mjs'
import { curl, cuttingLine, Events, makeReading, openStream } from './support/reading.mjs'
import { startStarling } from './support/starling.mjs'
import { elapse, until } from './support/until.mjs'
import { Viewer } from './support/viewer.mjs'

const timeout = 60_000
const changes = (parameters) => `/api/v1/changes?${new URLSearchParams(parameters)}`
const stream = (parameters) => `/api/v1/stream?${new URLSearchParams(parameters)}`

test('curl polls: the snapshot and a cursor, then what differs, then nothing and the moved cursor', { timeout }, async (t) => {
  const starling = await startStarling(t)
  await publish(starling.url, '/api/v1/publish/site:state?key=a', '{"t":21.50}')
  const poll = async (parameters) => {
    const program = curl(t, starling.url + changes({ channels: 'site:state', ...parameters }))
    await until(() => program.exit, { what: 'curl to end' })
    assert.equal(program.exit.code, 0, program.stderr)
    return { text: program.stdout, ...JSON.parse(program.stdout) }
  }
  const first = await poll({})
  assert.deepEqual(first.frames.map(({ type, id }) => [type, id]), [['subscribed', 1], ['snapshot', 1]])
  assert.ok(first.text.includes('{"a":{"t":21.50}}'), 'values keep their text')
  assert.match(first.since, /^[0-9a-f]+:1:q[0-9a-f]+$/)

  await publish(starling.url, '/api/v1/publish/site:state?key=a', { t: 22 })
  const second = await poll({ since: first.since })
  assert.deepEqual(second.frames, [{ type: 'update', id: 1, seq: 2, channels: { 'site:state': { patch: { a: { t: 22 } } } } }])

  await publish(starling.url, '/api/v1/publish/other:state?key=a', { t: 22 })
  const third = await poll({ since: second.since, wait: '300ms' })
  assert.deepEqual(third.frames, [])
  assert.equal(third.since, second.since.replace(':2:', ':3:'))
})

test('a poll that waits is answered by the news, and its connection serves the next', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const agent = keepAlive(t)
  const { since } = (await ask(starling.url, changes({ channels: 'site:state', wait: '0s' }), { agent })).json()
  const waiting = ask(starling.url, changes({ channels: 'site:state', since, wait: '30s' }), { agent })
  await elapse(200)
  const startedAt = performance.now()
  await post(starling.url, '/api/v1/publish/site:state?key=a', { v: 1 })
  const answer = await waiting
  assert.ok(performance.now() - startedAt < 15_000) // and not at the end of its wait
  assert.equal(answer.headers['cache-control'], 'no-store')
  assert.deepEqual(answer.json().frames.map(({ channels }) => channels), [{ 'site:state': { set: { a: { v: 1 } } } }])
  const last = (await ask(starling.url, changes({ channels: 'site:state', since: answer.json().since, wait: '0s' }), { agent })).json()
  assert.deepEqual(last, { frames: [], since: answer.json().since })
  assert.equal(Object.values(agent.freeSockets).flat().length, 1, 'one connection was enough')
})

test('curl reads a stream, is killed, and goes on where it was by Last-Event-ID', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: '[server]\nshards = 2' })
  await publish(starling.url, '/api/v1/publish/site:state?key=a', { v: 1 })
  const url = starling.url + stream({ channels: 'site:*' })
  const framesOf = (program) => new Events().take(program.stdout).map(({ data, id }) => ({ ...JSON.parse(data), cursor: id }))

  const one = curl(t, url)
  await until(() => framesOf(one).length === 2, { what: 'the snapshot' })
  await publish(starling.url, '/api/v1/publish/site:state?key=a', { v: 2 })
  await until(() => framesOf(one).length === 3, { what: 'the update' })
  const frames = framesOf(one)
  assert.deepEqual(frames.map(({ type }) => type), ['subscribed', 'snapshot', 'update'])
  assert.equal(frames[0].cursor, undefined)
  const [epoch, seq, view] = frames[2].cursor.split(':')
  assert.deepEqual([seq, view], ['2', frames[0].view])
  assert.ok(epoch)
  await one.end('SIGKILL')

  await publish(starling.url, '/api/v1/publish/site:state?key=b', { v: 3 })
  const other = curl(t, url, '--header', `Last-Event-ID: ${frames[2].cursor}`)
  await until(() => framesOf(other).length === 2, { what: 'what it missed' })
  assert.deepEqual(framesOf(other).map(({ type, resumed, channels }) => [type, resumed, channels]),
    [['subscribed', true, undefined], ['update', undefined, { 'site:state': { set: { b: { v: 3 } } } }]])
})

test('what is asked is what is shown: bounds, keys, fields, where, recent, and events alone', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: '[[channel]]\nname = "fleet:note"\nkind = "event"\n' })
  await publishLines(starling.url, [
    { channel: 'fleet:position', key: 'in', data: { latitude: 1, longitude: 1, name: 'in' } },
    { channel: 'fleet:position', key: 'out', data: { latitude: 50, longitude: 1, name: 'out' } },
    { channel: 'fleet:note', key: 'in', data: { text: 'one' } }, { channel: 'fleet:note', key: 'in', data: { text: 'two' } },
  ])
  const read = async (parameters) => {
    const answer = await ask(starling.url, changes({ wait: '0s', ...parameters }))
    assert.equal(answer.status, 200, answer.text)
    return answer.json().frames
  }
  const position = (frames) => frames[1].channels['fleet:position']
  assert.deepEqual(position(await read({ channels: 'fleet:position', bounds: '0,0,2,2', fields: 'name' })), { in: { name: 'in' } })
  assert.deepEqual(Object.keys(position(await read({ channels: 'fleet:position', keys: 'out,none' }))), ['out'])
  assert.deepEqual(Object.keys(position(await read({ channels: 'fleet:position', where: '{"latitude":{"gt":10}}' }))), ['out'])
  const recent = await read({ channels: 'fleet:*', recent: '1' })
  assert.deepEqual(recent.map(({ type }) => type), ['subscribed', 'snapshot', 'update'])
  assert.deepEqual(recent[2].channels['fleet:note'].events.map(({ data }) => data), [{ text: 'two' }])
  assert.deepEqual((await read({ channels: 'fleet:note', snapshot: 'false' })).map(({ type }) => type), ['subscribed'])

  for (const [path, status, code, field] of [
    [changes({}), 400, 'bad_message', 'channels'], [stream({ channels: 'x' }), 400, 'bad_channel', 'channels'],
    [changes({ channels: 'a:b', wait: '61s' }), 400, 'bad_message', 'wait'], [changes({ channels: 'a:b', since: 'x' }), 400, 'bad_message', 'since'],
    [stream({ channels: 'a:b', bounds: '1,2,3' }), 400, 'bad_filter', 'bounds'], [stream({ channels: 'a:b', at: 'then' }), 503, 'unavailable', 'at'],
  ]) {
    const refused = await ask(starling.url, path)
    assert.deepEqual([refused.status, refused.headers['content-type'], refused.json().code, refused.json().field], [status, 'application/problem+json', code, field], path)
  }
  assert.equal((await ask(starling.url, stream({ channels: 'a:b' }), { method: 'DELETE', headers: { 'Content-Type': 'application/json' } })).status, 405)
  assert.equal((await ask(starling.url, stream({ channels: 'a:b' }), { method: 'HEAD' })).headers['content-type'], 'text/event-stream')
})

test('a stream that is not read costs its cursor: it catches up in one update, and the others wait for nobody', { timeout }, async (t) => {
  const starling = await startStarling(t)
  const reading = makeReading()
  const slow = await openStream(t, starling.url, stream({ channels: 'site:state' }), { take: (frame) => reading.take(frame) })
  await until(() => reading.seq !== undefined, { what: 'the snapshot' })
  slow.response.pause()
  const text = 'x'.repeat(2_000)
  for (let round = 0; round < 60; ++round) {
    await publishLines(starling.url, Array.from({ length: 100 }, (_, n) => ({ channel: 'site:state', key: `k${n}`, data: { round, text: `${text}${round}` } })))
  }
  const before = reading.frames
  slow.response.resume()
  const records = () => Object.values(reading.channels['site:state'] ?? {})
  await until(() => records().length === 100 && records().every(({ round }) => round === 59), { what: 'the newest state' })
  assert.deepEqual(reading.channels['site:state'], await stateOf(starling.url, 'site:state'))
  assert.ok(reading.frames - before < 60, `${reading.frames - before} frames for 60 rounds`)
})

test('SIGTERM: a stream is told when to come back and ends whole, and a poll that waits is answered', { timeout }, async (t) => {
  const starling = await startStarling(t, { config: '[server]\ndrain_spread = "2s"' })
  const open = await openStream(t, starling.url, stream({ channels: 'site:*' }))
  const { since } = (await ask(starling.url, changes({ channels: 'site:*', wait: '0s' }))).json()
  const waiting = ask(starling.url, changes({ channels: 'site:*', since, wait: '60s' }))
  await until(() => open.events.length >= 2, { what: 'the stream to begin' })
  await until(async () => await metric(starling.url, 'starling_readings') === 2, { what: 'the poll to wait' })
  assert.deepEqual(await starling.end(), { code: 0, signal: null }, starling.stderr)
  await until(() => open.ended, { what: 'the stream to end' })
  assert.equal(open.ended, 'whole')
  const { data, retry } = open.events.at(-1)
  const bye = JSON.parse(data)
  assert.deepEqual([bye.type, bye.reason, String(bye.reconnect_ms)], ['bye', 'restart', retry])
  assert.ok(bye.reconnect_ms < 2_000)
  assert.deepEqual((await waiting).json(), { frames: [], since })
})

/** Publishes changes, removals and events of 40 keys until it is told to stop: {stop()}. */
function startFleet(base) {
  let isStopped = false
  const done = (async () => {
    for (let n = 0; !isStopped; ++n) {
      const lines = Array.from({ length: 5 }, (_, i) => {
        const key = `k${(n * 7 + i * 3) % 40}`
        if ((n + i) % 11 === 0) return { channel: 'fleet:position', key, op: 'remove' }
        if ((n + i) % 13 === 0) return { channel: 'fleet:note', key, data: { n } }
        return { channel: 'fleet:position', key, data: { latitude: (n % 20) - 10, longitude: i, n, [`f${n % 3}`]: n } }
      })
      assert.equal((await publishLines(base, lines)).status, 200)
      await elapse(15)
    }
  })()
  return { stop: async () => { isStopped = true; await done } }
}

test('over a run with cuts, streams and polls end with the state that /live has', { timeout: 120_000 }, async (t) => {
  const starling = await startStarling(t, { config: '[server]\nshards = 2\n[[channel]]\nname = "fleet:note"\nkind = "event"\n' })
  const asked = { channels: 'fleet:*', bounds: '-10,-5,10,8' }
  const viewer = await Viewer.open(t, starling.url)
  await viewer.subscribe(['fleet:*'], { filter: { bounds: { west: -10, south: -5, east: 10, north: 8 } } })
  const line = await cuttingLine(t, starling.port)
  const { page } = await openBrowser(t, line.url)
  // In the page: an EventSource, which the browser takes up again by itself, and polls by fetch.
  await page.evaluate(`{
    const makeReading = ${makeReading}
    window.streamed = makeReading()
    window.polled = makeReading()
    window.opened = 0
    const source = new EventSource(${JSON.stringify(stream(asked))})
    source.onopen = () => { window.opened++ }
    source.onerror = () => { window.streamed.cut() }
    source.onmessage = ({ data, lastEventId }) => {
      const frame = JSON.parse(data)
      if (window.streamed.take(frame) && lastEventId.split(':')[1] !== String(frame.seq)) window.streamed.wrong = [lastEventId, frame.seq]
    }
    const poll = async () => {
      let since = ''
      for (;;) {
        try {
          const answer = await (await fetch(${JSON.stringify(changes({ ...asked, wait: '5s' }))} + (since && '&since=' + since))).json()
          for (const frame of answer.frames) window.polled.take(frame)
          since = answer.since
        } catch {
          window.polled.cuts = (window.polled.cuts ?? 0) + 1
          await new Promise((resolve) => { setTimeout(resolve, 20) })
        }
      }
    }
    void poll() // without end: nobody waits for it
  }`)

  const streamed = makeReading()
  let streamOpen = null
  let streams = 0
  let lastEventId = ''
  const reopen = async () => {
    streamed.cut()
    streamOpen = await openStream(t, line.url, stream(asked), {
      lastEventId, take: (frame, { id }) => { streamed.take(frame); if (id) lastEventId = id },
    }).catch(() => null)
    streams += streamOpen !== null
  }
  const curled = makeReading()
  let cuts = 0
  let since = ''
  let isOver = false
  const polls = (async () => {
    while (!isOver) {
      const program = curl(t, line.url + changes({ ...asked, wait: '2s', ...(since && { since }) }))
      await until(() => program.exit, { what: 'curl to end', withinMs: 20_000 })
      if (program.exit.code !== 0) {
        cuts++
        continue
      }
      const answer = JSON.parse(program.stdout)
      answer.frames.forEach((frame) => curled.take(frame))
      since = answer.since
    }
  })()

  const fleet = startFleet(starling.url)
  const of = (name) => page.evaluate((all) => { const { channels, wrong, resumed, begun, cuts, seq } = window[all]; return { channels, wrong, resumed, begun, cuts, seq } }, name)
  await reopen()
  await until(async () => [streamed, curled, await of('streamed'), await of('polled')].every(({ seq }) => seq !== undefined), { what: 'a snapshot each', withinMs: 20_000, everyMs: 50 })
  // Until lines were cut, and taken up again. A browser asks again by itself where a connection that it kept is gone: of fetch not every cut is seen.
  const areCut = async () => streamed.resumed >= 3 && (await of('streamed')).resumed >= 1 && cuts >= 1
  const until15s = performance.now() + 15_000
  while (performance.now() < until15s || !await areCut()) {
    await elapse(Math.random() * 700)
    if (Math.random() < 0.5) line.cut()
    if (Math.random() < 0.3) streamOpen?.cut()
    await elapse(20)
    if (streamOpen === null || streamOpen.ended || streamOpen.response.destroyed) await reopen()
  }
  await fleet.stop()
  if (streamOpen === null || streamOpen.ended || streamOpen.response.destroyed) await reopen()

  const records = viewer.records('fleet:position')
  const isSame = (channels) => { try { assert.deepEqual(channels['fleet:position'] ?? {}, records); return true } catch { return false } }
  const last = { channel: 'fleet:position', key: 'last', data: { latitude: 0, longitude: 0, n: -1 } }
  await publishLines(starling.url, [last])
  await until(() => records.last?.n === -1, { what: '/live to have the last' })
  await until(() => isSame(streamed.channels), { what: () => `the stream to hold what /live does; ${JSON.stringify(streamed.channels)}` })
  await until(() => isSame(curled.channels), { what: () => `curl to hold what /live does; ${JSON.stringify(curled.channels)}` })
  await until(async () => isSame((await of('streamed')).channels), { what: 'the EventSource to hold what /live does', withinMs: 15_000, everyMs: 50 })
  await until(async () => isSame((await of('polled')).channels), { what: 'fetch to hold what /live does', withinMs: 15_000, everyMs: 50 })
  isOver = true
  await polls

  const [inPage, byFetch] = [await of('streamed'), await of('polled')]
  t.diagnostic(`node: ${streams} streams, ${streamed.resumed} resumed, ${streamed.begun} begun; EventSource: ${inPage.resumed} resumed, ${inPage.begun} begun; ` +
    `fetch: ${byFetch.cuts} cuts, ${byFetch.begun} begun; curl: ${cuts} cuts, ${curled.begun} begun; ${Object.keys(records).length} records`)
  assert.equal(inPage.wrong, undefined)
  // Once, and once more where the very first snapshot was cut.
  assert.ok([streamed, inPage, curled].every(({ begun }) => begun <= 2), 'nobody had to begin anew')
  assert.equal(new Set(streamed.events).size, streamed.events.length, 'no event came twice')
})
