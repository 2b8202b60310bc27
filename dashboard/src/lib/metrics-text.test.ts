import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMetrics, sumOf, valueOf } from './metrics-text.js'

const text = `# HELP starling_sessions Viewers' sessions
# TYPE starling_sessions gauge
starling_sessions 12
# HELP starling_source_connected 1 while the source is connected
# TYPE starling_source_connected gauge
starling_source_connected{source="mqtt://127.0.0.1:1883"} 1
starling_source_connected{source="a \\"b\\" \\\\ c\\nd}"} 0
# TYPE starling_http_responses_total counter
starling_http_responses_total{class="2xx"} 30
starling_http_responses_total{class="4xx"} 4
`

test('a family has its help, its type and its samples', () => {
  assert.deepEqual(parseMetrics(text).get('starling_sessions'), { help: 'Viewers\' sessions', type: 'gauge', samples: [{ labels: {}, value: 12 }] })
})

test('labels are found, and what was escaped in them is not any more', () => {
  const metrics = parseMetrics(text)
  assert.equal(valueOf(metrics, 'starling_source_connected', { source: 'mqtt://127.0.0.1:1883' }), 1)
  assert.equal(metrics.get('starling_source_connected')?.samples[1]?.labels['source'], 'a "b" \\ c\nd}')
  assert.equal(valueOf(metrics, 'starling_source_connected', { source: 'nobody' }), undefined)
  assert.equal(valueOf(metrics, 'nothing'), undefined)
})

test('samples can be summed', () => {
  assert.equal(sumOf(parseMetrics(text), 'starling_http_responses_total'), 34)
  assert.equal(sumOf(parseMetrics(text), 'nothing'), undefined)
})

test('all the ways to write a number are read, and a timestamp behind it is not one of them', () => {
  const metrics = parseMetrics('a 1e3\nb -0.5 1395066363000\nc +Inf\nd NaN\ne{x="1"} 7 \n')
  assert.deepEqual(['a', 'b', 'c', 'd', 'e'].map(name => valueOf(metrics, name)), [1000, -0.5, Infinity, NaN, 7])
})

test('a line that is none takes no other along', () => {
  const metrics = parseMetrics('\n# a comment\n{x="1"} 3\nhalf\nwords more words\na 1\n')
  assert.deepEqual([...metrics.keys()], ['a'])
})
