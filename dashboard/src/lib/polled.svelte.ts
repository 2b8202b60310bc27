/**
 * Something asked over and over while it is looked at. Called while a component initialises; it ends with the component.
 */
export interface Polled<T> {
  /** The last that came, also after a failure. */
  readonly value: T | undefined
  /** Why the last attempt failed; undefined while nothing is wrong. */
  readonly error: string | undefined
  /** Asks now. */
  again(): void
}

export function polled<T>(ask: (signal: AbortSignal) => Promise<T>, everyMs: number): Polled<T> {
  let value: T | undefined = $state.raw()
  let error: string | undefined = $state()
  let controller = new AbortController()

  async function again(): Promise<void> {
    controller.abort()
    const { signal } = controller = new AbortController()
    try {
      const came = await ask(signal)
      if (signal.aborted) return
      value = came
      error = undefined
    } catch (reason) {
      if (!signal.aborted) error = reason instanceof Error ? reason.message : String(reason)
    }
  }

  $effect(() => {
    void again()
    const timer = setInterval(() => { if (!document.hidden) void again() }, everyMs)
    return () => { clearInterval(timer); controller.abort() }
  })

  return {
    get value() { return value },
    get error() { return error },
    again: () => void again()
  }
}
