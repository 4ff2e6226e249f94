/**
 * docs/mcp.md: its program runs, and prints what its comment says; its table of tools is what is offered.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { createRondo } from '../../src/index.ts'
import { Door } from '../../src/mcp/door.ts'
import { toolsFor } from '../../src/mcp/server.ts'

const program = join(import.meta.dirname, 'docs-program.tmp.ts')
afterAll(() => rmSync(program, { force: true }))
const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'mcp.md'), 'utf8')

test('the program in docs/mcp.md prints what it says it prints', async () => {
  const [, block = ''] = /```ts\n([\s\S]*?)```/.exec(text) ?? []
  writeFileSync(program, block.replace("'rondo/mcp'", "'../../src/mcp.ts'"))
  const printed: unknown[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((value: unknown) => printed.push(value))
  try {
    await import(/* @vite-ignore */ program)
  } finally {
    log.mockRestore()
  }
  expect(printed).toEqual([true])
})

test('docs/mcp.md names every tool', async () => {
  const rondo = await createRondo({ flows: [], database: ':memory:' })
  const tools = toolsFor(new Door(() => rondo, { person: { name: 'ann', roles: ['*'] } }), {})
  await rondo.close()
  expect(tools.map(({ document }) => document.name).filter((name) => !text.includes(`\`${name}\``))).toEqual([])
})
