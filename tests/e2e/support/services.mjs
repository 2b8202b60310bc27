// Services for probes: small HTTP servers on free ports that answer as they are told.
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { once } from 'node:events'

/**
 * `answer` is what it says: {status, body} (a body that is no string goes as JSON), or null: it takes requests and says nothing. It may be changed.
 * `asked` are the requests: {url, headers, at}.
 */
class Service {
  asked = []

  constructor(answer, tls) {
    this.answer = answer
    this.server = tls ? createTlsServer(tls) : createServer()
    this.server.on('request', (request, response) => {
      this.asked.push({ url: request.url, headers: request.headers, at: performance.now() })
      if (!this.answer) return
      const { status = 200, body = '', headers = {} } = this.answer
      response.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close', ...headers })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    })
    this.scheme = tls ? 'https' : 'http'
  }

  get port() { return this.server.address().port }
  get url() { return `${this.scheme}://127.0.0.1:${this.port}/health` }
  /** From here on its port is closed. */
  async end() {
    this.server.closeAllConnections()
    if (this.server.listening) await new Promise((resolve) => { this.server.close(resolve) })
  }
  /** The same port again. */
  async listen(port = 0) {
    this.server.listen(port, '127.0.0.1')
    await once(this.server, 'listening')
    return this
  }
}

export async function startService(t, answer = { body: { status: 'healthy' } }, { tls } = {}) {
  const service = await new Service(answer, tls).listen()
  t.after(() => service.end())
  return service
}

/** A url at which nobody is. */
export async function closedUrl(t) {
  const service = await startService(t)
  const { url } = service
  await service.end()
  return url
}
