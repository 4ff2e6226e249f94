/**
 * What the tests of backtests share: a desk of five steps over a scripted model's server, and a world that sees what is done to it.
 */
import { createServer } from 'node:http'
import { z } from 'zod'
import { createRondo, type Rondo, type RondoOptions } from '../../src/assemble.ts'
import type { AnyFlow } from '../../src/flow/flow.ts'
import { flow } from '../../src/flow/flow.ts'
import type { Run } from '../../src/flow/run.ts'
import { openMemoryStore } from '../../src/journal/stores/memory/memory.ts'
import { type BacktestOptions, type BacktestProgress, backtest } from '../../src/learn/backtest/backtest.ts'
import type { Change } from '../../src/learn/backtest/change.ts'
import type { RunResult } from '../../src/learn/backtest/outcome.ts'
import type { BacktestReport } from '../../src/learn/backtest/report.ts'
import type { Selection } from '../../src/learn/backtest/selection.ts'
import { prompt } from '../../src/model/prompt.ts'
import { prompted } from '../../src/model/prompted.ts'
import { always, threshold } from '../../src/people/autonomy.ts'
import { decision } from '../../src/people/decision.ts'
import { promptFolder, server } from '../support/asking-system.ts'
import { answer, failure, json, type ModelRequest, type OpenAiServer, type Script, toolCall } from '../support/openai-server.ts'

const toClose: (() => Promise<unknown>)[] = []

/** For `afterEach`. */
export async function closeDesks(): Promise<void> {
  for (const close of toClose.splice(0).reverse()) await close()
}

/** A place out in the world that remembers what was sent to it. */
export interface World {
  readonly url: string
  readonly seen: readonly string[]
}

export async function world(): Promise<World> {
  const seen: string[] = []
  const listening = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => seen.push(text))
    request.on('end', () => response.end('{"id":"sent"}'))
  })
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  const address = listening.address()
  toClose.push(() => new Promise((resolve) => listening.close(resolve)))
  return { url: `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`, seen }
}

/** Something that the world sees. */
export async function post(where: World, body: string): Promise<void> {
  await fetch(where.url, { method: 'POST', body })
}

/** A flow of one body. */
export function playing(name: string, body: (run: Run, input: unknown) => Promise<unknown>): AnyFlow {
  return flow({ name, input: z.unknown(), output: z.unknown(), run: body })
}

export const PROMPTS = {
  topic: 'Topic of: {{mail}}',
  sort: 'Sort: {{mail}}',
  reply: 'Reply to: {{mail}} about {{topic}}',
}

/** What the model says: by what it is asked to do, and the mail. A word in the text of a prompt makes it say something else. */
export const scripted: Script = ({ lastUserText, body }: ModelRequest) => {
  if (lastUserText === 'use the tool' && body.messages.at(-1)?.role === 'user') return toolCall('look', { at: 'it' })
  const isOther = lastUserText.includes('carefully') || body.model === 'other'
  if (lastUserText === 'fail') return failure(500)
  if (lastUserText.includes('Topic')) return json({ topic: 'billing' })
  if (lastUserText.includes('Sort')) return json({ answer: lastUserText.includes('win') && isOther ? 'spam' : 'mail', confidence: 0.8 })
  return answer(isOther ? `Dear Sir, about ${lastUserText}` : 'Hello.')
}

const Topic = prompt('topic', { input: z.object({ mail: z.string() }), output: z.object({ topic: z.string() }) })
const Reply = prompt('reply', { input: z.object({ mail: z.string(), topic: z.string() }), output: z.string() })
const Sort = prompt('sort', { input: z.object({ mail: z.string() }), output: z.enum(['mail', 'spam']) })

/** Five steps: `parse`, `topic`, `sort`, `reply`, `send`. */
export function deskFlow(where: World, options: { alone?: boolean; input?: boolean } = {}): AnyFlow {
  const sort = decision({
    name: 'sort',
    question: z.object({ mail: z.string() }),
    answer: z.enum(['mail', 'spam']),
    predictor: prompted(Sort, { confidence: 'stated' }),
    people: { role: 'desk' },
    autonomy: options.alone === true ? threshold(0.5) : always(),
    segment: ({ mail }) => (mail.startsWith('Re:') ? 'answers' : 'new'),
  })
  return flow({
    name: 'desk',
    input: z.object({ mail: z.string() }),
    output: z.object({ sorted: z.string(), text: z.string() }),
    async run(run, given) {
      const mail = await run.step('parse', () => given.mail.trim(), { effect: 'none' })
      const { topic } = await run.ask(Topic, { mail })
      const { value } = await run.decide(sort, { mail })
      const text = await run.ask(Reply, { mail, topic })
      const body = `${value}: ${text}`
      await run.step('send', () => post(where, body), options.input === true ? { input: body } : {})
      return { sorted: value, text }
    },
  })
}

export interface Desk {
  readonly rondo: Rondo
  readonly server: OpenAiServer
  /** Starts a run with these mails each; people answer `spam` where a mail says "win". */
  record(mails: readonly string[]): Promise<void>
}

export async function desk(
  flows: readonly AnyFlow[],
  { script = scripted, ...more }: Partial<RondoOptions> & { script?: Script } = {},
): Promise<Desk> {
  const models = await server(script)
  const rondo = await createRondo({
    flows: [...flows],
    store: openMemoryStore(),
    prompts: await promptFolder(PROMPTS),
    model: 'local/model',
    providers: { local: { type: 'openai-compatible', baseURL: models.url } },
    models: { 'local/*': { price: { input: 1, output: 2 }, retry: { attempts: 1 } } },
    warn: () => undefined,
    ...more,
  })
  toClose.push(() => rondo.close())
  const [first] = flows
  const record = async (mails: readonly string[]): Promise<void> => {
    for (const [index, mail] of mails.entries()) {
      if (first === undefined) return
      const handle = await rondo.runs.start(first, { mail }, { id: `r${index}` })
      await rondo.idle()
      for (const item of await rondo.inbox.list({ run: handle.id }))
        await rondo.inbox.answer(item.id, { name: 'ann', roles: ['*'] }, mail.includes('win') ? 'spam' : 'mail')
      await rondo.idle()
    }
  }
  return { rondo, server: models, record }
}

/** All that a backtest says, taken apart. */
export async function tried(
  rondo: Rondo,
  change: Change,
  selection: Selection = {},
  options: BacktestOptions = {},
): Promise<{ report: BacktestReport; results: Map<string, RunResult>; progress: readonly BacktestProgress[] }> {
  const progress: BacktestProgress[] = []
  for await (const one of backtest(rondo, change, selection, options)) progress.push(one)
  const results = new Map(progress.flatMap((one) => (one.kind === 'run' ? [[one.result.run, one.result] as const] : [])))
  const last = progress.at(-1)
  if (last?.kind !== 'report') throw new Error('The backtest came to no report.')
  return { report: last.report, results, progress }
}
