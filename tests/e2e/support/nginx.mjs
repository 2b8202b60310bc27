// A real nginx in front of a Unix socket, as its own documentation sets it up for WebSockets.
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'

import { freePort } from './broker.mjs'
import { Program, temporaryFolder } from './cleanup.mjs'
import { until } from './until.mjs'

// Connections to `socketPath` are kept, and shared by all clients. One process and no daemon, so that it ends with the test.
const configuration = (folder, port, socketPath) => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  map $http_upgrade $connection_upgrade {
    default upgrade;
    '' '';
  }
  upstream starling {
    server unix:${socketPath};
    keepalive 4;
  }
  server {
    listen 127.0.0.1:${port};
    proxy_http_version 1.1;
    location / {
      proxy_pass http://starling;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
}
`

/** {url, port, …} of an nginx that listens. */
export async function startNginx(t, socketPath) {
  const folder = temporaryFolder(t), port = await freePort(), file = join(folder, 'nginx.conf')
  writeFileSync(file, configuration(folder, port, socketPath))
  const nginx = new Program('nginx', ['-p', folder, '-c', file, '-e', 'stderr'], { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } })
  t.after(() => nginx.end('SIGKILL'))
  nginx.port = port
  nginx.url = `http://127.0.0.1:${port}`
  const isOpen = () => new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true) })
    socket.on('error', () => resolve(false))
  })
  await until(() => {
    if (nginx.exit) throw new Error(`nginx ended: ${JSON.stringify(nginx.exit)} ${nginx.exit.error ?? ''} ${nginx.stderr}`)
    return isOpen()
  }, { what: 'nginx to listen' })
  return nginx
}
