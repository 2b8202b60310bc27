// Whom we measure: how each is found, started, and spoken to by the load generators. Their programs are in bench/peers.
//
// A peer is
//   title     what tables call it
//   find()    { version }, or { missing: why } where it cannot be had
//   start()   how a server is started: { command, files?, env? } from { bin, port, publishPort, folder, parameters }
//   fan       how fanbench subscribes (`subscribe`: options) and publishes (`publish`: { way: options from an event's text }, the first by default)
//   map       for viewbench: how a server is started for it; the protocol is the native one for all
//   processes how many it works with, where it is more than one
//   refuses   { scenario: why } of what it cannot do
//   adapt     parameters as it can serve them, where it cannot serve those that were asked for
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { openFilesMax } from './machine.mjs'
import { peersFolder, root, viewportLoop } from './places.mjs'

const bun = join(peersFolder, 'node_modules', 'bun', 'bin', 'bun.exe')
const node = process.execPath
const install = 'bench/install.sh installs it'
export const howToBuild = 'cmake --preset release -DSTARLING_BENCH=ON && ninja -C build/release starling fanbench viewbench floor stall'

function run(command, ...parameters) {
  return execFileSync(command, parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** What `find` returns for a program that says its version. */
function versionSaid(command, parameters, pattern) {
  try {
    const [, version] = pattern.exec(run(command, ...parameters)) ?? []
    return version ? { version } : { missing: `${command} does not say its version` }
  } catch (error) {
    // Some say it and fail.
    const [, version] = pattern.exec(String(error.stdout ?? '')) ?? []
    return version ? { version } : { missing: `no ${command}: ${install}` }
  }
}

/** The same for an npm module of bench/`folder`, which runs on `runtime`. */
function versionOfModule(folder, name, runtime) {
  const file = join(folder, 'node_modules', name, 'package.json')
  if (!existsSync(file)) return { missing: `no module ${name} in ${folder.slice(root.length + 1)}: ${install}` }
  const { version } = JSON.parse(readFileSync(file, 'utf8'))
  return { version: runtime ? `${version}, ${runtime}` : version }
}

const versionOfPackage = (name) => {
  try {
    return run('dpkg-query', '-W', '-f=${source:Upstream-Version}', name)
  } catch {
    return undefined
  }
}

const filled = (name, values) => readFileSync(join(peersFolder, name), 'utf8').replace(/@([A-Z_]+)@/g, (all, key) => values[key] ?? all)

const deflateFlag = ({ deflate }) => (deflate ? ['--deflate'] : [])

// What bun.mjs and ws.mjs speak.
const plain = {
  subscribe: ({ perConnection }) => ['--hello', 'sub t%TOPIC%', '--ack', 'ok', '--acks', perConnection],
  publish: {
    ws: (event) => ['--pub', 'ws', '--pub-path', '/pub', '--payload', `t%TOPIC% ${event}`],
    http: (event) => ['--pub', 'http', '--pub-path', '/pub/t%TOPIC%', '--pub-conns', 64, '--payload', event],
  },
}

const nchanModule = '/usr/lib/nginx/modules/ngx_nchan_module.so'
const goSources = '/usr/share/gocode'

function starlingConfig({ port, parameters, brokerUrl }) {
  const channels = parameters.topics === undefined ? [] : Array.from({ length: parameters.topics }, (_, topic) =>
    `[[channel]]\nname = "bench:t${topic}"\nkind = "event"\npace = "0s"\nkeep = 0\n`)
  if (brokerUrl) channels.push(`[[source]]\ntype = "mqtt"\nurl = "${brokerUrl}"\ntopics = ["bench/+"]\nqos = 0\nmapping = { channel = "bench:ingest", key = "{1}" }\n`)
  // Nobody limits the publisher of a peer.
  return `[server]\nlisten = ["127.0.0.1:${port}"]\nshards = 1\n[store]\nurl = "none"\n` +
    `[limits]\nmessages_per_second = 1000000\nbytes_per_second = "1GiB"\nchannels = 4000\n${channels.join('')}`
}

const serveStarling = (context) => ({
  command: [join(context.bin, 'starling'), 'serve', '--config', join(context.folder, 'starling.toml')],
  files: { 'starling.toml': starlingConfig(context) },
})

export const peers = {
  starling: {
    title: 'Starling',
    find: ({ bin }) => {
      const program = join(bin, 'starling')
      if (!existsSync(program)) return { missing: `not built: ${howToBuild}` }
      return versionSaid(program, ['--version'], /([0-9]+\.[0-9]+\.[0-9]+\S*)/)
    },
    start: serveStarling,
    fan: {
      subscribe: ({ perConnection }) => ['--path', '/live', '--ack', '"subscribed"', '--acks', perConnection,
        '--hello', '{"type":"subscribe","id":1%SEQ%,"channels":["bench:t%TOPIC%"],"snapshot":false}'],
      publish: {
        ws: (event) => ['--pub', 'ws', '--pub-path', '/live', '--payload', `{"type":"publish","channel":"bench:t%TOPIC%","data":${event}}`],
        http: (event) => ['--pub', 'http', '--pub-path', '/api/v1/publish/bench:t%TOPIC%', '--pub-conns', 64, '--payload', event],
      },
    },
    map: serveStarling,
  },
  bun: {
    title: 'Bun',
    find: () => versionOfModule(peersFolder, 'bun'),
    start: ({ port, parameters }) => ({ command: [bun, join(peersFolder, 'bun.mjs'), String(port), ...deflateFlag(parameters)] }),
    fan: plain,
    map: ({ port, parameters }) => ({ command: [bun, viewportLoop, String(port), ...loopFlag(parameters)] }),
  },
  ws: {
    title: 'ws',
    find: () => versionOfModule(peersFolder, 'ws', `Node ${process.versions.node}`),
    start: ({ port, parameters }) => ({ command: [node, join(peersFolder, 'ws.mjs'), String(port), ...deflateFlag(parameters)] }),
    fan: plain,
    map: ({ port, parameters }) => ({ command: [node, viewportLoop, String(port), ...loopFlag(parameters)] }),
  },
  socketio: {
    title: 'Socket.IO',
    find: () => versionOfModule(peersFolder, 'socket.io', `Node ${process.versions.node}`),
    start: ({ port, parameters }) => ({ command: [node, join(peersFolder, 'socket_io.mjs'), String(port), ...deflateFlag(parameters)] }),
    fan: {
      // With compression it deflates every answer, which the generator does not read: who has said hello counts as there.
      subscribe: ({ deflate }) => ['--path', '/socket.io/?EIO=4&transport=websocket&topic=t%TOPIC%', '--hello', '40', ...(deflate ? [] : ['--ack', '["ok"]'])],
      publish: {
        ws: (event) => ['--pub', 'ws', '--pub-path', '/socket.io/?EIO=4&transport=websocket', '--pub-hello', '40', '--payload', `42["pub","t%TOPIC%",${event}]`],
      },
    },
    refuses: { 'many-channels': 'its viewers name their one topic in the URL' },
  },
  nchan: {
    title: 'nginx nchan',
    find: () => {
      const version = versionOfPackage('libnginx-mod-nchan')
      return version && existsSync(nchanModule) ? { version: `${version.replace(/\+.*/, '')}, nginx ${versionOfPackage('nginx')}` } : { missing: `no libnginx-mod-nchan: ${install}` }
    },
    start: ({ port, folder, parameters }) => ({
      command: ['nginx', '-p', folder, '-c', join(folder, 'nginx.conf')],
      files: { 'nginx.conf': filled('nchan.conf', {
        MODULE: nchanModule, FILES: openFilesMax(), FOLDER: folder, PORT: port, DEFLATE: parameters.deflate ? 'nchan_deflate_message_for_websocket on;' : '',
      }) },
    }),
    fan: {
      subscribe: () => ['--path', '/sub/t%TOPIC%'],
      publish: { http: (event) => ['--pub', 'http', '--pub-path', '/pub/t%TOPIC%', '--pub-conns', 64, '--payload', event] },
    },
    processes: 2,  // a master and its worker
    // A viewer's channels are in its URL, and the generator puts one there. Of its worker's 20,000 connections it keeps some 1,250 to itself.
    adapt: (parameters) => ({
      ...parameters, viewers: Math.min(parameters.viewers, 18_000), ...(parameters.perConnection > 1 ? { perConnection: 1, topics: parameters.viewers } : {}),
    }),
  },
  mosquitto: {
    title: 'mosquitto',
    find: () => versionSaid('mosquitto', ['-h'], /mosquitto version (\S+)/),
    start: ({ port, publishPort, folder }) => ({
      command: ['mosquitto', '-c', join(folder, 'mosquitto.conf')],
      files: { 'mosquitto.conf': filled('mosquitto.conf', { PORT: port, PUBLISH_PORT: publishPort }) },
      ports: [port, publishPort],
    }),
    fan: {
      subscribe: ({ perConnection }) => ['--path', '/mqtt', '--subprotocol', 'mqtt', '--hello-mqtt', 't%TOPIC%', '--ack-hex', '9003', '--acks', perConnection],
      publish: { mqtt: (event, { publishPort }) => ['--pub', 'mqtt', '--pub-port', publishPort, '--payload', event] },
    },
    refuses: { compression: 'it does not compress' },
  },
  nats: {
    title: 'nats-server',
    find: () => versionSaid('nats-server', ['--version'], /v([0-9.]+)/),
    start: ({ port, publishPort, folder }) => ({
      command: ['nats-server', '-c', join(folder, 'nats.conf')],
      files: { 'nats.conf': filled('nats.conf', { PORT: port, PUBLISH_PORT: publishPort }) },
      ports: [port, publishPort],
    }),
    fan: {
      subscribe: () => ['--hello', 'CONNECT {"verbose":false}\\r\\nPING\\r\\n', '--hello', 'SUB t%TOPIC% %SEQ%\\r\\n', '--ack', 'PONG'],
      publish: { nats: (event, { publishPort }) => ['--pub', 'nats', '--pub-port', publishPort, '--payload', event] },
    },
    refuses: { compression: 'it compresses only for a client that promises no context of its own, which the generator does not offer in full' },
  },
  centrifuge: {
    title: 'Centrifuge for Go',
    find: () => {
      const version = versionOfPackage('golang-github-centrifugal-centrifuge-dev')
      if (!version || !existsSync(goSources)) return { missing: `no golang-github-centrifugal-centrifuge-dev: ${install}` }
      const go = versionSaid('go', ['version'], /go([0-9.]+)/)
      return go.missing ? go : { version: `${version.replace(/\+.*/, '')} of 2021, Go ${go.version}` }
    },
    prepare: ({ work }) => buildCentrifuge(work),
    start: ({ port, work, parameters }) => ({ command: [join(work, 'centrifuge'), String(port), ...deflateFlag(parameters)] }),
    fan: {
      subscribe: ({ perConnection }) => ['--hello', '{"id":1,"params":{}}', '--hello', '{"id":1%SEQ%0,"method":1,"params":{"channel":"t%TOPIC%"}}',
        '--ack', '"result":{}', '--acks', perConnection],
      publish: { ws: (event) => ['--pub', 'ws', '--pub-path', '/', '--pub-hello', '{"id":1,"params":{}}',
        '--payload', `{"id":2,"method":3,"params":{"channel":"t%TOPIC%","data":${event}}}`] },
    },
  },
  floor: {
    title: "the kernel's floor",
    find: ({ bin }) => (existsSync(join(bin, 'floor')) ? { version: '-' } : { missing: 'not built: it needs liburing-dev, which bench/install.sh installs' }),
  },
}

const loopFlag = ({ loop }) => (loop === 'batched' ? [] : [`--${loop}`])

/** Debian's sources of Centrifuge, built with Debian's Go; again where the program is newer than what was built. */
function buildCentrifuge(work) {
  const source = join(peersFolder, 'centrifuge.go')
  const built = join(work, 'centrifuge')
  if (existsSync(built) && statSync(built).mtimeMs > statSync(source).mtimeMs) return
  mkdirSync(work, { recursive: true })
  execFileSync('go', ['build', '-o', built, source], {
    cwd: work, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, GO111MODULE: 'off', GOFLAGS: '', GOPATH: goSources, GOCACHE: join(work, 'go-cache') },
  })
}
