/**
 * `rondo autonomy` on a real database: a decision in full, several in a table, alarms, a promise that is refused.
 */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { certifiedCases, earnedCase, keepCases } from './evidence.ts'
import { TestProject } from './project.ts'

let project: TestProject
beforeEach(() => {
  project = TestProject.make()
})
afterEach(() => project.end())

it('shows one decision in full: promise, threshold, certificates, load as a chart', async () => {
  await keepCases(project, certifiedCases(40))
  const { stdout, code } = await project.rondo(['autonomy', 'sort'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^sort {2}earned\(maxError 0\.05/)
  expect(stdout).toContain('With 95 % confidence, at most 5 % of the answers that stand without a person differ')
  expect(stdout).toMatch(/epoch +1, v1/)
  expect(stdout).toMatch(/stands alone +confidence ≥ 0\.110, since 2026-01-01 .*, after 2\d\d answers/)
  expect(stdout).toMatch(/≥ 0\.610 +40 % +\d+ +0 +\S+ +32\.9 {2}✓ certified/)
  expect(stdout).toMatch(/40 random checks of what stands alone, 0 wrong/)
  expect(stdout).toContain('440 cases: 400 escalation, 40 audit')
  expect(stdout).toContain('Lately about 90 % stood alone.')
  expect(stdout).toMatch(/100 % ┤█+[\s\S]*0 % └─+\n +2026-01-01 +2026-02-01/)
})

it('says in JSON the same, with times as text', async () => {
  await keepCases(project, certifiedCases(40))
  const { items } = await project.json<{
    items: { decision: string; state: { segments: { current: unknown }[] }; load: { from: string }[] }[]
  }>(['autonomy'])
  expect(items).toMatchObject([
    {
      decision: 'sort',
      terms: { maxError: 0.05 },
      cases: { total: 440 },
      state: { segments: [{ current: { threshold: 0.11, certified: { at: '2026-01-01T00:00:00.000Z' } } }], alarms: [] },
    },
  ])
  expect(items[0]?.load[0]?.from).toBe('2026-01-01T00:00:00.000Z')
})

it('lists several decisions in a table, with a spark of load', async () => {
  await keepCases(project, [...certifiedCases(40), earnedCase({ decision: 'other', policy: 'threshold(0.9)' })])
  const { stdout } = await project.rondo(['autonomy'])
  expect(stdout).toMatch(/decision +policy +cases +threshold +alone +people's load/)
  expect(stdout).toMatch(/sort +earned\(0\.05\) +440 +0\.110 +90 % +█+▁*/)
  expect(stdout).toMatch(/other +threshold\(0\.9\) +1 +–$/m)
})

it('says when an alarm rang, and why', async () => {
  const wrong = Array.from({ length: 4 }, () =>
    earnedCase({ origin: 'audit', probability: 0.1, answer: '"list"', at: Date.UTC(2026, 2, 1) }),
  )
  await keepCases(project, [...certifiedCases(10), ...wrong])
  const { stdout } = await project.rondo(['autonomy', 'sort'])
  expect(stdout).toMatch(/! 2026-0[23]-\d\d .*: alarm in epoch 1: 3 of 13 random checks were wrong .* people got everything back/)
  expect(stdout).toMatch(/epoch +2 of 2, v1, begun by an alarm/)
})

it("says when people's own error makes the promise empty", async () => {
  const answers = [
    { by: 'ann', at: 1 },
    { by: 'bob', at: 1, answer: '"list"' },
  ]
  await keepCases(project, [...certifiedCases(0), ...Array.from({ length: 60 }, () => earnedCase({ blind: true, answers }))])
  const { stdout } = await project.rondo(['autonomy', 'sort'])
  expect(stdout).toMatch(/✗ Refused: maxError 5 % promises more than people's own answers are worth: of 60 questions/)
})

it('says which decisions there are when one is not, and what to do when there are none', async () => {
  await keepCases(project, [])
  expect((await project.rondo(['autonomy'])).stdout).toContain('No decision has been answered by people yet')
  await keepCases(project, [earnedCase()])
  expect(await project.rondo(['autonomy', 'folder'])).toMatchObject({ code: 3, stderr: expect.stringContaining('There are: sort.') })
})
