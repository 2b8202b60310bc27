/** Calls what is the application's: what it throws is told, and keeps nobody else from being called. */
export function call(run: () => void): void {
  try {
    run()
  } catch (error) {
    queueMicrotask(() => { throw error })
  }
}
