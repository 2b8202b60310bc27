// Who may include whom: the table of docs/ARCHITECTURE.md, held against the tree.
//
// Core is pure: what it includes cannot open a socket, start a thread, read a clock or throw dice.
import assert from 'node:assert/strict'
import test from 'node:test'

import { filesOf, read, root, withTree, withoutComments } from './tree.mjs'

// Each may include those before it.
const coreOrder = ['base', 'geo', 'ws', 'state', 'log', 'store', 'view', 'fanout', 'protocol', 'replay', 'session', 'hub']

// What each part of the library may include besides itself.
const parts = {
  core: [],
  io: ['core'],
  sources: ['core'],
  server: ['core', 'io', 'sources'],
  client: ['core', 'io'],
  load: ['core', 'io', 'client'],
}

const outside = ['apps', 'tests', 'fuzz', 'sim', 'bench', 'examples']

// Standard headers that reach for the world outside; the other ones are fine in core.
const worldly = new Set(['atomic', 'barrier', 'condition_variable', 'coroutine', 'csetjmp', 'csignal', 'cstdio', 'ctime',
  'execution', 'filesystem', 'fstream', 'future', 'iostream', 'latch', 'mutex', 'random', 'semaphore', 'shared_mutex',
  'stop_token', 'syncstream', 'thread'])
// A failed check says why the process ends: the one thing core writes anywhere.
const lastWords = ['starling/core/base/check.cpp', 'cstdio']
// Libraries that only compute: text, digests, geometry.
const pureLibraries = ['fmt/', 'openssl/evp.h', 'zlib.h', 'boost/geometry/', 'boost/iterator/']
// And the names by which the pure ones do it.
const worldlyNames = /\b(?:system_clock|steady_clock|high_resolution_clock|utc_clock|file_clock|random_device|getenv|std::time\b|std::rand\b|std::thread|std::mutex|thread_local)\b/

const isTest = (path) => /_test\.cpp$|_for_test\.hpp$/.test(path)

/** "core", "view" of starling/core/view/query.hpp; the folder is "" for a file that lies directly in its part. */
function placeOf(path) {
  const [top, part, folder, ...rest] = path.split('/')
  return top === 'starling' ? { part, folder: rest.length > 0 ? folder : '' } : undefined
}

/** Why `path` may not include the file of ours `included`, or undefined. */
function refusal(path, included) {
  const from = placeOf(path)
  const to = placeOf(included)
  if (!to) return outside.includes(included.split('/')[0]) ? 'the library includes nothing of its users' : 'ours are included by their whole path from the root'
  if (!(from.part in parts) || !(to.part in parts)) return 'a folder the rule does not know'
  if (from.part !== to.part) return parts[from.part].includes(to.part) ? undefined : `${from.part} does not include ${to.part}`
  if (from.part === 'core' && from.folder !== to.folder) {
    const [mine, its] = [coreOrder.indexOf(from.folder), coreOrder.indexOf(to.folder)]
    if (mine < 0 || its < 0) return 'a folder of core the rule does not know'
    if (its > mine) return `core/${from.folder} comes before core/${to.folder}`
  }
  if (from.part === 'sources' && from.folder !== to.folder && to.folder !== '') return 'a source does not include another'
  return undefined
}

/** Why a file of core may not include the header `name` that is not ours, or undefined. */
function coreRefusal(path, name) {
  if (isTest(path)) return undefined
  if (path === lastWords[0] && name === lastWords[1]) return undefined
  if (pureLibraries.some((library) => name.startsWith(library))) return undefined
  if (/[./]/.test(name)) return 'core includes the standard library and libraries that only compute'
  return worldly.has(name) ? 'core has no sockets, files, threads, clocks or randomness' : undefined
}

export function breaches(top) {
  const found = []
  for (const path of filesOf(top)) {
    if (!path.startsWith('starling/') || !/\.(hpp|cpp)$/.test(path)) continue
    const isCore = path.startsWith('starling/core/')
    for (const [index, line] of withoutComments(read(top, path)).split('\n').entries()) {
      const [, quoted, angled] = /^\s*#\s*include\s*(?:"([^"]*)"|<([^>]*)>)/.exec(line) ?? []
      let why
      if (quoted) why = refusal(path, quoted)
      else if (angled?.startsWith('starling/')) why = 'ours are included in quotes'
      else if (angled && isCore) why = coreRefusal(path, angled)
      else if (isCore && !isTest(path) && worldlyNames.test(line)) why = 'core has no clocks, threads or randomness'
      if (quoted && !why && path.startsWith('starling/server/config/') && /^starling\/(sources|io)\//.test(quoted)) {
        why = 'the configuration knows neither sources nor io'
      }
      if (why) found.push(`${path}:${index + 1}: ${line.trim()}: ${why}`)
    }
  }
  return found
}

