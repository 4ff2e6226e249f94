/**
 * Measures, from outside: scores in [0,1] of runs and of what their steps came to, given when they are known, which may be much later.
 *
 * Owns: checking what comes in, and reading. Never: says what a score means. The flow's own (`run.measure`) and a judge's come in with
 * the journal; all of them outlive their runs, as cases do, since each carries the flow, release and segment it is counted by.
 */
import type { Clock } from '../clock.ts'
import { type Duration, milliseconds } from '../duration.ts'
import { RondoError } from '../errors.ts'
import type { Entry, MeasureRecord, NewMeasure } from '../journal/records.ts'
import { splitPath } from '../journal/records.ts'
import type { MeasureFilter, MeasureGroup, MeasureKey, Store } from '../journal/store.ts'
import { decode } from '../json.ts'
import { decisionRecord } from '../people/decision-record.ts'
import { type JudgeReport, judgeReports } from './judge-report.ts'

export interface MeasureGiven {
  readonly run: string
  /** The step that is measured, such as a decision; the run as a whole without it. */
  readonly path?: string
  readonly name: string
  /** From 0 to 1. */
  readonly value: number
  /** When what it measures came about. Default now. */
  readonly at?: Date | number
  /** Whose score it is. */
  readonly by?: string
  /** A person's own score: what judges are measured against. Then `by` says whose. */
  readonly person?: boolean
  /** The same id of the same run again changes nothing. A new one unless given. */
  readonly id?: string
  /** Default: that of the decision at `path`, where it has one. */
  readonly segment?: string
  /** Why, in a sentence. */
  readonly why?: string
}

export interface MeasuresOptions {
  readonly store: Pick<Store, 'measures' | 'journal' | 'runs'>
  readonly clock: Clock
  readonly newId: () => string
}

const LONGEST = { name: 200, id: 200, by: 200, segment: 200, why: 2000 } as const
const PAGE = 1000

export class Measures {
  readonly #options: MeasuresOptions

  constructor(options: MeasuresOptions) {
    this.#options = options
  }

  /**
   * Keeps a score; durable when it resolves. Throws `invalid_input` for what is no measure, `run_unknown` for a run or a step that is
   * not there (also when it has been pruned), `measure_conflict` when the run has another measure under this id.
   */
  async add(given: MeasureGiven): Promise<MeasureRecord> {
    const { store, newId, clock } = this.#options
    check(given)
    const segment = given.segment ?? (await this.#segmentAt(given.run, given.path))
    const { run, path, name, value, by, why, person = false, id = newId() } = given
    const asked: NewMeasure = {
      id,
      run,
      name,
      value,
      at: given.at === undefined ? clock.now() : timeOf(given.at),
      origin: person ? 'people' : 'api',
      ...(path !== undefined && { path }),
      ...(segment !== undefined && { segment }),
      ...(by !== undefined && { by }),
      ...(why !== undefined && { why }),
    }
    const { measure } = await store.measures.add(asked)
    if (measure.name !== name || measure.value !== value || measure.path !== path) throw conflict(measure)
    return measure
  }

  /** In the order in which they were kept. */
  list(filter: MeasureFilter & { readonly after?: number; readonly limit?: number } = {}): Promise<MeasureRecord[]> {
    return this.#options.store.measures.list(filter)
  }

  /** All that the filter lets through, a page at a time. */
  async *every(filter: MeasureFilter = {}): AsyncGenerator<MeasureRecord> {
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page: MeasureRecord[] = await this.list({ ...filter, after, limit: PAGE })
      yield* page
      after = page.length < PAGE ? undefined : page.at(-1)?.seq
    }
  }

  /** The scores of each name taken together: overall, or for each flow, release, segment, origin, giver, and stretch of time. */
  group(
    filter: MeasureFilter = {},
    options: { readonly by?: readonly MeasureKey[]; readonly every?: Duration } = {},
  ): Promise<MeasureGroup[]> {
    const everyMs = options.every === undefined ? undefined : milliseconds(options.every)
    if (everyMs !== undefined && !(everyMs >= 1))
      throw new RondoError('invalid_input', `A stretch of time is a millisecond at least, not "${options.every}".`)
    return this.#options.store.measures.group(filter, options.by ?? [], everyMs === undefined ? undefined : Math.round(everyMs))
  }

  /** How far each judge is from people who scored the same. */
  judges(filter: Pick<MeasureFilter, 'name' | 'flow'> = {}): Promise<JudgeReport[]> {
    return judgeReports(this.every({ ...filter, origin: 'judge' }), this.every({ ...filter, origin: 'people' }))
  }

  /** The segment of the decision at a path. Throws `run_unknown` when the run, or the path in it, is not there. */
  async #segmentAt(run: string, path: string | undefined): Promise<string | undefined> {
    const { runs, journal } = this.#options.store
    if ((await runs.get(run)) === undefined) throw unknown(`There is no run "${run}" to be measured`, run)
    if (path === undefined) return undefined
    const { scope, name } = splitPath(path)
    const entry = (await journal.load(run, scope)).findLast((one) => one.name === name)
    // A branch, or a loop's first round, has no entry of its own.
    if (entry === undefined && (await journal.load(run, path)).length === 0)
      throw unknown(`Run "${run}" has no step at "${path}" to be measured`, run)
    return segmentOf(entry)
  }
}

function segmentOf(entry: Entry | undefined): string | undefined {
  if (entry?.kind !== 'decide' || entry.record === undefined) return undefined
  const parsed = decisionRecord.safeParse(decode(entry.record))
  return parsed.success ? parsed.data.segment : undefined
}

function check(given: MeasureGiven): void {
  const { name, value, by, person } = given
  const refused = (why: string): RondoError =>
    new RondoError('invalid_input', `This is no measure: ${why}.`, { details: { run: given.run } })
  if (typeof name !== 'string' || name.trim() === '') throw refused('it has no name, such as "kept"')
  if (!(typeof value === 'number' && value >= 0 && value <= 1))
    throw refused(`"${name}" is ${value}, and a measure is a number from 0 to 1`)
  if (person === true && (by === undefined || by === '')) throw refused(`"${name}" is a person's score, but \`by\` does not say whose`)
  if (given.at !== undefined && !Number.isFinite(timeOf(given.at))) throw refused(`"${name}" came about at no time there is`)
  if (given.id === '') throw refused(`the id of "${name}" is empty; leave it away to get one`)
  for (const [field, longest] of Object.entries(LONGEST)) {
    const text = given[field as keyof typeof LONGEST]
    if (text !== undefined && text.length > longest)
      throw refused(`its ${field} has ${text.length} characters; ${longest} at most are kept`)
  }
}

function timeOf(at: Date | number): number {
  return at instanceof Date ? at.getTime() : Math.round(at)
}

function conflict(known: MeasureRecord): RondoError {
  const where = known.path === undefined ? '' : ` at "${known.path}"`
  return new RondoError(
    'measure_conflict',
    `Run "${known.run}" has a measure with the id "${known.id}" already: ${known.name} = ${known.value}${where}. A measure is not changed; give another id.`,
    { details: { run: known.run, id: known.id, name: known.name, value: known.value } },
  )
}

function unknown(what: string, run: string): RondoError {
  return new RondoError('run_unknown', `${what}. See "rondo show ${run}".`, { details: { run } })
}
