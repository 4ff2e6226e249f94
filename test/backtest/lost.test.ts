/**
 * What a change no longer comes to is never left out of its verdict: runs that diverge, skip a decision, ask it otherwise, or fail.
 */
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import type { Rondo } from '../../src/assemble.ts'
import type { AnyFlow } from '../../src/flow/flow.ts'
import type { Run } from '../../src/flow/run.ts'
import type { BacktestOptions } from '../../src/learn/backtest/backtest.ts'
import { prompt } from '../../src/model/prompt.ts'
import { type Autonomy, threshold } from '../../src/people/autonomy.ts'
import { decision } from '../../src/people/decision.ts'
import { closeAll, promptFolder } from '../support/asking-system.ts'
import { answer, failure } from '../support/openai-server.ts'
import { closeDesks, desk, playing, tried } from './desk.ts'

afterEach(async () => {
  await closeDesks()
  await closeAll()
})

const Numbered = z.object({ n: z.number() })
const Line = prompt('line', { input: Numbered, output: z.string() })

interface Sorting {
  readonly version: string
  /** Whether the proposal is `a`, which is what people answer. */
  readonly right: (n: number) => boolean
  readonly asks?: (n: number) => number
  readonly autonomy?: Autonomy
  /** What comes before the decision; `false`: it is not asked. */
  readonly before?: (run: Run, n: number) => Promise<unknown>
}

function sorting({ version, right, asks = (n) => n, autonomy, before }: Sorting): AnyFlow {
  const sort = decision({
    name: 'sort',
    question: Numbered,
    answer: z.enum(['a', 'b']),
    predictor: {
      name: 'fixed',
      version: () => version,
      predict: async ({ n }: { n: number }) => ({
        answer: right(n) ? ('a' as const) : ('b' as const),
        confidence: 0.9,
        source: 'stated',
        version,
      }),
    },
    people: { role: 'desk' },
    ...(autonomy !== undefined && { autonomy }),
  })
  return playing('sorting', async (run, input) => {
    const { n } = Numbered.parse(input)
    if ((await before?.(run, n)) === false) return 'skipped'
    const { value } = await run.decide(sort, { n: asks(n) })
    await run.measure('good', 1)
    return value
  })
}

/** So many runs, each answered `a` where people are asked. */
async function recorded(flow: AnyFlow, count: number, more: Parameters<typeof desk>[1] = {}): Promise<Rondo> {
  const { rondo } = await desk([flow], more)
  for (let n = 0; n < count; n += 1) await rondo.runs.start(flow, { n }, { id: `r${n}` })
  await rondo.idle()
  for (;;) {
    const items = await rondo.inbox.list({ limit: 100 })
    if (items.length === 0) return rondo
    for (const { id } of items) await rondo.inbox.answer(id, { name: 'ann', roles: ['*'] }, 'a')
    await rondo.idle()
  }
}

const under = (rondo: Rondo, flow: AnyFlow, options: BacktestOptions = {}) =>
  tried({ ...rondo, flows: new Map([[flow.name, flow]]) }, { code: true }, {}, options)

const before = sorting({ version: '1', right: (n) => n % 10 !== 1 })

test('a change that mends one run in ten and breaks four of ten on the way is not better for it', async () => {
  const rondo = await recorded(before, 300)
  const { report, results } = await under(
    rondo,
    sorting({ version: '2', right: () => true, before: async (run, n) => (n % 10 < 6 ? undefined : run.signal('never')) }),
  )
  expect(report.verdict).toBe('inconclusive')
  expect(report.lost).toBe(240)
  expect(report.metrics).toMatchObject([
    { metric: 'decision sort', graded: 180, lost: 120, lostBecause: { diverged: 120 }, overall: { n: 300, wins: 30, losses: 120 } },
    { metric: 'measure good', graded: 180, lost: 120, lostBecause: { diverged: 120 } },
  ])
  expect(report.metrics[0]?.overall.mean).toBeCloseTo(-0.3)
  expect(report.metrics[0]?.ifLostWereRight?.verdict).toBe('better')
  expect(report.notes.join()).toContain('decision sort: 120 of 300 scores are lost under the change (120 not reached by the replay)')
  expect(results.get('r6')).toMatchObject({ outcome: 'diverged', scores: [{ was: 1, lost: 'diverged' }, { lost: 'diverged' }] })
})

