/** One subscription by Server-Sent Events. By fetch and not by `EventSource`, which can send no `Authorization`. */

import { readCursor, readJson, readMessage } from './codec.js'
import { lineError } from './connection.js'
import type { HttpDesk } from './http-desk.js'
import type { Cursor } from './message.js'

/** Until the server ends it. */
export async function stream(desk: HttpDesk, since: Cursor | undefined): Promise<never> {
  let waiting = ''
  await desk.get('stream', since, undefined, (text) => {
    const events = (waiting + text).split('\n\n')
    waiting = events.pop() as string
    for (const event of events) {
      const [, data, id] = /^data: ?(.*)(?:\nid: ?(.*))?/m.exec(event) ?? []
      const message = data && readMessage(readJson(data))
      if (!message) continue
      if (message.type === 'bye') throw lineError('bye', message.reconnect_ms)
      if (message.type === 'progress') desk.moved(message.at['1'] as number)
      // A frame that completes a seq has a cursor; where one has none, nothing asks for its epoch.
      else desk.frame(message, readCursor(id)?.epoch)
    }
  })
  throw lineError('ended')
}
