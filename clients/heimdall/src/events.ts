/** The events of Heimdall's wires, what comes with them, and which channel each is (docs/DOORS.md). */

export interface ServiceHealth {
  status: 'healthy' | 'degraded' | 'unhealthy' | 'unreachable'
  /** Null where there was no whole answer. */
  response_time_ms?: number | null
}

export interface WebSdrStatus {
  status: 'online' | 'offline'
  response_time_ms: number | null
}

export interface SignalDetected {
  frequency_mhz: number
  snr_db: number
  websdr_id: number | string
  timestamp: string
}

export interface LocalizationUpdated {
  latitude: number
  longitude: number
  uncertainty_m: number
  confidence: number
  timestamp: string
}

/** Of a state the whole map, key → record; of an event the event. */
export interface HeimdallEvents {
  'services:health': Record<string, ServiceHealth>
  'websdrs:status': Record<string, WebSdrStatus>
  websdrs_update: Record<string, WebSdrStatus>
  'signals:detected': SignalDetected
  'localizations:updated': LocalizationUpdated
}

/** Names that one of their servers used for what the other calls by a channel's name. Both are understood, whichever server the address is of. */
const channels: ReadonlyMap<string, string> = new Map([
  ['websdrs_update', 'websdrs:status'],
  ['health_status', 'services:health'],
  ['signal_detection', 'signals:detected'],
  ['localization_result', 'localizations:updated'],
])

const channelName = /^[a-z0-9_.-]{1,128}:[a-z0-9_.-]{1,128}$/

/** The channel that an event tells of; undefined where it can be of none. */
export function channelOf(event: string): string | undefined {
  const channel = channels.get(event) ?? event
  return channelName.test(channel) ? channel : undefined
}