test('a few that are lost do not turn a verdict that stands without them', async () => {
  const half = sorting({ version: '1', right: (n) => n % 2 === 0 })
  const rondo = await recorded(half, 200)
  const { report } = await under(
    rondo,
    sorting({ version: '2', right: () => true, before: async (run, n) => (n < 4 ? run.signal('never') : undefined) }),
  )
  expect(report.metrics[0]).toMatchObject({ lost: 4, verdict: 'better', overall: { wins: 98, losses: 2, n: 200 } })
  expect(report.notes.join()).toContain('The verdict stands whatever they would be.')
})

test('a question that is another now has no truth: nothing is said, however alike the answers', async () => {
  const audited = { autonomy: threshold(0.5, { audit: 0.2 }) }
  const rondo = await recorded(sorting({ version: '1', right: () => true, ...audited }), 400)
  const other = sorting({ version: '2', right: () => false, asks: (n) => n + 1000, ...audited })
  for (const margin of [0.05, 0.3]) {
    const { report } = await under(rondo, other, { margin })
    const sort = report.metrics.find(({ metric }) => metric === 'decision sort')
    expect(report.verdict).toBe('inconclusive')
    expect(sort).toMatchObject({ graded: 0, verdict: 'inconclusive', leastProbability: 0.2 })
    expect(sort?.lost).toBe(sort?.lostBecause.otherwise)
    expect(sort?.lost).toBeGreaterThan(40)
    expect((sort?.lost ?? 0) + (sort?.unseen ?? 0)).toBe(400)
  }
})

test('a decision that the flow passes over is lost, not a tie', async () => {
  const rondo = await recorded(before, 40)
  const { report } = await under(rondo, sorting({ version: '1', right: (n) => n % 10 !== 1, before: async (_run, n) => n % 2 === 0 }))
  expect(report.metrics[0]).toMatchObject({ graded: 20, lost: 20, lostBecause: { skipped: 20 } })
  expect(report.verdict).toBe('inconclusive')
})

test('a flow that fails under the change has not answered: that is wrong, and worse', async () => {
  const rondo = await recorded(before, 200)
  const failing = async (_run: Run, n: number): Promise<void> => {
    if (n % 2 === 0) throw new TypeError('no')
  }
  const { report } = await under(rondo, sorting({ version: '1', right: (n) => n % 10 !== 1, before: failing }))
  expect(report.metrics[0]).toMatchObject({ graded: 200, lost: 0, verdict: 'worse', overall: { losses: 100 } })
  expect([report.verdict, report.outcomes.worse]).toEqual(['worse', 100])
})

test('a read that fails today says nothing of the change', async () => {
  const rondo = await recorded(before, 20)
  const looking = (run: Run) => run.step('look', () => Promise.reject(new TypeError('gone')), { effect: 'read', retry: { attempts: 1 } })
  const { report } = await under(rondo, sorting({ version: '1', right: () => true, before: looking }))
  expect(report.metrics[0]).toMatchObject({ graded: 0, lost: 20, lostBecause: { diverged: 20 }, verdict: 'inconclusive' })
})

/** A desk whose model answers a line before each decision; under the change it does what `script` says to a text that has `now`. */
async function lines(count: number, script: Parameters<typeof desk>[1] & object) {
  return recorded(sorting({ version: '1', right: () => true, before: (run, n) => run.ask(Line, { n }) }), count, script)
}

