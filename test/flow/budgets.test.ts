import { expect, test } from 'vitest'
import type { Definition } from '../../src/flow/definition.ts'
import { flow } from '../../src/flow/flow.ts'
import type { Budget, Run } from '../../src/flow/run.ts'
import { NO_USAGE, type Usage } from '../../src/money.ts'
import { ann, DAY, HOUR, played, Stage } from './stage.ts'

/** A model call that costs what it is asked to. */
const spend: Definition<'ask', Partial<Usage>, number> = {
  kind: 'ask',
  name: 'spend',
  take: async (usage) => ({ value: 1, usage: { ...NO_USAGE, ...usage } }),
}

/** A loop of rounds that each use up so much, until it has taken so many. */
function rounds(run: Run, budget: Budget, usage: Partial<Usage>, count = 4): Promise<number> {
  return run.loop('rounds', budget, 0, async (turn, sum: number) => {
    const more = sum + (await run.ask(spend, usage))
    await run.sleep('nap', '1m')
    return turn.round === count - 1 ? turn.done(more) : turn.again(more)
  })
}

const MINUTE = 60_000

/** Crashes and turns the clock until people are asked. */
async function untilAsked(stage: Stage, subject: ReturnType<typeof played>): Promise<string> {
  for (let minutes = 0; minutes < 10; minutes += 1) {
    await stage.crash(subject)
    await stage.settled()
    const [question] = await stage.questions()
    if (question !== undefined) return question.path
    await stage.pass(MINUTE)
  }
  throw new Error('Nobody was asked.')
}

