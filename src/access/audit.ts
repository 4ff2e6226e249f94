/**
 * The audit log: what people did, in order, and whether it is still what was written.
 *
 * A line's hash covers the line before it, so a line that is changed, removed or put between others shows, unless every line after it was
 * written anew. Against that the newest hash is noted where whoever could do so cannot reach, and given to `verify`.
 */
import { type ActRecord, actHash, FIRST, type NewAct } from '../journal/access-records.ts'
import type { AuditFilter, AuditStore } from '../journal/store.ts'

export type AuditReport =
  /** `head`: the newest line; to be noted elsewhere. */
  | { readonly kind: 'intact'; readonly lines: number; readonly head: string }
  | { readonly kind: 'broken'; readonly seq: number; readonly why: string }

const PAGE = 1000

export class Audit {
  readonly #store: AuditStore

  constructor(store: AuditStore) {
    this.#store = store
  }

  /** Resolves when the lines are on disk. */
  append(...acts: readonly NewAct[]): Promise<ActRecord[]> {
    return this.#store.append(acts)
  }

  list(filter: AuditFilter = {}): Promise<ActRecord[]> {
    return this.#store.list(filter)
  }

  /** Goes through all lines. `noted`: the hash of a line as it was noted elsewhere, which must be among them. */
  async verify(noted?: string): Promise<AuditReport> {
    let last: Pick<ActRecord, 'seq' | 'hash'> = FIRST
    let isFound = noted === undefined || noted === FIRST.hash
    for (let more = true; more; ) {
      const page = await this.#store.list({ after: last.seq, limit: PAGE })
      for (const line of page) {
        const why = whatIsWrong(last, line)
        if (why !== undefined) return { kind: 'broken', seq: line.seq, why }
        isFound ||= line.hash === noted
        last = line
      }
      more = page.length === PAGE
    }
    if (!isFound) return { kind: 'broken', seq: last.seq, why: 'No line has the hash that was noted: lines were removed, or written anew.' }
    return { kind: 'intact', lines: last.seq, head: last.hash }
  }
}

function whatIsWrong(last: Pick<ActRecord, 'seq' | 'hash'>, line: ActRecord): string | undefined {
  if (line.seq !== last.seq + 1) return `Lines ${last.seq + 1} to ${line.seq - 1} are missing.`
  if (line.previous !== last.hash) return 'It does not go on from the line before.'
  return line.hash === actHash(line) ? undefined : 'It is not what was written.'
}