test('a model that refuses the hard inputs for good is judged on them as well', async () => {
  const prompts = await promptFolder({ line: 'Say {{n}}' })
  const rondo = await lines(120, {
    prompts,
    script: (request) =>
      request.lastUserText.includes('now') && Number(request.lastUserText.split(' ')[1]) % 3 === 0
        ? failure(400, { code: 'content_policy_violation' })
        : answer('Hello.'),
  })
  const { report } = await tried(rondo, { prompts: { line: 'Say {{n}} now' } })
  expect(report.runs.troubled).toEqual([])
  expect(report.metrics[0]).toMatchObject({ graded: 120, lost: 0, verdict: 'worse', overall: { losses: 40 } })
  expect(report.verdict).toBe('worse')
})

test('a model that cannot be asked is no fault of the change, and what hangs on it is lost', async () => {
  const prompts = await promptFolder({ line: 'Say {{n}}' })
  const rondo = await lines(60, {
    prompts,
    script: (request) =>
      request.lastUserText.includes('now') && Number(request.lastUserText.split(' ')[1]) % 3 === 0 ? failure(503) : answer('Hello.'),
  })
  const { report } = await tried(rondo, { prompts: { line: 'Say {{n}} now' } }, {}, { margin: 0.3 })
  expect(report.runs.troubled).toHaveLength(20)
  expect(report.metrics[0]).toMatchObject({ graded: 40, lost: 20, lostBecause: { trouble: 20 } })
  expect([report.verdict, report.outcomes.worse]).toEqual(['inconclusive', 0])
  expect(report.notes.join()).toContain('Try again later')
})

test('a branch that lost its race counts on neither side, whatever the change', async () => {
  const flow = (version: string): AnyFlow => {
    const sort = decision({
      name: 'sort',
      question: Numbered,
      answer: z.enum(['a', 'b']),
      predictor: {
        name: 'fixed',
        version: () => version,
        predict: async () => ({ answer: 'a' as const, confidence: 1, source: 'stated', version }),
      },
      people: { role: 'desk' },
    })
    return playing('racing', async (run) =>
      run.race('first', {
        asked: async (inner) => {
          await inner.decide(sort, { n: 1 })
          return inner.signal('never')
        },
        quick: (inner) => inner.signal('go'),
      }),
    )
  }
  const { rondo } = await desk([flow('1')])
  await rondo.runs.start(flow('1'), {}, { id: 'r' })
  await rondo.idle()
  await rondo.inbox.answer('r:first/asked/sort', { name: 'ann', roles: ['*'] }, 'a')
  await rondo.idle()
  await rondo.runs.signal('r', 'go', 1)
  await rondo.idle()
  expect(await rondo.runs.get('r')).toMatchObject({ status: 'completed' })
  for (const version of ['1', '2']) expect((await under(rondo, flow(version))).report.metrics).toEqual([])
})

test('what stands in a part that is served whole counts as it was', async () => {
  const Answer = z.enum(['a', 'b'])
  const sort = decision({
    name: 'sort',
    question: Numbered,
    answer: Answer,
    predictor: {
      name: 'fixed',
      version: () => '1',
      predict: async () => ({ answer: 'a' as const, confidence: 1, source: 'stated', version: '1' }),
    },
    people: { role: 'desk' },
  })
  const flow = playing('mapping', async (run) => {
    await run.map('items', [1, 2], async (n, inner) => {
      const { value } = await inner.decide(sort, { n })
      await inner.measure('good', 1)
      return value
    })
    return run.ask(Line, { n: 1 })
  })
  const { rondo } = await desk([flow], { prompts: await promptFolder({ line: 'Say {{n}}' }) })
  await rondo.runs.start(flow, {}, { id: 'r' })
  await rondo.idle()
  for (const { id } of await rondo.inbox.list({})) await rondo.inbox.answer(id, { name: 'ann', roles: ['*'] }, 'a')
  await rondo.idle()
  const { report } = await tried(rondo, { prompts: { line: 'Now say {{n}}' } })
  expect(report.metrics).toMatchObject([
    { metric: 'decision sort', graded: 2, lost: 0, overall: { n: 1, ties: 1 } },
    { metric: 'measure good', graded: 2, lost: 0 },
  ])
})
