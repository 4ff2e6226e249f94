/**
 * `MemoStore` on SQLite: bytes by space and key; the last put stands.
 */
import type { StatementSync } from 'node:sqlite'
import type { MemoStore } from '../../store.ts'
import type { Batch } from './batch.ts'
import { bytes } from './columns.ts'
import type { Payloads } from './payloads.ts'
import type { Reader } from './reader.ts'

export class SqliteMemos implements MemoStore {
  readonly #reader: Reader
  readonly #batch: Batch
  readonly #payloads: Payloads
  readonly #get: StatementSync
  readonly #put: StatementSync

  constructor(reader: Reader, batch: Batch, payloads: Payloads) {
    this.#reader = reader
    this.#batch = batch
    this.#payloads = payloads
    this.#get = reader.prepare('SELECT value FROM memos WHERE space = ? AND key = ?')
    this.#put = reader.prepare(
      'INSERT INTO memos (space, key, value) VALUES (?, ?, ?) ON CONFLICT (space, key) DO UPDATE SET value = excluded.value',
    )
  }

  get(space: string, key: string): Promise<Uint8Array | undefined> {
    return this.#reader.read(() => {
      const row = this.#get.get(space, this.#payloads.memoKey(key))
      return row === undefined ? undefined : this.#payloads.unsealBytes(bytes(row.value))
    })
  }

  put(space: string, key: string, value: Uint8Array): Promise<void> {
    // A copy: the caller may go on writing into its own before the batch is committed.
    const kept = value.slice()
    return this.#batch.write(() => {
      this.#put.run(space, this.#payloads.memoKey(key), this.#payloads.sealBytes(kept))
    })
  }
}
