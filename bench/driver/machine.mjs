// The machine that figures come from: what it is, which of its cores are ours, and how busy it was.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release } from 'node:os'

import { root } from './places.mjs'

const ticksPerSecond = 100  // of /proc on every Linux that has users

/** CPU model, cores and kernel, as every line of results says them. */
export function describeMachine() {
  return { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length, kernel: release() }
}

/** The commit that is measured; with a `+` if the tree differs from it. */
export function commitOf(top = root) {
  const git = (...parameters) => execFileSync('git', ['-C', top, ...parameters], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    const changed = git('status', '--porcelain', '--', ':/', ':(exclude,top)bench/results', ':(exclude,top)docs/performance')
    return git('rev-parse', '--short=9', 'HEAD') + (changed === '' ? '' : '+')
  } catch {
    return 'unknown'
  }
}

/** Cores that this process may run on, as numbers. */
export function allowedCores() {
  const [, list] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, offset) => first + offset)
  })
}

/** How many files a process may open here, 20,000 at most: what is asked of the shell for servers and generators. */
export function openFilesMax() {
  const [, hard] = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))
  return Math.min(20_000, hard === 'unlimited' ? Infinity : Number(hard))
}

/** Seconds of CPU time that the process used, or undefined if it is gone. */
function cpuSecondsOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  } catch {
    return undefined
  }
}

function busySeconds() {
  const [user, nice, system, , , interrupts, softInterrupts] = readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).slice(1).map(Number)
  return (user + nice + system + interrupts + softInterrupts) / ticksPerSecond
}

/** Watches what anything but these processes uses, for a program that does not say so itself. `end()`: percent of one core. */
export function watchOthers(pids, everyMs = 200) {
  const look = () => ({ at: performance.now(), busy: busySeconds(), own: pids.reduce((sum, pid) => sum + (cpuSecondsOf(pid) ?? NaN), 0) })
  const first = look()
  let last = first
  const timer = setInterval(() => {
    const seen = look()
    if (!Number.isNaN(seen.own)) last = seen  // else one of them has ended
  }, everyMs)
  return {
    end() {
      clearInterval(timer)
      const seconds = (last.at - first.at) / 1000
      if (seconds <= 0) return 0
      return (100 * (last.busy - first.busy - (last.own - first.own))) / seconds
    },
  }
}
