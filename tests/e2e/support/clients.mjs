// The clients of clients/*.ts: compiled, served to a browser on a page of another origin, or run here.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import ts from 'typescript'

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'clients')

export const clientNames = ['heimdall', 'heimdall_head', 'mesh_map']

/** What the compiler finds wrong with the types of all clients, and of `more` (file name → text) beside them. */
export function typeFaults(more = {}) {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (fault) => assert.fail(String(fault.messageText)) }
  const config = ts.getParsedCommandLineOfConfigFile(join(folder, 'tsconfig.json'), {}, host)
  const files = new Map(Object.entries(more).map(([name, text]) => [join(folder, name), text]))
  const compiler = ts.createCompilerHost(config.options)
  const { readFile, fileExists } = ts.sys
  compiler.readFile = (path) => files.get(path) ?? readFile(path)
  compiler.fileExists = (path) => files.has(path) || fileExists(path)
  const program = ts.createProgram([...config.fileNames, ...files.keys()], config.options, compiler)
  const names = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => folder, getNewLine: () => '\n' }
  return ts.formatDiagnostics([...config.errors, ...ts.getPreEmitDiagnostics(program)], names)
}

/** clients/`name`.ts as JavaScript; its types are not looked at. */
function scriptOf(name, module) {
  const source = readFileSync(join(folder, `${name}.ts`), 'utf8')
  return ts.transpileModule(source, { compilerOptions: { module, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: module !== ts.ModuleKind.CommonJS } }).outputText
}

/** What clients/`name`.ts exports, run here with `globals` in place of those of that name (WebSocket, setTimeout …). */
export function loadClient(name, globals = {}) {
  const exports = {}
  const run = new Function('exports', 'require', ...Object.keys(globals), scriptOf(name, ts.ModuleKind.CommonJS))
  run(exports, (path) => loadClient(basename(path, '.js'), globals), ...Object.values(globals))
  return exports
}

/** A page of another origin than the server's, with `window.heimdall`, `window.heimdallHead` and `window.meshMap`: {url}. */
export async function startClientPage(t) {
  const scripts = new Map(clientNames.map((name) => [`/${name}.js`, scriptOf(name, ts.ModuleKind.ES2022)]))
  const page = `<!doctype html><link rel="icon" href="data:,"><script type="module">
import * as heimdall from './heimdall.js'
import * as heimdallHead from './heimdall_head.js'
import * as meshMap from './mesh_map.js'
Object.assign(window, { heimdall, heimdallHead, meshMap })
</script>`
  const server = createServer(({ url }, response) => {
    const text = url === '/' ? page : scripts.get(url)
    const type = url === '/' ? 'text/html' : 'text/javascript'
    response.writeHead(text === undefined ? 404 : 200, { 'Content-Type': type }).end(text)
  })
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  t.after(() => { server.closeAllConnections(); server.close() })
  return { url: `http://127.0.0.1:${server.address().port}` }
}
