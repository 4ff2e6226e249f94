/**
 * Whatever is done to them in whatever order, the store in memory and SQLite answer the same. So what is proved over memory,
 * every crash of a flow for one, holds over SQLite.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ManualClock } from '../../clock.ts'
import { RondoError } from '../../errors.ts'
import { encode } from '../../json.ts'
import type { Entry, ReviewRecord } from '../records.ts'
import type { RunRequest, Settle, Store, Write } from '../store.ts'
import { openMemoryStore } from './memory/memory.ts'
import { openSqliteStore } from './sqlite/store.ts'

/** What is done, to which of a few runs. `past` says under how old an epoch. */
type Act =
  | { readonly act: 'start'; readonly run: number; readonly key: number; readonly input: number; readonly deadline: number }
  | { readonly act: 'claim' | 'absorb' | 'prune' | 'recover'; readonly run: number }
  | { readonly act: 'signal'; readonly run: number; readonly id: number }
  | { readonly act: 'answer'; readonly run: number; readonly path: number; readonly settles: boolean }
  | { readonly act: 'request'; readonly run: number; readonly kind: RunRequest['kind'] }
  | {
      readonly act: 'commit'
      readonly run: number
      readonly past: number
      readonly what: number
      readonly settle: Settle['status'] | 'none'
    }
  | { readonly act: 'advance'; readonly ms: number }

const run = fc.nat({ max: 3 })
const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ act: fc.constant('start' as const), run, key: fc.nat({ max: 2 }), input: fc.nat({ max: 1 }), deadline: fc.nat({ max: 2 }) }),
  { arbitrary: fc.record({ act: fc.constant('claim' as const), run }), weight: 3 },
  fc.record({ act: fc.constantFrom('absorb' as const, 'absorb' as const, 'prune' as const, 'recover' as const), run }),
  fc.record({ act: fc.constant('signal' as const), run, id: fc.nat({ max: 2 }) }),
  fc.record({ act: fc.constant('answer' as const), run, path: fc.nat({ max: 1 }), settles: fc.boolean() }),
  fc.record({ act: fc.constant('request' as const), run, kind: fc.constantFrom('cancel', 'pause', 'resume', 'retry') }),
  {
    arbitrary: fc.record({
      act: fc.constant('commit' as const),
      run,
      past: fc.constantFrom(0, 0, 0, 0, 1),
      what: fc.nat({ max: 7 }),
      settle: fc.constantFrom('none', 'none', 'waiting', 'waiting', 'paused', 'stopped', 'completed', 'failed', 'cancelled'),
    }),
    weight: 4,
  },
  fc.record({ act: fc.constant('advance' as const), ms: fc.constantFrom(1, 40, 100) }),
)

const ERROR = { name: 'Error', message: 'no luck' }

function settleOf(status: Settle['status'], now: number): Settle {
  switch (status) {
    case 'waiting':
      return now % 2 === 0 ? { status, wakeAt: now + 50 } : { status }
    case 'completed':
      return { status, output: encode('done') }
    case 'failed':
    case 'stopped':
      return { status, error: ERROR }
    case 'cancelled':
      return { status, reason: 'enough' }
    case 'paused':
      return { status }
  }
}

function writeOf(id: string, what: number, now: number): Partial<Write> {
  const entry = { scope: '', name: `step ${what}`, kind: 'code', startedAt: now } as const
  const usage = { inputTokens: 1, outputTokens: 2, microUsd: 3, attentionMs: 4 }
  const parent = { run: id, path: 'child' }
  const writes: Partial<Write>[] = [
    { entries: [{ ...entry, state: 'completed', value: encode('x'.repeat(200)), usage }] },
    { entries: [{ ...entry, state: 'failed', error: ERROR }] },
    { openReview: { path: 'q0', kind: 'review', role: 'desk', title: 'Q', question: '1', quorum: 1 } },
    { openReview: { path: 'q1', kind: 'decide', role: 'lead', title: 'Q', question: '2', quorum: 2, dueAt: now + 9 } },
    {
      endReviews: [
        { path: 'q0', state: 'taken' },
        { path: 'q1', state: 'closed' },
      ],
    },
    { takeSignal: 's0' },
    { startChild: { id: 'run 3', flow: 'flow', input: '0', inputPrint: '0', parent } },
    {
      takeChild: 'run 3',
      cancelChildren: ['run 2'],
      newCase: { decision: 'd', question: '1', answer: '1', probability: 1, origin: 'audit' },
    },
  ]
  return writes[what] ?? {}
}

