/**
 * A project whose database holds what the commands on evidence read: cases of a decision that earned its autonomy, measures, people.
 */
import { join } from 'node:path'
import type { NewCase } from '../../src/journal/records.ts'
import { openSqliteStore } from '../../src/journal/stores/sqlite/store.ts'
import { earned } from '../../src/people/earned.ts'
import { TestProject } from './project.ts'

export const POLICY = earned({ maxError: 0.05 }).policy

/** A project whose config names the decision. */
export function projectWithDecision(): TestProject {
  const project = TestProject.make()
  project.write(
    'rondo.config.ts',
    `import { defineConfig } from 'rondo'
import { z } from 'zod'
import { decision } from 'rondo'
import { desk, hello } from './flows/desk.ts'
const folder = decision({ name: 'folder', question: z.object({ subject: z.string() }), answer: z.enum(['personal', 'list', 'spam']), people: { role: 'mail-desk' } })
export default defineConfig({ flows: [desk, hello], decisions: [folder] })
`,
  )
  return project
}

export async function keepCases(project: TestProject, cases: readonly NewCase[]): Promise<void> {
  const store = await openSqliteStore({ file: join(project.folder, '.rondo', 'rondo.db') })
  await store.cases.add(cases)
  await store.close()
}

export function earnedCase(more: Partial<NewCase> = {}): NewCase {
  return {
    decision: 'sort',
    run: 'r',
    path: 'sort',
    question: '{"subject":"s"}',
    answer: '"spam"',
    predicted: '"spam"',
    confidence: 0.99,
    probability: 1,
    origin: 'escalation',
    by: 'ann',
    version: 'v1',
    policy: POLICY,
    epoch: 1,
    at: Date.UTC(2026, 0, 1),
    ...more,
  }
}

/** Burn-in, certificates, then audits. */
export function certifiedCases(audits: number): NewCase[] {
  return [
    ...Array.from({ length: 100 }, (_, index) => earnedCase({ confidence: (index + 1) / 100 })),
    ...Array.from({ length: 300 }, () => earnedCase()),
    ...Array.from({ length: audits }, () => earnedCase({ origin: 'audit', probability: 0.1, at: Date.UTC(2026, 1, 1) })),
  ]
}
