/**
 * What a field is called and measured in, read off its name: names here end in their unit (`altitude_m`, `battery_percent`), and a record
 * of somebody else's that does the same is shown as well as ours.
 */
import type { Value } from '@starling/client'

import { count, duration, frequency, quantity, unknown } from './format.js'

interface Unit { readonly unit: string, readonly digits: number, readonly factor?: number }

// Longest first: `_dbm` is no `_m`.
const units: readonly (readonly [suffix: string, unit: Unit])[] = [
  ['_percent', { unit: '%', digits: 0 }],
  ['_dbm', { unit: 'dBm', digits: 0 }],
  ['_lux', { unit: 'lx', digits: 0 }],
  ['_mps', { unit: 'km/h', digits: 1, factor: 3.6 }],
  ['_kmh', { unit: 'km/h', digits: 1 }],
  ['_hpa', { unit: 'hPa', digits: 1 }],
  ['_mhz', { unit: 'MHz', digits: 3 }],
  ['_khz', { unit: 'kHz', digits: 1 }],
  ['_deg', { unit: '°', digits: 0 }],
  ['_mah', { unit: 'mAh', digits: 0 }],
  ['_db', { unit: 'dB', digits: 1 }],
  ['_km', { unit: 'km', digits: 2 }],
  ['_ms', { unit: 'ms', digits: 0 }],
  ['_ma', { unit: 'mA', digits: 1 }],
  ['_c', { unit: '°C', digits: 1 }],
  ['_v', { unit: 'V', digits: 2 }],
  ['_m', { unit: 'm', digits: 0 }]
]

const names: Readonly<Record<string, string>> = {
  num: 'Number', long_name: 'Name', short_name: 'Short name', snr_db: 'SNR', rssi_dbm: 'RSSI', packet_id: 'Packet', sats_in_view: 'Satellites',
  channel_utilization_percent: 'Channel use', air_utilization_percent: 'Air time'
}

/** `channel_utilization_percent` → "Channel use", `pump_pressure_hpa` → "Pump pressure". */
export function labelOf(field: string): string {
  const known = Object.hasOwn(names, field) ? names[field] : undefined
  if (known !== undefined) return known
  const words = withoutUnit(field).replaceAll(/[_.-]+/g, ' ').trim()
  return words === '' ? field : words[0]!.toUpperCase() + words.slice(1)
}

/** A value as a person reads it, with its unit. Of lists and objects only the size is said: what is in them is in the raw record. */
export function fieldText(field: string, value: Value | undefined): string {
  if (value === undefined || value === null) return unknown
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string') return value
  if (typeof value === 'number') return numberText(field, value)
  if (Array.isArray(value)) return value.length === 1 ? '1 value' : `${count(value.length)} values`
  const size = Object.keys(value).length
  return size === 1 ? '1 field' : `${count(size)} fields`
}

function numberText(field: string, value: number): string {
  if (field === 'latitude' || field === 'longitude') return `${value.toFixed(6)}°`
  if (field.endsWith('_s')) return duration(value)
  if (field.endsWith('_hz')) return frequency(value)
  const unit = suffixOf(field)?.[1]
  // No unit known: it may be the number of something, which must not be rounded nor grouped.
  if (unit === undefined) return String(Number.isInteger(value) ? value : Number(value.toPrecision(9)))
  const scaled = value * (unit.factor ?? 1)
  // A battery counts whole ones, a share of air time is mostly below one.
  if (unit.unit === '%') return quantity(value, '%', Number.isInteger(value) ? 0 : 1)
  return unit.unit === '°' ? `${quantity(scaled, '', unit.digits)}°` : quantity(scaled, unit.unit, unit.digits)
}

const suffixOf = (field: string) => units.find(([suffix]) => field.endsWith(suffix) && field.length > suffix.length)

function withoutUnit(field: string): string {
  const suffix = suffixOf(field)?.[0] ?? ['_hz', '_s'].find(one => field.endsWith(one) && field.length > one.length)
  return suffix === undefined ? field : field.slice(0, -suffix.length)
}
