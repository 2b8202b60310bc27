/** Whether this server keeps what was: asked once, before anything is read that a server without a store would refuse. */
import { fetchResource, isRecord } from './resource.js'

let answer: Promise<boolean> | undefined

export function keepsHistory(): Promise<boolean> {
  answer ??= fetchResource('api/v1/history').then(async response => {
    const body: unknown = await response.json()
    return isRecord(body) && body['kept'] === true
  }).catch((error: unknown) => {
    // Not answered is not said: the next who asks asks again.
    answer = undefined
    throw error
  })
  return answer
}
