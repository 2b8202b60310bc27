// What a browser is given: programs bundled with the packages of clients/ as they are built, and a page that has them.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const clients = fileURLToPath(new URL('../../../clients/', import.meta.url))
const ofClients = createRequire(join(clients, 'package.json'))

/** Components and modules with runes, as a page needs them. */
function svelte() {
  const { compile, compileModule } = ofClients('svelte/compiler')
  const compiled = (compiler) => ({ path }) =>
    ({ contents: compiler(readFileSync(path, 'utf8'), { filename: path, generate: 'client', dev: false }).js.code, loader: 'js' })
  return {
    name: 'svelte',
    setup(build) {
      build.onLoad({ filter: /\.svelte$/ }, compiled((text, options) => compile(text, { ...options, css: 'injected' })))
      build.onLoad({ filter: /\.svelte\.js$/ }, compiled(compileModule))
    },
  }
}

/** `entry`, a file of tests/e2e/, as one module; `replace` is text → text, of the entry alone. */
export async function bundle(entry, { replace } = {}) {
  const file = fileURLToPath(new URL(`../${entry}`, import.meta.url))
  const source = readFileSync(file, 'utf8')
  const text = replace ? replace(source) : source
  const { outputFiles } = await ofClients('esbuild').build({
    stdin: { contents: text, resolveDir: join(file, '..'), sourcefile: basename(file), loader: file.endsWith('x') ? 'tsx' : 'ts' },
    bundle: true, write: false, format: 'esm', target: 'es2022', jsx: 'automatic', conditions: ['svelte', 'browser'], mainFields: ['browser', 'module', 'main'],
    nodePaths: [join(clients, 'node_modules')], define: { 'process.env.NODE_ENV': '"development"' }, plugins: [svelte()], logLevel: 'silent',
  })
  assert.equal(outputFiles.length, 1)
  return outputFiles[0].text
}

/**
 * A page with these modules (name → text) beside it, of another origin than the server's: {url}. What it sends on WebSockets is in `window.sent`, a list a socket; `window.answered` counts the queries that were answered.
 * `window.heard()` resolves once its servers have taken in all that was sent: what is published from then on is told by it.
 */
export async function servePage(t, modules, body = '<main></main>') {
  const page = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${body}
<script>
  window.sent = []
  window.answered = 0
  const sockets = []
  window.heard = () => Promise.all(sockets.filter(({ readyState }) => readyState === WebSocket.OPEN).map((socket) => socket.heard()))
  window.WebSocket = class extends WebSocket {
    #sent = []
    #answered = 0
    constructor(...given) {
      super(...given)
      sockets.push(this)
      window.sent.push(this.#sent)
      this.addEventListener('message', ({ data }) => {
        if (JSON.parse(data).type !== 'subscribed') return
        ++this.#answered
        ++window.answered
      })
    }
    send(text) { this.#sent.push(JSON.parse(text)); super.send(text) }
    /** Our wire answers a query, and the next is asked after that; a door answers a ping, after what came before it. */
    async heard() {
      if (this.protocol === 'starling.v1') {
        while (this.#answered < this.#sent.filter(({ type }) => type === 'subscribe').length) await new Promise((resolve) => { setTimeout(resolve, 5) })
      } else {
        const pong = new Promise((resolve) => { this.addEventListener('message', ({ data }) => { if (data.includes('"pong"')) resolve() }) })
        super.send(JSON.stringify(new URL(this.url).pathname === '/api/ws' ? { type: 'ping' } : { event: 'ping' }))
        await pong
      }
    }
  }
</script>`
  const server = createServer(({ url }, response) => {
    const { pathname } = new URL(url, 'http://page')
    const text = pathname === '/' ? page : modules[pathname.slice(1)]
    const type = pathname === '/' ? 'text/html' : 'text/javascript'
    response.writeHead(text === undefined ? 404 : 200, { 'Content-Type': type }).end(text)
  })
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  t.after(() => { server.closeAllConnections(); server.close() })
  return { url: `http://127.0.0.1:${server.address().port}` }
}
