/**
 * Rows of `reviews`: how they are written and read. How a review changes is `journal/reviews.ts`.
 */
import type { StatementSync } from 'node:sqlite'
import { type Answer, type Comment, type NewReview, type ReviewKind, type ReviewRecord, type ReviewState, reviewId } from '../../records.ts'
import { openedReview } from '../../reviews.ts'
import { integer, optionalInteger, optionalText, type Row, text } from './columns.ts'
import type { Payloads } from './payloads.ts'
import type { Database } from './sqlite.ts'

export class ReviewRows {
  readonly #payloads: Payloads
  readonly #read: StatementSync
  readonly #insert: StatementSync
  readonly #update: StatementSync
  readonly #settled: StatementSync
  readonly #end: StatementSync
  readonly #close: StatementSync

  constructor(db: Database, payloads: Payloads) {
    this.#payloads = payloads
    this.#read = db.prepare('SELECT * FROM reviews WHERE run = ? AND path = ?')
    this.#insert = db.prepare(`
      INSERT INTO reviews (run, path, flow, kind, state, role, title, question, opened_at, due_at, claimed_by, claimed_until, answers, comments, quorum)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#update = db.prepare(`
      UPDATE reviews SET flow = ?, kind = ?, state = ?, role = ?, title = ?, question = ?, opened_at = ?, due_at = ?, claimed_by = ?, claimed_until = ?,
        answers = ?, comments = ?, quorum = ? WHERE run = ? AND path = ?`)
    const live = `INDEXED BY reviews_live WHERE run = ? AND state IN ('early', 'open', 'settled')`
    this.#settled = db.prepare(`SELECT * FROM reviews ${live} AND state = 'settled' ORDER BY row`)
    this.#close = db.prepare(`UPDATE reviews SET state = 'closed' WHERE row IN (SELECT row FROM reviews ${live})`)
    this.#end = db.prepare(`UPDATE reviews SET state = ? WHERE run = ? AND path = ? AND state <> 'taken'`)
  }

  get(run: string, path: string): ReviewRecord | undefined {
    const row = this.#read.get(run, path)
    return row === undefined ? undefined : this.record(row)
  }

  settled(run: string): ReviewRecord[] {
    return this.#settled.all(run).map((row) => this.record(row))
  }

  /** Puts a question to people, or to other people. Says whether its answers are there already. */
  open(run: string, flow: string, asked: NewReview, now: number): { settled: boolean } {
    const before = this.get(run, asked.path)
    const review = openedReview({ id: run, flow }, asked, before, now)
    this.write(review, before === undefined)
    return { settled: review.state === 'settled' }
  }

  /** What a run needs no more, or has taken. */
  end(run: string, path: string, state: 'taken' | 'closed'): void {
    this.#end.run(state, run, path)
  }

  /** Closes all of a run that is over. */
  closeAll(run: string): void {
    this.#close.run(run)
  }

  write(review: ReviewRecord, isNew: boolean): void {
    const { run, path } = review
    const values = [
      review.flow,
      review.kind,
      review.state,
      review.role,
      this.#payloads.seal(review.title),
      this.#payloads.put(review.question),
      review.openedAt,
      review.dueAt ?? null,
      review.claimedBy ?? null,
      review.claimedUntil ?? null,
      this.#payloads.seal(listText(review.answers)),
      this.#payloads.seal(listText(review.comments)),
      review.quorum,
    ]
    if (isNew) this.#insert.run(run, path, ...values)
    else this.#update.run(...values, run, path)
  }

  record(row: Row): ReviewRecord {
    const dueAt = optionalInteger(row.due_at)
    const claimedBy = optionalText(row.claimed_by)
    const claimedUntil = optionalInteger(row.claimed_until)
    const run = text(row.run)
    const path = text(row.path)
    return {
      id: reviewId(run, path),
      run,
      path,
      flow: text(row.flow),
      kind: text(row.kind) as ReviewKind,
      state: text(row.state) as ReviewState,
      role: text(row.role),
      title: this.#payloads.unseal(row.title),
      question: this.#payloads.get(row.question),
      openedAt: integer(row.opened_at),
      ...(dueAt !== undefined && { dueAt }),
      ...(claimedBy !== undefined && { claimedBy }),
      ...(claimedUntil !== undefined && { claimedUntil }),
      answers: row.answers === null ? [] : (JSON.parse(this.#payloads.unseal(row.answers)) as Answer[]),
      comments: row.comments === null ? [] : (JSON.parse(this.#payloads.unseal(row.comments)) as Comment[]),
      quorum: integer(row.quorum),
    }
  }
}

function listText(list: readonly unknown[]): string | null {
  return list.length === 0 ? null : JSON.stringify(list)
}
