/** One subscription by polls: what differs since the cursor of the answer before. */

import { readAnswer } from './codec.js'
import type { Desk } from './http.js'
import type { Cursor } from './message.js'
import { writeAddress } from './query.js'

/** So long the server may wait for news, in seconds. */
export const waitS = 30

/**
 * Asks once, and returns where to go on. An answer that goes on says neither that it does nor that nothing differs: that is said here
 * (`isFirst`: of a query just asked), so that all transports tell the same.
 */
export async function poll<Viewer>({ viewer, parameters, signal, get, frame, moved }: Desk<Viewer>, since: Cursor | undefined, isFirst: boolean, isWaiting: boolean): Promise<Cursor> {
  let text = ''
  const wait = isWaiting ? waitS : 0
  await get(writeAddress('changes', parameters, since, wait), wait * 1000, (more) => { text += more })
  const { frames, cursor } = readAnswer(text)
  const { epoch, seq, view } = cursor
  if (isFirst && frames[0]?.type !== 'subscribed') frames.unshift({ type: 'subscribed', id: 1, seq, view, resumed: true, reason: 'resumed' })
  if (isFirst && !frames[1]) frames.push({ type: 'update', id: 1, seq, channels: {} })
  for (const told of frames) if (!signal.aborted) frame(viewer, told, epoch)
  if (!signal.aborted) moved(viewer, seq)
  return cursor
}
