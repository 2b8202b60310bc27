import assert from 'node:assert/strict'
import test from 'node:test'

import { fieldText, labelOf } from './field-text.js'

test('a field is shown in the unit that its name ends in', () => {
  for (const [field, value, want] of [
    ['battery_percent', 86, '86 %'], ['air_utilization_percent', 0.25, '0.3 %'], ['voltage_v', 4.1, '4.10 V'], ['altitude_m', 1200, '1,200 m'], ['speed_mps', 12.5, '45.0 km/h'],
    ['snr_db', -7.25, '-7.3 dB'], ['rssi_dbm', -101, '-101 dBm'], ['bearing_deg', 170, '170°'], ['temperature_c', 11.94, '11.9 °C'],
    ['uptime_s', 3725, '1 h'], ['latitude', 37.774148, '37.774148°'], ['center_hz', 145_500_000, '145.500 MHz'],
    ['pressure_hpa', 1013.25, '1,013.3 hPa'], ['response_time_ms', 12, '12 ms'], ['satellites', 10, '10'], ['num', 1232461648, '1232461648'],
    ['ratio', 0.1 + 0.2, '0.3'], ['name', 'van', 'van'], ['is_open', true, 'yes'], ['is_open', false, 'no'], ['a', null, '–'], ['a', undefined, '–'],
    ['power', Array.from({ length: 1024 }, () => 1), '1,024 values'], ['power', [1], '1 value'], ['a', { b: 1 }, '1 field'], ['a', {}, '0 fields']
  ] as const) assert.equal(fieldText(field, value)?.replace('\u00a0', ' '), want, `${field} ${JSON.stringify(value)}`)
})

test('a label is the name in words, without the unit', () => {
  for (const [field, want] of [
    ['altitude_m', 'Altitude'], ['channel_utilization_percent', 'Channel use'], ['snr_db', 'SNR'], ['pump_pressure_hpa', 'Pump pressure'],
    ['uptime_s', 'Uptime'], ['_m', 'M'], ['__', '__'], ['hardware', 'Hardware'], ['center_hz', 'Center'], ['toString', 'ToString']
  ] as const) assert.equal(labelOf(field), want)
})
