/// @file
/// The recording is what its generator makes, and plays in a loop without a jump. Run: `node --test demo/`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { distanceM, durationMs, makeFleet } from "./make-fleet.mjs";
import { beaconMhz, lostParty } from "./radio.mjs";

const text = readFileSync(new URL("fleet.ndjson", import.meta.url), "utf8");
const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));

function byKey(channel) {
  const rows = new Map();
  for (const line of of(channel)) rows.set(line.key, [...(rows.get(line.key) ?? []), line]);
  return rows;
}

function of(channel) {
  return lines.filter((line) => line.channel === channel);
}

test("the committed recording is what the generator writes", () => {
  assert.equal(makeFleet() === text, true, "run: node demo/make-fleet.mjs > demo/fleet.ndjson");
  assert.ok(Buffer.byteLength(text) < 1_050_000);
});

test("lines are ordered and lie within the recording", () => {
  lines.forEach((line, i) => {
    assert.ok(Number.isInteger(line.at_ms) && line.at_ms >= 0 && line.at_ms < durationMs, `line ${i + 1}`);
    assert.ok(i === 0 || lines[i - 1].at_ms <= line.at_ms, `line ${i + 1}`);
  });
});

test("every line is an envelope with the fields of its channel and no others", () => {
  const fields = {
    "mesh:node": { required: ["num", "long_name", "short_name", "hardware", "role"], optional: [] },
    "mesh:position": { required: ["latitude", "longitude", "altitude_m", "speed_mps"], optional: ["bearing_deg", "satellites"] },
    "mesh:telemetry": {
      required: ["battery_percent", "voltage_v", "channel_utilization_percent", "air_utilization_percent"],
      optional: ["temperature_c", "humidity_percent", "pressure_hpa"],
    },
    "mesh:message": { required: ["from", "to", "channel", "text", "id"], optional: [] },
    "signals:detected": { required: ["frequency_mhz", "snr_db", "websdr_id"], optional: [] },
    "localizations:updated": { required: ["latitude", "longitude", "uncertainty_m", "confidence"], optional: [] },
    "websdrs:status": { required: ["websdr_id", "name", "status", "response_time_ms", "uptime", "avg_snr", "error_message"], optional: [] },
    "services:health": { required: ["status", "response_time_ms"], optional: [] },
    "spectrum:sweep": { required: ["start_hz", "step_hz", "power_dbm"], optional: [] },
  };
  const events = ["mesh:message", "signals:detected", "localizations:updated"];
  for (const line of lines) {
    const isKeyed = !["signals:detected", "localizations:updated"].includes(line.channel);
    assert.deepEqual(Object.keys(line), ["at_ms", ...(events.includes(line.channel) ? ["kind"] : []), "channel", ...(isKeyed ? ["key"] : []), "data"]);
    const { required, optional } = fields[line.channel];
    for (const field of required) assert.ok(field in line.data, `${line.channel} without ${field}`);
    for (const field of Object.keys(line.data)) assert.ok([...required, ...optional].includes(field), `${line.channel}: ${field}`);
  }
});

test("sixty nodes introduce themselves once, in the first two seconds, under the key of their number", () => {
  const nodes = byKey("mesh:node");
  assert.equal(nodes.size, 60);
  assert.equal(new Set(of("mesh:node").map((line) => line.data.short_name)).size, 60);
  for (const [key, [line, ...more]] of nodes) {
    assert.match(key, /^![0-9a-f]{8}$/);
    assert.equal(Number.parseInt(key.slice(1), 16), line.data.num);
    assert.ok(line.at_ms < 2000);
    assert.equal(more.length, 0);
  }
  for (const line of lines.filter(({ channel }) => channel.startsWith("mesh:"))) assert.ok(nodes.has(line.key), line.key);
});

test("everybody is on the map within three seconds, and who moves reports every one to three", () => {
  for (const [key, rows] of byKey("mesh:position")) {
    assert.ok(rows[0].at_ms < 3000, key);
    if (rows[0].data.speed_mps === 0) continue;
    for (let i = 1; i < rows.length; i++) {
      const gapMs = rows[i].at_ms - rows[i - 1].at_ms;
      assert.ok(gapMs >= 950 && gapMs <= 3001, `${key} at ${rows[i].at_ms}`);
    }
    assert.ok(rows.at(-1).at_ms > durationMs - 3001, key);
  }
  assert.equal(byKey("mesh:position").size, 60);
});

