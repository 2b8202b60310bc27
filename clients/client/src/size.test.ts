import assert from 'node:assert/strict'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

import { build } from 'esbuild'

test('all of it is less than 8 KiB, minified and compressed', async (t) => {
  const { outputFiles: [file] } = await build({
    entryPoints: [fileURLToPath(new URL('../src/index.ts', import.meta.url))], bundle: true, minify: true, format: 'esm', target: 'es2022', write: false,
  })
  assert.ok(file)
  const { length } = gzipSync(file.contents, { level: 9 })
  t.diagnostic(`${length} bytes`)
  assert.ok(length < 8192, `${length} bytes`)
})
