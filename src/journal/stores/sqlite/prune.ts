/**
 * Retention: removes runs that ended long ago, with all that belongs to them, in small transactions with turns of the event
 * loop in between.
 *
 * Invariants:
 *   P1. A run disappears whole in one transaction, so nobody can retry half of one; its entries are noted in `remains` and
 *       follow, after a crash too.
 *   P2. A child stays as long as its parent has not ended.
 *   P3. The last entry of the journal stays until there is a later one, so that `seq` never goes back.
 *   P4. A payload goes only when no row uses it (see sweep.ts).
 */
import type { StatementSync } from 'node:sqlite'
import type { Batch } from './batch.ts'
import { integer, type Row, text } from './columns.ts'
import { isAddress } from './payloads.ts'
import type { Database } from './sqlite.ts'
import type { Sweep } from './sweep.ts'

const RUNS_AT_ONCE = 50
const ROWS_AT_ONCE = 250

export interface PruneFilter {
  readonly endedBefore: number
  readonly flow?: string
  readonly limit?: number
}

export class Prune {
  readonly #batch: Batch
  readonly #sweep: Sweep
  readonly #ended: StatementSync
  readonly #removeRun: StatementSync
  readonly #removeReviews: StatementSync
  readonly #removeSignals: StatementSync
  readonly #remain: StatementSync
  readonly #removeEntries: StatementSync
  readonly #noneRemain: StatementSync
  readonly #removeLostSignals: StatementSync
  readonly #removeLostReviews: StatementSync
  #underWay: Promise<unknown> = Promise.resolve()

  constructor(db: Database, batch: Batch, sweep: Sweep) {
    this.#batch = batch
    this.#sweep = sweep
    this.#ended = db.prepare(`
      SELECT row, id, ended_at FROM runs INDEXED BY runs_ended
      WHERE ended_at IS NOT NULL AND ended_at < ? AND (ended_at, row) > (?, ?) AND flow = coalesce(?, flow)
        AND NOT EXISTS (SELECT 1 FROM runs AS above WHERE above.id = runs.parent AND above.ended_at IS NULL)
      ORDER BY ended_at, row LIMIT ?`)
    this.#removeRun = db.prepare('DELETE FROM runs WHERE row = ? RETURNING input, output')
    this.#removeReviews = db.prepare('DELETE FROM reviews WHERE run = ? RETURNING question')
    this.#removeSignals = db.prepare('DELETE FROM signals WHERE run = ? RETURNING value')
    this.#remain = db.prepare('INSERT INTO remains (run) VALUES (?)')
    this.#removeEntries = db.prepare(`
      DELETE FROM entries WHERE seq IN (
        SELECT seq FROM remains CROSS JOIN entries ON entries.run = remains.run
        WHERE seq < (SELECT max(seq) FROM entries) ORDER BY remains.run LIMIT ${ROWS_AT_ONCE}) RETURNING run, value, record`)
    this.#noneRemain = db.prepare(
      'DELETE FROM remains WHERE run <= ? AND NOT EXISTS (SELECT 1 FROM entries WHERE entries.run = remains.run)',
    )
    const lost = (table: string) => `NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = ${table}.run) LIMIT ${ROWS_AT_ONCE}`
    this.#removeLostSignals = db.prepare(
      `DELETE FROM signals WHERE seq IN (SELECT seq FROM signals WHERE taken = 0 AND at < ? AND ${lost('signals')}) RETURNING value`,
    )
    this.#removeLostReviews = db.prepare(
      `DELETE FROM reviews WHERE row IN (SELECT row FROM reviews WHERE state IN ('early', 'open', 'settled') AND state = 'early' AND opened_at < ? AND ${lost('reviews')}) RETURNING question`,
    )
  }

  /** One at a time. */
  run(filter: PruneFilter): Promise<{ runs: number; payloads: number }> {
    const turn = this.#underWay.then(() => this.#run(filter))
    this.#underWay = turn.catch(() => undefined)
    return turn
  }

  async #run(filter: PruneFilter): Promise<{ runs: number; payloads: number }> {
    const runs = await this.#removeRuns(filter)
    await this.#removeRemains()
    if (filter.flow === undefined) {
      await this.#removeLost(this.#removeLostSignals, filter.endedBefore)
      await this.#removeLost(this.#removeLostReviews, filter.endedBefore)
    }
    return { runs, payloads: await this.#sweep.run() }
  }

  async #removeRuns({ endedBefore, flow, limit = Number.POSITIVE_INFINITY }: PruneFilter): Promise<number> {
    let removed = 0
    let endedAt = Number.MIN_SAFE_INTEGER
    let row = 0
    while (removed < limit) {
      const most = Math.min(RUNS_AT_ONCE, limit - removed)
      const chunk = await this.#batch.write(() => {
        const ended = this.#ended.all(endedBefore, endedAt, row, flow ?? null, most)
        for (const run of ended) this.#removeOne(integer(run.row), text(run.id))
        return ended
      })
      removed += chunk.length
      const last = chunk.at(-1)
      if (last === undefined || chunk.length < most) break
      endedAt = integer(last.ended_at)
      row = integer(last.row)
    }
    return removed
  }

  #removeOne(row: number, id: string): void {
    this.#suspect(this.#removeRun.all(row))
    this.#suspect(this.#removeReviews.all(id))
    this.#suspect(this.#removeSignals.all(id))
    this.#remain.run(row)
  }

  async #removeRemains(): Promise<void> {
    for (let removed = ROWS_AT_ONCE; removed === ROWS_AT_ONCE; ) {
      removed = await this.#batch.write(() => {
        const entries = this.#removeEntries.all()
        this.#suspect(entries)
        const isLast = entries.length < ROWS_AT_ONCE
        this.#noneRemain.run(isLast ? Number.MAX_SAFE_INTEGER : Math.max(...entries.map(({ run }) => integer(run))))
        return entries.length
      })
    }
  }

  async #removeLost(remove: StatementSync, before: number): Promise<void> {
    for (let removed = ROWS_AT_ONCE; removed === ROWS_AT_ONCE; ) {
      removed = await this.#batch.write(() => {
        const rows = remove.all(before)
        this.#suspect(rows)
        return rows.length
      })
    }
  }

  #suspect(rows: readonly Row[]): void {
    for (const row of rows)
      for (const column of Object.values(row)) if (column instanceof Uint8Array && isAddress(column)) this.#sweep.suspect(column)
  }
}
