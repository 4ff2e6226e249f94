/**
 * The SQLite store: one file, a write-ahead log, every commit on disk before it resolves.
 *
 * Owns: opening, closing, and how the parts fit together. The parts: `batch` (group commit), `payloads`, `standing` and `due`
 * (who is due, and who drives), `entries`, `signals`, `requests`, `prune` and `sweep`, `owner`, `watch`, and one file for each
 * part of the port.
 */
import { type Clock, systemClock } from '../../../clock.ts'
import { RondoError } from '../../../errors.ts'
import type { KeyRing } from '../../encryption-keys.ts'
import type {
  AccessStore,
  AuditStore,
  CaseStore,
  EncryptionStore,
  JournalStore,
  MeasureStore,
  MemoStore,
  ReviewStore,
  RunStore,
  Store,
} from '../../store.ts'
import { SqliteAccess } from './access.ts'
import { SqliteAudit } from './audit.ts'
import { Batch } from './batch.ts'
import { SqliteCases } from './cases.ts'
import { type Connection, connect } from './connection.ts'
import { Due } from './due.ts'
import { Entries } from './entries.ts'
import { SqliteJournal } from './journal.ts'
import { SqliteMeasures } from './measures.ts'
import { SqliteMemos } from './memos.ts'
import { MIGRATIONS } from './migrations.ts'
import { Owner } from './owner.ts'
import { Payloads } from './payloads.ts'
import { Prune } from './prune.ts'
import { Reader } from './reader.ts'
import { Rekey } from './rekey.ts'
import { Requests } from './requests.ts'
import { ReviewRows } from './review-rows.ts'
import { SqliteReviews } from './reviews.ts'
import { RunRows } from './run-rows.ts'
import { SqliteRuns } from './runs.ts'
import { Signals } from './signals.ts'
import { closed, databaseFailed } from './sqlite.ts'
import { Standing } from './standing.ts'
import { Sweep } from './sweep.ts'
import { openVault, type Vault } from './vault.ts'
import { Watch } from './watch.ts'

export interface SqliteStoreOptions {
  /** A path, whose folder is created; or `:memory:`. */
  readonly file: string
  readonly clock?: Clock
  /** Opens an existing database without the right to write. */
  readonly readOnly?: boolean
  /** The keys to encrypt under; without, an encrypted database is not opened. */
  readonly keys?: KeyRing
  /** How long to wait for another process's write. Default 5000. The event loop stands still meanwhile. */
  readonly busyMs?: number
}

const DEFAULT_BUSY_MS = 5000

/**
 * Opens a database, creating it or bringing it up to date as needed. Throws `database_failed` for a file that is damaged or
 * not Rondo's, `database_newer` for one of a newer Rondo. `migrations` is for tests of upgrading.
 */
export async function openSqliteStore(options: SqliteStoreOptions, migrations: readonly string[] = MIGRATIONS): Promise<Store> {
  const { file, clock = systemClock, readOnly = false, busyMs = DEFAULT_BUSY_MS, keys } = options
  const connection = connect({ file, readOnly, busyMs, migrations })
  try {
    return new SqliteStore(connection, clock, readOnly, keys)
  } catch (error) {
    connection.db.close()
    throw databaseFailed(connection.file, error)
  }
}

class SqliteStore implements Store {
  readonly runs: RunStore
  readonly journal: JournalStore
  readonly reviews: ReviewStore
  readonly cases: CaseStore
  readonly measures: MeasureStore
  readonly memos: MemoStore
  readonly access: AccessStore
  readonly audit: AuditStore
  readonly encryption: EncryptionStore | undefined
  readonly #connection: Connection
  readonly #batch: Batch
  readonly #owner: Owner
  readonly #watch: Watch
  #closing: Promise<void> | undefined

  constructor(connection: Connection, clock: Clock, readOnly: boolean, keys: KeyRing | undefined) {
    const { db, file } = connection
    const vault = openVault(db, file, keys, readOnly)
    const payloads = new Payloads(db, vault)
    const standing = new Standing(db, payloads)
    const batch = new Batch(db, file, clock, () => standing.forget())
    const reader = new Reader(db, file)
    const rows = new RunRows(db, payloads)
    const entries = new Entries(db, payloads)
    const reviewRows = new ReviewRows(db, payloads)
    const signals = new Signals(db, payloads)
    const due = new Due(db)
    const owner = new Owner(db, file, batch)
    const requests = new Requests(db, rows, entries, payloads)
    const cases = new SqliteCases(reader, batch, payloads)
    const measures = new SqliteMeasures(reader, batch, payloads)
    const sweep = new Sweep(db, batch)
    const prune = new Prune(db, batch, sweep)
    this.encryption = vault === undefined ? undefined : encryptionOf(vault, new Rekey({ db, batch, payloads, sweep, vault }))
    this.runs = new SqliteRuns({ reader, batch, rows, standing, due, signals, requests, prune })
    this.journal = new SqliteJournal({
      reader,
      batch,
      owner,
      standing,
      due,
      runs: rows,
      entries,
      reviews: reviewRows,
      signals,
      cases,
      measures,
    })
    this.reviews = new SqliteReviews(reader, batch, reviewRows, rows, standing)
    this.cases = cases
    this.measures = measures
    this.memos = new SqliteMemos(reader, batch, payloads)
    const audit = new SqliteAudit(reader, batch)
    this.audit = audit
    this.access = new SqliteAccess(reader, batch, audit)
    this.#connection = connection
    this.#batch = batch
    this.#owner = owner
    this.#watch = new Watch(db, clock)
    if (readOnly)
      batch.refuseFrom(
        new RondoError('database_failed', `${file} was opened only to be read. Open it without readOnly to write.`, { details: { file } }),
      )
  }

  own(patienceMs?: number): Promise<void> {
    return this.#owner.own(patienceMs)
  }

  watch(changed: () => void): () => void {
    return this.#watch.add(changed)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#watch.end()
    await this.#batch.end(closed(this.#connection.file))
    this.#owner.release()
    this.#connection.db.close()
  }
}

function encryptionOf({ keyId }: Vault, rekey: Rekey): EncryptionStore {
  return { keyId, rekey: (progress = () => undefined) => rekey.run(progress) }
}
