/// @file
/// Makes the recorded fleet that plays when there is no real one: `node demo/make-fleet.mjs > demo/fleet.ndjson`.
///
/// Sixty mesh radios, and receivers that look for a beacon, for 300 s. Whatever varies (place, battery, weather) is a closed
/// curve over those 300 s, so that the recording plays in a loop without a jump where it starts again. The only chance is a seeded generator: the same
/// program always writes the same bytes.
import { pathToFileURL } from "node:url";
import { messages } from "./messages.mjs";
import { lostParty, radioLines } from "./radio.mjs";
import { boat, fixedStations, plane, vehicles, walkingTeams } from "./routes.mjs";

export const durationMs = 300_000;
const broadcastKey = "!ffffffff";
const metresPerDegree = 111_195;
const curveSteps = 40;  // points a waypoint; a lap of 20 km is then drawn in steps of some 60 m

/// The recording: one envelope a line, ordered by `at_ms`.
export function makeFleet() {
  const random = seededRandom(20261121);
  const nodes = makeNodes(random);
  const lines = nodes.flatMap((node) => [
    introduction(node, random),
    ...positions(node, random),
    ...telemetry(node, random),
  ]);
  lines.push(...conversation(nodes, random));
  lines.push(...radioLines({ durationMs, random, route: closedCurve(lostParty), distanceM, wave }));
  lines.sort((a, b) => a.at_ms - b.at_ms || order(a.channel, b.channel) || order(a.key, b.key));
  return lines.map((line) => JSON.stringify(line) + "\n").join("");
}

function order(a = "", b = "") {
  return a < b ? -1 : a > b ? 1 : 0;
}

function makeNodes(random) {
  const nodes = [];
  const add = (node) => {
    const num = 0x20000000 + Math.floor(random() * 0xc0000000);
    nodes.push({ ...node, num, key: "!" + num.toString(16).padStart(8, "0"), phase: random() });
  };
  for (const [longName, shortName, hardware, role, latitude, longitude, altitudeM] of fixedStations) {
    add({ longName, shortName, hardware, role, at: [latitude, longitude], altitudeM, senses: role === "SENSOR" });
  }
  for (const team of walkingTeams) {
    team.names.forEach((longName, member) => {
      const shortName = longName.split(" ").at(-1).toUpperCase();
      const route = closedCurve(sweep(team, member, random));
      add({ longName, shortName, hardware: random() < 0.5 ? "T_ECHO" : "TRACKER_T1000_E", role: "TRACKER", route,
            altitudeM: team.altitude_m, climbM: 3, periodMs: [2800, 3000] });
    });
  }
  for (const [longName, shortName, hardware, altitudeM, waypoints] of vehicles) {
    add({ longName, shortName, hardware, role: "CLIENT", route: closedCurve(waypoints), altitudeM,
          climbM: altitudeM * 0.15, periodMs: [2100, 2700] });
  }
  add({ longName: boat[0], shortName: boat[1], hardware: boat[2], role: "CLIENT", route: closedCurve(boat[4]),
        altitudeM: boat[3], climbM: 0, periodMs: [1800, 2200], senses: true });
  add({ longName: plane[0], shortName: plane[1], hardware: plane[2], role: "TRACKER", route: closedCurve(plane[4]),
        altitudeM: plane[3], climbM: 25, periodMs: [980, 1020] });
  return nodes;
}

function introduction(node, random) {
  return envelope(random() * 1500, "mesh:node", node.key, {
    num: node.num, long_name: node.longName, short_name: node.shortName, hardware: node.hardware, role: node.role,
  });
}

function positions(node, random) {
  // Everybody is on the map within three seconds. Who stands still repeats that rarely.
  const period = node.periodMs ?? [70_000, 110_000];
  const lines = [];
  let reports = 0;
  for (let t = 1600 + random() * 1300; t < durationMs; t += period[0] + random() * (period[1] - period[0])) {
    const data = node.route ? movingPosition(node, t) : fixedPosition(node, t);
    if (reports++ % 5 === 0) data.satellites = 8 + Math.round(2 + 2 * wave(t, node.phase));
    lines.push(envelope(t, "mesh:position", node.key, data));
  }
  return lines;
}

function movingPosition(node, t) {
  // Slower here, faster there: the speed swings by a fifth around the lap's mean, twice a lap.
  const lap = t / durationMs + Math.sin(4 * Math.PI * (t / durationMs + node.phase)) / (20 * Math.PI);
  const lapsPerSecond = (1 + 0.2 * Math.cos(4 * Math.PI * (t / durationMs + node.phase))) / (durationMs / 1000);
  const { latitude, longitude, bearingDeg } = node.route.at(lap);
  return {
    latitude: round(latitude, 6),
    longitude: round(longitude, 6),
    altitude_m: Math.round(node.altitudeM + node.climbM * wave(t, node.phase)),
    speed_mps: round(node.route.lengthM * lapsPerSecond, 1),
    bearing_deg: Math.round(bearingDeg) % 360,
  };
}

function fixedPosition(node, t) {
  // A receiver that stands still wanders by a metre or two.
  return {
    latitude: round(node.at[0] + 0.00001 * wave(t, node.phase), 6),
    longitude: round(node.at[1] + 0.00001 * wave(t, node.phase + 0.25), 6),
    altitude_m: node.altitudeM,
    speed_mps: 0,
  };
}

