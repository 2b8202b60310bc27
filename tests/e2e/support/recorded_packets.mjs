// Messages of a Meshtastic broker as gateways write them: firmware 2.x and an older one, translators, what is not JSON.
// Node numbers, names and places are made up; members, their order, types and units are the firmware's.

const topic = 'msh/EU_868/2/json/LongFast/!da5ed0a0'

/** What came within a minute or so: [topic, payload (string or Buffer)]; `seconds` is when. */
export const recorded = (seconds) => [
  [topic, `{"channel":0,"from":2130636288,"hop_start":3,"hops_away":1,"id":452664778,"payload":{"hardware":43,"id":"!7efeee00","longname":"base0 Süd","role":2,"shortname":"BA0"},"rssi":-61,"sender":"!da5ed0a0","snr":6.25,"timestamp":${seconds},"to":4294967295,"type":"nodeinfo"}`],
  [topic, `{"channel":0,"from":2130636288,"hop_start":3,"hops_away":1,"id":452664779,"payload":{"PDOP":132,"altitude":113,"ground_speed":9,"ground_track":9012000,"latitude_i":387000001,"longitude_i":-91500000,"precision_bits":32,"sats_in_view":11,"time":${seconds - 10}},"rssi":-61,"sender":"!da5ed0a0","snr":6.25,"timestamp":${seconds},"to":4294967295,"type":"position"}`],
  [topic, `{"channel":0,"from":2130636288,"id":452664780,"payload":{"air_util_tx":0.0386111103,"battery_level":101,"channel_utilization":5.35666656,"uptime_seconds":86400,"voltage":4.17500019},"sender":"!da5ed0a0","timestamp":${seconds},"to":4294967295,"type":"telemetry"}`],
  [topic, `{"channel":0,"from":2130636288,"id":452664781,"payload":{"barometric_pressure":1013.25,"current":35.5,"gas_resistance":87.4,"iaq":53,"lux":120.5,"relative_humidity":41.2,"temperature":21.25,"voltage":12.6,"wind_direction":270,"wind_speed":3.1},"sender":"!da5ed0a0","timestamp":${seconds + 1},"to":4294967295,"type":"telemetry"}`],
  [topic, `{"channel":2,"from":2130636288,"hop_start":3,"hops_away":1,"id":452664782,"payload":{"text":"dünne Luft \\"hier\\""},"rssi":-61,"sender":"!da5ed0a0","snr":6.25,"timestamp":${seconds + 2},"to":4294967295,"type":"text"}`],
  // The same line, heard by another gateway.
  ['msh/EU_868/2/json/LongFast/!0badcafe', `{"channel":2,"from":2130636288,"hop_start":3,"hops_away":2,"id":452664782,"payload":{"text":"dünne Luft \\"hier\\""},"rssi":-110,"sender":"!0badcafe","snr":-12.5,"timestamp":${seconds + 2},"to":4294967295,"type":"text"}`],
  // An older firmware: signed numbers, no hops.
  ['msh/EU_868/2/json/LongFast/!8a000001', `{"channel":0,"from":-1979711488,"id":-2,"payload":{"hardware":9,"id":"!8a000000","longname":"Old one","shortname":"OLD"},"sender":"!8a000001","timestamp":${seconds + 3},"to":-1,"type":"nodeinfo"}`],
  ['msh/EU_868/2/json/LongFast/!8a000001', `{"channel":0,"from":-1979711488,"id":-3,"payload":{"text":"42"},"sender":"!8a000001","timestamp":${seconds + 4},"to":2130636288,"type":"text"}`],
  // What nothing is made of but a repetition.
  [topic, `{"channel":0,"from":2130636288,"id":452664783,"payload":{"route":["base0 Süd","Old one"]},"sender":"!da5ed0a0","timestamp":${seconds + 5},"to":-1979711488,"type":"traceroute"}`],
  [topic, `{"bytes":"5fd1c0a8","channel":8,"from":2130636288,"id":452664784,"rssi":-61,"sender":"!da5ed0a0","size":4,"snr":6.25,"timestamp":${seconds + 6},"to":4294967295}`],
  ['msh/EU_868/2/e/LongFast/!da5ed0a0', Buffer.from('0a1f0d00eefe7e15ffffffff220b08011207676574206f75743d8bb0fb1a45f61d016b12084c6f6e674661737418012209216461356564306130', 'hex')],
  ['msh/EU_868/2/stat/!da5ed0a0', 'online'],
]
