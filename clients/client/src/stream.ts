/** One subscription by Server-Sent Events. By fetch and not by `EventSource`, which can send no `Authorization`. */

import { broken, readCursor, readJson, readMessage } from './codec.js'
import { heartbeatMs, lineError, quietBeats } from './connection.js'
import type { Request } from './http.js'
import type { LinkEvents } from './link.js'
import type { Cursor } from './message.js'
import { writeAddress } from './query.js'

/** Until the server ends it. */
export async function stream<Viewer>(
  viewer: Viewer, parameters: URLSearchParams, since: Cursor | undefined, get: Request, on: Pick<LinkEvents<Viewer>, 'frame' | 'moved' | 'lost'>,
): Promise<void> {
  let waiting = ''
  await get(writeAddress('stream', parameters, since), heartbeatMs * quietBeats, (text) => {
    waiting += text
    const events = waiting.split('\n\n')
    waiting = events.pop() ?? ''
    for (const event of events) receive(event)
  })

  function receive(event: string): void {
    const [, data] = /^data: ?(.*)$/m.exec(event) ?? []
    const [, id] = /^id: ?(.*)$/m.exec(event) ?? []
    if (data === undefined) return // a comment
    const message = readMessage(readJson(data))
    switch (message?.type) {
      case 'subscribed':
      case 'snapshot':
      case 'update': {
        // A frame that completes a seq has a cursor; where one has none, nothing asks for its epoch.
        const cursor = readCursor(id)
        return on.frame(viewer, message, cursor?.epoch ?? '')
      }
      case 'progress': {
        const seq = message.at['1']
        if (seq !== undefined) on.moved(viewer, seq)
        return
      }
      case 'bye':
        return on.lost({ error: lineError('the server restarts'), afterMs: message.reconnect_ms })
      case 'error':
        throw broken(message.message)
    }
  }
}