function telemetry(node, random) {
  const lines = [];
  const batteryMean = 45 + random() * 42;
  const temperatureMean = 11 + random() * 5;
  for (let t = 2000 + random() * 9000; t < durationMs; t += 18_000 + random() * 20_000) {
    const battery = batteryMean + 11 * wave(t, node.phase);
    const data = {
      battery_percent: Math.round(battery),
      voltage_v: round(3.3 + 0.0087 * battery, 2),
      channel_utilization_percent: round(9 + 4 * wave(t, 0.1) + random(), 1),
      air_utilization_percent: round((node.role === "ROUTER" ? 3.2 : 0.9) + 0.5 * wave(t, node.phase) + 0.2 * random(), 1),
    };
    if (node.senses || node.role === "ROUTER") data.temperature_c = round(temperatureMean + 1.2 * wave(t, node.phase), 1);
    if (node.senses) {
      data.humidity_percent = Math.round(78 + 6 * wave(t, node.phase + 0.4));
      data.pressure_hpa = round(1016.4 - node.altitudeM * 0.12 + 0.6 * wave(t, 0.7), 1);
    }
    lines.push(envelope(t, "mesh:telemetry", node.key, data));
  }
  return lines;
}

function conversation(nodes, random) {
  const keys = new Map(nodes.map((node) => [node.shortName, node.key]));
  keys.set("all", broadcastKey);
  return messages.map(([second, from, to, text]) => {
    if (!keys.has(from) || !keys.has(to)) throw new Error(`messages.mjs: nobody is called ${from} or ${to}`);
    const { at_ms, ...rest } = envelope(second * 1000 + random() * 900, "mesh:message", keys.get(from), {
      from: keys.get(from), to: keys.get(to), channel: to === "all" ? 0 : 1, text, id: Math.floor(random() * 0xffffffff),
    });
    return { at_ms, kind: "event", ...rest };
  });
}

function envelope(atMs, channel, key, data) {
  return { at_ms: Math.floor(atMs), channel, key, data };
}

/// Waypoints of one member of a team: out along the bearing in a gentle zigzag, and back beside it.
function sweep({ from, bearing_deg, length_m, spacing_m }, member, random) {
  const legs = 4;
  const out = [];
  const back = [];
  for (let leg = 0; leg <= legs; leg++) {
    const along = (length_m * leg) / legs;
    const sway = () => (random() - 0.5) * 14;
    out.push([along, member * spacing_m + sway()]);
    back.unshift([along, member * spacing_m + 12 + sway()]);
  }
  const bearing = (bearing_deg * Math.PI) / 180;
  return [...out, ...back].map(([along, aside]) => {
    const north = along * Math.cos(bearing) - aside * Math.sin(bearing);
    const east = along * Math.sin(bearing) + aside * Math.cos(bearing);
    return [from[0] + north / metresPerDegree, from[1] + east / (metresPerDegree * Math.cos((from[0] * Math.PI) / 180))];
  });
}

/// A closed Catmull-Rom curve through the waypoints. `at(lap)` goes along it at an even pace; lap 1 is lap 0 again.
function closedCurve(waypoints) {
  const points = [];
  const lengths = [0];
  const count = waypoints.length;
  for (let i = 0; i < count; i++) {
    const corners = [-1, 0, 1, 2].map((step) => waypoints[(i + step + count) % count]);
    for (let step = 0; step < curveSteps; step++) points.push(catmullRom(corners, step / curveSteps));
  }
  points.push(points[0]);
  for (let i = 1; i < points.length; i++) lengths.push(lengths[i - 1] + distanceM(points[i - 1], points[i]));
  const lengthM = lengths.at(-1);
  const at = (lap) => {
    const along = (lap - Math.floor(lap)) * lengthM;
    let next = 1;
    while (lengths[next] < along) next++;
    const [a, b] = [points[next - 1], points[next]];
    const part = (along - lengths[next - 1]) / (lengths[next] - lengths[next - 1] || 1);
    return { latitude: a[0] + (b[0] - a[0]) * part, longitude: a[1] + (b[1] - a[1]) * part, bearingDeg: bearingDeg(a, b) };
  };
  return { lengthM, at };
}

function catmullRom([p0, p1, p2, p3], t) {
  return [0, 1].map((axis) => 0.5 * (2 * p1[axis] + (p2[axis] - p0[axis]) * t +
    (2 * p0[axis] - 5 * p1[axis] + 4 * p2[axis] - p3[axis]) * t * t +
    (3 * p1[axis] - p0[axis] - 3 * p2[axis] + p3[axis]) * t * t * t));
}

/// Metres between two points a few kilometres apart, on a plane.
export function distanceM(a, b) {
  const [north, east] = northEastM(a, b);
  return Math.hypot(north, east);
}

function bearingDeg(a, b) {
  const [north, east] = northEastM(a, b);
  return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}

function northEastM(a, b) {
  return [(b[0] - a[0]) * metresPerDegree, (b[1] - a[1]) * metresPerDegree * Math.cos((a[0] * Math.PI) / 180)];
}

/// −1 to 1 over one recording, back where it began at the end.
function wave(t, phase) {
  return Math.cos(2 * Math.PI * (t / durationMs + phase));
}

function round(value, digits) {
  return Number(value.toFixed(digits));
}

/// Mulberry32: 0 ≤ x < 1, always the same row for one seed.
function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.stdout.write(makeFleet());
