/**
 * Backtests end to end: recorded runs, a change, and what comes of it, over a scripted model's server and a world that sees every write.
 */
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { ManualClock } from '../../src/clock.ts'
import { openMemoryStore } from '../../src/journal/stores/memory/memory.ts'
import { backtest } from '../../src/learn/backtest/backtest.ts'
import type { Selection } from '../../src/learn/backtest/selection.ts'
import { context } from '../../src/model/context.ts'
import { prompt } from '../../src/model/prompt.ts'
import { tool } from '../../src/model/tool.ts'
import { closeAll, promptFolder } from '../support/asking-system.ts'
import { closeDesks, desk, deskFlow, PROMPTS, playing, post, tried, world } from './desk.ts'

const Line = prompt('line', { input: z.object({}), output: z.string() })
const Other = prompt('other', { input: z.object({}), output: z.string() })

afterEach(async () => {
  await closeDesks()
  await closeAll()
})

const MAILS = ['Hello there', 'Re: win a car', 'win now']

test('an unchanged release makes no call, and no difference', async () => {
  const out = await world()
  const { rondo, server, record } = await desk([deskFlow(out)])
  await record(MAILS)
  const asked = server.requests.length
  const { report } = await tried(rondo, { code: true })
  expect(report.outcomes).toEqual({ unchanged: 3, better: 0, worse: 0, different: 0, diverged: 0 })
  expect(report.steps).toEqual({ served: 15, ran: 0, wouldDo: 0, notApplicable: 0 })
  expect([report.calls, server.requests.length - asked, out.seen.length]).toEqual([0, 0, 3])
  expect(report.spent.microUsd).toBe(0)
  expect(report.saved.microUsd).toBeGreaterThan(0)
})

test('with one changed prompt of five steps exactly its calls run, and a write that would be seen does not', async () => {
  const out = await world()
  const { rondo, server, record } = await desk([deskFlow(out)])
  await record(MAILS)
  const asked = server.requests.length
  const { report, results } = await tried(rondo, { prompts: { reply: `carefully ${PROMPTS.reply}` } })
  expect(server.requests.slice(asked).map(({ lastUserText }) => lastUserText.slice(0, 15))).toEqual(MAILS.map(() => 'carefully Reply'))
  expect(report.calls).toBe(3)
  expect(out.seen).toHaveLength(3)
  expect(report.outcomes).toMatchObject({ different: 3 })
  expect(results.get('r0')?.steps.map(({ path, what, differs, inside }) => ({ path, what, differs, inside }))).toMatchObject([
    { path: expect.stringMatching(/^reply\/call@/), what: 'ran', inside: true },
    { path: 'reply', what: 'ran', differs: true },
    { path: 'send', what: 'would do', differs: true },
  ])
})

test('a decision is held against what people answered: better, worse by segment, and who decided stands', async () => {
  const { rondo, server, record } = await desk([deskFlow(await world())])
  await record(['Hello there', 'Re: win a car', 'win now'])
  const asked = server.requests.length
  const { report, results } = await tried(rondo, { prompts: { sort: `carefully ${PROMPTS.sort}` } })
  expect(server.requests.length - asked).toBe(3)
  expect(Object.fromEntries([...results].map(([run, { outcome }]) => [run, outcome]))).toEqual({
    r0: 'unchanged',
    r1: 'better',
    r2: 'better',
  })
  expect(report.fixes).toMatchObject([
    { metric: 'decision sort', answer: 'spam', proposed: 'mail', wouldPropose: 'spam', truth: 'people' },
    { metric: 'decision sort', answer: 'spam', proposed: 'mail', wouldPropose: 'spam', truth: 'people' },
  ])
  expect(report.regressions).toEqual([])
  const [sort] = report.metrics
  expect(sort).toMatchObject({ metric: 'decision sort', graded: 3, overall: { n: 3, wins: 2, losses: 0, mean: 2 / 3 } })
  expect(sort?.segments.map(({ segment, n, wins }) => ({ segment, n, wins }))).toEqual(
    expect.arrayContaining([
      { segment: 'new', n: 2, wins: 1 },
      { segment: 'answers', n: 1, wins: 1 },
    ]),
  )
  // People's answer is what the flow went on with, so nothing after it is otherwise.
  expect(report.steps).toMatchObject({ wouldDo: 0, notApplicable: 0 })
})

