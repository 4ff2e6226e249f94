/**
 * What each version of a prompt did, as far as is known here: its asks in the newest runs, the measures of these runs, and what people made
 * of its proposals in all cases there are.
 *
 * Owns: counting, and remembering what cannot change any more: the asks of runs that ended, and cases. Never: says that one version is
 * better than another: that is a backtest's to say (see learn/backtest).
 */
import type { CaseRecord, Entry, Rondo, RunRecord } from '../index.ts'
import { decode } from '../json.ts'
import { pathOf } from './documents.ts'
import { newestRuns } from './newest-runs.ts'

/** So many of the newest runs are looked at. */
const LOOKED_AT = 1000
const PAGE = 1000
const ENTRIES = 1000
/** So many digits of a version stand in the version of a predictor. */
const SHORT = 8

/** One ask, as far as it is counted. */
interface Asked {
  readonly prompt: string
  readonly version: string
  readonly model: string
  readonly at: number
  readonly ms: number
  readonly failed: boolean
  readonly inputTokens: number
  readonly outputTokens: number
  readonly microUsd: number
}

export interface VersionHistory {
  readonly version: string
  readonly model: string
  readonly asks: number
  readonly failed: number
  readonly runs: number
  readonly microUsd: number
  readonly inputTokens: number
  readonly outputTokens: number
  /** Of those that were answered, half took no longer. */
  readonly p50Ms?: number
  readonly first: number
  readonly last: number
  /** Means over the scores of its runs. A run that asked two versions counts for both. */
  readonly measures: readonly { readonly name: string; readonly n: number; readonly mean: number }[]
  readonly decisions: readonly DecisionTally[]
}

/** What people answered where the version had proposed. */
export interface DecisionTally {
  readonly decision: string
  /** The proposal was their answer. */
  readonly accepted: number
  readonly edited: number
  /** Mended after the proposal had stood: by whoever happened to look. Not among the above. */
  readonly corrected: number
}

export class PromptHistory {
  readonly #rondo: Rondo
  readonly #runs = new Map<string, { readonly state: string; readonly asks: readonly Asked[] }>()
  readonly #cases = new CaseTally()
  #reading: Promise<unknown> = Promise.resolve()

  constructor(rondo: Rondo) {
    this.#rondo = rondo
  }

  /** The versions of a prompt that recent runs asked, the one asked last first. */
  versionsOf(name: string): Promise<VersionHistory[]> {
    const reading = this.#reading.then(() => this.#versionsOf(name))
    this.#reading = reading.catch(() => undefined)
    return reading
  }

  async #versionsOf(name: string): Promise<VersionHistory[]> {
    const runs = await this.#recentRuns()
    const met = new Map<string, { readonly asks: Asked[]; readonly runs: Set<string> }>()
    for (const { id } of runs)
      for (const ask of this.#runs.get(id)?.asks ?? []) {
        if (ask.prompt !== name) continue
        const known = met.get(ask.version) ?? { asks: [], runs: new Set() }
        known.asks.push(ask)
        known.runs.add(id)
        met.set(ask.version, known)
      }
    if (met.size === 0) return []
    const scores = await this.#scoresSince(Math.min(...runs.map(({ createdAt }) => createdAt)))
    await this.#cases.read(this.#rondo.store.cases)
    return [...met]
      .map(([version, { asks, runs: of }]) => ({
        ...tallied(version, asks),
        runs: of.size,
        measures: meansOf(of, scores),
        decisions: this.#cases.of(`${name}@${version.slice(0, SHORT)}`),
      }))
      .sort((one, other) => other.last - one.last)
  }

  /** Reads what is new; runs that are no longer among the newest are forgotten. */
  async #recentRuns(): Promise<readonly RunRecord[]> {
    const runs = await newestRuns(this.#rondo, LOOKED_AT)
    const here = new Set(runs.map(({ id }) => id))
    for (const id of this.#runs.keys()) if (!here.has(id)) this.#runs.delete(id)
    for (const { id, status, endedAt } of runs) {
      const state = `${status} ${endedAt}`
      const over = status === 'completed' || status === 'failed' || status === 'cancelled'
      if (over && this.#runs.get(id)?.state === state) continue
      this.#runs.set(id, { state, asks: await this.#asksOf(id) })
      // Others get their turn: this may read many journals.
      await new Promise((resolve) => setImmediate(resolve))
    }
    return runs
  }

  async #asksOf(run: string): Promise<Asked[]> {
    const entries: Entry[] = []
    for (let after = 0; ; ) {
      const page = await this.#rondo.store.journal.entries(run, { after, limit: ENTRIES, values: false, records: ['ask'] })
      entries.push(...page)
      const last = page.at(-1)
      if (last === undefined || page.length < ENTRIES) break
      after = last.seq
    }
    return entries.flatMap((entry) => askOf(entry, entries) ?? [])
  }

  /** By run, the scores of each name. */
  async #scoresSince(from: number): Promise<ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>> {
    const scores = new Map<string, Map<string, number[]>>()
    for await (const { run, name, value } of this.#rondo.measures.every({ from })) {
      const own = scores.get(run) ?? new Map<string, number[]>()
      own.set(name, [...(own.get(name) ?? []), value])
      scores.set(run, own)
    }
    return scores
  }
}

