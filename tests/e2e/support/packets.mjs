// Meshtastic packets, as a gateway with JSON switched on publishes them.
export const topicFilter = 'msh/US/2/json/#'
export const topic = 'msh/US/2/json/LongFast/!11223344'

/** A Starling that listens to `broker`. */
export const sourceConfig = (broker, filter = topicFilter, more = '') => `[[source]]
type = "mqtt"
url = "${broker.url}"
topics = ["${filter}"]
decode = "meshtastic"
${more}`

let id = 1000
const packet = (from, type, payload, timestamp) =>
  ({ channel: 0, from, id: id++, payload, sender: '!11223344', timestamp, to: 0xffffffff, type })

export const keyOf = (number) => `!${number.toString(16).padStart(8, '0')}`
const now = () => Math.floor(Date.now() / 1000)

export const position = (from, latitude_i, longitude_i, timestamp = now()) =>
  packet(from, 'position', { latitude_i, longitude_i, altitude: 12, time: timestamp }, timestamp)
export const telemetry = (from, battery_level, timestamp = now()) =>
  packet(from, 'telemetry', { battery_level, voltage: 4.01, air_util_tx: 0.5, channel_utilization: 3.25, uptime_seconds: 100 }, timestamp)
export const text = (from, words, timestamp = now()) => packet(from, 'text', { text: words }, timestamp)
export const nodeInfo = (from, longname, shortname, hardware, timestamp = now()) => packet(from, 'nodeinfo', { id: keyOf(from), longname, shortname, hardware, role: 0 }, timestamp)
