/** Whether this server keeps what was: asked once a connection, before anything is read that a server without a store would refuse. */
import { starling } from './fleet.svelte.js'
import { fetchResource, isRecord } from './resource.js'

let answer: Promise<boolean> | undefined

// It may have been started anew, with a store or without.
starling.onReconnect(() => { answer = undefined })

export function keepsHistory(): Promise<boolean> {
  return answer ??= ask()
}

function ask(): Promise<boolean> {
  const asked = fetchResource('api/v1/history').then(async response => {
    const body: unknown = await response.json()
    return isRecord(body) && body['kept'] === true
  }).catch((error: unknown) => {
    // Not answered is not said: the next who asks asks again.
    if (answer === asked) answer = undefined
    throw error
  })
  return asked
}
