// Services for a server to probe: one that is well, one that is not, one that nobody answers for.
import { createServer } from 'node:http'

import { freePort } from './broker.mjs'

/** {config, names}: `[[probe]]`s that are only asked when somebody calls for the status. */
export async function startProbed(t) {
  const serve = (status) => new Promise((resolve) => {
    const server = createServer((request, response) => response.writeHead(status).end('{}'))
    server.listen(0, '127.0.0.1', () => resolve(server.address().port))
    t.after(() => { server.closeAllConnections(); server.close() })
  })
  const ports = { well: await serve(200), ill: await serve(500), gone: await freePort() }
  const config = Object.entries(ports).map(([name, port]) => `
[[probe]]
name = "${name}"
url = "http://127.0.0.1:${port}/health"
every = "1h"
`).join('')
  return { config, names: Object.keys(ports) }
}
