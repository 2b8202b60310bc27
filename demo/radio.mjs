/// @file
/// What listens beside the mesh: receivers on hills, the signals of a beacon that they find, and the services that make a place of them.
///
/// The lost party's beacon sends for a moment every twenty seconds. Who hears it says how well; a second later the bearings have become a place.

/// Receivers: [key, name, latitude, longitude, how far they hear in metres].
const receivers = [
  ["tam", "Mount Tamalpais", 37.9236, -122.5966, 16_000],
  ["sutro", "Sutro Tower", 37.7552, -122.4528, 12_000],
  ["angel", "Angel Island", 37.8608, -122.4308, 11_000],
  ["grizzly", "Grizzly Peak", 37.8817, -122.2421, 24_000],
  ["bruno", "San Bruno Mountain", 37.6872, -122.435, 18_000],
];
/// Services: [name, the mean time they take to answer, in milliseconds].
const services = [["gateway", 6], ["localizer", 48], ["recorder", 17]];

/// Where the lost party walks, a lap a recording: [latitude, longitude].
export const lostParty = [
  [37.8338, -122.5078], [37.8349, -122.5102], [37.8362, -122.5118], [37.8377, -122.5109], [37.8371, -122.5083], [37.8352, -122.5066],
];
export const beaconMhz = 146.52;
const beaconPeriodMs = 20_000;

/// The band that Sutro sweeps: bins of one width, and steady stations in it, [MHz, dB over the noise].
const sweep = { start_hz: 145_600_000, step_hz: 12_500, bins: 128, periodMs: 2000 };
const stations = [[145.71, 31], [146.115, 12], [146.79, 22], [147.06, 17]];
const noiseDbm = -98;

/// Its lines, in no order. `route.at(lap)` is where the party is.
export function radioLines({ durationMs, random, route, distanceM, wave }) {
  const round = (value, digits) => Number(value.toFixed(digits));
  const heardUntil = [];
  const lines = [];
  const say = (atMs, channel, rest) => lines.push({ at_ms: Math.floor(atMs), ...rest.key ? {} : { kind: "event" }, channel, ...rest });

  for (let t = 3500; t < durationMs - 3000; t += beaconPeriodMs + (random() - 0.5) * 3000) {
    const { latitude, longitude } = route.at(t / durationMs);
    heardUntil.push([t, t + 2500]);
    const heard = receivers.map(([id, , ...place]) => ({ id, snr: place[2] ** 0.5 / 4 - distanceM([latitude, longitude], place) / 900 + random() * 3 }))
      .filter(({ snr }) => snr > 3);
    for (const { id, snr } of heard) {
      say(t + 150 + random() * 600, "signals:detected", { data: { frequency_mhz: round(beaconMhz + (random() - 0.5) * 0.001, 4), snr_db: round(snr, 1), websdr_id: id } });
    }
    if (heard.length < 3) continue;
    const uncertaintyM = 520 / heard.length + random() * 120;
    const error = () => (random() - 0.5) * uncertaintyM / 111_195;
    say(t + 1600 + random() * 300, "localizations:updated", {
      data: { latitude: round(latitude + error(), 5), longitude: round(longitude + error(), 5), uncertainty_m: Math.round(uncertaintyM), confidence: round(0.98 - uncertaintyM / 900, 2) },
    });
  }

  receivers.forEach(([key, name], index) => {
    for (let t = 300 + 120 * index; t < durationMs; t += 27_000 + random() * 6000) {
      // One is out of reach for a while, as one always is.
      const isOffline = key === "bruno" && t > 90_000 && t < 180_000;
      say(t, "websdrs:status", { key, data: isOffline
        ? { websdr_id: key, name, status: "offline", response_time_ms: null, uptime: 97.2, avg_snr: null, error_message: "no answer within 5 s" }
        : { websdr_id: key, name, status: "online", response_time_ms: Math.round(30 + 12 * index + random() * 18), uptime: round(99.9 - index * 0.4, 1), avg_snr: round(14 - index + wave(t, index / 5), 1), error_message: null } });
    }
  });

  services.forEach(([key, meanMs], index) => {
    for (let t = 500 + 90 * index; t < durationMs; t += 14_000 + random() * 2000) {
      const isSlow = key === "localizer" && t > 200_000 && t < 240_000;
      say(t, "services:health", { key, data: { status: isSlow ? "degraded" : "healthy", response_time_ms: Math.round(meanMs * (isSlow ? 30 : 0.8 + 0.4 * random())) } });
    }
  });

  for (let t = 1000; t < durationMs; t += sweep.periodMs) {
    const isHeard = heardUntil.some(([from, to]) => from <= t && t < to);
    const carriers = [...stations, ...isHeard ? [[beaconMhz, 26]] : []];
    const power = Array.from({ length: sweep.bins }, (_, bin) => {
      const mhz = (sweep.start_hz + bin * sweep.step_hz) / 1e6;
      const peak = Math.max(0, ...carriers.map(([at, db]) => (db + 3 * wave(t * 7, at)) * Math.exp(-(((mhz - at) / 0.012) ** 2))));
      return Math.round(noiseDbm + 4 * random() + peak);
    });
    say(t, "spectrum:sweep", { key: "sutro", data: { start_hz: sweep.start_hz, step_hz: sweep.step_hz, power_dbm: power } });
  }
  return lines;
}
