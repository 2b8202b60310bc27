/** The map's filter as a query of ours, and which kinds of frames it asks for. */
import type { Query } from '@starling/client'

import type { MeshFilter, MeshKind } from './types.js'

/** `raw` has no name in a filter: packets are told where no kinds are named. */
export type Kind = MeshKind | 'raw'

const all: readonly Kind[] = ['node', 'position', 'telemetry', 'message', 'raw']

/** What is looked at for a kind: a node's object is made of its position and telemetry too. */
const channels: Record<Kind, readonly string[]> = {
  node: ['mesh:node', 'mesh:position', 'mesh:telemetry', 'mesh:presence'],
  position: ['mesh:position'],
  telemetry: ['mesh:telemetry'],
  message: ['mesh:message'],
  raw: ['mesh:raw'],
}

export const recentMessages = 50

export const kindsOf = (filter: MeshFilter | undefined): ReadonlySet<Kind> =>
  new Set(filter?.messageTypes?.length ? filter.messageTypes : all)

export function queryOf(filter: MeshFilter | undefined): Query {
  const { nodeIds, bounds } = filter ?? {}
  return {
    channels: [...new Set([...kindsOf(filter)].flatMap((kind) => channels[kind]))],
    filter: { ...(nodeIds?.length ? { keys: nodeIds } : {}), ...(bounds ? { bounds } : {}) },
    recent: recentMessages,
  }
}