test('a proposal that stood alone and would be another reaches the flow, which nobody can grade', async () => {
  const out = await world()
  const { rondo, record } = await desk([deskFlow(out, { alone: true })])
  await record(['win now'])
  const { report, results } = await tried(rondo, { prompts: { sort: `carefully ${PROMPTS.sort}` } })
  expect(report.outcomes).toMatchObject({ different: 1 })
  expect(results.get('r0')?.steps.filter(({ inside }) => inside !== true)).toMatchObject([
    { path: 'sort', what: 'ran', differs: true, was: expect.stringContaining('mail'), is: expect.stringContaining('spam') },
    { path: 'send', what: 'would do' },
  ])
  expect(report).toMatchObject({ verdict: 'inconclusive', metrics: [] })
  expect(out.seen).toEqual(['mail: Hello.'])
})

test('a correction shows a regression, and certifies nothing', async () => {
  const { rondo, record } = await desk([deskFlow(await world(), { alone: true })])
  await record(['win now', 'Hello'])
  await rondo.inbox.correct('r0:sort', { name: 'ann', roles: ['*'] }, 'mail')
  const change = { prompts: { sort: `carefully ${PROMPTS.sort}` } }
  const sample = await tried(rondo, change)
  expect(sample.report.regressions).toMatchObject([
    { run: 'r0', answer: 'mail', proposed: 'mail', wouldPropose: 'spam', truth: 'correction' },
  ])
  expect(sample.report.metrics.map(({ graded }) => graded)).toEqual([])
  const mustPass = await tried(rondo, change, { of: 'must-pass' })
  expect([...mustPass.results].map(([run, { outcome }]) => [run, outcome])).toEqual([['r0', 'worse']])
  expect(mustPass.report.verdict).toBe('inconclusive')
  expect(mustPass.report.notes.join()).toContain('certify nothing')
})

test('a step that says what it is given stands when that is the same, whatever came out otherwise before it', async () => {
  const out = await world()
  const flow = playing('flow', async (run) => {
    const said = await run.ask(Line, {})
    await run.step('log', () => post(out, 'log'), { input: 'always this' })
    const seen = await run.step('look', () => 'seen', { effect: 'read' })
    return { said, seen }
  })
  const { rondo, server } = await desk([flow], { prompts: await promptFolder({ line: 'Say a line' }) })
  await rondo.runs.start(flow, {}, { id: 'r' })
  await rondo.idle()
  const { results } = await tried(rondo, { prompts: { line: 'carefully say a line' } })
  expect(server.requests).toHaveLength(2)
  expect(results.get('r')?.steps.filter(({ inside }) => inside !== true)).toMatchObject([
    { path: 'line', what: 'ran', differs: true },
    { path: 'look', what: 'ran', differs: false },
  ])
  expect(out.seen).toEqual(['log'])
})

test('a write that is not in the journal ends the replay there, and never runs', async () => {
  const out = await world()
  const flow = playing('flow', async (run) => {
    const said = await run.ask(Line, {})
    if (said !== 'Hello.') await run.step('complain', () => post(out, 'complaint'))
    return said
  })
  const { rondo } = await desk([flow], { prompts: await promptFolder({ line: 'Say a line' }) })
  await rondo.runs.start(flow, {}, { id: 'r' })
  await rondo.idle()
  const { results, report } = await tried(rondo, { prompts: { line: 'carefully say a line' } })
  expect(results.get('r')).toMatchObject({ outcome: 'diverged', why: 'complain: it is not in the journal' })
  expect(report.steps.wouldDo).toBe(1)
  expect(out.seen).toEqual([])
})

test('people who would be asked something else are not answered for', async () => {
  const flow = playing('flow', async (run) => {
    const draft = await run.ask(Line, {})
    const review = await run.review('approve', { subject: draft, role: 'desk' })
    return run.step('after', () => review.outcome, { effect: 'none' })
  })
  const { rondo } = await desk([flow], { prompts: await promptFolder({ line: 'Say a line' }) })
  await rondo.runs.start(flow, {}, { id: 'r' })
  await rondo.idle()
  await rondo.inbox.accept('r:approve', { name: 'ann', roles: ['*'] })
  await rondo.idle()
  const { results, report } = await tried(rondo, { prompts: { line: 'carefully say a line' } })
  expect(results.get('r')?.outcome).toBe('different')
  expect(results.get('r')?.steps.at(-1)).toMatchObject({
    path: 'approve',
    what: 'not applicable',
    why: 'people were asked about something else',
  })
  expect(report.steps.notApplicable).toBe(1)
})

