/**
 * A help desk to look at in a browser: flows with questions of every kind, a loop, a map, model calls and a write nobody knows about.
 *
 * Owns: those flows and their mail. The model is a stand-in that speaks the real wire protocol; everything else is the system itself.
 */
import { join } from 'node:path'
import { z } from 'zod'
import { always } from '../../src/autonomy.ts'
import { flow } from '../../src/flow/flow.ts'
import { type Served, serveHttp } from '../../src/http/serve.ts'
import { createRondo, type Rondo, type Run } from '../../src/index.ts'
import { built } from '../../src/model/built.ts'
import { context } from '../../src/model/context.ts'
import { prompt } from '../../src/model/prompt.ts'
import { prompted } from '../../src/model/prompted.ts'
import { decision } from '../../src/people/decision.ts'
import {
  answer,
  hanging,
  json,
  type ModelRequest,
  type OpenAiServer,
  type Reply as Said,
  startOpenAiServer,
} from '../support/openai-server.ts'
import { type Mail, mailNumber } from './mail.ts'

const QUEUES = ['billing', 'delivery', 'technical', 'spam'] as const
const mailType = z.object({ from: z.string(), subject: z.string(), body: z.string() })

const ARTICLES = [
  {
    source: 'help/refunds',
    title: 'Refunds',
    text: 'A refund goes back the way the money came, within five working days of the parcel’s return.',
    about: /refund|charged|invoice|paid/i,
  },
  {
    source: 'help/parcels',
    title: 'Late parcels',
    text: 'A parcel that is three days late may be traced. After ten days it counts as lost and is sent again.',
    about: /parcel|delivery|arrived|late/i,
  },
  {
    source: 'help/sign-in',
    title: 'Signing in',
    text: 'Whoever cannot sign in gets a link by mail. The link works once, for an hour.',
    about: /sign|password|app|error/i,
  },
  {
    source: 'help/opening-hours',
    title: 'Opening hours',
    text: 'The desk answers from eight to six, Monday to Saturday.',
    about: /hours|open/i,
  },
]

const Facts = context({
  name: 'facts',
  budget: 120,
  input: z.object({ text: z.string() }),
  minScore: 0.2,
  pieces: ({ text }) => ARTICLES.map(({ about, ...piece }) => ({ ...piece, score: about.test(text) ? 0.9 : 0.1 })),
})

const question = mailType.extend({ facts: built })
const Sort = prompt('sort', { input: question, output: z.enum(QUEUES) })
const Reply = prompt('reply', {
  input: question.extend({ critique: z.string().optional() }),
  output: z.object({ text: z.string() }),
  stream: true,
})

const queue = decision({
  name: 'queue',
  title: 'Which queue does this mail belong to?',
  question,
  answer: z.enum(QUEUES),
  predictor: prompted(Sort),
  people: { role: 'desk', within: '4h', escalateTo: 'lead' },
  autonomy: always(),
})

/** One mail: it is sorted by a model and a person, and a reply is drafted until somebody likes it. */
const tickets = flow({
  name: 'tickets',
  input: mailType,
  output: z.object({ queue: z.enum(QUEUES), replied: z.boolean() }),
  async run(run, mail) {
    const facts = await run.context(Facts, { text: `${mail.subject} ${mail.body}` })
    const { value } = await run.decide(queue, { ...mail, facts })
    if (value === 'spam' || !/reply/i.test(mail.body)) return { queue: value, replied: false }
    const text = await run.loop('draft', { rounds: 3 }, {}, async (turn, { critique }: { critique?: string }) => {
      const draft = await run.ask(Reply, { ...mail, facts, ...(critique !== undefined && { critique }) })
      const review = await run.review('approve', { subject: draft, title: 'Send this reply?', role: 'desk', within: '1d' })
      return review.outcome === 'rejected'
        ? turn.again({ critique: review.note })
        : turn.done(review.outcome === 'expired' ? '' : review.value.text)
    })
    await run.step('send', () => text.length, { effect: 'idempotent' })
    return { queue: value, replied: true }
  },
})

const Payment = z.object({
  to: z.string(),
  cents: z.number().int(),
  urgent: z.boolean(),
  tags: z.array(z.string()),
  method: z.enum(['card', 'transfer']),
})

/** Pays somebody, after a person looked at it; the bank never says whether it did. */
const payments = flow({
  name: 'payments',
  input: z.object({ to: z.string(), cents: z.number().int() }),
  output: z.object({ paid: z.boolean() }),
  async run(run, { to, cents }) {
    const subject = { to, cents, urgent: false, tags: ['refund'], method: 'transfer' as const }
    const checked = await run.review('check', { subject, schema: Payment, title: 'Pay this?', role: 'desk', within: '2h' })
    if (checked.outcome !== 'accepted' && checked.outcome !== 'edited') return { paid: false }
    await run.step('transfer', () => new Promise<never>(() => undefined), { effect: 'write', timeout: '40ms' })
    return { paid: true }
  },
})

