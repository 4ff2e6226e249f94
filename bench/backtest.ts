/**
 * Backtests: recorded runs a second that are replayed under an unchanged release, and which calls one changed prompt makes.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BacktestReport, backtest, type Change, createRondo, decision, flow, prompt, type Rondo } from 'rondo'
import { z } from 'zod'
import { answer, type OpenAiServer, startOpenAiServer } from '../test/support/openai-server.ts'
import { type Figure, inFolder, seconds } from './measure.ts'

const RUNS = 10_000
const CHANGED_RUNS = 500
const MAIL = 'The invoice of last month was paid twice, please look into it. '.repeat(12)

const Classify = prompt('classify', { input: z.object({ mail: z.string() }), output: z.object({ topic: z.string() }) })
const Reply = prompt('reply', { input: z.object({ mail: z.string(), topic: z.string() }), output: z.string() })
const urgent = decision({
  name: 'urgent',
  question: z.object({ topic: z.string() }),
  answer: z.boolean(),
  predictor: {
    name: 'fixed',
    predict: async () => ({ answer: false, confidence: 1, source: 'recorded', version: '1' }),
    version: () => '1',
  },
})

const desk = flow({
  name: 'desk',
  input: z.object({ id: z.number(), mail: z.string() }),
  output: z.object({ urgent: z.boolean(), text: z.string() }),
  async run(run, { id, mail }) {
    const read = await run.step('parse', () => `${id}: ${mail.trim()}`, { effect: 'none' })
    const { topic } = await run.ask(Classify, { mail: read })
    const { value } = await run.decide(urgent, { topic })
    const text = await run.ask(Reply, { mail: read, topic })
    await run.step('send', () => ({ sent: id }), { input: { id, text } })
    return { urgent: value, text }
  },
})

export function measureBacktest(): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const server = await startOpenAiServer(({ lastUserText }) =>
      answer(lastUserText.startsWith('Which topic') ? '{"topic":"billing"}' : 'We have paid it back to you, sorry for the trouble.'),
    )
    const rondo = await open(folder, server)
    try {
      await record(rondo)
      const asked = server.requests.length
      await unchanged(rondo, 500)
      let report: BacktestReport | undefined
      const time = await seconds(async () => {
        report = await unchanged(rondo, RUNS)
      })
      const differences = RUNS - (report?.outcomes.unchanged ?? 0)
      const calls = server.requests.length - asked
      const changed = await reportOf(rondo, { prompts: { reply: 'Answer in one line: {{mail}} ({{topic}})' } }, CHANGED_RUNS)
      const made = server.requests.length - asked - calls
      return [
        {
          name: `${RUNS.toLocaleString('en-US')} unchanged runs`,
          value: `${Math.round(RUNS / time).toLocaleString('en-US')}/s`,
          ratio: `${calls} model calls, ${differences} differences`,
          bar: '≥ 2,000/s, no call, no difference',
          met: RUNS / time >= 2000 && calls === 0 && differences === 0 && report?.runs.replayed === RUNS,
        },
        {
          name: `${CHANGED_RUNS} runs, one prompt of two changed`,
          value: `${made} calls`,
          ratio: `${changed.steps.ran} steps ran, ${changed.steps.served} served`,
          bar: 'one call a run',
          met: made === CHANGED_RUNS && changed.calls === CHANGED_RUNS,
        },
      ]
    } finally {
      await rondo.close()
      await server.close()
    }
  })
}

function open(folder: string, server: OpenAiServer): Promise<Rondo> {
  const prompts = mkdtempSync(join(folder, 'prompts-'))
  writeFileSync(join(prompts, 'classify.prompt'), 'Which topic has this mail?\n{{mail}}')
  writeFileSync(join(prompts, 'reply.prompt'), 'Answer this mail about {{topic}}:\n{{mail}}')
  return createRondo({
    flows: [desk],
    database: join(folder, 'rondo.db'),
    prompts,
    model: 'local/model',
    providers: { local: { type: 'openai-compatible', baseURL: server.url } },
    models: { 'local/*': { price: { input: 1, output: 2 } } },
  })
}

async function record(rondo: Rondo): Promise<void> {
  for (let from = 0; from < RUNS; from += 500) {
    const ids = Array.from({ length: Math.min(500, RUNS - from) }, (_, index) => from + index)
    const handles = await Promise.all(ids.map((id) => rondo.runs.start(desk, { id, mail: MAIL })))
    await Promise.all(handles.map((handle) => handle.result()))
  }
}

function unchanged(rondo: Rondo, sample: number): Promise<BacktestReport> {
  return reportOf(rondo, { code: true }, sample)
}

async function reportOf(rondo: Rondo, change: Change, sample: number): Promise<BacktestReport> {
  for await (const progress of backtest(rondo, change, { flow: 'desk', sample })) if (progress.kind === 'report') return progress.report
  throw new Error('The backtest came to no report.')
}
