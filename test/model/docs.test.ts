/**
 * docs/prompts.md: its prompt and its program run, against the scripted server, and print what they say.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, expect, test, vi } from 'vitest'
import { closeAll, server } from '../support/asking-system.ts'
import { json, toolCall } from '../support/openai-server.ts'

const folder = join(import.meta.dirname, 'docs-program.tmp')
afterAll(async () => {
  rmSync(folder, { force: true, recursive: true })
  vi.unstubAllEnvs()
  await closeAll()
})

test('the program in docs/prompts.md prints what it says it prints', async () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'prompts.md'), 'utf8')
  const block = (kind: string): string => new RegExp(`\`\`\`${kind}\\n([\\s\\S]*?)\`\`\``).exec(text)?.[1] ?? ''
  const said = await server([toolCall('lookup', { customer: 'ann' }), json({ text: 'You owe us 3 euros.', sure: true })])
  vi.stubEnv('OPENAI_API_KEY', 'test')
  vi.stubEnv('OPENAI_BASE_URL', said.url)
  mkdirSync(join(folder, 'prompts'), { recursive: true })
  writeFileSync(join(folder, 'prompts', 'reply.prompt'), block('handlebars'))
  writeFileSync(join(folder, 'program.ts'), block('ts'))
  const printed: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((value: unknown) => printed.push(inspect(value)))
  const warn = vi.spyOn(console, 'warn')
  try {
    await import(/* @vite-ignore */ join(folder, 'program.ts'))
  } finally {
    log.mockRestore()
  }
  expect(printed).toEqual(["{ text: 'You owe us 3 euros.' }"])
  expect(block('ts')).toContain(`// ${printed[0]}`)
  expect(warn).not.toHaveBeenCalled()
  const [system, user] = said.requests[0]?.body.messages ?? []
  expect(system?.content).toMatch(
    /^You answer mail for the billing desk\..*\n\n<piece-\w+ number="1" source="handbook.md#payment">\nInvoices are due/s,
  )
  expect(user?.content).toBe('What do I owe you? Ann')
})
