/** What the types let an application say, and what they do not. Compiled with the rest: an error that is expected and does not come is one. */
import type { Connect, Fields, Query, Starling, Status, Subscription } from './api.js'

declare const connect: Connect
declare const starling: Starling
declare const subscription: Subscription
declare const status: Status

connect()
connect('http://127.0.0.1:8080', { token: () => 'secret', transports: ['websocket', 'poll'] })
connect(new URL('wss://example.org/starling/'))
// @ts-expect-error a port is no address
connect(8080)
// @ts-expect-error no such way of speaking
connect(undefined, { transports: ['socket'] })
// @ts-expect-error misspelt
connect(undefined, { reconectDelayMs: 1 })

starling.subscribe('mesh:*')
starling.subscribe(['mesh:node', 'mesh:position'])
starling.subscribe({ channels: ['mesh:*'], filter: { bounds: { north: 1, south: 0, east: 1, west: 0 }, where: { 'telemetry/battery': { lt: 20 } } } })
// @ts-expect-error a query names channels
starling.subscribe({ filter: { keys: ['!a1'] } })
// @ts-expect-error a box has four edges
starling.subscribe({ channels: ['mesh:*'], filter: { bounds: { north: 1, south: 0, east: 1 } } })
// @ts-expect-error misspelt
export const misspelt: Query = { channels: ['mesh:*'], filters: {} }
// @ts-expect-error a list of channels is a list
subscription.replace({ channels: 'mesh:*' })

const record: Fields | undefined = subscription.channel('mesh:node').get('!a1')
// @ts-expect-error it may not be there
record.long_name
// @ts-expect-error a replica is the server's to change
subscription.channel('mesh:node').set('!a1', {})
// @ts-expect-error and so is a record
if (record) record['long_name'] = 'Anna'
// @ts-expect-error a state is not asked for
subscription.state = 'live'

// @ts-expect-error no such state
export const isOpen = status.state === 'open'
// @ts-expect-error one is missing
export const asText: Record<Status['state'], string> = { connecting: '…', connected: 'on', disconnected: 'off' }

starling.publish('mesh:message', null, { text: 'hi' })
starling.publish('site:position', 'van-1', {}, { op: 'remove' })
// @ts-expect-error no such operation
starling.publish('site:position', 'van-1', {}, { op: 'delete' })
// @ts-expect-error what is no value of JSON cannot be said
starling.publish('site:position', 'van-1', { at: new Date() })
// @ts-expect-error without data
starling.publish('site:position', 'van-1')
