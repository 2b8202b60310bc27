export { live } from './live.svelte.js'
export { liveStatus } from './status.js'
export type { Live } from '@starling/client/live'
