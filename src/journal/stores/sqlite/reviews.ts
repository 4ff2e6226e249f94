/**
 * `ReviewStore` on SQLite: the inbox, and the one way in which a review changes.
 */
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import type { ReviewChange, ReviewRecord, ReviewState } from '../../records.ts'
import { applyReviewChange, placesOf } from '../../reviews.ts'
import type { ReviewStore } from '../../store.ts'
import { type Batch, Refused } from './batch.ts'
import { integer } from './columns.ts'
import type { Reader } from './reader.ts'
import type { ReviewRows } from './review-rows.ts'
import type { RunRows } from './run-rows.ts'
import type { Standing } from './standing.ts'

type Filter = Parameters<ReviewStore['list']>[0]

/** Where a review without a due time stands in the order: after all that have one. As the indexes of open reviews have it. */
const DUE = 'ifnull(due_at, 9007199254740991)'

const STATES: readonly ReviewState[] = ['early', 'open', 'settled', 'taken', 'closed']

export class SqliteReviews implements ReviewStore {
  readonly #reader: Reader
  readonly #batch: Batch
  readonly #rows: ReviewRows
  readonly #runs: RunRows
  readonly #standing: Standing
  readonly #place: StatementSync

  constructor(reader: Reader, batch: Batch, rows: ReviewRows, runs: RunRows, standing: Standing) {
    this.#reader = reader
    this.#batch = batch
    this.#rows = rows
    this.#runs = runs
    this.#standing = standing
    this.#place = reader.prepare(`SELECT ${DUE} AS due, opened_at AS opened, row FROM reviews WHERE run = ? AND path = ?`)
  }

  get(id: string): Promise<ReviewRecord | undefined> {
    return this.#reader.read(() => this.#find(id))
  }

  list(filter: Filter): Promise<ReviewRecord[]> {
    return this.#reader.read(() => {
      const { conditions, values } = this.#conditions(filter)
      const chosen = `SELECT row FROM reviews ${conditions} ORDER BY ${DUE}, opened_at, row LIMIT ?`
      const rows = this.#reader
        .cached(`SELECT * FROM reviews WHERE row IN (${chosen}) ORDER BY ${DUE}, opened_at, row`)
        .all(...values, filter.limit ?? 100)
      return rows.map((row) => this.#rows.record(row))
    })
  }

  count(filter: { state?: ReviewState; role?: string }): Promise<number> {
    return this.#reader.read(() => {
      const { conditions, values } = this.#conditions(filter)
      return integer(this.#reader.cached(`SELECT count(*) AS n FROM reviews ${conditions}`).get(...values)?.n)
    })
  }

  change(id: string, decide: (review: ReviewRecord | undefined) => ReviewChange): Promise<ReviewRecord> {
    return this.#batch.write((now) => {
      const before = this.#find(id)
      const after = attempt(() => applyReviewChange(id, before, decide(before), now))
      if (before === undefined) return this.#keepEarly(after)
      this.#rows.write(after, false)
      if (after.state === 'settled' && before.state !== 'settled') this.#standing.wake(after.run, now)
      return after
    })
  }

  /** An answer to what was not asked yet: kept under its run, if there is one already. */
  #keepEarly(answered: ReviewRecord): ReviewRecord {
    const place = placesOf(answered.id).find(({ run }) => this.#runs.get(run) !== undefined)
    const early = place === undefined ? answered : { ...answered, ...place, flow: this.#runs.get(place.run)?.flow ?? '' }
    this.#rows.write(early, true)
    return early
  }

  #find(id: string): ReviewRecord | undefined {
    for (const { run, path } of placesOf(id)) {
      const found = this.#rows.get(run, path)
      if (found !== undefined) return found
    }
    return undefined
  }

  #conditions(filter: Filter): { conditions: string; values: SQLInputValue[] } {
    const conditions: string[] = []
    const values: SQLInputValue[] = []
    const equal = (column: 'role' | 'run' | 'flow' | 'kind', value: string | undefined): void => {
      if (value === undefined) return
      conditions.push(`${column} = ?`)
      values.push(value)
    }
    // As a literal, so that the partial index of open reviews serves it.
    if (filter.state !== undefined) conditions.push(STATES.includes(filter.state) ? `state = '${filter.state}'` : 'FALSE')
    equal('role', filter.role)
    equal('run', filter.run)
    equal('flow', filter.flow)
    equal('kind', filter.kind)
    const after = filter.after === undefined ? undefined : this.#find(filter.after)
    const place = after === undefined ? undefined : this.#place.get(after.run, after.path)
    if (place !== undefined) {
      conditions.push(`(${DUE}, opened_at, row) > (?, ?, ?)`)
      values.push(integer(place.due), integer(place.opened), integer(place.row))
    }
    return { conditions: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`, values }
  }
}

function attempt(decide: () => ReviewRecord): ReviewRecord {
  try {
    return decide()
  } catch (error) {
    throw new Refused(error)
  }
}
