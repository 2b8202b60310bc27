import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeadlineError, within } from './deadline.js'

test('what comes in time is what it comes to, also when it fails', async () => {
  const controller = new AbortController()
  assert.equal(await within(10_000, async () => 5, controller), 5)
  await assert.rejects(within(10_000, async () => { throw new Error('no') }, controller), /^Error: no$/)
  assert.equal(controller.signal.aborted, false)
})

test('what hangs is ended, and said to be late', async () => {
  const controller = new AbortController()
  const heeding = (signal: AbortSignal) => new Promise<never>((_, reject) => { signal.addEventListener('abort', () => reject(new Error('aborted'))) })
  await assert.rejects(within(10, heeding, controller), DeadlineError)
  assert.equal(controller.signal.aborted, true)
  await assert.rejects(within(10, () => new Promise<never>(() => {}), new AbortController()), DeadlineError)
  assert.equal(new DeadlineError(10_000).message, 'The server has not answered for 10 s.')
})

test('who gives up sooner has it ended', async () => {
  const controller = new AbortController()
  const asked = within(10_000, signal => new Promise<never>((_, reject) => { signal.addEventListener('abort', () => reject(new Error('aborted'))) }), controller)
  controller.abort()
  await assert.rejects(asked, /aborted/)
})