test('only the rounds, items and branches that hold what changed are gone through again', async () => {
  const flow = playing('flow', async (run) => {
    const drafts = await run.map('drafts', ['a', 'b'], (item, inner) => inner.ask(item === 'a' ? Line : Other, {}))
    const turned = await run.loop('turns', { rounds: 3 }, 0, async (turn, sum: number) => {
      await run.step('count', () => turn.round, { effect: 'none' })
      const said = await run.ask(turn.round === 1 ? Line : Other, {})
      return turn.round === 2 ? turn.done({ sum, said }) : turn.again(sum + 1)
    })
    const { winner } = await run.race('first', { quick: (inner) => inner.ask(Line, {}), slow: (inner) => inner.sleep('long', '1h') })
    const both = await run.all({ left: (inner) => inner.ask(Other, {}), right: (inner) => inner.ask(Line, {}) })
    return { drafts, turned, winner, both }
  })
  const { rondo, server } = await desk([flow], { prompts: await promptFolder({ line: 'Say a line', other: 'Say another' }) })
  await rondo.runs.start(flow, {}, { id: 'r' })
  await rondo.idle()
  const asked = server.requests.length
  const { results } = await tried(rondo, { prompts: { line: 'carefully say a line' } })
  expect(server.requests.slice(asked).map(({ lastUserText }) => lastUserText)).toEqual(Array(4).fill('carefully say a line'))
  expect(results.get('r')?.outcome).toBe('different')
  const differing = results.get('r')?.steps.filter(({ differs, inside }) => differs && inside !== true)
  expect(differing?.map(({ path }) => path).sort()).toEqual([
    'drafts[a]',
    'drafts[a]/line',
    'first',
    'first/quick/line',
    'right',
    'right/line',
    'turns[1]/line',
  ])
  const same = await tried(rondo, { code: true })
  expect([same.report.outcomes.unchanged, same.report.calls]).toEqual([1, 0])
})

test('another model answers for a prompt by its name, and for a decision by its name', async () => {
  const { rondo, server, record } = await desk([deskFlow(await world())])
  await record(['win now'])
  const asked = server.requests.length
  const models = () => server.requests.slice(asked).map(({ body }) => body.model)
  await tried(rondo, { models: { reply: 'local/other' } })
  expect(models()).toEqual(['other'])
  const { report } = await tried(rondo, { models: { sort: 'local/other' } })
  expect(models()).toEqual(['other', 'other'])
  expect(report.outcomes).toMatchObject({ better: 1 })
  await expect(tried(rondo, { models: { reply: 'nobody/knows' } })).rejects.toMatchObject({ code: 'model_unknown' })
})

test('a model that cannot be asked is no fault of the change: the run is set aside, and tried again next time', async () => {
  const { rondo, record } = await desk([deskFlow(await world())])
  await record(['Hello'])
  const change = { prompts: { reply: 'fail' } }
  const { report } = await tried(rondo, change, {}, { state: 'here' })
  expect(report.runs).toMatchObject({ replayed: 0, troubled: [{ run: 'r0', why: expect.stringContaining('could not be asked') }] })
  expect((await tried(rondo, change, {}, { state: 'here' })).report.runs.again).toBe(0)
})

test('a measure is compared where it was recorded', async () => {
  const flow = playing('flow', async (run) => {
    const said = await run.ask(Line, {})
    await run.measure('brevity', said.length < 10 ? 1 : 0)
    return said
  })
  const { rondo } = await desk([flow], { prompts: await promptFolder({ line: 'Say a line' }) })
  for (const id of ['a', 'b']) await rondo.runs.start(flow, {}, { id })
  await rondo.idle()
  const { report } = await tried(rondo, { prompts: { line: 'carefully say a line' } })
  expect(report.outcomes).toMatchObject({ worse: 2 })
  expect(report.metrics).toMatchObject([{ metric: 'measure brevity', overall: { n: 2, losses: 2, mean: -1 } }])
})

test('the estimate says what will be paid again, and no run is begun beyond the budget', async () => {
  const { rondo, record } = await desk([deskFlow(await world())])
  await record(Array.from({ length: 10 }, (_, index) => `Hello ${index}`))
  const change = { prompts: { reply: `carefully ${PROMPTS.reply}` } }
  const { progress, report } = await tried(rondo, change, {}, { concurrency: 1 })
  const estimate = progress[0]?.kind === 'estimate' ? progress[0].usage.microUsd : 0
  const paid = await rondo.store.journal.entries('r0')
  const reply = paid.filter(({ scope }) => scope === 'reply').reduce((sum, { usage }) => sum + (usage?.microUsd ?? 0), 0)
  expect([estimate > 0, estimate]).toEqual([true, reply * 10])
  expect(report.runs).toMatchObject({ selected: 10, replayed: 10, left: 0 })
  const short = await tried(rondo, change, {}, { concurrency: 1, usd: (report.spent.microUsd * 0.45) / 1_000_000 })
  expect(short.report.runs.replayed).toBeLessThan(6)
  expect(short.report.runs.left).toBe(10 - short.report.runs.replayed)
  expect(short.report.spent.microUsd).toBeLessThanOrEqual(report.spent.microUsd * 0.45)
})

