/** What a node is called in a conversation. */
import type { Fields } from '@starling/client'

/** Its long name, else its short one; undefined where it has neither. */
export function nameIn(record: Fields | undefined): string | undefined {
  for (const field of ['long_name', 'short_name']) {
    const text = record?.[field]
    if (typeof text === 'string' && text !== '') return text
  }
  return undefined
}
