// node rules_have_transcripts.mjs PROTOCOL.md TRANSCRIPTS_FOLDER [--table]
//
// Every rule of the protocol has a transcript that names it, and every transcript names a rule or a detail.
// A rule whose status line says "later" is not built and needs none; its transcripts would have nothing to run against, so it must have none.
// With --table it also prints which rule has which.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [protocolPath, folder, option] = process.argv.slice(2)
const complaints = []

/** Rule number → status, from `### Rule 6: Leaving` and the `Status: kept` after it. */
const statuses = new Map()
const titles = new Map()
let rule
for (const line of readFileSync(protocolPath, 'utf8').split('\n')) {
  const heading = /^### Rule (\d+)\b:?\s*(.*)/.exec(line)
  if (heading) {
    if (rule) complaints.push(`rule ${rule} has no status line`)
    rule = Number(heading[1])
    titles.set(rule, heading[2])
    if (statuses.has(rule)) complaints.push(`rule ${rule} stands twice in ${protocolPath}`)
  }
  const status = /^Status: (\w+)/.exec(line)
  if (!status) continue
  if (!rule) complaints.push(`a status line belongs to no rule: ${line}`)
  if (!['kept', 'partly', 'later'].includes(status[1])) complaints.push(`rule ${rule}: a status is kept, partly or later, not ${status[1]}`)
  statuses.set(rule, status[1])
  rule = undefined
}
if (rule) complaints.push(`rule ${rule} has no status line`)
for (let number = 1; number <= 15; ++number) {
  if (!statuses.has(number)) complaints.push(`${protocolPath} has no rule ${number}`)
}

/** Rule number → names of the files that name it. */
const named = new Map()
for (const name of readdirSync(folder).filter((name) => name.endsWith('.txt'))) {
  const text = readFileSync(join(folder, name), 'utf8')
  if (!/^# (rule \d+|details): \S/.test(text)) complaints.push(`${name}: its first line is not "# rule N: …" or "# details: …"`)
  for (const [, number] of text.matchAll(/^# rule (\d+): \S/gm)) {
    const names = named.get(Number(number)) ?? []
    if (names.at(-1) !== name) named.set(Number(number), [...names, name])
  }
}
for (const [number, names] of named) {
  if (!statuses.has(number)) complaints.push(`${names.join(', ')}: there is no rule ${number}`)
  if (statuses.get(number) === 'later') complaints.push(`${names.join(', ')}: rule ${number} is marked as later`)
}
for (const [number, status] of statuses) {
  if (status !== 'later' && !named.has(number)) complaints.push(`rule ${number} has no transcript ("# rule ${number}: …")`)
}

if (option === '--table') {
  console.log('| rule | status | transcripts |\n| --- | --- | --- |')
  for (const [number, status] of statuses) {
    console.log(`| ${number} ${titles.get(number)} | ${status} | ${(named.get(number) ?? []).map((name) => name.replace('.txt', '')).join(', ')} |`)
  }
}
for (const complaint of complaints) console.log(complaint)
console.log(`${statuses.size} rules, ${named.size} with transcripts: ${complaints.length === 0 ? 'passed' : 'failed'}`)
process.exit(complaints.length === 0 ? 0 : 1)
