/** An attempt that is given up when it takes too long. */

export class DeadlineError extends Error {
  constructor(ms: number) {
    super(`The server has not answered for ${Math.round(ms / 1000)} s.`)
    this.name = 'DeadlineError'
  }
}

/** What `ask` comes to, or a `DeadlineError`. Either way its signal, which is that of `controller`, ends what it began. */
export async function within<T>(ms: number, ask: (signal: AbortSignal) => Promise<T>, controller: AbortController): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DeadlineError(ms))
      controller.abort()
    }, ms)
  })
  try {
    return await Promise.race([ask(controller.signal), late])
  } finally {
    clearTimeout(timer)
  }
}
