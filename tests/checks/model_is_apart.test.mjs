// What judges the core in a simulation shares nothing with it: whatever the model includes, and whatever that includes.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'

import { read, root, withTree, withoutComments } from './tree.mjs'

// The truth, the client of the protocol's page, and the judges.
const model = ['sim/truth.hpp', 'sim/truth.cpp', 'sim/client.hpp', 'sim/client.cpp', 'sim/watch.hpp', 'sim/watch.cpp', 'sim/published.hpp', 'sim/published.cpp',
  'sim/door_model.hpp', 'sim/event_door.hpp', 'sim/event_door.cpp', 'sim/mesh_door.hpp', 'sim/mesh_door.cpp', 'sim/replies.hpp', 'sim/replies.cpp']
// Of the library it may use what reads a text as JSON, and what that is made of.
const allowed = /^(?:sim\/|starling\/core\/base\/)/

/** "sim/watch.cpp → a.hpp → starling/core/view/view.hpp" for each way into what is judged. */
function ways(top) {
  const found = []
  const seen = new Set()
  const follow = (path, way) => {
    if (seen.has(path)) return
    seen.add(path)
    for (const [, included] of withoutComments(read(top, path)).matchAll(/^[ \t]*#[ \t]*include[ \t]*"([^"]+)"/gm)) {
      if (!allowed.test(included)) found.push([...way, included].join(' → '))
      else if (existsSync(join(top, included))) follow(included, [...way, included])
    }
  }
  for (const path of model) {
    assert.ok(existsSync(join(top, path)), `${path} is part of the model`)
    follow(path, [path])
  }
  return found
}

test('the model includes nothing of what it judges', () => assert.deepEqual(ways(root), []))

const empty = Object.fromEntries(model.map((path) => [path, '']))
test('found: an include of what is judged, and one by way of another file', () => withTree({
  ...empty,
  'sim/watch.cpp': '#include "starling/core/view/view.hpp"\n',
  'sim/truth.hpp': '#include "sim/helper.hpp"\n#include <map>\n',
  'sim/helper.hpp': '#include "starling/core/base/json.hpp"\n  # include "starling/core/log/fold.hpp"\n// #include "starling/core/fanout/fanout.hpp"\n',
  'starling/core/base/json.hpp': '',
}, (top) => assert.deepEqual(ways(top), [
  'sim/truth.hpp → sim/helper.hpp → starling/core/log/fold.hpp',
  'sim/watch.cpp → starling/core/view/view.hpp',
])))
