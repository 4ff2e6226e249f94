/**
 * docs/evidence.md: its program runs, and prints what its comments say.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatWithOptions } from 'node:util'
import { afterAll, expect, test, vi } from 'vitest'

const program = join(import.meta.dirname, 'docs-program.tmp.ts')
afterAll(() => rmSync(program, { force: true }))

test('the program in docs/evidence.md prints what it says it prints', async () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'evidence.md'), 'utf8')
  const [, block = ''] = /```ts\n([\s\S]*?)```/.exec(text) ?? []
  const promised = [...block.matchAll(/^console\.log\(.*\) \/\/ (.*)$/gm)].map(([, said]) => said)
  expect(promised).toHaveLength(4)
  writeFileSync(program, block)
  const printed: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => printed.push(formatWithOptions({}, ...values)))
  try {
    await import(/* @vite-ignore */ program)
  } finally {
    log.mockRestore()
  }
  expect(printed).toEqual(promised)
})
