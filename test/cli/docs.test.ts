/**
 * `docs/cli.md` says of the command line what the command line says of itself.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { EXIT } from '../../src/cli/exits.ts'
import { MAIN, ROOT, TestProject } from './project.ts'

let project: TestProject
const docs = readFileSync(join(ROOT, 'docs', 'cli.md'), 'utf8')
beforeAll(() => {
  project = TestProject.make({ empty: true })
})
afterAll(() => project.end())

// It starts a process for each command.
it('names every command and every option', { timeout: 120_000 }, async () => {
  const overview = await project.rondo([])
  const commands = [...overview.stdout.matchAll(/^ {2}([a-z]+) .*/gm)].map(([, name]) => name ?? '').filter((name) => name !== 'help')
  const answers = ['list', 'show', 'accept', 'answer', 'reject', 'claim', 'release', 'reassign', 'comment']
  const helps = await Promise.all([
    ...commands.map((name) => project.rondo([name, '--help'])),
    ...answers.map((name) => project.rondo(['inbox', name, '--help'])),
  ])
  const options = helps.flatMap(({ stdout }) => [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, name]) => name ?? ''))
  const missing = [...commands, ...new Set(options)].filter((name) => !docs.includes(name))
  expect(missing.filter((name) => name !== '--help' && name !== '--version')).toEqual([])
  for (const name of answers) expect(docs).toContain(`rondo inbox ${name}`)
})

it('lists every exit code', () => {
  for (const code of Object.values(EXIT)) expect(docs).toContain(`\n| ${code} | `)
})

it('ends quietly when whoever reads it has read enough', async () => {
  for (let index = 0; index < 5; index += 1) {
    const { stderr } = spawnSync('sh', ['-c', '"$0" "$1" --help | true', process.execPath, MAIN], { encoding: 'utf8' })
    expect(stderr).toBe('')
  }
})
