// A real PostgreSQL with its data in a folder of its own, which nobody outside of this machine reaches.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chownSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { Program, temporaryFolder } from '../../e2e/support/cleanup.mjs'
import { until } from '../../e2e/support/until.mjs'

const programs = '/usr/lib/postgresql/15/bin'

export class Postgres {
  /** Makes it, starts it, and makes a database. */
  static async start(t) {
    const postgres = new Postgres(temporaryFolder(t))
    const made = postgres.#run('initdb', ['-D', postgres.data, '-U', 'starling', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'])
    assert.equal(made.status, 0, `initdb failed; is the Debian package postgresql-15 installed? ${made.stderr}`)
    t.after(() => postgres.stop())
    await postgres.start()
    assert.equal(postgres.#run('createdb', ['-h', postgres.folder, '-U', 'starling', 'fleet']).status, 0)
    postgres.url = `postgresql://starling@/fleet?host=${postgres.folder}`
    return postgres
  }

  constructor(folder) {
    this.folder = folder
    this.data = join(folder, 'data')
    this.as = []
    if (process.getuid() !== 0) return
    // It does not run as root.
    const user = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':')).find(([name]) => name === 'postgres')
    assert.ok(user, 'there is no user postgres: install the Debian package postgresql-15')
    chownSync(folder, Number(user[2]), Number(user[3]))
    this.as = ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', '--pdeathsig=INT']
  }

  async start() {
    const [file, ...rest] = this.#command('postgres', ['-D', this.data, '-c', 'listen_addresses=', '-c', `unix_socket_directories=${this.folder}`])
    this.program = new Program(file, rest, { cwd: this.folder })
    await until(() => this.program.exit || this.#run('pg_isready', ['-q', '-h', this.folder]).status === 0, { what: 'PostgreSQL to listen', withinMs: 20_000 })
    assert.equal(this.program.exit, null, this.program.stderr)
  }

  /** SIGQUIT ends it at once, as if it were killed; SIGINT in order. */
  async stop(signal = 'SIGINT') { await this.program?.end(signal, 20_000) }

  #command(name, parameters) { return [...this.as, join(programs, name), ...parameters] }

  #run(name, parameters) {
    const [file, ...rest] = this.#command(name, parameters)
    return spawnSync(file, rest, { cwd: this.folder, encoding: 'utf8' })
  }
}