test('what was paid for is found again after a kill', async () => {
  const { rondo, server, record } = await desk([deskFlow(await world())])
  await record(['a', 'b', 'c', 'd'])
  const change = { prompts: { reply: `carefully ${PROMPTS.reply}` } }
  const asked = server.requests.length
  for await (const progress of backtest(rondo, change, {}, { state: 'here', concurrency: 1 }))
    if (progress.kind === 'run' && progress.done === 2) break
  const before = server.requests.length - asked
  const { report } = await tried(rondo, change, {}, { state: 'here', concurrency: 1 })
  expect(server.requests.length - asked).toBe(4)
  expect(report.runs).toMatchObject({ replayed: 4, again: before })
  expect(report.outcomes.different).toBe(4)
  const elsewhere = await tried(rondo, change, {}, { state: 'there' })
  expect(elsewhere.report.runs.again).toBe(0)
})

test('a sample is drawn in an order of its own, of a flow, a time, a release, a segment', async () => {
  const { rondo, record } = await desk([deskFlow(await world())], { release: 'one' })
  await record(['a', 'Re: b', 'c', 'd', 'e'])
  const ids = async (selection: Selection) => [...(await tried(rondo, { code: true }, selection, { concurrency: 1 })).results.keys()]
  expect(await ids({ sample: 3, seed: 'x' })).toEqual(await ids({ sample: 3, seed: 'x' }))
  expect((await ids({ sample: 5, seed: 'x' })).slice(0, 3)).toEqual(await ids({ sample: 3, seed: 'x' }))
  expect(await ids({ segment: 'answers', sample: 1 })).toEqual(['r1'])
  expect(await ids({ release: 'two' })).toEqual([])
  expect(await ids({ until: 5 })).toEqual([])
  expect(await ids({ runs: ['r4'] })).toEqual(['r4'])
  await expect(ids({ flow: 'nobody' })).rejects.toMatchObject({ code: 'flow_unknown' })
})

test('code that does not fit the journal any more diverges at its step', async () => {
  const before = playing('flow', async (run) => run.step('one', () => 1, { effect: 'none' }))
  const after = playing('flow', async (run) => {
    await run.sleep('one', 10)
    return 1
  })
  const store = openMemoryStore()
  const { rondo } = await desk([before], { store })
  await rondo.runs.start(before, {}, { id: 'r' })
  await rondo.idle()
  const { rondo: here } = await desk([after], { store, drive: false })
  const { results } = await tried(here, { code: true })
  expect(results.get('r')).toMatchObject({ outcome: 'diverged', why: expect.stringContaining('"one" as a code') })
})

test('nothing of a replay is written: no entry, case, question or run', async () => {
  const { rondo, record } = await desk([deskFlow(await world())])
  await record(['win now'])
  const all = async () => ({
    entries: await rondo.store.journal.entries('r0'),
    runs: await rondo.runs.list(),
    cases: await rondo.store.cases.list({ decision: 'sort' }),
    open: await rondo.store.reviews.list({}),
  })
  const before = await all()
  await tried(rondo, { prompts: { sort: `carefully ${PROMPTS.sort}`, topic: `carefully ${PROMPTS.topic}` } })
  expect(await all()).toEqual(before)
})

