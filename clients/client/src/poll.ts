/** One subscription by polls: what differs since the cursor of the answer before. */

import { readAnswer } from './codec.js'
import type { Request } from './http.js'
import type { LinkEvents } from './link.js'
import type { Cursor } from './message.js'
import { writeAddress } from './query.js'

/** So long the server may wait for news, in seconds. */
export const waitS = 30

/**
 * Asks once, and returns where to go on. An answer that goes on says neither that it does nor that nothing differs: that is said here
 * (`isFirst`: of a query just asked), so that all transports tell the same.
 */
export async function poll<Viewer>(
  viewer: Viewer, parameters: URLSearchParams, since: Cursor | undefined, isWaiting: boolean, isFirst: boolean, get: Request, on: Pick<LinkEvents<Viewer>, 'frame' | 'moved'>,
): Promise<Cursor> {
  let text = ''
  await get(writeAddress('changes', parameters, since, `${isWaiting ? waitS : 0}s`), isWaiting ? waitS * 1000 : 0, (more) => { text += more })
  const { frames, since: { epoch, seq, view } } = readAnswer(text)
  const at = { id: 1, seq }
  if (isFirst && frames[0]?.type !== 'subscribed') {
    on.frame(viewer, { ...at, type: 'subscribed', view, resumed: true, reason: 'resumed' }, epoch)
    if (frames.length === 0) on.frame(viewer, { ...at, type: 'update', channels: {} }, epoch)
  }
  for (const frame of frames) {
    if (frame?.type === 'subscribed' || frame?.type === 'snapshot' || frame?.type === 'update') on.frame(viewer, frame, epoch)
  }
  on.moved(viewer, seq)
  return { epoch, seq, view }
}
