import assert from 'node:assert/strict'
import test from 'node:test'

import { earlierThan, enough, pagesMax } from './earlier.js'

const nowMs = Date.UTC(2026, 10, 22, 12)
const isKnown = () => false

/** A server that kept one message at each of `minutesAgo`; `asked` is how long each request looked back, in minutes. */
function server(minutesAgo: readonly number[], limit = 500) {
  const asked: number[] = []
  const ask = (path: string) => {
    const query = new URL(path, 'http://x/').searchParams
    const from = Date.parse(query.get('from')!)
    const to = Date.parse(query.get('to')!)
    asked.push((to - 1 - from) / 60_000)
    const times = minutesAgo.map(minute => nowMs - minute * 60_000).filter(ms => ms >= from && ms < to).sort((a, b) => a - b)
    const start = Number(query.get('cursor') ?? 0)
    const rows = times.slice(start, start + limit).map(ms => ({ kind: 'event', time: new Date(ms).toISOString(), data: { text: 'hi' } }))
    return Promise.resolve({ rows: [{ kind: 'gap', time: 'x', after: 1 }, ...rows], cursor: String(start + limit), more: start + limit < times.length })
  }
  return { ask, asked }
}

test('it looks further back until there is enough', async () => {
  const { ask, asked } = server(Array.from({ length: 100 }, (_, index) => index + 1))
  const { said, isAll } = await earlierThan('mesh:message', nowMs, isKnown, ask)
  assert.deepEqual(asked, [15, 120])
  assert.equal(said.length, enough)
  assert.equal(said.at(-1)?.time, new Date(nowMs - 60_000).toISOString())
  assert.equal(isAll, false)
})

test('where there are few, they are all', async () => {
  const { ask, asked } = server([5, 2000])
  const { said, isAll } = await earlierThan('mesh:message', nowMs, isKnown, ask)
  assert.equal(said.length, 2)
  assert.equal(isAll, true)
  assert.equal(asked.length, 4)
})

test('pages are gone through, and what is too long to go through is left', async () => {
  const pages = server(Array.from({ length: 25 }, (_, index) => 30 + index), 10)
  assert.equal((await earlierThan('mesh:message', nowMs, isKnown, pages.ask)).said.length, 25)
  const flood = server([...Array.from({ length: 5 }, () => 1), ...Array.from({ length: 200 }, () => 60)], 10)
  const { said, isAll } = await earlierThan('mesh:message', nowMs, isKnown, flood.ask)
  assert.deepEqual([said.length, isAll], [5, false])
})

test('what cannot be read is for who asked', async () => {
  await assert.rejects(earlierThan('mesh:message', nowMs, isKnown, () => Promise.reject(new Error('no history'))), /no history/)
  assert.deepEqual(await earlierThan('mesh:message', nowMs, isKnown, () => Promise.resolve(null)), { said: [], isAll: false })
})

test('of one moment those come that are not known yet', async () => {
  const { ask } = server([0, 1])
  const last = new Date(nowMs).toISOString()
  assert.deepEqual((await earlierThan('mesh:message', nowMs, () => false, ask)).said.map(({ time }) => time).at(-1), last)
  assert.equal((await earlierThan('mesh:message', nowMs, ({ time }) => time === last, ask)).said.length, 1)
})

test('at one below, at, and one above the bound of pages a span is gone through, or left', async () => {
  for (const [pages, isRead] of [[pagesMax - 1, true], [pagesMax, true], [pagesMax + 1, false]] as const) {
    // One a page, all of them in the shortest span.
    const { ask } = server(Array.from({ length: pages }, (_, index) => 1 + index), 1)
    assert.equal((await earlierThan('mesh:message', nowMs, isKnown, ask)).said.length, isRead ? pages : 0, `${pages} pages`)
  }
})

test('at one below, at, and one above enough it looks further back, or does not', async () => {
  for (const [count, spans, said] of [[enough - 1, 4, enough - 1], [enough, 1, enough], [enough + 1, 1, enough]] as const) {
    const { ask, asked } = server(Array.from({ length: count }, (_, index) => index / 10))
    assert.deepEqual([(await earlierThan('mesh:message', nowMs, isKnown, ask)).said.length, asked.length], [said, spans])
  }
})
