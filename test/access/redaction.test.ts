/**
 * Redaction in a whole system: nothing raw is kept, shown or sent to a model, and a flow sees the same live as on replay.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { always } from '../../src/autonomy.ts'
import { type AnyFlow, createRondo, decision, flow, prompt, type Rondo, StepError } from '../../src/index.ts'
import { atEnd, folder } from '../http/stage.ts'
import { promptFolder } from '../support/asking-system.ts'
import { answer, startOpenAiServer } from '../support/openai-server.ts'

const RAW = 'Ann@Example.org'
const CARD = '4111 1111 1111 1111'
const redact = { rules: ['email', 'card', { name: 'pin', path: '**.pin' }] as const, secret: 'a secret of the tests' }
const WORD = /^[a-p]{16}@redacted\.invalid$/

const person = { name: 'bob', roles: ['*'] }
const quiet = { warn: () => undefined }

async function open(database: string, flows: readonly AnyFlow[], more: object = {}): Promise<Rondo> {
  const rondo = await createRondo({ flows, database, redact, ...quiet, ...more })
  atEnd(() => rondo.close())
  return rondo
}

function holdsRaw(database: string): string[] {
  const bytes = Buffer.concat([database, `${database}-wal`].map((file) => readFileSync(file))).toString('latin1')
  return [RAW, RAW.toLowerCase(), CARD, CARD.replaceAll(' ', ''), 'pin-1234'].filter((text) => bytes.includes(text))
}

test('a flow sees the same live as after any number of restarts, and nothing raw is in the database', async () => {
  const database = join(folder(), 'rondo.db')
  let seen: unknown[] = []
  const states: unknown[] = []
  const everything = flow({
    name: 'everything',
    input: z.object({ mail: z.email(), pin: z.string() }),
    output: z.unknown(),
    async run(run, input) {
      const saw = (value: unknown): void => void seen.push(value)
      saw(input)
      saw(await run.step('read', () => ({ mail: RAW, inner: { pin: 'pin-1234' }, at: new Date(5) }), { effect: 'read' }))
      saw(
        await run.map('each', [1, 2], async (item, inside) => ({
          item,
          pin: `pin-1234`,
          own: await inside.step('x', () => CARD, { effect: 'none' }),
        })),
      )
      saw(await run.all({ one: async () => ({ pin: 'pin-1234', mail: RAW }) }))
      saw(await run.race('first', { one: async (inside) => inside.step('y', () => RAW, { effect: 'none' }) }))
      saw(
        await run.loop('round', { rounds: 3 }, { mail: '' }, async (turn, state) => {
          states.push(state)
          return turn.round === 1 ? turn.done({ last: state.mail, card: CARD }) : turn.again({ mail: RAW })
        }),
      )
      try {
        await run.step(
          'fail',
          (): string => {
            throw new Error(`No such address: ${RAW}`)
          },
          { effect: 'none', retry: { attempts: 1 } },
        )
      } catch (error) {
        saw(error instanceof StepError ? error.message : 'another error')
      }
      saw(await run.signal('paid'))
      const review = await run.review('approve', { subject: { to: RAW }, title: `Send to ${RAW}?`, role: 'desk' })
      saw(review)
      return { to: RAW, review }
    },
  })
  const first = await open(database, [everything])
  const { id } = await first.runs.start('everything', { mail: RAW, pin: 'pin-1234' }, { id: 'r', key: 'k' })
  await first.idle()
  const live = seen
  await first.close()
  seen = []
  const second = await open(database, [everything])
  await second.runs.signal(id, 'paid', { card: CARD, by: RAW })
  await second.idle()
  expect(seen.slice(0, live.length)).toEqual(live)
  const upToReview = seen
  await second.close()
  seen = []
  const third = await open(database, [everything])
  const [item] = await third.inbox.list()
  expect([item?.title, item?.content.subject]).toEqual([
    expect.stringMatching(/^Send to [a-p]{16}@redacted\.invalid\?$/),
    { to: expect.stringMatching(WORD) },
  ])
  await third.inbox.comment('r:approve', person, `I asked ${RAW}`)
  await third.inbox.answer('r:approve', person, { to: `bcc ${RAW}` }, { note: `Told ${RAW}` })
  const output = await third.runs.result(id)
  expect(seen.slice(0, upToReview.length)).toEqual(upToReview)
  const mail = (seen[0] as { mail: string }).mail
  expect(mail).toMatch(WORD)
  expect(states).toEqual([{ mail: '' }, { mail }])
  expect(output).toEqual({ to: mail, review: { outcome: 'edited', value: { to: `bcc ${mail}` }, note: `Told ${mail}`, by: ['bob'] } })
  const text = JSON.stringify(seen)
  for (const raw of [RAW, RAW.toLowerCase(), CARD, 'pin-1234']) expect(text).not.toContain(raw)
  expect(await third.runs.start('everything', { mail: RAW.toLowerCase(), pin: 'pin-1234' }, { key: 'k' })).toMatchObject({
    id,
    started: false,
  })
  expect(holdsRaw(database)).toEqual([])
})

test('live events hold what is kept, and so do errors of runs, reasons, measures and children', async () => {
  const database = join(folder(), 'rondo.db')
  const child = flow({
    name: 'child',
    input: z.object({ mail: z.string() }),
    output: z.string(),
    run: async (_, { mail }) => `${mail} ${RAW}`,
  })
  const failing = flow({
    name: 'failing',
    input: z.object({}),
    output: z.string(),
    async run(run) {
      await run.call(child, { mail: RAW }, { name: 'inner' })
      throw new Error(`${RAW} is unknown`)
    },
  })
  const waiting = flow({ name: 'waiting', input: z.object({}), output: z.unknown(), run: (run) => run.signal('never') })
  const rondo = await open(database, [child, failing, waiting])
  const events: string[] = []
  rondo.events.subscribe((event) => events.push(JSON.stringify(event)))
  const run = await rondo.runs.start('failing', {})
  await expect(run.result()).rejects.toThrow(/^[a-p]{16}@redacted\.invalid is unknown$/)
  await rondo.measures.add({ run: run.id, name: 'kept', value: 1, why: `asked ${RAW}` })
  const held = await rondo.runs.start('waiting', {})
  await rondo.idle()
  await rondo.runs.cancel(held.id, `${RAW} called`)
  await rondo.runs.ended(held.id)
  expect((await rondo.runs.get(held.id))?.reason).toMatch(/redacted\.invalid called$/)
  expect(events.length).toBeGreaterThan(4)
  expect(events.join('\n')).not.toContain(RAW)
  expect(holdsRaw(database)).toEqual([])
})

test('a model is sent what is kept, and what it says is redacted before anybody sees it; cases hold no raw either', async () => {
  const database = join(folder(), 'rondo.db')
  const sent: string[] = []
  const server = await startOpenAiServer((request) => {
    sent.push(request.lastUserText)
    return answer(`Dear ${RAW}, your card ${CARD} is fine.`)
  })
  atEnd(() => server.close())
  const prompts = await promptFolder({ reply: '---\nmodel: openai/gpt-4o-mini\n---\nAnswer {{mail}}.' })
  const Reply = prompt('reply', { input: z.object({ mail: z.string() }), output: z.string() })
  const sort = decision({
    name: 'sort',
    question: z.object({ text: z.string() }),
    answer: z.string(),
    people: { role: 'desk' },
    autonomy: always(),
  })
  const desk = flow({
    name: 'desk',
    input: z.object({ mail: z.string() }),
    output: z.string(),
    async run(run, { mail }) {
      const reply = await run.ask(Reply, { mail })
      const { value } = await run.decide(sort, { text: reply })
      return `${reply} ${value}`
    },
  })
  process.env['OPENAI_API_KEY'] = 'test'
  process.env['OPENAI_BASE_URL'] = server.url
  atEnd(() => {
    delete process.env['OPENAI_API_KEY']
    delete process.env['OPENAI_BASE_URL']
  })
  const rondo = await open(database, [desk], { prompts, decisions: [sort] })
  const run = await rondo.runs.start('desk', { mail: RAW })
  await rondo.idle()
  await rondo.inbox.answer(`${run.id}:sort`, person, `to ${RAW}`)
  expect(await run.result()).toMatch(
    /^Dear [a-p]{16}@redacted\.invalid, your card \[card:[a-p]{16}\] is fine\. to [a-p]{16}@redacted\.invalid$/,
  )
  expect(sent).toEqual([expect.stringMatching(/^Answer [a-p]{16}@redacted\.invalid\.$/)])
  const [one] = await rondo.store.cases.list({ decision: 'sort' })
  expect([one?.question, one?.answer]).toEqual([
    expect.stringContaining('redacted.invalid'),
    expect.stringMatching(/^"to [a-p]{16}@redacted/),
  ])
  await rondo.store.cases.add([
    { decision: 'sort', question: `{"text":"${RAW}"}`, answer: `"to ${RAW}"`, probability: 1, origin: 'import' },
  ])
  const [, other] = await rondo.store.cases.list({ decision: 'sort' })
  expect(other?.answer).toBe(one?.answer)
  expect(holdsRaw(database)).toEqual([])
})

test('the search of these tests finds what was not redacted', async () => {
  const database = join(folder(), 'rondo.db')
  const plain = flow({ name: 'plain', input: z.object({ mail: z.string() }), output: z.string(), run: async () => CARD })
  const rondo = await open(database, [plain], { redact: undefined })
  await (await rondo.runs.start('plain', { mail: RAW })).result()
  expect(holdsRaw(database)).toEqual([RAW, CARD])
})

test('without a secret, redaction does not start', async () => {
  await expect(createRondo({ flows: [], database: ':memory:', redact: { rules: ['email'] } })).rejects.toMatchObject({
    code: 'config_invalid',
  })
})