test.each<[string, Budget, Partial<Usage>, object, RegExp]>([
  ['rounds', { rounds: 2 }, {}, { rounds: 2 }, /2 rounds/],
  ['tokens', { tokens: 20 }, { inputTokens: 7, outputTokens: 3 }, { tokens: 100 }, /20 tokens/],
  ['money', { usd: 0.02 }, { microUsd: 10_000 }, { usd: 1 }, /\$0\.0200/],
  ['time', { time: '2m' }, {}, { time: '1h' }, /2m/],
  ['attention', { attention: '10m' }, { attentionMs: 5 * MINUTE }, { attention: '1h' }, /10m of people's attention/],
])('a loop that spent its %s waits, asks once, and goes on where it was when it is extended', async (_, budget, usage, extend, says) => {
  const subject = played((run) => rounds(run, budget, usage))
  const stage = await Stage.open([subject])
  await stage.start(subject)
  const path = await untilAsked(stage, subject)
  expect(path).toBe('rounds/$budget[1]')
  const [question] = await stage.questions()
  expect(question).toMatchObject({ kind: 'budget', role: 'operator' })
  expect(question?.title).toMatch(says)
  await stage.pass(3 * DAY)
  await stage.crash(subject)
  expect(await stage.questions()).toHaveLength(1)
  await stage.answer(path, { extend })
  for (let minutes = 0; minutes < 4; minutes += 1) {
    await stage.crash(subject)
    await stage.pass(MINUTE)
  }
  expect(await stage.output()).toBe(4)
})

test.each<[string, Omit<Budget, 'rounds'>, Partial<Usage>, object]>([
  ['tokens', { tokens: 20 }, { inputTokens: 10 }, { tokens: 100 }],
  ['money', { usd: 0.02 }, { microUsd: 10_000 }, { usd: 1 }],
  ['time', { time: '2m' }, {}, { time: '1h' }],
  ['attention', { attention: '10m' }, { attentionMs: 5 * MINUTE }, { attention: '1h' }],
])('a run that spent its %s waits, and goes on when it is extended', async (_, budget, usage, extend) => {
  const subject = played((run) => rounds(run, {}, usage), { budget: { ...budget, role: 'lead' } })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  const path = await untilAsked(stage, subject)
  expect(path).toBe('$budget[1]')
  expect(await stage.questions()).toMatchObject([{ kind: 'budget', role: 'lead', title: expect.stringMatching(/^This run has spent/) }])
  await stage.answer(path, { extend })
  for (let minutes = 0; minutes < 4; minutes += 1) {
    await stage.crash(subject)
    await stage.pass(MINUTE)
  }
  expect(await stage.output()).toBe(4)
})

test('whoever is asked may end the run; nothing runs after that, and it says who and why', async () => {
  const subject = played((run) => rounds(run, { rounds: 1 }, {}))
  const stage = await Stage.open([subject])
  await stage.start(subject)
  const path = await untilAsked(stage, subject)
  const before = await stage.journal()
  await stage.answer(path, { end: true })
  expect(await stage.settled()).toMatchObject({
    status: 'cancelled',
    reason: 'The loop "rounds" had spent its budget (1 round), and ann ended it.',
  })
  expect(await stage.journal()).toEqual(before)
  expect(await stage.questions()).toEqual([])
})

test('it is asked as often as it is spent, and what was extended before holds after a crash', async () => {
  const subject = played((run) => rounds(run, { rounds: 1 }, {}))
  const stage = await Stage.open([subject])
  await stage.start(subject)
  for (let extension = 1; extension < 4; extension += 1) {
    expect(await untilAsked(stage, subject)).toBe(`rounds/$budget[${extension}]`)
    await stage.answer(`rounds/$budget[${extension}]`, { extend: { rounds: 1 } })
  }
  await stage.crash(subject)
  await stage.pass(MINUTE)
  expect(await stage.output()).toBe(4)
})

test('the time a run stands waiting to be extended is not counted', async () => {
  const subject = played((run) => rounds(run, { rounds: 2, time: '1h' }, {}))
  const stage = await Stage.open([subject])
  await stage.start(subject)
  const path = await untilAsked(stage, subject)
  await stage.pass(3 * DAY)
  await stage.answer(path, { extend: { rounds: 9 } })
  await stage.crash(subject)
  await stage.pass(MINUTE)
  await stage.crash(subject)
  await stage.pass(MINUTE)
  expect(await stage.output()).toBe(4)
})

test('all items of a map that meet a spent budget wait for one answer', async () => {
  const subject = played(
    (run) =>
      run.map('items', [1, 2, 3, 4], async (item) => {
        await run.ask(spend, { inputTokens: 10 })
        await run.sleep('nap', '1m')
        return item * (await run.ask(spend, { inputTokens: 10 }, { name: 'again' }))
      }),
    { budget: { tokens: 30 } },
  )
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await stage.pass(MINUTE)
  expect(await stage.questions()).toHaveLength(1)
  await stage.answer('$budget[1]', { extend: { tokens: 1000 } })
  expect(await stage.output()).toEqual([1, 2, 3, 4])
  expect((await stage.record()).usage.inputTokens).toBe(80)
})

test('a review is not held up by money that is spent, but by attention that is', async () => {
  const review = (run: Run) => run.review('look', { subject: 1 }).then(({ outcome }) => outcome)
  const money = played((run) => run.ask(spend, { microUsd: 10_000 }).then(() => review(run)), { name: 'money', budget: { usd: 0.01 } })
  const attention = played((run) => run.ask(spend, { attentionMs: HOUR }).then(() => review(run)), {
    name: 'attention',
    budget: { attention: '1h' },
  })
  const stage = await Stage.open([money, attention])
  await stage.start(money, {}, { id: 'money' })
  await stage.start(attention, {}, { id: 'attention' })
  await stage.settled('attention')
  expect(await stage.questions('money')).toMatchObject([{ kind: 'review' }])
  expect(await stage.questions('attention')).toMatchObject([{ kind: 'budget' }])
})

test('people’s own attention to unknown writes and spent budgets counts', async () => {
  const subject = played((run) => rounds(run, { rounds: 1 }, {}, 2))
  const stage = await Stage.open([subject])
  await stage.start(subject)
  const path = await untilAsked(stage, subject)
  await stage.rondo.inbox.answer(`r:${path}`, ann, { extend: { rounds: 1 } }, { attentionMs: 4000 })
  await stage.pass(MINUTE)
  expect(await stage.output()).toBe(2)
  expect((await stage.record()).usage.attentionMs).toBe(4000)
})

test('an inner loop’s use counts for the loops around it, live and resumed', async () => {
  for (const crashes of [false, true]) {
    const subject = played((run) =>
      run.loop('outer', { tokens: 40 }, 0, async (turn, sum: number) => {
        const inner = await run.loop('inner', {}, 0, async (round, had: number) => {
          const has = had + (await run.ask(spend, { inputTokens: 10 }))
          await run.sleep('nap', '1m')
          return round.round === 1 ? round.done(has) : round.again(has)
        })
        return turn.round === 2 ? turn.done(sum + inner) : turn.again(sum + inner)
      }),
    )
    const stage = await Stage.open([subject])
    await stage.start(subject)
    for (let minutes = 0; minutes < 4; minutes += 1) {
      if (crashes) await stage.crash(subject)
      await stage.pass(MINUTE)
    }
    expect(await stage.questions()).toMatchObject([{ kind: 'budget', path: 'outer/$budget[1]' }])
    await stage.answer('outer/$budget[1]', { extend: { tokens: 100 } })
    await stage.pass(MINUTE)
    await stage.pass(MINUTE)
    expect(await stage.output()).toBe(6)
  }
})

test('a budget that says nothing sensible is refused when the flow is defined, or stops the run', async () => {
  expect(() => played(async () => 1, { budget: { tokens: -1 } })).toThrow(/Flow "played" has a budget whose tokens is -1/)
  expect(() => played(async () => 1, { budget: { time: 'soon' } })).toThrow(/"soon" is no duration/)
  const subject = played((run) => run.loop('rounds', { usd: Number.NaN }, 0, async (turn) => turn.done(1)))
  const stage = await Stage.open([subject])
  await stage.start(subject)
  expect(await stage.settled()).toMatchObject({ status: 'stopped', error: { code: 'invalid_definition' } })
  // @ts-expect-error rounds are a loop's
  flow({ name: 'x', input: subject.input, output: subject.output, budget: { rounds: 1 }, run: async () => 1 })
})
