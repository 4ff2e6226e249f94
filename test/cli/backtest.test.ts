/**
 * `rondo backtest` on the real command line, over a scripted model's server in this process.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type BacktestReport, createRondo } from '../../src/index.ts'
import { answer, type OpenAiServer, startOpenAiServer } from '../support/openai-server.ts'
import { TestProject } from './project.ts'

const FLOW = `
import { appendFileSync } from 'node:fs'
import { flow, prompt } from 'rondo'
import { z } from 'zod'

const Reply = prompt('reply', { input: z.object({ mail: z.string() }), output: z.string() })

export const desk = flow({
  name: 'desk',
  input: z.object({ mail: z.string() }),
  output: z.string(),
  async run(run, { mail }) {
    const text = await run.ask(Reply, { mail })
    await run.step('send', () => appendFileSync('sent.txt', text + '\\n'))
    await run.measure('short', text.length < 10 ? 1 : 0)
    return text
  },
})
`

const config = (url: string): string => `
import { defineConfig } from 'rondo'
import { desk } from './flows/desk.ts'
export default defineConfig({
  flows: [desk],
  model: 'local/model',
  providers: { local: { type: 'openai-compatible', baseURL: '${url}' } },
  models: { 'local/*': { price: { input: 1, output: 1 } } },
})
`

let project: TestProject
let server: OpenAiServer
beforeAll(async () => {
  server = await startOpenAiServer(({ lastUserText, body }) =>
    answer(lastUserText.startsWith('At length') || body.model === 'wordy' ? 'Dear Sir or Madam, thank you.' : 'Thanks.'),
  )
  project = TestProject.make()
  project.write('flows/desk.ts', FLOW)
  project.write('rondo.config.ts', config(server.url))
  project.write('prompts/reply.prompt', 'Reply to {{mail}}')
  project.write('prompts/reply.long.prompt', 'At length reply to {{mail}}')
  project.write('elsewhere.prompt', 'In short reply to {{mail}}')
  for (const id of ['one', 'two']) await project.json(['run', 'desk', '--id', id, '--input', JSON.stringify({ mail: id })])
})
afterAll(async () => {
  await project.end()
  await server.close()
})

it('tries a draft beside the prompt: asks only what changed, and sends nothing', async () => {
  const asked = server.requests.length
  const said = await project.rondo(['backtest', '--prompt', 'reply@long'])
  expect(said.stderr).toContain('2 runs')
  expect(said.stdout).toContain('Backtest: prompt reply')
  expect(said.stdout).toMatch(/worse +2/)
  expect(said.stdout).toMatch(/measure short +2 +0 +2 +-100\.0/)
  expect(said.stdout).toContain('None of them ran.')
  expect(server.requests.length - asked).toBe(2)
  expect(project.read('sent.txt')).toBe('Thanks.\nThanks.\n')
})

it('goes on from what was paid for, and shows one run step by step', async () => {
  const asked = server.requests.length
  const said = await project.rondo(['backtest', '--prompt', 'reply@long', '--run', 'one'])
  expect(server.requests.length - asked).toBe(0)
  expect(said.stdout).toMatch(/one {2}worse[\s\S]*reply {2}ran[\s\S]*- "Thanks\."[\s\S]*\+ "Dear Sir[\s\S]*send {2}would do/)
})

it('takes a text that is kept, by its label or version', async () => {
  const rondo = await createRondo({
    flows: [],
    database: join(project.folder, '.rondo/rondo.db'),
    prompts: join(project.folder, 'prompts'),
    drive: false,
  })
  await rondo.prompts.label('reply', 'wordy', 'At length reply to {{mail}}, once more')
  await rondo.close()
  const report = await project.json<BacktestReport>(['backtest', '--prompt', 'reply@wordy'])
  expect(report).toMatchObject({ outcomes: { worse: 2 }, calls: 2 })
  const none = await project.rondo(['backtest', '--prompt', 'reply@nothing'])
  expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('label or version "nothing"') })
})

it('takes a file, another model, the code; and prints the report as JSON', async () => {
  const file = await project.json<BacktestReport>(['backtest', '--prompt', 'reply@elsewhere.prompt'])
  expect(file).toMatchObject({ outcomes: { unchanged: 2 }, calls: 2, verdict: 'inconclusive' })
  const model = await project.json<BacktestReport>(['backtest', '--model', 'reply=local/wordy', '--sample', '1'])
  expect(model).toMatchObject({ outcomes: { worse: 1 }, runs: { selected: 1 } })
  const code = await project.json<BacktestReport>(['backtest', '--code'])
  expect(code).toMatchObject({ outcomes: { unchanged: 2 }, calls: 0, steps: { served: 6, ran: 0 } })
})

it('says what it would cost, and spends nothing for it', async () => {
  const asked = server.requests.length
  const said = await project.json<{ estimate: { runs: number; microUsd: number } }>(['backtest', '--prompt', 'reply@long', '--estimate'])
  expect(said.estimate.runs).toBe(2)
  expect(said.estimate.microUsd).toBeGreaterThan(0)
  expect(server.requests.length).toBe(asked)
})

it('says what is missing', async () => {
  const nothing = await project.rondo(['backtest'])
  expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining('Say what is changed')])
  const lost = await project.rondo(['backtest', '--prompt', 'reply@nowhere'])
  expect([lost.code, lost.stderr]).toEqual([2, expect.stringContaining('reply.nowhere.prompt')])
  const flow = await project.rondo(['backtest', '--code', '--flow', 'nobody'])
  expect([flow.code, flow.stderr]).toEqual([3, expect.stringContaining('There are: desk')])
})
