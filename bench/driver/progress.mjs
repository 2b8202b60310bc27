// How far we are, on a terminal: which run of how many, and how long the rest will take. In a pipe nothing.

/** `say(text)` prints a line of its own above the progress. */
export function startProgress(total, stream = process.stderr) {
  const isTerminal = stream.isTTY === true
  let done = 0
  let current = ''
  let secondsEach = 0
  let secondsLeft
  let begunAt
  const clear = () => { if (isTerminal) stream.write('\r\x1b[2K') }
  const draw = () => {
    if (!isTerminal) return
    const left = secondsLeft === undefined ? '' : ` · ${duration(Math.max(0, secondsLeft - (performance.now() - begunAt) / 1000))} left`
    clear()
    stream.write(`[${done + 1}/${total}] ${current}${left}`.slice(0, (stream.columns ?? 120) - 1))
  }
  const timer = setInterval(() => { if (current) draw() }, 1000)
  timer.unref()
  return {
    begin(text) {
      current = text
      begunAt = performance.now()
      if (done > 0) secondsLeft = secondsEach * (total - done)
      draw()
    },
    end() {
      secondsEach = (secondsEach * done + (performance.now() - begunAt) / 1000) / (done + 1)
      done++
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

function duration(seconds) {
  const whole = Math.round(seconds)
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}
