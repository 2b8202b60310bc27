/** One subscription by polls: what differs since the cursor of the answer before. */

import { readAnswer } from './codec.js'
import type { HttpDesk } from './http-desk.js'
import type { Cursor } from './message.js'

/**
 * Asks once, waiting for news for `waitS`, and returns where to go on. An answer that goes on says neither that it does nor that nothing
 * differs: that is said here (`isFirst`: of a query just asked), so that all transports tell the same.
 */
export async function poll(desk: HttpDesk, since: Cursor | undefined, isFirst: boolean, waitS: number): Promise<Cursor> {
  const { frames, cursor } = readAnswer(await desk.get('changes', since, waitS))
  const { epoch, seq, view } = cursor
  if (isFirst && frames[0]?.type !== 'subscribed') frames.unshift({ type: 'subscribed', id: 1, seq, view, resumed: true, reason: 'resumed' })
  if (isFirst && !frames[1]) frames.push({ type: 'update', id: 1, seq, channels: {} })
  for (const frame of frames) desk.frame(frame, epoch)
  desk.moved(seq)
  return cursor
}