test("where the loop restarts, the way a node goes on is within 50 m of where it began", () => {
  for (const [key, rows] of byKey("mesh:position")) {
    const [first, last] = [rows[0], rows.at(-1)];
    const gapS = (first.at_ms + durationMs - last.at_ms) / 1000;
    const ahead = deadReckoned(last.data, last.data.speed_mps === 0 ? 0 : gapS);
    assert.ok(distanceM(ahead, [first.data.latitude, first.data.longitude]) < 50, key);
  }
});

test("where the loop restarts, no battery jumps", () => {
  for (const [key, rows] of byKey("mesh:telemetry")) {
    const levels = [...rows, rows[0]].map((row) => row.data.battery_percent);
    for (let i = 1; i < levels.length; i++) assert.ok(Math.abs(levels[i] - levels[i - 1]) <= 10, key);
    assert.ok(levels.every((level) => level > 20 && level <= 100), key);
  }
});

test("a message comes from its key and goes to a node or to everybody", () => {
  const nodes = byKey("mesh:node");
  const rows = of("mesh:message");
  assert.ok(rows.length >= 35 && rows.length <= 45);
  for (const { key, data } of rows) {
    assert.equal(data.from, key);
    assert.ok(data.to === "!ffffffff" || nodes.has(data.to), data.to);
  }
});

test("the beacon is heard about every twenty seconds, and found near where the lost party is", () => {
  const places = of("localizations:updated");
  const signals = of("signals:detected");
  const receivers = byKey("websdrs:status");
  assert.ok(places.length >= 12, `${places.length}`);
  for (const [i, { at_ms, data }] of places.entries()) {
    if (i > 0) assert.ok(at_ms - places[i - 1].at_ms < 25_000, `${at_ms}`);
    const heard = signals.filter((signal) => signal.at_ms < at_ms && signal.at_ms > at_ms - 2000);
    assert.ok(heard.length >= 3, `${at_ms}`);
    for (const signal of heard) {
      assert.ok(receivers.has(signal.data.websdr_id) && signal.data.snr_db > 3);
      assert.ok(Math.abs(signal.data.frequency_mhz - beaconMhz) < 0.001);
    }
    const far = Math.min(...lostParty.map((place) => distanceM(place, [data.latitude, data.longitude])));
    assert.ok(far < 300 && data.uncertainty_m > 0 && data.confidence > 0.5 && data.confidence < 1, `${at_ms}: ${far} m`);
  }
});

test("sweeps are of one band, every two seconds, and show the beacon while it sends", () => {
  const sweeps = of("spectrum:sweep");
  assert.equal(sweeps.length, durationMs / 2000);
  const levels = sweeps.map(({ at_ms, data }) => {
    assert.equal(data.power_dbm.length, 128);
    return [at_ms, data.power_dbm[Math.round((beaconMhz * 1e6 - data.start_hz) / data.step_hz)]];
  });
  const sent = levels.filter(([, dbm]) => dbm > -85);
  assert.ok(sent.length > 10 && sent.length < 40, `${sent.length}`);
  for (const [at] of sent) assert.ok(of("signals:detected").some(({ at_ms }) => Math.abs(at_ms - at) < 3000), `${at}`);
});

test("a service and a receiver fail for a while, and all are well where the loop restarts", () => {
  for (const [channel, well, ill] of [["services:health", "healthy", "degraded"], ["websdrs:status", "online", "offline"]]) {
    const rows = [...byKey(channel).values()];
    assert.ok(rows.length >= 3);
    assert.equal(rows.filter((row) => row.some(({ data }) => data.status === ill)).length, 1, channel);
    for (const row of rows) assert.deepEqual([row[0].data.status, row.at(-1).data.status], [well, well]);
  }
});

function deadReckoned({ latitude, longitude, speed_mps, bearing_deg = 0 }, seconds) {
  const bearing = (bearing_deg * Math.PI) / 180;
  const degrees = (speed_mps * seconds) / 111_195;
  return [latitude + degrees * Math.cos(bearing), longitude + (degrees * Math.sin(bearing)) / Math.cos((latitude * Math.PI) / 180)];
}
