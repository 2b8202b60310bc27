import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMetrics } from './metrics-text.js'
import { deflatedTo, rateOf, shareRatio, sourcesOf, storeOf, systemOf } from './server-facts.js'

const scrape = (atMs: number, text: string) => ({ atMs, metrics: parseMetrics(text) })

test('a rate needs two scrapes of one life of the server', () => {
  const first = scrape(0, 'x{a="1"} 10\nx{a="2"} 20')
  const second = scrape(2000, 'x{a="1"} 14\nx{a="2"} 26')
  assert.equal(rateOf(first, second, 'x'), 5)
  assert.equal(rateOf(undefined, second, 'x'), undefined)
  assert.equal(rateOf(second, scrape(4000, 'x{a="1"} 0'), 'x'), undefined)
  assert.equal(rateOf(first, first, 'x'), undefined)
  assert.equal(rateOf(first, second, 'y'), undefined)
})

test('ratios are not divided by nothing', () => {
  assert.equal(shareRatio(parseMetrics('starling_updates_encoded_total 0\nstarling_updates_sent_total 0')), undefined)
  assert.equal(shareRatio(parseMetrics('starling_updates_encoded_total 4\nstarling_updates_sent_total 1000')), 250)
  assert.equal(shareRatio(parseMetrics('')), undefined)
  assert.equal(deflatedTo(parseMetrics('starling_deflated_bytes_before_total 200\nstarling_deflated_bytes_after_total 50')), 0.25)
  assert.equal(deflatedTo(parseMetrics('starling_deflated_bytes_before_total 0\nstarling_deflated_bytes_after_total 0')), undefined)
})

test('a source has its counters by its name', () => {
  const metrics = parseMetrics('starling_source_connected{source="a"} 1\nstarling_source_connected{source="b"} 0\nstarling_source_payloads_total{source="b"} 7\nstarling_source_payloads_total{source="a"} 9')
  assert.deepEqual(sourcesOf(metrics).map(({ name, isConnected, payloads }) => [name, isConnected, payloads]), [['a', true, 9], ['b', false, 7]])
  assert.deepEqual(sourcesOf(parseMetrics('')), [])
})

test('a server without a store has none, and one that cannot write says why', () => {
  assert.equal(storeOf({ status: 'ok' }), undefined)
  assert.deepEqual(storeOf({ status: 'ok', store: { status: 'ok', written: 41, waiting_batches: 0 } }), { isDegraded: false, cause: undefined, written: 41, waitingBatches: 0 })
  assert.deepEqual(storeOf({ status: 'degraded', store: { status: 'degraded', cause: 'disk full', written: 41, waiting_batches: 9 } }),
    { isDegraded: true, cause: 'disk full', written: 41, waitingBatches: 9 })
})

test('what is no status says nothing, without an exception', () => {
  for (const nothing of [undefined, null, 'x', [], { server: 7, sources: 'x' }]) assert.deepEqual(systemOf(nothing), { version: undefined, epoch: undefined, uptimeS: undefined, overall: undefined, errors: new Map() })
  const facts = systemOf({ overall_status: 'healthy', server: { version: '0.1.0', epoch: 'e1', uptime_s: 60 }, sources: [{ name: 'a' }, { name: 'b', last_error: 'refused' }] })
  assert.deepEqual(facts, { version: '0.1.0', epoch: 'e1', uptimeS: 60, overall: 'healthy', errors: new Map([['b', 'refused']]) })
})
