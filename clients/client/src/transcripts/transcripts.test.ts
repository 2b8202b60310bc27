import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'

import type { JsonObject } from './naive.js'
import { type Fault, play, type Unsaid } from './play.js'
import { reasons, unsaid } from './unsaid.js'

const folder = new URL('../../../../tests/transcripts/', import.meta.url)
const names = readdirSync(folder).filter((name) => name.endsWith('.txt')).sort()
const textOf = (name: string): string => readFileSync(new URL(name, folder), 'utf8')

for (const name of names) {
  test(`${name}: this client says it, and holds what is shown`, async () => {
    const played = await play(textOf(name))
    assert.ok(played.heard > 0)
    assert.ok(played.said > 0 || played.unsaid.length > 0)
    assert.deepEqual(grouped(played.unsaid), unsaid[name] ?? {})
  })
}

/** As unsaid.ts has it. */
function grouped(lines: readonly Unsaid[]): { [what: string]: string[] } {
  const groups: { [what: string]: string[] } = {}
  for (const { what, text } of lines) (groups[what] ??= []).push(text.slice(0, 64))
  return groups
}

test('every transcript is played, and what is not said of one has a reason', () => {
  assert.ok(names.length >= 72)
  assert.deepEqual(Object.keys(unsaid).filter((name) => !names.includes(name)), [])
  const whats = new Set(Object.values(unsaid).flatMap((groups) => Object.keys(groups)))
  assert.deepEqual([...whats].filter((what) => !(what in reasons)), [])
  assert.deepEqual(Object.keys(reasons).filter((what) => !whats.has(what)), [])
})

// What a client would do that applies wrongly is what ours does that is told wrongly.
const faults: { name: string, file: string, fault: Fault }[] = [
  { name: 'a removal is not applied', file: 'leaving.txt', fault: inChannels((change) => without(change, 'remove')) },
  { name: 'a patch takes the place of the record', file: 'one_seq_is_one_cut.txt', fault: inChannels(({ patch, ...change }) => ({ ...change, ...patch !== undefined && { set: patch } })) },
  { name: 'parts are shown before the last has come', file: 'update_in_parts.txt', fault: (message) => message['more'] === true ? { ...message, more: false } : message },
  { name: 'an event is told twice', file: 'events.txt', fault: inChannels((change) => Array.isArray(change['events']) ? { ...change, events: change['events'].map((event, n) => ({ ...event as JsonObject, n: 100 + n })) } : change) },
  { name: 'a gap is not told', file: 'resume_expired.txt', fault: (message) => without(message, 'gaps') },
  { name: 'the view of the cursor is another', file: 'resume.txt', fault: (message) => message['type'] === 'subscribed' ? { ...message, view: 'another' } : message },
  { name: 'progress does not move the cursor', file: 'progress.txt', fault: (message) => message['type'] === 'progress' ? { ...message, at: {} } : message },
  { name: 'the epoch is not looked at', file: 'resume_refused.txt', fault: (message) => message['type'] === 'welcome' ? { ...message, epoch: 'e' } : message },
]

for (const { name, file, fault } of faults) {
  test(`a client would be found where ${name}`, async () => {
    await assert.rejects(play(textOf(file), fault), /^Error: line \d+: /)
  })
}

function inChannels(change: (told: JsonObject) => JsonObject): Fault {
  return (message) => {
    if (message['type'] !== 'update') return message
    return { ...message, channels: Object.fromEntries(Object.entries(message['channels'] as JsonObject).map(([name, told]) => [name, change(told as JsonObject)])) }
  }
}

function without(message: JsonObject, name: string): JsonObject {
  const { [name]: _, ...rest } = message
  return rest
}
