/**
 * The text of a transcript: its lines, and what each says. tests/transcripts/README.md describes the language.
 *
 * What happens at sources and in the server (`publish`, `channel`, …) is nothing to a client: it is read, so that no word passes
 * unknown, and left out.
 */

/** What a line says to a client's runner. `line` is where it stands in the file, from 1. */
export type Step = { readonly line: number } & (
  | { readonly kind: 'config', readonly values: ReadonlyMap<string, string> }
  /** Up to so long after the start, or from now (`isFromNow`). */
  | { readonly kind: 'time', readonly ms: number, readonly isFromNow: boolean }
  | { readonly kind: 'restart' }
  | { readonly kind: 'connect' | 'welcomed' | 'pinged' | 'cut' | 'gone' | 'stall' | 'drain' | 'takes' | 'silent', readonly name: string }
  /** It sends this text, captures not filled in; or bytes that no text is (`text` undefined). */
  | { readonly kind: 'says', readonly name: string, readonly text: string | undefined }
  /** The next thing that reaches it, patterns not filled in. */
  | { readonly kind: 'hears', readonly name: string, readonly pattern: string, readonly isLoose: boolean }
  | { readonly kind: 'closed', readonly name: string, readonly code: number }
  | { readonly kind: 'holds', readonly name: string, readonly id: number, readonly channel: string, readonly records: string }
  | { readonly kind: 'delivered', readonly name: string, readonly events: readonly string[] }
)

/** Words at the front of lines of which a client sees nothing but what reaches it. */
const elsewhere = new Set(['channel', 'space', 'door', 'publish', 'remove', 'announce', 'batch', 'end', 'leave'])

/** The steps of a file; throws at a line that says nothing known. */
export function readScript(text: string): Step[] {
  return linesOf(text).flatMap(({ line, text: said }) => {
    const step = readLine(line, said)
    return step === undefined ? [] : [step]
  })
}

function linesOf(text: string): { line: number, text: string }[] {
  const lines: { line: number, text: string }[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    if (raw.startsWith('#') || raw.trim() === '') continue
    const last = lines.at(-1)
    if (raw.startsWith('    ') && last !== undefined) last.text += raw.trim()
    else lines.push({ line: index + 1, text: raw.trim() })
  }
  return lines
}

function readLine(line: number, text: string): Step | undefined {
  const [first, rest] = cutWord(text)
  if (elsewhere.has(first)) return undefined
  switch (first) {
    case 'config': return { line, kind: 'config', values: readSettings(rest) }
    case '@': return { line, kind: 'time', ms: readDuration(rest.replace('+', '')), isFromNow: rest.startsWith('+') }
    case 'restart': return { line, kind: 'restart' }
    case 'connect': return { line, kind: 'connect', name: rest }
    default: return { line, ...readClientLine(first, rest, `line ${line}: ${text}`) }
  }
}

function readClientLine(name: string, rest: string, where: string) {
  const [verb, said] = cutWord(rest)
  switch (verb) {
    case '>': return { kind: 'says', name, text: said } as const
    case 'bytes': case 'binary': return { kind: 'says', name, text: undefined } as const
    case '<': return said === 'nothing' ? { kind: 'silent', name } as const : { kind: 'hears', name, pattern: said, isLoose: false } as const
    case '<~': return { kind: 'hears', name, pattern: said, isLoose: true } as const
    case 'closed': return { kind: 'closed', name, code: Number(said) } as const
    case 'holds': return { kind: 'holds', name, ...readHolds(said) } as const
    case 'delivered': return { kind: 'delivered', name, events: readDelivered(said) } as const
    case 'welcomed': case 'pinged': case 'cut': case 'gone': case 'stall': case 'drain': case 'takes': return { kind: verb, name } as const
    default: throw new Error(`a word nobody knows, ${where}`)
  }
}

/** `[id=2] CHANNEL {…}` */
function readHolds(text: string): { id: number, channel: string, records: string } {
  const [first, rest] = cutWord(text)
  if (!first.startsWith('id=')) return { id: 1, channel: first, records: rest }
  const [channel, records] = cutWord(rest)
  return { id: Number(first.slice(3)), channel, records }
}

/** `CHANNEL SEQ.N CHANNEL SEQ.N …` or `nothing` */
function readDelivered(text: string): string[] {
  const words = text === 'nothing' ? [] : text.split(' ')
  return words.flatMap((word, index) => (index % 2 === 0 ? [`${word} ${words[index + 1] ?? '?'}`] : []))
}

function readSettings(text: string): Map<string, string> {
  return new Map(text.split(/\s+/).map((word) => {
    const at = word.indexOf('=')
    return at < 0 ? [word, 'true'] : [word.slice(0, at), word.slice(at + 1)]
  }))
}

/** "100ms", "30s", "10m" in milliseconds. */
export function readDuration(text: string): number {
  const [, digits, unit] = /^(\d+)(ms|s|m)$/.exec(text.trim()) ?? []
  if (digits === undefined) throw new Error(`"${text}" is no duration`)
  return Number(digits) * (unit === 'ms' ? 1 : unit === 's' ? 1000 : 60_000)
}

function cutWord(text: string): [string, string] {
  const at = text.search(/\s/)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at).trim()]
}
