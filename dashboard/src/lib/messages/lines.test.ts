import assert from 'node:assert/strict'
import test from 'node:test'

import type { Entry } from './conversation.js'
import { choicesOf, linesOf, nothingFiltered, withChosen } from './lines.js'
import { everybody, type Message } from './message.js'

let count = 0
const message = (minute: number, text: string, more: Partial<Message> = {}): Entry => {
  const id = String(count++)
  return { type: 'message', id, message: { id, from: '!a', to: everybody, channel: '0', text, timeMs: minute * 60_000, snrDb: undefined, rssiDbm: undefined, hops: undefined, packet: undefined, ...more } }
}
const gap: Entry = { type: 'gap', id: 'gap 1' }
const names: Record<string, string> = { '!a': 'Ána', '!b': 'Bob' }
const nameOf = (key: string) => names[key] ?? key
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)
const read = (entries: Entry[], filter = {}) => linesOf(entries, { ...nothingFiltered, ...filter }, nameOf, dayOf)
  .map(line => (line.type === 'message' ? `${line.isContinued ? '+' : ''}${line.message.text}` : line.type))

test('a sender is named again after five minutes, after another, and to others', () => {
  assert.deepEqual(read([message(0, 'a'), message(4, 'b'), message(9, 'c'), message(10, 'd', { from: '!b' }), message(11, 'e', { from: '!b', to: '!a' }), message(12, 'f', { from: '!b', to: '!a', channel: '1' }),
    message(13, 'g', { from: '!b', to: '!a', channel: '1' })]), ['day', 'a', '+b', 'c', 'd', 'e', 'f', '+g'])
})

test('a day begins with its name, and a gap is shown whatever is filtered', () => {
  const entries = [message(1439, 'late'), message(1440, 'early'), gap, message(1441, 'after')]
  assert.deepEqual(read(entries), ['day', 'late', 'day', 'early', 'gap', 'after'])
  assert.deepEqual(read(entries, { search: 'nothing' }), ['gap'])
})

test('the filter is by channel, by who says it or is told, and by words of text and name', () => {
  const entries = [message(0, 'Hello there'), message(1, 'yes', { from: '!b', to: '!a' }), message(2, 'no', { from: '!b', channel: '2' })]
  for (const [filter, texts] of [
    [{ channel: '2' }, ['no']], [{ node: '!a' }, ['Hello there', 'yes']], [{ node: '!b' }, ['yes', 'no']], [{ search: 'HELLO' }, ['Hello there']], [{ search: 'ana there' }, ['Hello there']], [{ search: '!b no' }, ['no']],
    [{ channel: '2', node: '!a' }, []]
  ] as const) assert.deepEqual(read(entries, filter).filter(line => line !== 'day').map(line => line.replace('+', '')), texts, JSON.stringify(filter))
})

test('chosen is among what there is, by what it is called', () => {
  assert.deepEqual(choicesOf([message(0, 'x', { from: '!b', to: '!z', channel: '10' }), gap, message(0, 'y', { channel: '2' })], nameOf), { channels: ['2', '10'], nodes: ['!z', '!a', '!b'] })
})

test('what is chosen can still be chosen when nothing of it is left', () => {
  for (const [chosen, all] of [['!a', ['!a', '!b']], ['!c', ['!a', '!b', '!c']], ['', ['!a', '!b']]] as const) assert.deepEqual(withChosen(['!a', '!b'], chosen), all)
})
