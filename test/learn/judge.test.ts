/**
 * A judge in an assembled system, its model behind the real protocol: it scores drafts as they are made and runs after the fact, a
 * share of them is scored by people as well, and the two are held against each other.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { createRondo, type Rondo } from '../../src/assemble.ts'
import { flow } from '../../src/flow/flow.ts'
import { decode } from '../../src/json.ts'
import { type Judge, type JudgeOptions, judge } from '../../src/learn/judge.ts'
import { prompt } from '../../src/model/prompt.ts'
import { closeAll, server } from '../support/asking-system.ts'
import { json, type OpenAiServer } from '../support/openai-server.ts'

const lea = { name: 'lea', roles: ['lead'] }
const Draft = z.object({ draft: z.string() })
const people = { role: 'lead', share: 1 }

let said: OpenAiServer
let rondo: Rondo | undefined
beforeEach(async () => {
  said = await server(({ lastUserText }) => json({ score: lastUserText.includes('warm') ? 0.9 : 0.2, why: 'so it reads' }))
  vi.stubEnv('OPENAI_API_KEY', 'test')
  vi.stubEnv('OPENAI_BASE_URL', said.url)
})
afterEach(async () => {
  await rondo?.close()
  vi.unstubAllEnvs()
  await closeAll()
})

function toneJudge(options: JudgeOptions = {}, text = 'How kind is this? {{draft}}'): Judge<{ draft: string }> {
  const Tone = prompt('tone-prompt', { input: Draft, output: z.object({ score: z.number(), why: z.string() }), text })
  return judge('tone', Tone, options)
}

/** A system whose one flow writes two drafts, each judged. */
async function started(tone: Judge<{ draft: string }>, judged = true): Promise<Rondo> {
  const desk = flow({
    name: 'desk',
    input: z.object({ drafts: z.array(z.string()) }),
    output: z.array(z.number()),
    run: (run, { drafts }) =>
      run.map(
        'draft',
        drafts,
        async (draft, inner) => (judged ? (await inner.ask(tone, { draft })).score : inner.step('write', () => draft.length)),
        { key: (draft) => draft },
      ),
  })
  rondo = await createRondo({ flows: [desk, tone.flow], database: ':memory:', model: 'openai/gpt-4o-mini' })
  await rondo.runs.start('desk', { drafts: ['warm words', 'cold words'] }, { id: 'r1' })
  await rondo.idle()
  return rondo
}

describe('a judge', () => {
  test('scores what a flow makes: each score is a measure of the step, under the version of the prompt', async () => {
    const system = await started(toneJudge())
    expect(decode((await system.runs.get('r1'))?.output ?? '')).toEqual([0.9, 0.2])
    const kept = await system.measures.list({ name: 'tone' })
    expect(kept).toMatchObject([
      { run: 'r1', flow: 'desk', path: 'draft[warm words]/tone', value: 0.9, origin: 'judge', why: 'so it reads' },
      { run: 'r1', flow: 'desk', path: 'draft[cold words]/tone', value: 0.2, origin: 'judge' },
    ])
    expect(kept[0]?.by).toMatch(/^tone-prompt@[0-9a-f]{8}$/)
    expect(said.requests).toHaveLength(2)
    expect(await system.inbox.count()).toBe(0)
    expect(await system.measures.judges()).toMatchObject([
      { name: 'tone', judged: 2, compared: 0, error: undefined, errorAtMost: 1, bias: undefined },
    ])
  })

  test('is measured against people, who score the same without its score, while the judged run goes on', async () => {
    const system = await started(toneJudge({ title: 'How kind is this reply?', people }))
    expect((await system.runs.get('r1'))?.status).toBe('completed')
    const items = await system.inbox.list({ person: lea })
    expect(items).toHaveLength(2)
    expect(items[0]).toMatchObject({ title: 'How kind is this reply?', kind: 'decide', decision: 'tone' })
    expect(items[0]?.content.proposal).toBeUndefined()
    expect(JSON.stringify(items)).not.toContain('0.9')
    for (const { id, content } of items) await system.inbox.answer(id, lea, Draft.parse(content.subject).draft.includes('warm') ? 0.7 : 0.4)
    await system.idle()
    expect(await system.measures.list({ origin: 'people' })).toMatchObject([
      { run: 'r1', flow: 'desk', name: 'tone', by: 'lea' },
      { run: 'r1', flow: 'desk', name: 'tone', by: 'lea' },
    ])
    const [report] = await system.measures.judges()
    expect(report).toMatchObject({ name: 'tone', judged: 2, compared: 2, error: expect.closeTo(0.2), bias: expect.closeTo(0) })
    expect(report?.errorAtMost).toBeGreaterThan(0.2)
    expect((await system.store.cases.list({ decision: 'tone' })).map(({ by, answer }) => [by, answer]).sort()).toEqual([
      ['lea', '0.4'],
      ['lea', '0.7'],
    ])
    expect(said.requests).toHaveLength(2)
  })

  test('scores what was recorded, once for each version, and people score the drawn ones of these too', async () => {
    const tone = toneJudge({ people })
    const system = await started(tone, false)
    const judging = { run: 'r1', path: 'draft[warm words]/write', subject: { draft: 'warm words' } }
    const handle = await system.runs.start(tone.flow, judging, { key: 'r1 warm' })
    await system.idle()
    expect(await system.measures.list()).toMatchObject([{ run: 'r1', path: 'draft[warm words]/write', value: 0.9, origin: 'judge' }])
    const [item] = await system.inbox.list({ person: lea })
    await system.inbox.answer(item?.id ?? '', lea, 1)
    expect(await handle.result()).toEqual({ score: 0.9, people: 1 })
    await (await system.runs.start(toneJudge().flow, judging, { key: 'again' })).id
    await system.idle()
    expect(await system.measures.list({ origin: 'judge' })).toHaveLength(1)
    expect(await system.measures.judges()).toMatchObject([
      { judged: 1, compared: 1, error: expect.closeTo(0.1), bias: expect.closeTo(-0.1) },
    ])
  })

  test('a score that is none fails its step, and says what to do', async () => {
    said = await server(() => json({ score: 7, why: 'of ten' }))
    vi.stubEnv('OPENAI_BASE_URL', said.url)
    const system = await started(toneJudge())
    const run = await system.runs.get('r1')
    expect(run?.error?.message).toContain('gave the score 7: it is a number from 0 to 1')
    expect(await system.measures.list()).toEqual([])
  })

  test('a share of nothing is refused where the judge is defined', () => {
    expect(() => toneJudge({ people: { role: 'lead', share: 0 } })).toThrow(/give one above 0/)
  })
})
