/** The map's objects, of the records of the space `mesh`. Pure; what is of another type than the map takes it for is not known. */
import type { Fields, LiveEvent, Value } from '@starling/client'

import type { MeshMessage, MeshNode, MeshPacket, MeshPosition, MeshTelemetry } from './types.js'

type Values = Fields | undefined

const number = (value: Value | undefined): number | undefined => (typeof value === 'number' ? value : undefined)
const text = (value: Value | undefined): string | undefined => (typeof value === 'string' ? value : undefined)
const whole = (value: Value | undefined): number => (typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : 0)

/** The members that are known: what a type calls optional is not there rather than undefined. */
type Known<Members> = { [Name in keyof Members]?: Exclude<Members[Name], undefined> }
const known = <Members extends object>(members: Members): Known<Members> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Known<Members>

const power = (telemetry: Values): { batteryLevel: number | undefined, voltage: number | undefined } =>
  ({ batteryLevel: number(telemetry?.['battery_percent']), voltage: number(telemetry?.['voltage_v']) })

export function nodeOf(id: string, node: Fields, telemetry: Values, lastHeard: number): MeshNode {
  return {
    id,
    ...known({
      nodeNum: number(node['num']),
      shortName: text(node['short_name']),
      longName: text(node['long_name']),
      hwModel: text(node['hardware']),
      role: text(node['role']) ?? number(node['role']),
    }),
    lastHeard,
    ...known(power(telemetry)),
  }
}

/** Undefined where it has no place. */
export function positionOf(nodeId: string, fields: Fields, timestamp: number): MeshPosition | undefined {
  const latitude = number(fields['latitude']), longitude = number(fields['longitude'])
  if (latitude === undefined || longitude === undefined) return undefined
  return { id: whole(fields['packet_id']), nodeId, latitude, longitude, ...known({ altitude: number(fields['altitude_m']) }), timestamp }
}

export function telemetryOf(nodeId: string, fields: Fields, timestamp: number): MeshTelemetry {
  return {
    id: whole(fields['packet_id']),
    nodeId,
    timestamp,
    ...known({
      ...power(fields),
      channelUtilization: number(fields['channel_utilization_percent']),
      airUtilTx: number(fields['air_utilization_percent']),
      uptime: number(fields['uptime_s']),
      temperature: number(fields['temperature_c']),
    }),
  }
}

/** Who sent it is its key, where it does not say; to whom, everybody. */
export function messageOf({ key, time, data }: LiveEvent): MeshMessage {
  const fromId = text(data['from']) || key || '!00000000', toId = text(data['to']) || '!ffffffff'
  const said = known({ text: text(data['text']) })
  const timestamp = Date.parse(time)
  return {
    id: whole(data['id']),
    fromId,
    toId,
    channel: whole(data['channel']),
    ...said,
    timestamp,
    ...known({ snr: number(data['snr_db']), rssi: number(data['rssi_dbm']), hopsAway: number(data['hops_away']) }),
    from: numberOf(fromId),
    to: numberOf(toId),
    rxTime: Math.floor(timestamp / 1000),
    payload: said,
  }
}

/** Undefined where it lacks something that a packet has. */
export function packetOf({ data }: LiveEvent): MeshPacket | undefined {
  const id = whole(data['id']), timestamp = number(data['timestamp'])
  const topic = text(data['topic']), payload = text(data['payload']), parsedType = text(data['parsedType'])
  if (id === 0 || timestamp === undefined || topic === undefined || payload === undefined || parsedType === undefined) return undefined
  return { id, topic, payload, timestamp, parsedType, ...known({ nodeId: text(data['nodeId']), data: data['data'] }) }
}

/** "!0a1b2c3d" as the number it is. */
const numberOf = (id: string): number => (/^![0-9a-f]{8}$/i.test(id) ? Number.parseInt(id.slice(1), 16) : 0)
