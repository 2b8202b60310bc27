// What a test starts ends with the test, whatever happens: processes by their pid, folders by their path.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { until } from './until.mjs'

const running = new Set()
// A test that dies itself takes what it started along.
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')))

/** A program: `child`, what it printed so far, and `exit` once it has ended. */
export class Program {
  constructor(file, parameters, options = {}) {
    this.name = file.split('/').pop()
    this.stdout = ''
    this.stderr = ''
    /** {code, signal} */
    this.exit = null
    this.child = spawn(file, parameters, { stdio: ['pipe', 'pipe', 'pipe'], ...options })
    running.add(this.child)
    this.child.stdout.setEncoding('utf8').on('data', (text) => { this.stdout += text })
    this.child.stderr.setEncoding('utf8').on('data', (text) => { this.stderr += text })
    this.child.stdin.on('error', () => {})
    this.child.on('error', (error) => this.#ended({ code: null, signal: null, error }))
    this.child.on('close', (code, signal) => this.#ended({ code, signal }))
  }

  get pid() { return this.child.pid }

  #ended(exit) {
    this.exit ??= exit
    running.delete(this.child)
  }

  /** Sends `signal` and waits for the end. A server may take 4.5 s by its own clock, and then what it has to store. */
  async end(signal = 'SIGTERM', withinMs = 20_000) {
    if (!this.exit) {
      this.child.kill(signal)
      await until(() => this.exit, { what: `${this.name} to end after ${signal}`, withinMs })
    }
    return this.exit
  }
}

/** A folder that is gone after the test. */
export function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'starling-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
