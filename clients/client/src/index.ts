/** What an application imports. */

import type { Connect } from './api.js'
import { connectIn } from './client.js'
import { ownWorld } from './world.js'

export * from './api.js'

export const connect: Connect = (url, options) => connectIn(ownWorld(options?.WebSocket), url, options)
