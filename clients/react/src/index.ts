export { useLive } from './use-live.js'
export { useStatus } from './use-status.js'
export type { Live } from '@starling/client/live'
