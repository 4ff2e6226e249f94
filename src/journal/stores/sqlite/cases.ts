/**
 * `CaseStore` on SQLite. Cases are kept for good: pruning runs leaves them, and their payloads, alone.
 */
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import type { CaseAnswer, CaseOrigin, CaseRecord, NewCase } from '../../records.ts'
import type { CaseFilter, CaseStore } from '../../store.ts'
import type { Batch } from './batch.ts'
import { integer, optionalInteger, optionalText, type Row, text } from './columns.ts'
import type { Payloads } from './payloads.ts'
import type { Reader } from './reader.ts'

const EQUAL = ['decision', 'origin', 'segment'] as const

export class SqliteCases implements CaseStore {
  readonly #reader: Reader
  readonly #batch: Batch
  readonly #payloads: Payloads
  readonly #insert: StatementSync
  readonly #count: StatementSync

  constructor(reader: Reader, batch: Batch, payloads: Payloads) {
    this.#reader = reader
    this.#batch = batch
    this.#payloads = payloads
    this.#insert = reader.prepare(`
      INSERT INTO cases (decision, run, path, question, answer, predicted, confidence, probability, origin, by, at, version, segment, policy, epoch, answers, blind)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#count = reader.prepare('SELECT decision, count(*) AS n FROM cases GROUP BY decision ORDER BY decision')
  }

  list(filter: CaseFilter & { newest?: boolean; after?: number; limit?: number }): Promise<CaseRecord[]> {
    const { newest = false, after = newest ? Number.MAX_SAFE_INTEGER : 0, limit = 1000 } = filter
    const equal = EQUAL.flatMap((column): [string, SQLInputValue][] => {
      const value = filter[column]
      return value === undefined ? [] : [[`${column} = ?`, value]]
    })
    const among = [newest ? 'seq < ?' : 'seq > ?', ...equal.map(([condition]) => condition)].join(' AND ')
    return this.#reader.read(() =>
      this.#reader
        .cached(`SELECT * FROM cases WHERE ${among} ORDER BY seq ${newest ? 'DESC' : 'ASC'} LIMIT ?`)
        .all(after, ...equal.map(([, value]) => value), limit)
        .map((row) => this.#record(row)),
    )
  }

  add(cases: readonly NewCase[]): Promise<void> {
    return this.#batch.write((now) => {
      for (const one of cases) this.insert(one, one.run, now)
    })
  }

  count(): Promise<{ decision: string; cases: number }[]> {
    return this.#reader.read(() => this.#count.all().map((row) => ({ decision: text(row.decision), cases: integer(row.n) })))
  }

  /** Inside a write: keeps a case of a run. */
  insert(one: NewCase, run: string | undefined, now: number): void {
    this.#insert.run(
      one.decision,
      run ?? null,
      one.path ?? null,
      this.#payloads.put(one.question),
      this.#payloads.put(one.answer),
      this.#payloads.putOptional(one.predicted),
      one.confidence ?? null,
      one.probability,
      one.origin,
      one.by ?? null,
      one.at ?? now,
      one.version ?? null,
      one.segment ?? null,
      one.policy ?? null,
      one.epoch ?? null,
      one.answers === undefined ? null : this.#payloads.put(JSON.stringify(one.answers)),
      one.blind === true ? 1 : 0,
    )
  }

  #record(row: Row): CaseRecord {
    const run = optionalText(row.run)
    const path = optionalText(row.path)
    const predicted = this.#payloads.getOptional(row.predicted)
    const by = optionalText(row.by)
    const version = optionalText(row.version)
    const segment = optionalText(row.segment)
    const policy = optionalText(row.policy)
    const epoch = optionalInteger(row.epoch)
    const answers = this.#payloads.getOptional(row.answers)
    return {
      seq: integer(row.seq),
      decision: text(row.decision),
      ...(run !== undefined && { run }),
      ...(path !== undefined && { path }),
      question: this.#payloads.get(row.question),
      answer: this.#payloads.get(row.answer),
      ...(predicted !== undefined && { predicted }),
      ...(row.confidence !== null && { confidence: integer(row.confidence) }),
      probability: integer(row.probability),
      origin: text(row.origin) as CaseOrigin,
      ...(by !== undefined && { by }),
      at: integer(row.at),
      ...(version !== undefined && { version }),
      ...(segment !== undefined && { segment }),
      ...(policy !== undefined && { policy }),
      ...(epoch !== undefined && { epoch }),
      ...(answers !== undefined && { answers: JSON.parse(answers) as CaseAnswer[] }),
      ...(row.blind === 1 && { blind: true }),
    }
  }
}