test('every include follows the table', () => {
  assert.deepEqual(breaches(root), [])
})

const planted = [
  ['core includes io', 'starling/core/view/a.hpp', '#include "starling/io/net/listener.hpp"', 'core does not include io'],
  ['core includes a source', 'starling/core/hub/a.cpp', '#include "starling/sources/source.hpp"', 'core does not include sources'],
  ['core includes what comes later', 'starling/core/state/a.hpp', '#include "starling/core/log/log.hpp"', 'core/state comes before core/log'],
  ['so does a test of core', 'starling/core/base/a_test.cpp', '#include "starling/core/geo/box.hpp"', 'core/base comes before core/geo'],
  ['core has a folder of no rank', 'starling/core/misc/a.hpp', '#include "starling/core/base/time.hpp"', 'does not know'],
  ['core includes Boost', 'starling/core/geo/a.hpp', '#include <boost/asio.hpp>', 'libraries that only compute'],
  ['core includes a system header', 'starling/core/ws/a.cpp', '#include <sys/socket.h>', 'libraries that only compute'],
  ['core starts threads', 'starling/core/log/a.cpp', '  #  include <thread>', 'no sockets, files, threads'],
  ['core throws dice', 'starling/core/log/a.cpp', '#include <random>', 'no sockets, files, threads'],
  ['core reads files', 'starling/core/log/a.cpp', '#include <fstream>', 'no sockets, files, threads'],
  ['core reads the clock', 'starling/core/hub/a.cpp', 'auto now = std::chrono::system_clock::now();', 'no clocks'],
  ['io includes the server', 'starling/io/http/a.cpp', '#include "starling/server/server.hpp"', 'io does not include server'],
  ['a source includes another', 'starling/sources/mqtt/a.cpp', '#include "starling/sources/meshtastic/meshtastic.hpp"', 'a source does not include another'],
  ['what sources share includes one', 'starling/sources/decoder.cpp', '#include "starling/sources/mqtt/mqtt.hpp"', 'a source does not include another'],
  ['the configuration includes a source', 'starling/server/config/a.cpp', '#include "starling/sources/mqtt/mqtt.hpp"', 'knows neither'],
  ['the client includes the server', 'starling/client/a.cpp', '#include "starling/server/server.hpp"', 'client does not include server'],
  ['the load generator includes the server', 'starling/load/a.cpp', '#include "starling/server/server.hpp"', 'load does not include server'],
  ['the client includes the load generator', 'starling/client/a.cpp', '#include "starling/load/line.hpp"', 'client does not include load'],
  ['the library includes a program', 'starling/server/a.cpp', '#include "apps/starling/main.hpp"', 'nothing of its users'],
  ['the library includes the simulator', 'starling/core/hub/a_test.cpp', '#include "sim/world.hpp"', 'nothing of its users'],
  ['an include by half its path', 'starling/core/view/a.cpp', '#include "query.hpp"', 'whole path'],
  ['an include of ours in angles', 'starling/io/net/a.cpp', '#include <starling/server/server.hpp>', 'in quotes'],
]
for (const [name, path, line, why] of planted) {
  test(`found: ${name}`, () => withTree({ [path]: `// first line\n${line}\n` }, (top) => {
    const found = breaches(top)
    assert.equal(found.length, 1)
    assert.ok(found[0].startsWith(`${path}:2: `) && found[0].includes(why), found[0])
  }))
}

test('what is allowed is let through', () => withTree({
  'starling/core/hub/a.hpp': '#include "starling/core/base/time.hpp"\n#include <vector>\n#include <fmt/format.h>\n// system_clock is io\'s\n',
  'starling/core/base/a_test.cpp': '#include <fstream>\n#include <doctest/doctest.h>\n',
  'starling/core/base/a_for_test.hpp': '#include <doctest/doctest.h>\n',
  'starling/io/http/a.hpp': '#include "starling/io/net/listener.hpp"\n#include "starling/core/ws/frame.hpp"\n#include <thread>\n#include <boost/asio.hpp>\n',
  'starling/sources/mqtt/a.cpp': '#include "starling/sources/source.hpp"\n#include "starling/sources/mqtt/b.hpp"\n#include "starling/core/state/update.hpp"\n',
  'starling/server/wiring.cpp': '#include "starling/sources/mqtt/mqtt.hpp"\n#include "starling/io/net/listener.hpp"\n',
  'apps/starling/main.cpp': '#include "starling/server/server.hpp"\n',
}, (top) => assert.deepEqual(breaches(top), [])))
