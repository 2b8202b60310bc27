import assert from 'node:assert/strict'
import test from 'node:test'

import type { Query } from './api.js'
import { toQuery, writeAddress, writeParameters } from './query.js'

const since = { epoch: 'e:1', seq: 7, view: 'v' }

test('a name or a list of names is a query', () => {
  assert.deepEqual(toQuery('a:*'), { channels: ['a:*'] })
  assert.deepEqual(toQuery(['a:b', 'a:c']), { channels: ['a:b', 'a:c'] })
  assert.deepEqual(toQuery({ channels: ['a:b'], rate: 1 }), { channels: ['a:b'], rate: 1 })
})

test('as parameters', () => {
  const query: Query = {
    channels: ['a:b', 'c:*'], fields: [], rate: 0, recent: 5, snapshot: false,
    filter: { keys: ['x', 'ÿ&='], bounds: { north: 4, south: 2, east: 3, west: -1.5 }, where: { v: { gt: 1 } }, unlocated: true },
  }
  const address = writeAddress('changes', writeParameters(query) ?? {}, undefined, undefined)
  assert.deepEqual(Object.fromEntries(new URLSearchParams(address.replace('changes?', ''))), {
    channels: 'a:b,c:*', keys: 'x,ÿ&=', bounds: '-1.5,2,3,4', where: '{"v":{"gt":1}}', unlocated: 'true', fields: '', rate: '0', recent: '5', snapshot: 'false',
  })
  const parameters = writeParameters({ channels: ['a:b'] })
  assert.equal(parameters && writeAddress('changes', parameters, since, 30), 'changes?channels=a%3Ab&since=e%3A1%3A7%3Av&wait=30s')
  assert.equal(parameters && writeAddress('stream', parameters, undefined, undefined), 'stream?channels=a%3Ab')
})

test('HTTP has no words for the past, nor for names with commas', () => {
  for (const query of [{ at: 't' }, { replay: { from: 't' } }, { filter: { keys: ['a,b'] } }, { fields: ['a,b'] }]) {
    assert.equal(writeParameters({ channels: ['a:b'], ...query }), undefined)
  }
})
