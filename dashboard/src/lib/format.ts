/** Numbers and times as people read them. Every number has its unit; what is not known is an en dash. */

export const unknown = '–'

const figures = new Map<number, Intl.NumberFormat>()
function figure(value: number, digits: number): string {
  let format = figures.get(digits)
  if (!format) figures.set(digits, format = new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }))
  return format.format(value)
}

/** With so many decimals, and its unit after a space that does not break: `12.5 dB`. */
export function quantity(value: unknown, unit: string, digits = 0): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) return unknown
  return unit === '' ? figure(value, digits) : `${figure(value, digits)}\u00a0${unit}`
}

/** `1,234,567` */
export const count = (value: unknown): string => quantity(value, '')

/** `512 B`, `1.5 KiB`, `20 MiB` */
export function bytes(value: unknown): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) return unknown
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let scaled = value
  let unit = 0
  while (Math.abs(scaled) >= 1024 && unit < units.length - 1) { scaled /= 1024; unit++ }
  return quantity(scaled, units[unit] ?? '', unit === 0 || Math.abs(scaled) >= 10 ? 0 : 1)
}

/** `now`, `12 s`, `5 min`, `3 h`, `2 d`: how long ago, from two times in milliseconds. */
export function age(thenMs: number | undefined, nowMs: number): string {
  if (thenMs === undefined || !Number.isFinite(thenMs)) return unknown
  const seconds = Math.floor((nowMs - thenMs) / 1000)
  if (seconds < 1) return 'now'
  return duration(seconds)
}

/** The same as part of a sentence: `now`, `12 s ago`. */
export function ago(thenMs: number | undefined, nowMs: number): string {
  const text = age(thenMs, nowMs)
  return text === 'now' || text === unknown ? text : `${text} ago`
}

/** The largest unit of a span: `59 s`, `59 min`, `47 h`, `12 d`. */
export function duration(seconds: unknown): string {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return unknown
  if (seconds < 60) return quantity(Math.floor(seconds), 's')
  if (seconds < 3600) return quantity(Math.floor(seconds / 60), 'min')
  if (seconds < 48 * 3600) return quantity(Math.floor(seconds / 3600), 'h')
  return quantity(Math.floor(seconds / 86_400), 'd')
}

/** Milliseconds since 1970 of an RFC 3339 time; undefined for what is none. */
export function timeOf(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}

const clockFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })

/** `14:03:59`, in the reader's zone */
export const clockTime = (ms: number | undefined): string => (ms === undefined ? unknown : clockFormat.format(ms))

/** `22 Nov 14:03:59`, in the reader's zone */
export const dayTime = (ms: number | undefined): string => (ms === undefined ? unknown : `${dayFormat.format(ms)} ${clockFormat.format(ms)}`)

/** `38.71234° N 9.14123° W` */
export function coordinates(latitude: unknown, longitude: unknown, digits = 5): string {
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return unknown
  return `${quantity(Math.abs(latitude), '', digits)}° ${latitude < 0 ? 'S' : 'N'} ${quantity(Math.abs(longitude), '', digits)}° ${longitude < 0 ? 'W' : 'E'}`
}

/** Metres below 1,000, kilometres above: `850 m`, `1.2 km`. */
export function distance(metres: unknown): string {
  if (typeof metres !== 'number' || !Number.isFinite(metres)) return unknown
  return Math.abs(metres) < 1000 ? quantity(metres, 'm') : quantity(metres / 1000, 'km', Math.abs(metres) < 100_000 ? 1 : 0)
}

/** `437.525 MHz` */
export function frequency(hertz: unknown): string {
  if (typeof hertz !== 'number' || !Number.isFinite(hertz)) return unknown
  if (Math.abs(hertz) >= 1e9) return quantity(hertz / 1e9, 'GHz', 4)
  if (Math.abs(hertz) >= 1e6) return quantity(hertz / 1e6, 'MHz', 3)
  if (Math.abs(hertz) >= 1e3) return quantity(hertz / 1e3, 'kHz', 1)
  return quantity(hertz, 'Hz')
}