/** Does one thing, and says what came of it in a form that can be compared. */
async function perform(store: Store, clock: ManualClock, act: Act): Promise<unknown> {
  const now = clock.now()
  const id = 'run' in act ? `run ${act.run}` : ''
  const epoch = async (): Promise<number> => (await store.runs.get(id))?.epoch ?? 0
  switch (act.act) {
    case 'start':
      return store.runs.start({
        id,
        flow: 'flow',
        input: String(act.input),
        inputPrint: String(act.input),
        ...(act.key > 0 && { key: `key ${act.key}` }),
        ...(act.deadline > 0 && { deadlineAt: now + act.deadline * 60 }),
      })
    case 'claim':
      return store.journal.claim(id, now)
    case 'absorb':
      return store.journal.absorb(id, await epoch())
    case 'prune':
      return (await store.runs.prune({ endedBefore: now - 30 })).runs
    case 'recover':
      return store.journal.recover()
    case 'signal':
      return store.runs.signal({ run: id, id: `s${act.id}`, topic: 't', value: encode(act.id) })
    case 'answer':
      return store.reviews.change(`${id}:q${act.path}`, (review) => ({
        answer: { by: 'ann', at: now, outcome: 'accepted', value: '1' },
        ...(act.settles && review?.state === 'open' && { state: 'settled' as const }),
      }))
    case 'request':
      return store.runs.request(id, act.kind === 'retry' ? { kind: act.kind, paths: ['step 1'] } : { kind: act.kind })
    case 'commit': {
      const settle = act.settle === 'none' ? {} : { settle: settleOf(act.settle, now) }
      const write = { run: id, epoch: (await epoch()) - act.past, entries: [], ...writeOf(id, act.what, now), ...settle }
      return (await store.journal.commit(write)).kind
    }
    case 'advance':
      return now
  }
}

/** All that can be seen of a store, without the places in the journal, which each counts its own way. */
async function seen(store: Store, clock: ManualClock): Promise<unknown> {
  const runs = await store.runs.list({})
  const unplaced = ({ seq: _, ...entry }: Entry): unknown => entry
  const byId = (one: ReviewRecord, other: ReviewRecord): number => (one.id < other.id ? -1 : 1)
  return {
    runs,
    entries: await Promise.all(runs.map(async ({ id }) => (await store.journal.entries(id)).map(unplaced))),
    reviews: (await store.reviews.list({ limit: 1000 })).sort(byId),
    cases: (await store.cases.list({ decision: 'd' })).map(({ seq: _, ...one }) => one),
    due: (await store.journal.due(clock.now(), 10, new Set())).map(({ id }) => id).sort(),
    nextWake: await store.journal.nextWake(),
  }
}

async function outcome(doing: Promise<unknown>): Promise<unknown> {
  return doing.then(
    (value) => ({ value }),
    (error: unknown) => ({ error: error instanceof RondoError ? error.code : error }),
  )
}

test('the store in memory and SQLite answer the same, whatever is done to them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(acts, { minLength: 1, maxLength: 80, size: 'max' }), async (story) => {
      const clock = new ManualClock(1)
      const [memory, sqlite] = [openMemoryStore({ clock }), await openSqliteStore({ file: ':memory:', clock })]
      try {
        for (const act of story) {
          expect(await outcome(perform(sqlite, clock, act))).toEqual(await outcome(perform(memory, clock, act)))
          if (act.act === 'advance') clock.advance(act.ms)
          expect(await seen(sqlite, clock)).toEqual(await seen(memory, clock))
        }
      } finally {
        await sqlite.close()
      }
    }),
    { numRuns: 60, seed: 20260101 },
  )
})