test('everything a flow can do comes back unchanged, and nothing of it is executed', async () => {
  const out = await world()
  const clock = new ManualClock()
  const child = playing('child', async (run, input) => run.step('double', () => Number(input) * 2, { effect: 'none' }))
  const Facts = context({
    name: 'facts',
    budget: 100,
    input: z.object({ of: z.string() }),
    pieces: (_, scope) => scope.run.step('search', () => [{ source: 'a', text: 'A fact.' }], { effect: 'read' }),
  })
  const Tooled = prompt('tooled', {
    input: z.object({}),
    output: z.string(),
    tools: [
      tool({ name: 'look', description: 'Looks.', input: z.object({ at: z.string() }), effect: 'read', run: () => post(out, 'looked') }),
    ],
  })
  let tries = 0
  const flow = playing('flow', async (run, input) => {
    const facts = await run.context(Facts, { of: 'it' })
    const said = await run.ask(Tooled, {})
    const flaky = await run.step(
      'flaky',
      () => {
        tries += 1
        if (tries < 2) throw new Error('not yet')
        return tries
      },
      { effect: 'read', retry: { attempts: 3, first: 5 } },
    )
    const failed = await run
      .step('fails', () => post(out, 'tried').then(() => Promise.reject(new TypeError('no'))))
      .catch((error: Error) => error.message)
    const caught = await run
      .loop('breaks', {}, 0, async (turn) => {
        await run.step('one', () => turn.round, { effect: 'none' })
        throw new Error('out of it')
      })
      .catch((error: Error) => error.message)
    await run.sleep('rest', '1h')
    const came = await run.signal('came')
    const doubled = await run.call(child, 21)
    await run.measure('good', 0.5)
    const first = await run.race('first', {
      slow: (inner) => inner.sleep('long', '2h').then(() => 'slow'),
      quick: async (inner) => {
        await inner.step('work', () => post(out, 'worked'))
        return inner.random()
      },
    })
    const items = await run.map('items', [1, 2, 3], async (item, inner) => {
      await inner.step('write', () => post(out, `item ${item}`), { effect: 'idempotent' })
      return inner.uuid()
    })
    return {
      facts,
      said,
      flaky,
      failed,
      caught,
      came,
      doubled,
      first,
      items,
      at: run.now(),
      random: run.random(),
      input,
      undefined: undefined,
    }
  })
  const { rondo, server } = await desk([flow, child], { clock, prompts: await promptFolder({ tooled: 'use the tool' }) })
  await rondo.runs.start(flow, { given: new Date(5) }, { id: 'r' })
  await rondo.runs.signal('r', 'came', { what: 7n })
  for (let turn = 0; turn < 6; turn += 1) {
    await rondo.idle()
    clock.advance(3_600_000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await rondo.idle()
  expect(await rondo.runs.get('r')).toMatchObject({ status: 'completed' })
  const [asked, seen] = [server.requests.length, [...out.seen]]
  expect(seen.toSorted()).toEqual(['item 1', 'item 2', 'item 3', 'looked', 'tried', 'worked'])
  const { report, results } = await tried(rondo, { code: true })
  expect(results.get('r')).toMatchObject({ outcome: 'unchanged', steps: [] })
  expect(report.outcomes).toMatchObject({ unchanged: 2 })
  expect([server.requests.length - asked, out.seen]).toEqual([0, seen])
  // And with all of it held for changed, what changes the world still does not run.
  const names = ['flaky', 'fails', 'work', 'write', 'double', 'search', 'one', 'facts', 'tooled']
  const forced = await tried(rondo, { steps: names })
  expect(out.seen.filter((what) => what !== 'looked')).toEqual(seen.filter((what) => what !== 'looked'))
  expect(
    forced.results
      .get('r')
      ?.steps.filter(({ what }) => what === 'would do')
      .map(({ path }) => path),
  ).toEqual(expect.arrayContaining(['fails', 'first/quick/work', 'items[1]/write', 'items[2]/write', 'items[3]/write']))
})

test('where a change leads into more rounds than were recorded, the budget ends it', async () => {
  const flow = playing('flow', (run) =>
    run.loop('turns', { rounds: 3 }, 0, async (turn, sum: number) => {
      const said = await run.ask(Line, {})
      return said === 'Hello.' ? turn.done(sum) : turn.again(sum + 1)
    }),
  )
  const { rondo, server } = await desk([flow], { prompts: await promptFolder({ line: 'Say a line' }) })
  await rondo.runs.start(flow, {}, { id: 'r' })
  await rondo.idle()
  const { results } = await tried(rondo, { prompts: { line: 'carefully say a line' } })
  expect(server.requests).toHaveLength(1 + 3)
  expect(results.get('r')).toMatchObject({ outcome: 'different', why: expect.stringContaining('has spent its budget') })
})

test('a prompt of which something else is asked runs, with the text that stands now', async () => {
  const Echo = prompt('echo', { input: z.object({ of: z.string() }), output: z.string() })
  const flow = playing('flow', async (run) => {
    const line = await run.ask(Line, {})
    return run.ask(Echo, { of: line })
  })
  const { rondo, server } = await desk([flow], { prompts: await promptFolder({ line: 'Say a line', echo: 'Echo {{of}}' }) })
  await rondo.runs.start(flow, {}, { id: 'r' })
  await rondo.idle()
  const { results } = await tried(rondo, { prompts: { line: 'carefully say a line' } })
  expect(server.requests.at(-1)?.lastUserText).toBe('Echo Dear Sir, about carefully say a line')
  expect(results.get('r')?.steps.filter(({ inside }) => inside !== true)).toMatchObject([
    { path: 'line', why: expect.stringMatching(/^taken under line@[0-9a-f]{8}, now line@[0-9a-f]{8}$/) },
    { path: 'echo', why: 'it is given something else' },
  ])
})
