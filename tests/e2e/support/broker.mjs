// A real mosquitto, and messages to it by its own client.
import { createServer, connect } from 'node:net'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Program, temporaryFolder } from './cleanup.mjs'
import { until } from './until.mjs'

/** A port that was free just now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

function isOpen(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => { socket.destroy(); resolve(true) })
    socket.on('error', () => resolve(false))
  })
}

export async function startBroker(t, port) {
  port ??= await freePort()
  const file = join(temporaryFolder(t), 'mosquitto.conf')
  writeFileSync(file, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nlog_dest stderr\nlog_type all\n`, { mode: 0o644 })
  const broker = new Program('mosquitto', ['-c', file], { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } })
  t.after(() => broker.end('SIGKILL'))
  broker.port = port
  broker.url = `mqtt://127.0.0.1:${port}`
  await until(() => {
    if (broker.exit) throw new Error(`mosquitto ended: ${JSON.stringify(broker.exit)} ${broker.stderr}`)
    return isOpen(port)
  }, { what: 'mosquitto to listen' })
  return broker
}

/** Until somebody has subscribed to `topic`. */
export const untilSubscribed = (broker, topic, withinMs = 15_000) =>
  until(() => broker.stderr.includes(`Sending SUBACK`) && broker.stderr.includes(topic), {
    what: () => `a subscription to ${topic}; mosquitto said: ${broker.stderr}`, withinMs,
  })

/** A mosquitto_pub that stays connected; `send` publishes to `topic` at once. */
export async function startPublisher(t, broker, topic, parameters = []) {
  const before = broker.stderr.split('Sending CONNACK').length
  const publisher = new Program('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(broker.port), '-t', topic, '-l', ...parameters])
  t.after(() => publisher.end('SIGKILL'))
  await until(() => broker.stderr.split('Sending CONNACK').length > before, { what: 'mosquitto_pub to connect' })
  return { send: (payload) => publisher.child.stdin.write(`${typeof payload === 'string' ? payload : JSON.stringify(payload)}\n`), publisher }
}

/** One message of any bytes, which a line cannot have. */
export async function publishBytes(t, broker, topic, bytes) {
  const publisher = new Program('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(broker.port), '-t', topic, '-s'])
  t.after(() => publisher.end('SIGKILL'))
  publisher.child.stdin.end(bytes)
  await until(() => publisher.exit, { what: 'mosquitto_pub to end' })
  if (publisher.exit.code !== 0) throw new Error(`mosquitto_pub: ${publisher.stderr}`)
}
