/** One subscription by Server-Sent Events. By fetch and not by `EventSource`, which can send no `Authorization`. */

import { readCursor, readJson, readMessage } from './codec.js'
import { lineError, quietMsOf } from './connection.js'
import type { Desk } from './http.js'
import type { Cursor } from './message.js'
import { writeAddress } from './query.js'

/** Until the server ends it. */
export function stream<Viewer>({ viewer, parameters, signal, get, frame, moved, lost }: Desk<Viewer>, since: Cursor | undefined): Promise<void> {
  let waiting = ''
  return get(writeAddress('stream', parameters, since), quietMsOf(), (text) => {
    const events = (waiting + text).split('\n\n')
    waiting = events.pop() ?? ''
    for (const event of events) {
      const data = /^data: ?(.*)$/m.exec(event)?.[1]
      const message = data && readMessage(readJson(data))
      if (!message || signal.aborted) continue
      if (message.type === 'progress') moved(viewer, message.at['1'] ?? 0)
      else if (message.type === 'bye') lost(lineError('the server goes', message.reconnect_ms))
      // A frame that completes a seq has a cursor; where one has none, nothing asks for its epoch.
      else frame(viewer, message, readCursor(/^id: ?(.*)$/m.exec(event)?.[1])?.epoch ?? '')
    }
  })
}
