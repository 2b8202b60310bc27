/**
 * Something asked over and over while it is looked at. Called while a component initialises; it ends with the component.
 */
export interface Polled<T> {
  /** The last that came, also after a failure. */
  readonly value: T | undefined
  /** Why the last attempt failed; undefined while nothing is wrong. */
  readonly error: string | undefined
  /** Asks now; an attempt under way is given up. */
  again(): void
}

/** `ask` ends by itself: while it has not, it is not asked again. */
export function polled<T>(ask: (signal: AbortSignal) => Promise<T>, everyMs: number): Polled<T> {
  let value: T | undefined = $state.raw()
  let error: string | undefined = $state()
  let running: AbortController | undefined

  async function again(): Promise<void> {
    running?.abort()
    const mine = running = new AbortController()
    try {
      const came = await ask(mine.signal)
      if (running !== mine) return
      value = came
      error = undefined
    } catch (reason) {
      if (running === mine) error = reason instanceof Error ? reason.message : String(reason)
    }
    if (running === mine) running = undefined
  }

  $effect(() => {
    void again()
    // An attempt under way is not begun anew, or a server that hangs would never be noticed.
    const timer = setInterval(() => { if (!document.hidden && running === undefined) void again() }, everyMs)
    return () => {
      clearInterval(timer)
      running?.abort()
      running = undefined
    }
  })

  return {
    get value() { return value },
    get error() { return error },
    again: () => void again()
  }
}
