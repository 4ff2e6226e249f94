/**
 * docs/testing.md and docs/flows.md: their programs run and print what their comments say, and the contract is passed by a store.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, expect, test, vi } from 'vitest'
// What the page calls a store of one's own; the page's block imports it.
import './docs-store.ts'

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'testing.md'), 'utf8')
const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block = '']) => block)
const programs = blocks.filter((block) => !block.includes('openMyStore'))
const written = ['docs-program.tmp.ts', 'docs-contract.tmp.ts', 'docs-flows.tmp.ts'].map((name) => join(import.meta.dirname, name))
const [program = '', contract = '', flows = ''] = written
afterAll(() => {
  for (const file of written) rmSync(file, { force: true })
})

// The contract on the page, over a store there is.
const [proof = ''] = blocks.filter((block) => block.includes('openMyStore'))
writeFileSync(contract, proof.replace('./my-store.ts', './docs-store.ts'))
await import(/* @vite-ignore */ contract)

test('the programs print what they say they print', async () => {
  const promised = programs.flatMap((block) => [
    ...[...block.matchAll(/^console\.log\(.*\) \/\/ (.*)$/gm)].map(([, said]) => said),
    ...[...block.matchAll(/^}\n((?:\/\/ .*\n)+)/gm)].map(([, said = '']) => said.trim().replaceAll(/^\/\/ /gm, '')),
  ])
  expect(promised).toHaveLength(5)
  writeFileSync(program, programs.join('\n'))
  const printed: string[] = []
  const log = vi
    .spyOn(console, 'log')
    .mockImplementation((value: unknown) => printed.push(typeof value === 'string' ? value : inspect(value)))
  try {
    await import(/* @vite-ignore */ program)
  } finally {
    log.mockRestore()
  }
  expect(printed).toEqual(promised)
})

test('the program in docs/flows.md prints what it says it prints', async () => {
  const [, block = ''] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'flows.md'), 'utf8')) ?? []
  writeFileSync(flows, block)
  const printed: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((value: unknown) => printed.push(inspect(value)))
  try {
    await import(/* @vite-ignore */ flows)
  } finally {
    log.mockRestore()
  }
  expect(printed).toEqual([...block.matchAll(/^console\.log\(.*\) \/\/ (.*)$/gm)].map(([, said]) => said))
  expect(printed).toHaveLength(2)
})
