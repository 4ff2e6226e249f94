/**
 * `MeasureStore` on SQLite. A measure carries its run's flow and release, so it can be counted when the run is gone: pruning leaves it.
 */
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { RondoError } from '../../../errors.ts'
import type { MeasureOrigin, MeasureRecord, NewMeasure } from '../../records.ts'
import type { MeasureFilter, MeasureGroup, MeasureKey, MeasureStore } from '../../store.ts'
import { type Batch, Refused } from './batch.ts'
import { integer, optionalInteger, optionalText, type Row, text } from './columns.ts'
import type { Payloads } from './payloads.ts'
import type { Reader } from './reader.ts'

const EQUAL = ['name', 'run', 'flow', 'release', 'segment', 'origin'] as const
/** In the order of the columns, whatever the order in which they are asked for. */
const KEYS: readonly MeasureKey[] = ['flow', 'release', 'segment', 'origin', 'by']

export class SqliteMeasures implements MeasureStore {
  readonly #reader: Reader
  readonly #batch: Batch
  readonly #payloads: Payloads
  readonly #insert: StatementSync
  readonly #find: StatementSync

  constructor(reader: Reader, batch: Batch, payloads: Payloads) {
    this.#reader = reader
    this.#batch = batch
    this.#payloads = payloads
    this.#insert = reader.prepare(`
      INSERT INTO measures (run, id, path, flow, release, segment, name, value, at, origin, by, why)
      SELECT id, ?, ?, flow, release, ?, ?, ?, ?, ?, ?, ? FROM runs WHERE id = ?
      ON CONFLICT (run, id) DO NOTHING`)
    this.#find = reader.prepare('SELECT * FROM measures WHERE run = ? AND id = ?')
  }

  add(measure: NewMeasure): Promise<{ added: boolean; measure: MeasureRecord }> {
    return this.#batch.write((now) => {
      const added = this.insert(measure, measure.run, now)
      const row = this.#find.get(measure.run, measure.id)
      if (row === undefined) throw new Refused(runUnknown(measure.run))
      return { added, measure: recordOf(row, this.#payloads) }
    })
  }

  list(filter: MeasureFilter & { after?: number; limit?: number }): Promise<MeasureRecord[]> {
    return this.#reader.read(() => {
      const { conditions, values } = conditionsOf(filter)
      const among = ['seq > ?', ...conditions].join(' AND ')
      return this.#reader
        .cached(`SELECT * FROM measures WHERE ${among} ORDER BY seq LIMIT ?`)
        .all(filter.after ?? 0, ...values, filter.limit ?? 1000)
        .map((row) => recordOf(row, this.#payloads))
    })
  }

  group(filter: MeasureFilter, by: readonly MeasureKey[], everyMs?: number): Promise<MeasureGroup[]> {
    return this.#reader.read(() => {
      const { conditions, values } = conditionsOf(filter)
      const among = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
      const keys = ['name', ...KEYS.filter((key) => by.includes(key)), ...(everyMs === undefined ? [] : ['since'])].join(', ')
      const stretched = everyMs === undefined ? 'measures' : '(SELECT *, at - at % ? AS since FROM measures)'
      return this.#reader
        .cached(
          `SELECT ${keys}, count(*) AS n, avg(value) AS mean, min(value) AS least, max(value) AS most FROM ${stretched} ${among} GROUP BY ${keys} ORDER BY ${keys}`,
        )
        .all(...(everyMs === undefined ? [] : [everyMs]), ...values)
        .map(groupOf)
    })
  }

  /** Inside a write: keeps a score of a run that is there. Says whether it was new. */
  insert(one: Omit<NewMeasure, 'run'>, run: string, now: number): boolean {
    const { id, path, segment, name, value, at = now, origin, by, why } = one
    const kept = this.#insert.run(id, path ?? null, segment ?? null, name, value, at, origin, by ?? null, this.#payloads.seal(why), run)
    return kept.changes === 1
  }
}

function conditionsOf(filter: MeasureFilter): { conditions: string[]; values: SQLInputValue[] } {
  const equal = EQUAL.flatMap((column): [string, SQLInputValue][] => {
    const value = filter[column]
    return value === undefined ? [] : [[`${column} = ?`, value]]
  })
  const from: [string, SQLInputValue][] = filter.from === undefined ? [] : [['at >= ?', filter.from]]
  const until: [string, SQLInputValue][] = filter.until === undefined ? [] : [['at < ?', filter.until]]
  const all = [...equal, ...from, ...until]
  return { conditions: all.map(([condition]) => condition), values: all.map(([, value]) => value) }
}

function recordOf(row: Row, payloads: Payloads): MeasureRecord {
  const path = optionalText(row.path)
  const why = payloads.unsealOptional(row.why)
  return {
    seq: integer(row.seq),
    id: text(row.id),
    run: text(row.run),
    ...(path !== undefined && { path }),
    ...keysOf(row),
    flow: text(row.flow),
    origin: text(row.origin) as MeasureOrigin,
    name: text(row.name),
    value: integer(row.value),
    at: integer(row.at),
    ...(why !== undefined && { why }),
  }
}

function groupOf(row: Row): MeasureGroup {
  const since = optionalInteger(row.since ?? null)
  return {
    name: text(row.name),
    ...keysOf(row),
    ...(since !== undefined && { since }),
    n: integer(row.n),
    mean: integer(row.mean),
    least: integer(row.least),
    most: integer(row.most),
  }
}

/** What measures are counted by, as far as the row has it. */
function keysOf(row: Row): Pick<MeasureGroup, MeasureKey> {
  const [flow, release, segment, by] = [row.flow, row.release, row.segment, row.by].map((column) => optionalText(column ?? null))
  const origin = optionalText(row.origin ?? null)
  return {
    ...(flow !== undefined && { flow }),
    ...(release !== undefined && { release }),
    ...(segment !== undefined && { segment }),
    ...(origin !== undefined && { origin: origin as MeasureOrigin }),
    ...(by !== undefined && { by }),
  }
}

function runUnknown(run: string): RondoError {
  return new RondoError('run_unknown', `There is no run "${run}" to be measured. See "rondo runs" for those there are.`, {
    details: { run },
  })
}
