import { expect, test } from 'vitest'
import { z } from 'zod'
import type { Definition } from '../../src/flow/definition.ts'
import { flow } from '../../src/flow/flow.ts'
import { NO_USAGE } from '../../src/money.ts'
import { decision } from '../../src/people/decision.ts'
import { CrashDifference } from '../../src/testing/crash-difference.ts'
import { crashEverywhere } from '../../src/testing/crash-everywhere.ts'
import { played, turn } from './stage.ts'

test('a flow of every kind comes through a crash at every journal write with the same result and effects', async () => {
  let sent: string[] = []
  const child = played((run) => run.step('x', () => void sent.push('child')), { name: 'child' })
  const subject = flow({
    name: 'played',
    input: z.object({ amount: z.number() }),
    output: z.unknown(),
    async run(run, { amount }) {
      const order = await run.step('order', () => ({ id: run.id, amount }), { effect: 'none' })
      await run.step('charge', () => void sent.push(`charge ${order.amount}`))
      const paid = await run.signal('paid')
      const total = await run.loop('rounds', { rounds: 5 }, 0, async (turn, sum) => {
        const more = await run.step('more', () => sum + 2, { effect: 'read' })
        return turn.round === 2 ? turn.done(more) : turn.again(more)
      })
      const lines = await run.map(
        'lines',
        ['a', 'b', 'c'],
        async (item) => {
          await run.sleep('nap', '1h')
          return run.step('write', () => `${sent.push(`line ${item}`) > 0 ? item : ''}!`)
        },
        { concurrency: 2 },
      )
      const both = await run.all({ left: () => run.step('x', () => 1, { effect: 'idempotent' }), right: () => run.sleep('y', '2d') })
      const first = await run.race('first', { slow: () => run.sleep('z', '3d'), quick: () => run.step('q', () => 'q', { effect: 'none' }) })
      const failed = await run.step('fails', () => Promise.reject(new Error('no'))).catch((error: Error) => error.message)
      await run.call(child, {})
      await run.measure('quality', 0.5)
      return { paid, total, lines, both, first, failed, at: run.now(), id: run.uuid() }
    },
  })
  const report = await crashEverywhere(subject, () => {
    sent = []
    return { input: { amount: 3 }, effects: () => [...sent].sort(), signals: [{ topic: 'paid', value: 'yes' }], system: { flows: [child] } }
  })
  expect(report.writes).toBeGreaterThan(30)
  expect(report.midRun).toBeGreaterThan(report.writes)
  expect(report.kills.some((kill) => kill.askedWhetherItHappened)).toBe(true)
})

test('writes under way side by side, quick and slow, count as happened when they came to their end', async () => {
  let sent: string[] = []
  const subject = played((run) =>
    run.map('items', ['a', 'b', 'c', 'd'], (item) =>
      run.step('send', async () => {
        if (item > 'b') for (let turns = 0; turns < 5; turns += 1) await turn()
        sent.push(item)
        return item
      }),
    ),
  )
  const report = await crashEverywhere(subject, () => {
    sent = []
    return { input: {}, effects: () => [...sent].sort() }
  })
  expect(report.effects).toEqual(['a', 'b', 'c', 'd'])
})

test('people answer in a word: accept, another value, reject, or nothing at all', async () => {
  const folder = decision({
    name: 'folder',
    question: z.object({ mail: z.string() }),
    answer: z.enum(['spam', 'wanted']),
    people: { role: 'desk' },
  })
  const subject = played(async (run) => {
    const seen = await run.all({
      accepted: () => run.review('x', { subject: 1, quorum: 2 }),
      edited: () => run.review('x', { subject: 1 }),
      rejected: () => run.review('x', { subject: 1 }),
      expired: () => run.review('x', { subject: 1, within: '1d', otherwise: 'expire' }),
    })
    const { value } = await run.decide(folder, { mail: 'x' })
    const rounds = await run.loop('rounds', { rounds: 1 }, 0, async (turn) => (turn.round === 1 ? turn.done('two') : turn.again(0)))
    return { outcomes: Object.values(seen).map(({ outcome }) => outcome), value, rounds }
  })
  const report = await crashEverywhere(subject, () => ({
    input: {},
    answer: ({ kind, path, content }) => {
      if (kind === 'budget') return { answer: { extend: { rounds: 1 } } }
      if (kind === 'decide') return { answer: content.choices?.[0], note: 'the first will do' }
      if (path === 'edited/x') return { answer: 2 }
      if (path === 'rejected/x') return { reject: 'no good' }
      return path === 'expired/x' ? undefined : 'accept'
    },
  }))
  expect(report.result).toEqual({ output: { outcomes: ['accepted', 'edited', 'rejected', 'expired'], value: 'spam', rounds: 'two' } })
})

