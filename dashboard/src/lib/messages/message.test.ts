import assert from 'node:assert/strict'
import test from 'node:test'

import { dataOf, everybody, faultOf, messageOf, textBytes, textBytesMax } from './message.js'

const time = '2026-11-22T10:00:00.000Z'

test('a message of the mesh is read whole', () => {
  assert.deepEqual(messageOf({ key: '!a', time, data: { from: '!b', to: '!c', channel: 2, text: 'hi', id: 7, snr_db: -3.5, rssi_dbm: -99, hops_away: 2 } }), {
    id: `${Date.parse(time)} 7 !b hi`, from: '!b', to: '!c', channel: '2', text: 'hi', timeMs: Date.parse(time), snrDb: -3.5, rssiDbm: -99, hops: 2, packet: 7
  })
})

test('what it does not say is what it must be', () => {
  const message = messageOf({ key: '!a', time, data: { text: '' } })
  assert.equal(message?.from, '!a')
  assert.equal(message.to, everybody)
  assert.equal(message.channel, '0')
  assert.equal(message.hops, undefined)
})

test('what has no text or no time is no message', () => {
  for (const said of [{ time, data: {} }, { time, data: { text: 5 } }, { time: 'noon', data: { text: 'hi' } }]) assert.equal(messageOf(said), undefined)
})

test('what is sent reads back as what was written', () => {
  const draft = { from: 'desk', to: everybody, channel: '3', text: 'hi', packet: 12 }
  assert.deepEqual(dataOf(draft), { from: 'desk', to: everybody, channel: 3, text: 'hi', id: 12 })
  const read = messageOf({ time, data: dataOf(draft) })
  assert.deepEqual([read?.from, read?.to, read?.channel, read?.text, read?.packet], ['desk', everybody, '3', 'hi', 12])
  assert.equal(dataOf({ ...draft, channel: 'ops' })['channel'], 'ops')
})

test('a text is counted in bytes of UTF-8, at one below, at, and one above what a mesh carries', () => {
  assert.equal(textBytes('aé€😀'), 1 + 2 + 3 + 4)
  for (const [text, fault] of [
    ['', 'There is nothing to send.'], [' \n', 'There is nothing to send.'], ['x'.repeat(textBytesMax - 1), undefined], ['x'.repeat(textBytesMax), undefined],
    ['x'.repeat(textBytesMax + 1), 'This is 1 byte too long.'], ['é'.repeat(119), 'This is 1 byte too long.'], ['é'.repeat(118), undefined], ['😀'.repeat(60), 'This is 3 bytes too long.']
  ] as const) assert.equal(faultOf(text), fault)
})
