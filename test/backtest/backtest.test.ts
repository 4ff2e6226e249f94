import { afterEach, expect, test } from 'vitest'
import { closeAll } from '../support/asking-system.ts'
import { closeDesks, desk, deskFlow, PROMPTS, tried, world } from './desk.ts'

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
