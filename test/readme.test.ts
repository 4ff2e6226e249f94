/**
 * README.md: its program runs and prints what it says, its commands exist, its links lead somewhere.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, expect, test, vi } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
const program = join(import.meta.dirname, 'readme-program.tmp.ts')
afterAll(() => rmSync(program, { force: true }))

test('the program prints what its comment says', async () => {
  const [, block = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
  writeFileSync(program, block)
  const printed: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((value: unknown) => printed.push(inspect(value)))
  try {
    await import(/* @vite-ignore */ program)
  } finally {
    log.mockRestore()
  }
  expect(printed).toEqual(['{ refunded: true }'])
  expect(block).toContain(`// ${printed[0]}`)
})

test('the scripts and commands it names exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
  const named = [...readme.matchAll(/npm (?:run (?:--silent )?)?(start|test|rondo)\b/g)].map(([, script = '']) => script)
  expect(new Set(named)).toEqual(new Set(['start', 'test', 'rondo']))
  for (const script of named) expect(scripts).toHaveProperty([script])
  for (const [, command] of readme.matchAll(/npx rondo (\w+)/g))
    expect(existsSync(join(ROOT, 'src/cli/commands', `${command}.ts`))).toBe(true)
})

test('every link inside the repository leads somewhere', () => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = '']) => link)
  expect(links.length).toBeGreaterThan(8)
  expect(links.filter((link) => !existsSync(join(ROOT, link)))).toEqual([])
})
