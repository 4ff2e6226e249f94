/**
 * A flow with a decision and a review, killed at every journal write: people's answers count once, and are scored against the
 * proposal they saw.
 */
import { expect, test } from 'vitest'
import { z } from 'zod'
import { flow } from '../../src/flow/flow.ts'
import { threshold } from '../../src/people/autonomy.ts'
import { decision } from '../../src/people/decision.ts'
import type { InboxItem } from '../../src/people/inbox-item.ts'
import { crashEverywhere, type Reply } from '../../src/testing/crash-everywhere.ts'

const Question = z.object({ mail: z.string() })

test('decisions and reviews come through a crash at every journal write with the same outcome', async () => {
  let predictions = 0
  const spam = decision({
    name: 'spam',
    question: Question,
    answer: z.enum(['spam', 'wanted']),
    predictor: {
      name: 'by mail',
      // Asked anew it would answer otherwise: a resume must not ask it anew once people have seen what it said.
      predict: async ({ mail }) => {
        predictions += 1
        return {
          answer: 'spam',
          confidence: mail === 'sure' ? 0.99 : 0.3,
          source: 'learner',
          version: 'v1',
          detail: { asked: predictions },
        }
      },
    },
    people: { role: 'desk', within: '1h', escalateTo: 'lead' },
    autonomy: threshold(0.9),
  })
  const late = decision({
    name: 'late',
    question: Question,
    answer: z.enum(['spam', 'wanted']),
    people: { role: 'nobody', within: '1h', otherwise: { default: 'wanted' } },
  })
  let sent: string[] = []
  const played = flow({
    name: 'played',
    input: z.object({}),
    output: z.unknown(),
    async run(run) {
      const sure = await run.decide(spam, { mail: 'sure' }, { name: 'sure' })
      const unsure = await run.decide(spam, { mail: 'unsure' }, { name: 'unsure' })
      const both = await run.all({
        reply: () => run.review('approve', { subject: { text: 'Dear' }, role: 'desk', quorum: 2, within: '1d', otherwise: 'expire' }),
        late: () => run.decide(late, { mail: 'x' }),
      })
      await run.step('send', () => void sent.push(`${unsure.value} ${both.reply.outcome}`))
      return { sure, unsure, both }
    },
  })
  let answered = 0
  const answer = ({ path, role }: InboxItem): Reply | undefined => {
    if (role === 'nobody') return undefined
    answered += 1
    return path === 'unsure' ? { answer: 'wanted' } : 'accept'
  }
  const report = await crashEverywhere(played, () => {
    sent = []
    return { input: {}, effects: () => [...sent], answer }
  })
  expect(report.result).toMatchObject({
    output: {
      sure: { value: 'spam', by: 'predictor' },
      unsure: { value: 'wanted', by: 'people', predicted: 'spam', confidence: 0.3 },
      both: { reply: { outcome: 'accepted' }, late: { value: 'wanted', by: 'default' } },
    },
  })
  expect(report.writes).toBeGreaterThan(8)
  // Two proposals a playing, and one more only where the kill took one with it: never because people were asked.
  expect(predictions).toBeLessThanOrEqual((report.kills.length + 1) * 2 + report.kills.length)
  expect(answered).toBeGreaterThan(0)
})
