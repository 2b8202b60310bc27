// What a mesh says, by HTTP: nodes, where they are, what they measure, what they say; and which of the mesh door's frames tell of whom.
import { publishLines } from './http.mjs'

/** The channels of a mesh without a Meshtastic source that would declare them; only with `offlineAfter` anybody asks who is there. */
export const meshConfig = (offlineAfter) => `${offlineAfter ? `
[[space]]
name = "mesh"
offline_after = "${offlineAfter}"` : ''}
[[channel]]
name = "mesh:message"
kind = "event"
keep = 50
[[channel]]
name = "mesh:raw"
kind = "event"
hidden = true
keep = 0
`

const timed = (line, ms) => (ms === undefined ? line : { ...line, time: new Date(ms).toISOString() })

/** Lines to publish; `ms` is when it was so, by default now. */
export const nodeLine = (key, data, ms) => timed({ channel: 'mesh:node', key, data }, ms)
export const positionLine = (key, [latitude, longitude], data = {}, ms = undefined) =>
  timed({ channel: 'mesh:position', key, op: 'replace', data: { latitude, longitude, ...data } }, ms)
export const telemetryLine = (key, data, ms) => timed({ channel: 'mesh:telemetry', key, data }, ms)
export const messageLine = (key, text, data = {}, ms = undefined) =>
  timed({ channel: 'mesh:message', key, data: { from: key, to: '!ffffffff', channel: 0, text, ...data } }, ms)
export const rawLine = (key, id) =>
  ({ channel: 'mesh:raw', key, data: { id, topic: 'msh/t', payload: 'eA==', timestamp: Date.now(), parsedType: 'position', nodeId: key } })

export const say = (starling, lines) => publishLines(starling.url, lines)

const members = {
  node_update: ['nodes', 'id'], position_update: ['positions', 'nodeId'], telemetry_update: ['telemetry', 'nodeId'],
  message: ['messages', 'fromId'], mqtt_raw: ['packets', 'nodeId'],
}

/** Of whom frames tell, by kind: {node_update: ['!…', …], …, node_status: […]}, each once, sorted. */
export function toldOf(frames) {
  const told = {}
  for (const frame of frames) {
    const [list, id] = members[frame.type] ?? []
    const ids = frame.type === 'node_status' ? [frame.nodeId] : list ? frame[list].map((object) => object[id]) : []
    for (const one of ids) (told[frame.type] ??= new Set()).add(one)
  }
  return Object.fromEntries(Object.entries(told).sort().map(([type, ids]) => [type, [...ids].sort()]))
}

/** The objects of `list` in frames of `type`, in order. */
export const objectsOf = (frames, type) => frames.filter((frame) => frame.type === type).flatMap((frame) => frame[members[type][0]])
