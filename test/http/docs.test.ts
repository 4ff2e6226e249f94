/**
 * docs/http.md: its program runs, and prints what its comments say.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, expect, test, vi } from 'vitest'

const program = join(import.meta.dirname, 'docs-program.tmp.ts')
afterAll(() => rmSync(program, { force: true }))

test('the program in docs/http.md prints what it says it prints', async () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'http.md'), 'utf8')
  const [, block = ''] = /```ts\n([\s\S]*?)```/.exec(text) ?? []
  writeFileSync(program, block)
  const printed: string[] = []
  const log = vi
    .spyOn(console, 'log')
    .mockImplementation((...values: unknown[]) =>
      printed.push(values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' ')),
    )
  try {
    await import(/* @vite-ignore */ program)
  } finally {
    log.mockRestore()
  }
  expect(block).toContain('// approve opened, then approve completed')
  expect(block).toContain("// { text: 'Good day, Ada.' }")
  expect(printed).toEqual(['approve opened', 'approve completed', "{ text: 'Good day, Ada.' }"])
})
