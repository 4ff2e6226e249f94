/**
 * Decisions over HTTP: how far each stands alone, on what evidence, and where people and the predictor differ.
 */
import { z } from 'zod'
import { isEarned, type LoadPoint } from '../autonomy.ts'
import { RondoError } from '../errors.ts'
import type { AnyDecision, CaseRecord, DecisionRecord } from '../index.ts'
import { decode } from '../json.ts'
import { MetDecisions } from './decision-list.ts'
import { iso, listOf } from './documents.ts'
import type { Door } from './door.ts'
import { type Endpoint, endpoint } from './endpoint.ts'
import { reviewerEndpoints } from './reviewers.ts'

const PAGE = 1000
/** Answers that are told apart in a confusion; those beyond are counted together. */
const MOST_LABELS = 30
const OTHER = '(other)'

const decisionDocument = z.object({
  name: z.string(),
  title: z.string(),
  policy: z.string(),
  /** What is promised, in a sentence; empty where the policy is known from journals only. */
  promise: z.string(),
  predictor: z.string().optional(),
  role: z.string().optional(),
  choices: z.array(z.unknown()).optional(),
  cases: z.number(),
  /** The share that stood without a person, in the newest stretch; where it is known. */
  standingAlone: z.number().optional(),
})
const loadDocument = z.object({ from: z.iso.datetime(), to: z.iso.datetime(), decisions: z.number(), seen: z.number(), share: z.number() })
const confusionDocument = z.object({
  labels: z.array(z.string()),
  /** Proposed × answered. */
  rows: z.array(z.array(z.number())),
})
const detailDocument = decisionDocument.extend({
  /** Of `earned` autonomy: segments, epochs, certificates, alarms. */
  state: z.unknown().nullable(),
  confusion: confusionDocument,
  load: z.array(loadDocument),
})

export function decisionEndpoints(door: Door): Endpoint[] {
  const { decisions } = door.rondo
  const met = new MetDecisions(door.rondo)
  return [
    endpoint({
      method: 'get',
      path: '/api/decisions',
      group: 'Decisions',
      summary: 'The decisions that are taken here, and how far each stands alone.',
      scope: 'read',
      replies: { 200: listOf(decisionDocument) },
      handle: async () => {
        const records = await met.read(door.clock.now())
        const names = new Set([...decisions.keys(), ...records.keys()])
        const items = await Promise.all([...names].map((name) => detailOf(door, decisions.get(name), records.get(name), name)))
        return { items: items.map(({ state: _, confusion: __, load: ___, ...rest }) => rest) }
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/decisions/:name',
      group: 'Decisions',
      summary: 'A decision: its certificate, load and alarms, and where proposals and answers differ.',
      scope: 'read',
      replies: { 200: detailDocument },
      handle: async ({ param }) => {
        const name = param('name')
        const own = decisions.get(name)
        const record = (await met.read(door.clock.now())).get(name)
        const detail = await detailOf(door, own, record, name)
        if (own === undefined && record === undefined && detail.cases === 0)
          throw new RondoError('not_found', `There is no decision "${name}", and no case of one.`, { details: { decision: name } })
        return detail
      },
    }),
    ...reviewerEndpoints(door, met),
  ]
}

async function detailOf(
  { rondo }: Door,
  own: AnyDecision | undefined,
  record: DecisionRecord | undefined,
  name: string,
): Promise<z.output<typeof detailDocument>> {
  const { cases } = rondo.store
  const tally = new Tally()
  for await (const one of casesOf(cases, name)) tally.add(one)
  const state = own !== undefined && isEarned(own.autonomy) ? await own.autonomy.state(cases, name) : undefined
  const load = (state?.load ?? []).map(loadOf)
  const newest = load.at(-1)
  const role = own?.people?.role ?? record?.role
  return {
    name,
    title: own?.title ?? name,
    policy: own !== undefined && isEarned(own.autonomy) ? own.autonomy.policy : (own?.autonomy.name ?? record?.policy ?? 'unknown'),
    promise: own?.autonomy.promise ?? '',
    cases: tally.cases,
    state: state === undefined ? null : withTimes(state),
    confusion: tally.confusion(),
    load,
    ...(own?.predictor !== undefined && { predictor: own.predictor.name }),
    ...(role !== undefined && { role }),
    ...(own?.choices !== undefined && { choices: [...own.choices] }),
    ...(newest !== undefined && { standingAlone: 1 - newest.share }),
  }
}

function loadOf({ from, to, decisions, seen, share }: LoadPoint): z.output<typeof loadDocument> {
  return { from: iso(from), to: iso(to), decisions, seen, share }
}

/** Times in it become ISO text: every `at` and what else is a time by name. */
function withTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTimes)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      (name === 'at' || name === 'from' || name === 'to') && typeof inner === 'number' ? iso(inner) : withTimes(inner),
    ]),
  )
}

async function* casesOf(cases: Door['rondo']['store']['cases'], decision: string): AsyncGenerator<CaseRecord> {
  for (let after = 0; ; ) {
    const page = await cases.list({ decision, after, limit: PAGE })
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    after = last.seq
  }
}

/** Counts what was proposed against what was answered. */
class Tally {
  cases = 0
  readonly #counts = new Map<string, Map<string, number>>()

  add({ predicted, answer }: CaseRecord): void {
    this.cases += 1
    if (predicted === undefined) return
    const row = this.#counts.get(predicted) ?? new Map<string, number>()
    this.#counts.set(predicted, row.set(answer, (row.get(answer) ?? 0) + 1))
  }

  confusion(): z.output<typeof confusionDocument> {
    const totals = new Map<string, number>()
    for (const [predicted, row] of this.#counts)
      for (const [answer, count] of row) for (const label of [predicted, answer]) totals.set(label, (totals.get(label) ?? 0) + count)
    const often = [...totals].sort((one, other) => other[1] - one[1] || one[0].localeCompare(other[0])).map(([label]) => label)
    const kept = often.slice(0, MOST_LABELS)
    const labels = [...kept, ...(often.length > MOST_LABELS ? [OTHER] : [])]
    const place = (label: string): number => (kept.includes(label) ? kept.indexOf(label) : MOST_LABELS)
    const rows = labels.map(() => labels.map(() => 0))
    for (const [predicted, row] of this.#counts)
      for (const [answer, count] of row) {
        const cells = rows[place(predicted)]
        if (cells !== undefined) cells[place(answer)] = (cells[place(answer)] ?? 0) + count
      }
    return { labels: labels.map((label) => (label === OTHER ? OTHER : shown(label))), rows }
  }
}

function shown(encoded: string): string {
  const value = decode(encoded)
  return typeof value === 'string' ? value : encoded
}
