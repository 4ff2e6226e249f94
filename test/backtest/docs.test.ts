/**
 * docs/backtest.md: its program runs, and prints what its comment says.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, expect, test, vi } from 'vitest'

const program = join(import.meta.dirname, 'docs-program.tmp.ts')
afterAll(() => rmSync(program, { force: true }))

test('the program in docs/backtest.md prints what it says it prints', { timeout: 30_000 }, async () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'backtest.md'), 'utf8')
  const [, block = ''] = /```ts\n([\s\S]*?)```/.exec(text) ?? []
  const promised = [...block.matchAll(/console\.log\(.*\) \/\/ (\{.*?\})$/gm)].map(([, said]) => said)
  expect(promised).toHaveLength(1)
  writeFileSync(program, block)
  const printed: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((value: unknown) => printed.push(inspect(value)))
  try {
    await import(/* @vite-ignore */ program)
  } finally {
    log.mockRestore()
  }
  expect(printed).toEqual(promised)
})