test('a long flow may be killed at a few places only, spread evenly', async () => {
  const subject = played(async (run) => {
    for (let index = 0; index < 50; index += 1) await run.step(`s${index}`, () => index, { effect: 'none' })
  })
  const report = await crashEverywhere(subject, () => ({ input: {} }), { atMost: 10 })
  expect(report.writes).toBe(51)
  expect(report.kills).toHaveLength(10)
  expect(new Set(report.kills.map(({ kill }) => Math.floor(kill.at / 10))).size).toBe(5)
})

test('a difference is told with the kill, both sides, the journal and the usual causes', async () => {
  let counter = 0
  const subject = played(async (run) => {
    await run.step('first', () => 1, { effect: 'none' })
    await run.step('count', () => (counter += 1), { effect: 'read' })
    return run.signal('s')
  })
  const world = () => {
    counter = 0
    return { input: {}, effects: () => counter, signals: [{ topic: 's', value: 1 }] }
  }
  const thrown = await crashEverywhere(subject, world).catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(CrashDifference)
  expect(thrown).toMatchObject({
    kill: { at: 2, when: 'before' },
    what: 'effects',
    expected: 1,
    actual: 2,
    journal: ['first (code, completed)'],
  })
  expect(String(thrown)).toMatchInlineSnapshot(`
    "CrashDifference: "played" does not come through a crash: killed just before journal write 2, count (code, completed), its effects came out otherwise.
      undisturbed:     1
      after the crash: 2
    In the journal when it died:
      first (code, completed)
    Usual causes: a step that changes the world under { effect: "none" } or "read", which may run again; an "idempotent" one whose other side ignores the key; or work outside of steps."
  `)
})

test('a run that is stopped, or waits for nobody, is said to be so', async () => {
  const twice = played((run) => Promise.all([run.step('x', () => 1), run.step('x', () => 1)]))
  await expect(crashEverywhere(twice, () => ({ input: {} }))).rejects.toThrow(/stopped: Two steps are called "x"/)
  const asks = played((run) => run.review('approve', { subject: 1, role: 'lead' }))
  await expect(crashEverywhere(asks, () => ({ input: {} }))).rejects.toThrow(
    /waits for the review "approve" \(approve; for lead\), and this world gives none/,
  )
})

test('a budget that was not spent when a round or an ask began is not found spent when it is taken up again', async () => {
  const ask: Definition<'ask', string, string> = {
    kind: 'ask',
    name: 'ask',
    take: async (text, scope) => {
      const spend: Definition<'ask', string, string> = {
        kind: 'ask',
        name: 'call',
        take: async () => ({ value: `${text}!`, usage: { ...NO_USAGE, inputTokens: 10 } }),
      }
      const said = await scope.run.ask(spend, text)
      return { value: await scope.run.step('shape', () => said, { effect: 'none' }) }
    },
  }
  const subject = played(
    (run) =>
      run.loop('rounds', { tokens: 20 }, '', async (turn, text) => {
        const said = await run.ask(ask, text)
        return turn.round === 1 ? turn.done(said) : turn.again(said)
      }),
    { budget: { tokens: 20 } },
  )
  const report = await crashEverywhere(subject, () => ({ input: {}, answer: () => ({ answer: { end: true } }) }))
  expect(report.result).toEqual({ output: '!!' })
})
