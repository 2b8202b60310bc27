import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boxOf, crowd, grouped, zoomWithoutClusters } from './clusters.js'

const dot = (x: number, y: number) => ({ x, y })
/** Far apart from each other. */
const lonely = Array.from({ length: 100 }, (_, i) => dot(0.001 + i * 0.009, 0.9))

test('everything is drawn, in a cluster or by itself, and once', () => {
  const nodes = Array.from({ length: 5000 }, (_, i) => dot((i * 0.618034) % 1, (i * 0.324718) % 1))
  const { clusters, singles } = grouped(nodes, 3.4)
  const drawn = [...clusters.flatMap(({ members }) => members), ...singles]
  assert.equal(drawn.length, nodes.length)
  assert.equal(new Set(drawn).size, nodes.length)
})

test('a crowd in one square is a cluster at the mean of its places, one less is not', () => {
  const few = Array.from({ length: crowd - 1 }, (_, i) => dot(0.2 + i * 1e-5, 0.2))
  assert.equal(grouped([...lonely, ...few], 6).clusters.length, 0)
  const { clusters } = grouped([...lonely, ...few, dot(0.2 + (crowd - 1) * 1e-5, 0.2)], 6)
  assert.equal(clusters.length, 1)
  assert.equal(clusters[0]!.members.length, crowd)
  assert.equal(grouped([...lonely, ...few, dot(0.2, 0.2), dot(0.2, 0.2)], 6).clusters[0]!.members.length, crowd + 1)
  assert.ok(Math.abs(clusters[0]!.x - (0.2 + (crowd - 1) * 0.5e-5)) < 1e-12)
})

test('from near enough everything is drawn one by one', () => {
  const heap = Array.from({ length: 100 }, () => dot(0.5, 0.5))
  assert.equal(grouped(heap, zoomWithoutClusters - 0.6).clusters.length, 1)
  assert.equal(grouped(heap, zoomWithoutClusters - 0.5).clusters.length, 0)
})

test('zooming within a level changes no cluster', () => {
  const nodes = Array.from({ length: 2000 }, (_, i) => dot((i * 0.618034) % 0.01, (i * 0.324718) % 0.01))
  assert.deepEqual(grouped(nodes, 6.5), grouped(nodes, 7.4))
  assert.notDeepEqual(grouped(nodes, 7.4), grouped(nodes, 7.5))
})

test('the box of a cluster is that of its members', () => {
  assert.deepEqual(boxOf([dot(0.5, 0.5), dot(0.75, 0.5)]), { north: 0, south: 0, west: 0, east: 90 })
})
