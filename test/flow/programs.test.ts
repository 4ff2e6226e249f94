/**
 * Any flow: small programs of steps, sleeps, loops, maps, branches, races, failures and questions, made at random, come through a
 * crash at any journal write with the same result and the same effects, whether waiting runs stay in memory or not.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Effect, Run } from '../../src/flow/run.ts'
import { crashEverywhere } from '../../src/testing/crash-everywhere.ts'
import { played, turn } from './stage.ts'

type Program =
  | { readonly kind: 'step'; readonly effect: Effect; readonly turns: number }
  | { readonly kind: 'sleep'; readonly ms: number }
  | { readonly kind: 'draw' }
  | { readonly kind: 'review' | 'signal'; readonly ms: number }
  | { readonly kind: 'flaky'; readonly failures: number; readonly ms: number }
  | { readonly kind: 'sequence' | 'all' | 'together'; readonly parts: readonly Program[] }
  | { readonly kind: 'loop'; readonly rounds: number; readonly body: Program }
  | { readonly kind: 'map'; readonly items: number; readonly concurrency: number; readonly body: Program }
  | { readonly kind: 'race'; readonly body: Program; readonly ms: number }
  | { readonly kind: 'caught'; readonly body: Program; readonly ms: number }

/** Times are drawn from so many that no two things fall due at once. */
const ms = fc.integer({ min: 1, max: 3_600_000 })

const { program } = fc.letrec<{ program: Program; leaf: Program; parts: readonly Program[] }>((tie) => ({
  leaf: fc.oneof(
    fc.record({
      kind: fc.constant('step' as const),
      effect: fc.constantFrom<Effect>('none', 'read', 'idempotent', 'write'),
      turns: fc.integer({ min: 0, max: 3 }),
    }),
    fc.record({ kind: fc.constant('sleep' as const), ms }),
    fc.record({ kind: fc.constant('draw' as const) }),
    fc.record({ kind: fc.constantFrom('review' as const, 'signal' as const), ms }),
    fc.record({ kind: fc.constant('flaky' as const), failures: fc.integer({ min: 0, max: 2 }), ms }),
  ),
  parts: fc.array(tie('program'), { minLength: 1, maxLength: 3 }),
  program: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    tie('leaf'),
    fc.record({ kind: fc.constantFrom('sequence' as const, 'all' as const, 'together' as const), parts: tie('parts') }),
    fc.record({ kind: fc.constant('loop' as const), rounds: fc.integer({ min: 1, max: 3 }), body: tie('program') }),
    fc.record({
      kind: fc.constant('map' as const),
      items: fc.integer({ min: 1, max: 3 }),
      concurrency: fc.integer({ min: 1, max: 3 }),
      body: tie('program'),
    }),
    fc.record({ kind: fc.constantFrom('race' as const, 'caught' as const), body: tie('program'), ms }),
  ),
}))

/** Played each time, so that kills land in writes however the others are drawn. */
const write: Program = { kind: 'step', effect: 'write', turns: 1 }
const writes: Program = { kind: 'loop', rounds: 3, body: { kind: 'all', parts: [write, write] } }

/** Plays a program in a scope of its own. Names need only be unique in their scope. */
async function play(run: Run, program: Program, world: { effects: Set<string>; writes: string[] }): Promise<unknown> {
  switch (program.kind) {
    case 'step':
      return run.step(
        'step',
        async ({ key }) => {
          for (let turns = 0; turns < program.turns; turns += 1) await turn()
          if (program.effect === 'idempotent') world.effects.add(key)
          if (program.effect === 'write') world.writes.push(key)
          return program.effect
        },
        { effect: program.effect },
      )
    case 'sleep':
      return run.sleep('sleep', program.ms)
    case 'draw':
      return [run.now().getTime(), run.random(), run.uuid()]
    case 'review':
      return run.review('review', { subject: program.ms, within: program.ms, otherwise: 'expire' }).then(({ outcome }) => outcome)
    case 'signal':
      return run.signal('signal', { topic: `${program.ms}`, within: program.ms })
    case 'flaky':
      return run
        .step('flaky', ({ attempt }) => (attempt <= program.failures ? Promise.reject(new Error(`no ${attempt}`)) : attempt), {
          effect: 'read',
          retry: { attempts: 2, first: program.ms, longest: program.ms },
        })
        .catch((error: Error) => error.message)
    case 'sequence': {
      const values: unknown[] = []
      for (const [index, part] of program.parts.entries())
        values.push(await run.all({ [`part ${index}`]: (inner) => play(inner, part, world) }))
      return values
    }
    case 'all':
      return run.all(Object.fromEntries(program.parts.map((part, index) => [`branch ${index}`, (inner: Run) => play(inner, part, world)])))
    case 'together':
      return Promise.all(program.parts.map((part, index) => run.map(`map ${index}`, [index], (_, inner) => play(inner, part, world))))
    case 'loop':
      return run.loop('loop', {}, [] as unknown[], async (round, values) => {
        const value = await run.all({ body: (inner) => play(inner, program.body, world) })
        return round.round === program.rounds - 1 ? round.done([...values, value]) : round.again([...values, value])
      })
    case 'map':
      return run.map(
        'map',
        Array.from({ length: program.items }, (_, index) => index),
        (_, inner) => play(inner, program.body, world),
        program,
      )
    case 'race':
      return run.race('race', {
        body: (inner) => play(inner, program.body, world),
        limit: (inner) => inner.sleep('limit', program.ms).then(() => 'too late'),
      })
    case 'caught':
      return run
        .all({
          body: (inner) => play(inner, program.body, world),
          fails: async (inner) => {
            await inner.sleep('limit', program.ms)
            throw new Error('too late')
          },
        })
        .catch((error: Error) => error.message)
  }
}

test('any small program comes through a crash at any journal write with the same result and effects', { timeout: 300_000 }, async () => {
  let kills = 0
  let asked = 0
  await fc.assert(
    fc.asyncProperty(program, async (program) => {
      let world = { effects: new Set<string>(), writes: [] as string[] }
      const subject = played((run) => play(run, program, world))
      const tried = (hotRuns: number, atMost: number) =>
        crashEverywhere(
          subject,
          () => {
            world = { effects: new Set(), writes: [] }
            return {
              input: {},
              effects: () => [[...world.effects].sort(), [...world.writes].sort()],
              answer: ({ content }) => (Number(content.subject) % 2 === 0 ? 'accept' : undefined),
              system: { hotRuns },
            }
          },
          { atMost },
        )
      const cold = await tried(0, 40)
      const hot = await tried(100, 8)
      expect(cold.result).toHaveProperty('output')
      expect([hot.result, hot.effects]).toEqual([cold.result, cold.effects])
      kills += cold.midRun + hot.midRun
      asked += cold.kills.filter((kill) => kill.askedWhetherItHappened).length
    }),
    { numRuns: Number(process.env['RONDO_PROGRAMS'] ?? 60), examples: [[writes]] },
  )
  // They must have landed in the middle of the work, or they prove nothing.
  expect(kills).toBeGreaterThan(300)
  expect(asked).toBeGreaterThan(10)
})
