// Processes that a measurement starts: pinned to a core, allowed to open files, and ended by their id, whatever happens.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { openFilesMax } from './machine.mjs'

const saidBytesMax = 64 << 10
const running = new Set()
const folders = new Set()

/** Ends everything that is still running, at once, and removes what it had. */
export function endAll() {
  for (const child of running) child.kill('SIGKILL')
  for (const folder of folders) removeFolder(folder)
}

/** A folder for a server's files, until it is removed or all ends. */
export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'starling-bench-'))
  folders.add(folder)
  return folder
}

export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true })
  folders.delete(folder)
}

/**
 * Starts `command` (a list) on core `core`, or where it pins itself if that is undefined.
 *
 * `.ended` resolves with { code, signal } once it has; `.said` and `.complained` are what it wrote, the last 64 KiB.
 */
export function start(command, { core, folder, env } = {}) {
  const pinned = core === undefined ? command : ['taskset', '-c', String(core), ...command]
  // The shell and taskset replace themselves, so the process id is that of the command.
  const child = spawn('sh', ['-c', `ulimit -n ${openFilesMax()}; exec "$@"`, 'sh', ...pinned], {
    cwd: folder, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'],
  })
  running.add(child)
  const started = { pid: child.pid, input: child.stdin, output: child.stdout, said: '', complained: '', hasEnded: false, kill: (signal) => child.kill(signal) }
  child.stdin.on('error', () => {})
  child.stdout.setEncoding('utf8').on('data', (text) => { started.said = (started.said + text).slice(-saidBytesMax) })
  child.stderr.setEncoding('utf8').on('data', (text) => { started.complained = (started.complained + text).slice(-saidBytesMax) })
  started.ended = new Promise((resolve) => {
    const end = (code, signal) => {
      started.hasEnded = true
      running.delete(child)
      resolve({ code, signal })
    }
    child.on('error', (error) => {
      started.complained += String(error)
      end(null, null)
    })
    child.on('close', end)
  })
  return started
}

/** Asks it to end, and makes it after `graceMs`. */
export async function stop(started, graceMs = 5000) {
  if (started.hasEnded) return
  started.kill('SIGTERM')
  const timer = setTimeout(() => started.kill('SIGKILL'), graceMs)
  await started.ended
  clearTimeout(timer)
}

/** The process and those it has begotten. */
function familyOf(pid) {
  let children = ''
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  } catch {
    return []
  }
  return [pid, ...children.trim().split(/\s+/).filter(Boolean).flatMap((child) => familyOf(Number(child)))]
}

/** Ports on 127.0.0.1 that nobody has. */
export async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, () => new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })))
  const ports = servers.map((server) => server.address().port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

const canConnect = (port) => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1')
  socket.on('connect', () => { socket.destroy(); resolve(true) }).on('error', () => resolve(false))
})

/** Waits until the process listens on every port; throws with what it said if it ends or takes over `withinMs`. */
export async function untilListening(started, ports, withinMs = 15_000) {
  const deadline = performance.now() + withinMs
  for (const port of ports) {
    while (!(await canConnect(port))) {
      const why = started.hasEnded ? 'ended' : performance.now() > deadline ? `does not listen after ${withinMs / 1000} s` : undefined
      if (why) throw new Error(`the server ${why}: ${(started.complained || started.said).trim().slice(-500) || 'it said nothing'}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** Waits until the process is a family of `count`: one that works through others may listen before it has begotten them. Returns their ids. */
export async function untilFamily(started, count, withinMs = 15_000) {
  const deadline = performance.now() + withinMs
  for (;;) {
    const family = familyOf(started.pid)
    if (family.length >= count) return family
    if (started.hasEnded || performance.now() > deadline) throw new Error(`the server has ${family.length} processes of ${count}: ${started.complained.trim().slice(-500)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Waits until it has said `text`. */
export async function untilSaid(started, text, withinMs = 15_000) {
  const deadline = performance.now() + withinMs
  while (!started.said.includes(text)) {
    if (started.hasEnded || performance.now() > deadline) throw new Error(`no "${text}": ${started.complained.trim() || 'it said nothing'}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
