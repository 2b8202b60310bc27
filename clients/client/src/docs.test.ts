// The samples of docs/CLIENT.md compile, each as a module of its own that has `starling` and `subscription`.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

import ts from 'typescript'

test('every sample of docs/CLIENT.md compiles', (t) => {
  const page = readFileSync(new URL('../../../docs/CLIENT.md', import.meta.url), 'utf8')
  const folder = fileURLToPath(new URL('./samples/', import.meta.url)) // within the workspace, so that @starling/client is found
  mkdirSync(folder, { recursive: true })
  t.after(() => rmSync(folder, { recursive: true }))
  const samples = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, sample = ''], index) => {
    const file = `${folder}sample-${index + 1}.ts`
    const given = ['starling: import("@starling/client").Starling', 'subscription: import("@starling/client").Subscription']
      .filter((declaration) => !new RegExp(`\\bconst ${declaration.split(':')[0]}\\b`).test(sample))
    writeFileSync(file, `${given.map((declaration) => `declare const ${declaration}\n`).join('')}${sample}\nexport {}\n`)
    return file
  })
  assert.ok(samples.length >= 8, `${samples.length} samples`)
  const program = ts.createProgram(samples, {
    noEmit: true, strict: true, exactOptionalPropertyTypes: true, skipLibCheck: true, module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'], types: ['node'],
  })
  assert.deepEqual(ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? file.text.slice(0, start).split('\n').length : 0
    return `${file?.fileName.split('/').at(-1)}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  }), [])
})
