// What is published: templates in fanbench's language. In each, `"ts":` stands once.

/** 207 bytes: a position, as fanbench has it. */
export const position = 'position'
export const positions2KiB = '2 KiB'
export const positions4KiB = '4 KiB'

const one = '{"type":"position","id":"dev-%ID%","seq":%SEQ%,"ts":%TS%,"lat":%LAT%,"lon":%LON%,"alt":123.4,"spd":12.3,' +
  '"hdg":271,"bat":87,"rssi":-71,"snr":9.5,"fix":3,"sats":11,"fw":"2.4.1","status":"ok"}'

/** Neighbours as a radio hears them: alike, but not the same. */
function neighbours(count) {
  return Array.from({ length: count }, (_, index) =>
    `{"id":"dev-${4711 + index * 1009}","seq":%SEQ%,"lat":%LAT%,"lon":%LON%,"rssi":${-60 - ((index * 37) % 50)},"snr":${((index * 53) % 160) / 10 - 5},"status":"ok"}`).join(',')
}

const list = (count) => `{"type":"neighbours","id":"dev-%ID%","ts":%TS%,"list":[${neighbours(count)}]}`

const templates = { [position]: one, [positions2KiB]: list(19), [positions4KiB]: list(38) }

/** The text of the event that is called so. */
export const eventText = (name) => templates[name]

/** About how many bytes it has when it is filled in. */
export const eventBytes = (name) => templates[name].replace(/%(TS|LAT|LON|SEQ|ID)%/g, (_, slot) => 'x'.repeat({ TS: 14, LAT: 9, LON: 9, SEQ: 3, ID: 6 }[slot])).length
