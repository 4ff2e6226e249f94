/**
 * Cases of decisions in every state, as people would have left them: seeded, and the same each time.
 */
import { earned } from '../../src/autonomy.ts'
import type { Rondo } from '../../src/index.ts'
import { randomSource } from '../../src/statistics/chance.ts'

type NewCase = Parameters<Rondo['store']['cases']['add']>[0][number]

const POLICY = earned({ maxError: 0.05 }).policy
const ANSWERS = ['billing', 'delivery', 'technical', 'spam'] as const
const AUDIT = { origin: 'audit', probability: 0.1, confidence: 0.98 } as const

/**
 * `folder` has certified and been audited since; the alarm of `complaint` rang; `urgency` is at its first answers; `tone` was refused, for
 * its people differ; `region` earns by segment. People take `hand`.
 */
export async function keepCases({ store }: Rondo): Promise<void> {
  const chance = randomSource('decisions')
  let number = 0
  const made = (decision: string, n: number, error: number, more: (index: number) => Partial<NewCase> = () => ({})): NewCase[] =>
    Array.from({ length: n }, (_, index) => {
      number += 1
      const right = ANSWERS[Math.floor(chance() * ANSWERS.length)] ?? 'spam'
      const other = ANSWERS[(ANSWERS.indexOf(right) + 1) % ANSWERS.length]
      return {
        decision,
        question: JSON.stringify({ subject: `Mail ${number}`, body: `It is about ${right}.` }),
        answer: JSON.stringify(right),
        predicted: JSON.stringify(chance() < error ? other : right),
        confidence: Number((0.6 + 0.39 * chance()).toFixed(3)),
        probability: 1,
        origin: 'escalation',
        version: 'sort@3f2a9c',
        policy: POLICY,
        epoch: 1,
        by: chance() < 0.5 ? 'ann' : 'bob',
        at: Date.UTC(2026, 2, 1) + number * 3_600_000,
        ...more(index),
      }
    })
  const sure = (): Partial<NewCase> => ({ confidence: 0.98 })
  const differ = [
    { by: 'ann', at: 1 },
    { by: 'bob', at: 1, answer: '"elsewhere"' },
  ]
  await store.cases.add([
    ...made('folder', 110, 0.1),
    ...made('folder', 300, 0.01, sure),
    ...made('folder', 60, 0.01, () => AUDIT),
    ...made('complaint', 100, 0),
    ...made('complaint', 300, 0, sure),
    ...made('complaint', 30, 0.9, () => AUDIT),
    ...made('complaint', 40, 0.1, () => ({ epoch: 2 })),
    ...made('urgency', 42, 0.1),
    ...made('tone', 110, 0),
    ...made('tone', 300, 0, sure),
    ...made('tone', 60, 0, (index) => ({ confidence: 0.98, blind: true, ...(index % 2 === 0 && { answers: differ }) })),
    ...made('region', 110, 0, () => ({ segment: 'de' })),
    ...made('region', 300, 0, () => ({ confidence: 0.98, segment: 'de' })),
    ...made('region', 20, 0.1, () => ({ segment: 'fr' })),
    ...made('hand', 50, 0.2, (index) => ({ policy: 'always', run: `ticket-${index}`, path: 'queue' })),
  ])
}
