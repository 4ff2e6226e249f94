/**
 * A busy mail desk in a process of its own, to be killed: `node desk.ts FOLDER MAILS`.
 *
 * Every step says in a log that it runs; a step that the journal held as completed when this process began, and that runs all
 * the same, is written down as a violation. The desk's people and its operator answer at once; the operator looks into the
 * log whether an unknown write happened. When all mails are done, their outcomes are printed as one line of JSON.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { threshold } from '../../src/autonomy.ts'
import { createRondo, decision, flow, type Rondo } from '../../src/index.ts'

const [folder = '.', count = '20'] = process.argv.slice(2)
const log = join(folder, 'effects.log')
const steps = join(folder, 'steps.log')
const mails = Array.from({ length: Number(count) }, (_, index) => `mail-${index}`)
const people = { name: 'stand-in', roles: ['*'] }
const recorded = new Set<string>()

function runsNow(run: string, path: string): void {
  appendFileSync(steps, `${run} ${path}\n`)
  if (recorded.has(`${run} ${path}`)) appendFileSync(log, `VIOLATION ${run} ${path} ran again\n`)
}

/** A number in [0,1) that depends on the text alone. */
function chance(text: string): number {
  let hash = 2166136261
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 16777619) >>> 0
  return (hash % 1000) / 1000
}

const spam = decision({
  name: 'spam',
  question: z.object({ id: z.string() }),
  answer: z.enum(['spam', 'wanted']),
  predictor: {
    name: 'hash',
    predict: async ({ id }) => ({
      answer: chance(id) < 0.3 ? 'spam' : 'wanted',
      confidence: chance(`${id} sure`),
      source: 'recorded',
      version: '1',
    }),
  },
  people: { role: 'mail-desk' },
  autonomy: threshold(0.5),
})

const desk = flow({
  name: 'desk',
  input: z.object({ id: z.string() }),
  output: z.object({ id: z.string(), value: z.string(), drafts: z.number(), parts: z.array(z.string()) }),
  async run(run, { id }) {
    await run.step('read', () => runsNow(id, 'read'), { effect: 'read' })
    const { value } = await run.decide(spam, { id })
    const drafts = await run.loop('draft', { rounds: 9 }, 0, async (turn, sum) => {
      const next = await run.step(
        'write',
        () => {
          runsNow(id, `draft[${turn.round}]/write`)
          return sum + 1
        },
        { effect: 'read' },
      )
      const review = await run.review('approve', { subject: { id, next } })
      return turn.round === 1 && review.outcome === 'accepted' ? turn.done(next) : turn.again(next)
    })
    const parts = await run.map('parts', ['a', 'b', 'c'], (part) =>
      run.step('file', () => {
        runsNow(id, `parts[${part}]/file`)
        appendFileSync(log, `EFFECT ${id} parts[${part}]/file\n`)
        return `${id} ${part}`
      }),
    )
    await run.sleep('rest', 20)
    return { id, value, drafts, parts }
  },
})

/** What the journal holds as done before this process does anything. */
async function readRecorded(): Promise<void> {
  const rondo = await createRondo({ database: join(folder, 'rondo.db'), flows: [desk], drive: false })
  for (const id of mails) {
    for (const { scope, name, kind, state } of await rondo.runs.journal(id, { limit: 10_000 })) {
      if (kind === 'code' && state === 'completed') recorded.add(`${id} ${scope === '' ? name : `${scope}/${name}`}`)
    }
  }
  await rondo.close()
}

async function answerEverything(rondo: Rondo): Promise<void> {
  for (const item of await rondo.inbox.list({ person: people, limit: 500 })) {
    try {
      if (item.kind === 'decide') await rondo.inbox.answer(item.id, people, chance(item.run) < 0.4 ? 'spam' : 'wanted')
      else if (item.kind === 'unknown') await rondo.inbox.answer(item.id, people, happened(item.run, item.path))
      else await rondo.inbox.accept(item.id, people)
    } catch (error) {
      // Closed or taken between the look and the answer: that is what the refusal is for.
      if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('review_'))) throw error
    }
  }
}

function happened(run: string, path: string): { happened: boolean; result?: string } {
  const done = existsSync(log) && readFileSync(log, 'utf8').includes(`EFFECT ${run} ${path}\n`)
  return done ? { happened: true, result: `${run} ${path.slice('parts['.length, 'parts['.length + 1)}` } : { happened: false }
}

await readRecorded()
const rondo = await createRondo({ database: join(folder, 'rondo.db'), flows: [desk] })
const handles = await Promise.all(mails.map((id) => rondo.runs.start(desk, { id }, { id })))
const all = Promise.all(handles.map((handle) => handle.result()))
let done = false
void all.finally(() => {
  done = true
})
while (!done) {
  await answerEverything(rondo)
  await new Promise((resolve) => setTimeout(resolve, 2))
}
console.log(JSON.stringify(await all))
await rondo.close()