/** Asks round after round until its budget is spent. */
const polish = flow({
  name: 'polish',
  input: z.object({ text: z.string() }),
  output: z.object({ text: z.string() }),
  async run(run, { text }) {
    const polished = await run.loop<{ text: string }, string>('polish', { rounds: 2 }, { text }, async (turn, state) => {
      const next = await run.step('shorten', () => state.text.slice(0, -1), { effect: 'none' })
      return next === '' ? turn.done(next) : turn.again({ text: next })
    })
    return { text: polished }
  },
})

/** Counts the words of many texts; fails on one that is empty. */
const counting = flow({
  name: 'counting',
  input: z.object({ texts: z.array(z.string()) }),
  output: z.object({ words: z.number() }),
  async run(run, { texts }) {
    const keyed = texts.map((text, index) => ({ key: `t${index}`, text }))
    const count = ({ text }: { text: string }, item: Run): Promise<number> =>
      item.step('count', () => words(text), { effect: 'none', retry: { attempts: 1 } })
    const counts = await run.map('texts', keyed, count, { key: ({ key }) => key })
    return { words: counts.reduce((sum, one) => sum + one, 0) }
  },
})

function words(text: string): number {
  if (text === '') throw new Error('There is nothing to count in an empty text.')
  return text.split(/\s+/).length
}

export interface Desk {
  readonly rondo: Rondo
  readonly served: Served
  /** What the model was asked. */
  readonly model: OpenAiServer
  /** Starts a ticket for the mail of this number, which is the same each time. */
  mail(number: number): Promise<string>
  close(): Promise<void>
}

/** Opens the desk. `database`: a file, so that it is there again next time; in memory unless given. */
export async function openDesk(
  options: {
    readonly database?: string
    readonly port?: number
    readonly prompts?: string
    readonly token?: string
    readonly console?: string
  } = {},
): Promise<Desk> {
  const model = await startOpenAiServer(reply)
  process.env['OPENAI_API_KEY'] ??= 'test'
  process.env['OPENAI_BASE_URL'] = model.url
  const rondo = await createRondo({
    flows: [tickets, payments, polish, counting],
    decisions: [queue],
    database: options.database ?? ':memory:',
    prompts: options.prompts ?? join(import.meta.dirname, 'prompts'),
    model: 'openai/gpt-4o-mini',
    models: { 'openai/*': { price: { input: 0.15, output: 0.6 } } },
    warn: () => undefined,
  })
  const served = await serveHttp(rondo, {
    port: options.port ?? 0,
    person: { name: 'ann' },
    print: () => undefined,
    ...(options.token !== undefined && { token: options.token }),
    ...(options.console !== undefined && { console: options.console }),
  })
  return {
    rondo,
    served,
    model,
    async mail(number) {
      const { id } = await rondo.runs.start(tickets, mailNumber(number), { id: `ticket-${number}` })
      return id
    },
    async close() {
      await served.shutDown()
      await model.close()
    },
  }
}

/** What the stand-in says: the queue by a word of the mail, with a probability; and a draft. */
function reply({ body, lastUserText }: ModelRequest): Said {
  const usage = { input: 180 + (lastUserText.length >> 2), output: 24 }
  // Falls silent in the middle of a draft.
  if (body.stream === true && /slowly/.test(lastUserText)) return hanging('{"text":"Thank you for wri')
  if (body.stream === true || !/queue/.test(JSON.stringify(body.messages[0]))) {
    const friendlier = /turned down/.test(lastUserText) ? ' We are truly sorry for the wait.' : ''
    return json({ text: `Thank you for writing to us.${friendlier} We are looking into it and will come back to you today.` }, { usage })
  }
  const found = guess(lastUserText)
  const sure = 0.55 + ((lastUserText.length * 7) % 44) / 100
  return answer(JSON.stringify({ answer: found }), {
    usage,
    logProbabilities: [
      { token: '{"answer":"', logProbability: 0 },
      { token: found, logProbability: Math.log(sure) },
      { token: '"}', logProbability: 0 },
    ],
  })
}

function guess(text: string): Mail['queue'] {
  if (/refund|charged|invoice/i.test(text)) return 'billing'
  if (/parcel|courier/i.test(text)) return 'delivery'
  if (/sign|app|error/i.test(text)) return 'technical'
  return 'spam'
}
