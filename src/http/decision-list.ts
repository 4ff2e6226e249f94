/**
 * The decisions a door shows: those the system was told of, and those met in recent journals.
 */
import { RondoError } from '../errors.ts'
import { type AnyDecision, type DecisionRecord, decisionRecord, type Rondo } from '../index.ts'
import { decode } from '../json.ts'
import { newestRuns } from './newest-runs.ts'

const LOOKED_AT = 200
const ENTRIES = 1000
const FRESH_MS = 30_000

/** A decision that the system was told of. Throws `not_found`. */
export function decisionOf({ decisions }: Pick<Rondo, 'decisions'>, name: string): AnyDecision {
  const found = decisions.get(name)
  if (found !== undefined) return found
  const known = decisions.size === 0 ? 'None is known here.' : `Known are ${[...decisions.keys()].join(', ')}.`
  throw new RondoError(
    'not_found',
    `The system was not told of a decision "${name}". ${known} Name it in createRondo({ decisions: [...] }).`,
    {
      details: { decision: name },
    },
  )
}

/** Makes sure that a decision is there: told of, met, or with cases. Throws `not_found`. */
export async function knownDecision({ decisions, store }: Rondo, met: MetDecisions, now: number, name: string): Promise<void> {
  if (decisions.has(name) || (await met.read(now)).has(name)) return
  const [one] = await store.cases.list({ decision: name, limit: 1 })
  if (one === undefined)
    throw new RondoError('not_found', `There is no decision "${name}", and no case of one.`, { details: { decision: name } })
}

/** A decision that was taken: when, and whether no person took it. */
export interface Taken {
  readonly at: number
  readonly alone: boolean
}

export interface Met {
  /** The newest. */
  readonly record: DecisionRecord
  readonly taken: readonly Taken[]
}

/** Decisions as recent journals name them. Looked up again at most twice a minute. */
export class MetDecisions {
  readonly #rondo: Rondo
  #at = Number.NEGATIVE_INFINITY
  #met: Promise<ReadonlyMap<string, Met>> = Promise.resolve(new Map())

  constructor(rondo: Rondo) {
    this.#rondo = rondo
  }

  read(now: number): Promise<ReadonlyMap<string, Met>> {
    if (now - this.#at > FRESH_MS) {
      this.#at = now
      this.#met = this.#look()
    }
    return this.#met
  }

  async #look(): Promise<ReadonlyMap<string, Met>> {
    const met = new Map<string, { record: DecisionRecord; taken: Taken[] }>()
    for (const { id } of await newestRuns(this.#rondo, LOOKED_AT)) {
      const entries = await this.#rondo.store.journal.entries(id, { limit: ENTRIES, values: false, records: ['decide'] })
      for (const { kind, record, state, at } of entries) {
        if (kind !== 'decide' || record === undefined) continue
        const { success, data } = decisionRecord.safeParse(decode(record))
        if (!success) continue
        const one = met.get(data.decision) ?? { record: data, taken: [] }
        met.set(data.decision, one)
        if (state === 'completed') one.taken.push({ at, alone: data.by === 'predictor' })
      }
    }
    return met
  }
}
