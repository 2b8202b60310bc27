import assert from 'node:assert/strict'
import test from 'node:test'

import { HistoryFill, historyPath, requestsAtOnce, rowsIn, samplesOf, wishesMax, type Answer, type Wish } from './history-fill.js'

const wish = (key: string, channel = 'mesh:telemetry'): Wish => ({ channel, key, metric: 'battery' })
const row = (time: string, battery_percent: number) => ({ kind: 'set', time, record: { battery_percent } })
const turn = () => new Promise<void>(resolve => { setImmediate(resolve) })

/** A fill whose requests wait until they are answered. */
function waitingFill() {
  const asked: string[] = []
  const found: string[] = []
  const answers = new Map<string, (answer: Answer) => void>()
  const fill = new HistoryFill(one => {
    asked.push(one.key)
    return new Promise(resolve => { answers.set(one.key, resolve) })
  }, (one, samples) => found.push(`${one.key} ${samples.length}`))
  const answer = async (key: string, what: Answer) => {
    answers.get(key)?.(what)
    await turn()
  }
  return { fill, asked, found, answer }
}

test('two are asked for at once, the newest wish first, and none twice', async () => {
  const { fill, asked, found, answer } = waitingFill()
  fill.want([wish('a'), wish('b'), wish('c')])
  fill.want([wish('c'), wish('d')])
  assert.deepEqual(asked, ['c', 'b'])
  await answer('b', { rows: [row('2026-11-22T10:00:00Z', 5)] })
  await answer('d', { rows: [] })
  assert.deepEqual(asked, ['c', 'b', 'd', 'a'])
  assert.deepEqual(found, ['b 1', 'd 0'])
  fill.want([wish('a'), wish('b')])
  assert.equal(asked.length, 4)
})

test('a channel without history is asked once, one that could not be read again', async () => {
  const { fill, asked, answer } = waitingFill()
  fill.want([wish('a')])
  await answer('a', 'later')
  fill.want([wish('a')])
  assert.deepEqual(asked, ['a', 'a'])
  await answer('a', 'none')
  fill.want([wish('b'), wish('x', 'mesh:message')])
  assert.deepEqual(asked, ['a', 'a', 'x'])
})

test('a request that fails is one that may be made again', async () => {
  let count = 0
  const fill = new HistoryFill(() => { count++; return Promise.reject(new Error('no network')) }, () => assert.fail())
  fill.want([wish('a')])
  await turn()
  fill.want([wish('a')])
  assert.equal(count, 2)
})

test('after a reset old answers are not told, and the same may be asked', async () => {
  const { fill, asked, found, answer } = waitingFill()
  fill.want([wish('a')])
  fill.reset()
  await answer('a', { rows: [row('2026-11-22T10:00:00Z', 5)] })
  fill.want([wish('a')])
  assert.deepEqual(asked, ['a', 'a'])
  assert.deepEqual(found, [])
})

test('at one below, at, and one above the bound the oldest wishes are given up, and may be wished again', async () => {
  for (const [wishes, isGivenUp] of [[wishesMax - 1, false], [wishesMax, false], [wishesMax + 1, true]] as const) {
    const { fill, asked, answer } = waitingFill()
    const running = Array.from({ length: requestsAtOnce }, (_, index) => `running ${index}`)
    fill.want(running.map(key => wish(key)))
    fill.want(Array.from({ length: wishes }, (_, index) => wish(String(index))))
    assert.equal(asked.length, requestsAtOnce)
    for (let index = 0; index < asked.length; index++) await answer(asked[index]!, { rows: [] })
    assert.equal(asked.length, requestsAtOnce + Math.min(wishes, wishesMax))
    assert.equal(asked.includes('0'), !isGivenUp, `${wishes} wishes`)
    fill.want([wish('0')])
    assert.ok(asked.includes('0'))
  }
})

test('measurements come of records and of events, those without a value are none', () => {
  assert.deepEqual(samplesOf([
    row('2026-11-22T10:00:00.500Z', 5), { kind: 'removed', time: '2026-11-22T10:00:01Z' }, { kind: 'event', time: '2026-11-22T10:00:02Z', data: { battery_level: 6 } },
    { kind: 'set', time: 'never', record: { battery_percent: 7 } }
  ], 'battery'), [{ timeMs: Date.UTC(2026, 10, 22, 10, 0, 0, 500), value: 5 }, { timeMs: Date.UTC(2026, 10, 22, 10, 0, 2), value: 6 }])
})

test('what is asked is six hours up to the time shown', () => {
  assert.equal(historyPath(wish('!a b', 'mesh:telemetry'), Date.UTC(2026, 10, 22, 10)),
    'api/v1/history/mesh%3Atelemetry?key=%21a+b&from=2026-11-22T04%3A00%3A00.000Z&to=2026-11-22T10%3A00%3A00.000Z&limit=2000')
})

test('what is no answer has no rows', () => {
  for (const body of [null, 1, [], {}, { rows: 1 }, { rows: [1, {}, { kind: 'set', time: 'x', record: 4 }] }]) assert.deepEqual(rowsIn(body), [])
  assert.equal(rowsIn({ rows: [row('2026-11-22T10:00:00Z', 5)] }).length, 1)
})
