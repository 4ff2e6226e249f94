/**
 * Where the language finds redaction: what must not be kept is taken out of a result before it is journaled, and the flow sees what is
 * left, live as on replay. Why so is in ADR 0008.
 */
import type { ErrorRecord } from '../errors.ts'
import type { NewEntry } from '../journal/records.ts'
import { serviceKey } from './service.ts'

export interface Redaction {
  /** Of an encoded value; the same text when there is nothing to take out, and for one that it gave back before. */
  text(encoded: string): string
  error(record: ErrorRecord): ErrorRecord
  entry(entry: NewEntry): NewEntry
}

export const redaction = serviceKey<Redaction>('redaction')
