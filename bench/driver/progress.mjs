// How far we are, on a terminal: which run of how many, and how long the rest will take. In a pipe nothing.
import { duration } from './duration.mjs'

/** `expected`: the seconds that each run should take; what the first ones took says how right that is. `say(text)` prints a line of its own above. */
export function startProgress(expected, stream = process.stderr) {
  const isTerminal = stream.isTTY === true
  let done = 0
  let current = ''
  let begunAt
  let tookSeconds = 0
  const sum = (seconds) => seconds.reduce((total, each) => total + each, 0)
  const clear = () => { if (isTerminal) stream.write('\r\x1b[2K') }
  const left = () => {
    const pace = done > 0 ? tookSeconds / sum(expected.slice(0, done)) : 1
    return duration(Math.max(0, sum(expected.slice(done)) * pace - (performance.now() - begunAt) / 1000))
  }
  const draw = () => {
    if (!isTerminal) return
    clear()
    stream.write(`[${done + 1}/${expected.length}] ${current} · ${left()} left`.slice(0, (stream.columns ?? 120) - 1))
  }
  const timer = setInterval(() => { if (current) draw() }, 1000)
  timer.unref()
  return {
    begin(text) {
      current = text
      begunAt = performance.now()
      draw()
    },
    end() {
      tookSeconds += (performance.now() - begunAt) / 1000
      done++
      current = ''
    },
    say(text) {
      clear()
      stream.write(`${text}\n`)
    },
    finish() {
      clearInterval(timer)
      clear()
    },
  }
}
