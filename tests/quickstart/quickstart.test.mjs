// docs/CLIENT-QUICKSTART.md, followed to the letter in a fresh folder: every command, every file, and then the page in Chromium. It needs npm's registry.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

import { openBrowser } from '../e2e/support/browser.mjs'
import { Program, temporaryFolder } from '../e2e/support/cleanup.mjs'
import { startStarling } from '../e2e/support/starling.mjs'
import { until } from '../e2e/support/until.mjs'

const timeout = 600_000
const top = fileURLToPath(new URL('../../', import.meta.url))
const page = readFileSync(join(top, 'docs/CLIENT-QUICKSTART.md'), 'utf8')

/** What a section has one do, in order: {commands} to type, or {file, text} to write. */
function stepsOf(heading) {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`))
  assert.ok(section, heading)
  return [...section.matchAll(/(?:^`([^`\n]+)`:[^\n]*\n\n)?^```(\w+)\n(.*?)^```$/gms)].map(([, file, language, text]) => {
    assert.equal(language === 'sh', file === undefined, text)
    return file === undefined ? { commands: text.trimEnd() } : { file, text }
  })
}

// npm asks whether it may fetch what makes the project, and nobody is there to answer.
const env = { ...process.env, npm_config_yes: 'true', npm_config_audit: 'false', npm_config_fund: 'false' }

/** Types `commands` in a shell at `folder`, and says where it is then. */
async function type(t, folder, commands) {
  const shell = new Program('bash', ['-c', `set -euo pipefail\n${commands}\npwd >&2`], { cwd: folder, env })
  t.after(() => shell.end('SIGKILL'))
  await until(() => shell.exit, { what: () => `to end: ${commands}\n${shell.stdout}${shell.stderr}`, withinMs: 240_000, everyMs: 50 })
  assert.deepEqual(shell.exit, { code: 0, signal: null }, `${commands}\n${shell.stdout}${shell.stderr}`)
  return shell.stderr.trimEnd().split('\n').pop()
}

test('from npm create vite to a live list of nodes', { timeout }, async (t) => {
  const starling = await startStarling(t, { parameters: ['--demo'] })
  const folder = temporaryFolder(t)
  // A clone, as far as it is needed.
  const files = execFileSync('git', ['ls-files', '-z', 'clients'], { cwd: top, encoding: 'utf8' }).split('\0').filter(Boolean)
  for (const file of files) cpSync(join(top, file), join(folder, 'starling', file))

  await t.test('the packages are made', async () => {
    const steps = stepsOf('The packages')
    assert.equal(steps.length, 1)
    assert.equal(await type(t, folder, steps[0].commands), folder)
  })

  for (const [heading, files] of [['Svelte', ['vite.config.ts', 'src/App.svelte']], ['React', ['vite.config.ts', 'src/App.tsx']]]) {
    await t.test(`${heading}: in under 15 lines`, async (inner) => {
      const steps = stepsOf(heading)
      const written = steps.filter(({ file }) => file)
      assert.deepEqual(written.map(({ file }) => file), files)
      assert.ok(written.flatMap(({ text }) => text.trimEnd().split('\n')).length < 15)
      assert.equal(steps.at(-1).commands, 'npm run dev')
      let at = folder
      for (const { commands, file, text } of steps.slice(0, -1)) {
        if (file) writeFileSync(join(at, file), text.replaceAll(':8080', `:${starling.port}`))
        else at = await type(inner, at, commands)
      }

      // The development server ends with its shell's group: npm passes no signal on.
      const dev = new Program('bash', ['-c', 'npm run dev'], { cwd: at, env: { ...env, NO_COLOR: '1', FORCE_COLOR: '0' }, detached: true })
      inner.after(() => process.kill(-dev.pid, 'SIGKILL'))
      const url = await until(() => /http:\/\/localhost:\d+/.exec(dev.stdout)?.[0], { what: () => `the development server: ${dev.stdout}${dev.stderr}`, withinMs: 60_000 })
      const { page: tab, complaints } = await openBrowser(inner, url)
      const rows = () => tab.evaluate(() => Array.from(document.querySelectorAll('p'), ({ textContent }) => textContent))
      const isWhole = (row) => /^\S.*: 37\.\d+/.test(row)
      await until(async () => (await rows()).length === 60 && (await rows()).every(isWhole), { what: 'sixty nodes', withinMs: 60_000, everyMs: 100 })
      const before = JSON.stringify(await rows())
      await until(async () => JSON.stringify(await rows()) !== before, { what: 'one to move', everyMs: 100 })
      assert.deepEqual(complaints, [])
      await type(inner, at, 'npm run build')
    })
  }
})