/** An ask that is over, as the entry that closed it and the calls below it tell. */
function askOf(entry: Entry, entries: readonly Entry[]): Asked | undefined {
  const { kind, state, version: named, record, at, startedAt } = entry
  if (kind !== 'ask' || (state !== 'completed' && state !== 'failed') || record === undefined) return undefined
  // What a predictor made of its asks is a step of this kind, too, under a version of its own.
  const [, prompt, version] = /^(.+)@([0-9a-f]{64})$/s.exec(named ?? '') ?? []
  if (prompt === undefined || version === undefined) return undefined
  const within = `${pathOf(entry)}/`
  const calls = entries.filter((one) => one.kind === 'ask' && one.usage !== undefined && pathOf(one).startsWith(within))
  const sum = (of: 'inputTokens' | 'outputTokens' | 'microUsd'): number => calls.reduce((all, { usage }) => all + (usage?.[of] ?? 0), 0)
  return {
    prompt,
    version,
    model: modelOf(record),
    at,
    ms: at - startedAt,
    failed: state === 'failed',
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    microUsd: sum('microUsd'),
  }
}

function modelOf(record: string): string {
  const told: unknown = decode(record)
  return told !== null && typeof told === 'object' && 'model' in told && typeof told.model === 'string' ? told.model : ''
}

function tallied(version: string, asks: readonly Asked[]): Omit<VersionHistory, 'runs' | 'measures' | 'decisions'> {
  const sum = (of: 'inputTokens' | 'outputTokens' | 'microUsd'): number => asks.reduce((all, ask) => all + ask[of], 0)
  const times = asks.filter(({ failed }) => !failed).map(({ ms }) => ms)
  const p50Ms = times.sort((one, other) => one - other)[Math.floor((times.length - 1) / 2)]
  const ats = asks.map(({ at }) => at)
  return {
    version,
    model: asks[0]?.model ?? '',
    asks: asks.length,
    failed: asks.length - times.length,
    microUsd: sum('microUsd'),
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    ...(p50Ms !== undefined && { p50Ms }),
    first: Math.min(...ats),
    last: Math.max(...ats),
  }
}

function meansOf(
  runs: ReadonlySet<string>,
  scores: ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>,
): VersionHistory['measures'] {
  const sums = new Map<string, { n: number; sum: number }>()
  for (const run of runs)
    for (const [name, values] of scores.get(run) ?? []) {
      const known = sums.get(name) ?? { n: 0, sum: 0 }
      sums.set(name, { n: known.n + values.length, sum: known.sum + values.reduce((all, value) => all + value, 0) })
    }
  return [...sums].map(([name, { n, sum }]) => ({ name, n, mean: sum / n })).sort((one, other) => one.name.localeCompare(other.name))
}

/** Cases by the version that had proposed (`sort@1234abcd`), read on from where it was. */
class CaseTally {
  #read = 0
  readonly #tallies = new Map<string, Map<string, { accepted: number; edited: number; corrected: number }>>()

  async read(cases: Rondo['store']['cases']): Promise<void> {
    for (;;) {
      const page = await cases.list({ after: this.#read, limit: PAGE })
      for (const one of page) this.#add(one)
      this.#read = page.at(-1)?.seq ?? this.#read
      if (page.length < PAGE) return
    }
  }

  of(proposer: string): DecisionTally[] {
    return [...(this.#tallies.get(proposer) ?? [])]
      .map(([decision, tally]) => ({ decision, ...tally }))
      .sort((one, other) => one.decision.localeCompare(other.decision))
  }

  #add({ decision, version, predicted, answer, origin }: CaseRecord): void {
    if (version === undefined || predicted === undefined || origin === 'import') return
    const [proposer = ''] = version.split('/')
    const own = this.#tallies.get(proposer) ?? new Map<string, { accepted: number; edited: number; corrected: number }>()
    const tally = own.get(decision) ?? { accepted: 0, edited: 0, corrected: 0 }
    tally[origin === 'correction' ? 'corrected' : predicted === answer ? 'accepted' : 'edited'] += 1
    this.#tallies.set(proposer, own.set(decision, tally))
  }
}
