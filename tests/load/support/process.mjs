// What the kernel says of a process and its sockets.
import { readdirSync, readFileSync } from 'node:fs'

const pageBytes = 4096
const hex = (number, digits) => number.toString(16).toUpperCase().padStart(digits, '0')

/** Resident memory. */
export const residentBytes = (pid) => Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * pageBytes

/** How many descriptors it has open. */
export const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).length

/** What lies in the socket of 127.0.0.1:`port` towards 127.0.0.1:`peerPort`, not yet acknowledged. */
export function sendQueueBytes(port, peerPort) {
  const row = readFileSync('/proc/net/tcp', 'utf8').split('\n').map((line) => line.trim().split(/\s+/))
    .find(([, local, remote]) => local === `0100007F:${hex(port, 4)}` && remote === `0100007F:${hex(peerPort, 4)}`)
  if (!row) throw new Error(`no socket from ${port} to ${peerPort}`)
  return Number.parseInt(row[4].split(':')[0], 16)
}
