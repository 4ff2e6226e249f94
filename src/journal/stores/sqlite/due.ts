/**
 * Which runs are due, and when the next one will be. Reads only the indexes of due runs, so that runs which wait for people
 * cost nothing, and a flow with a long queue costs no more than what is taken of it.
 */
import type { StatementSync } from 'node:sqlite'
import type { DueRun } from '../../store.ts'
import { integer, type Row, text } from './columns.ts'
import type { Database } from './sqlite.ts'

interface Aged extends DueRun {
  readonly since: number
}

export class Due {
  readonly #nextFlow: StatementSync
  readonly #nextReadyFlow: StatementSync
  readonly #nextTimedFlow: StatementSync
  readonly #ready: StatementSync
  readonly #timed: StatementSync
  readonly #cancels: StatementSync
  readonly #first: StatementSync

  constructor(db: Database) {
    this.#nextFlow = db.prepare('SELECT min(flow) AS flow FROM runs INDEXED BY runs_by_status WHERE flow > ?')
    this.#nextReadyFlow = db.prepare('SELECT min(flow) AS flow FROM runs INDEXED BY runs_ready WHERE ready_at IS NOT NULL AND flow > ?')
    this.#nextTimedFlow = db.prepare(
      'SELECT min(flow) AS flow FROM runs INDEXED BY runs_timed WHERE wake_at IS NOT NULL AND ready_at IS NULL AND flow > ?',
    )
    this.#ready = db.prepare(
      'SELECT id, ready_at AS since, request FROM runs INDEXED BY runs_ready WHERE flow = ? AND ready_at IS NOT NULL ORDER BY ready_at, row',
    )
    this.#timed = db.prepare(
      'SELECT id, wake_at AS since, request FROM runs INDEXED BY runs_timed WHERE flow = ? AND ready_at IS NULL AND wake_at <= ? ORDER BY wake_at, row',
    )
    this.#cancels = db.prepare(
      "SELECT id, ready_at AS since, request FROM runs INDEXED BY runs_to_cancel WHERE flow = ? AND ready_at IS NOT NULL AND request = 'cancel' ORDER BY ready_at, row",
    )
    this.#first = db.prepare(
      'SELECT min(wake_at) AS at FROM runs INDEXED BY runs_timed WHERE flow = ? AND wake_at IS NOT NULL AND ready_at IS NULL',
    )
  }

  /** Every flow that has runs. */
  flows(): string[] {
    return walk(this.#nextFlow)
  }

  /** Oldest first, at most `perFlow` of each flow, and as many cancels after those. */
  list(now: number, perFlow: number, except: ReadonlySet<string>): DueRun[] {
    const due: Aged[] = []
    for (const flow of new Set([...walk(this.#nextReadyFlow), ...walk(this.#nextTimedFlow)])) {
      const ready = take(flow, this.#ready.iterate(flow), perFlow, except)
      const timed = take(flow, this.#timed.iterate(flow, now), perFlow, except)
      const oldest = [...ready, ...timed].sort(byAge).slice(0, perFlow)
      const cancels = take(flow, this.#cancels.iterate(flow), perFlow, new Set([...except, ...oldest.map(({ id }) => id)]))
      due.push(...oldest, ...cancels)
    }
    return due.sort(byAge).map(({ id, flow, cancel }) => ({ id, flow, cancel }))
  }

  nextWake(): number | undefined {
    const times = walk(this.#nextTimedFlow).map((flow) => integer(this.#first.get(flow)?.at))
    return times.length === 0 ? undefined : Math.min(...times)
  }
}

function byAge(one: Aged, other: Aged): number {
  return one.since - other.since
}

/** The distinct flows of an index, by one seek for each. */
function walk(next: StatementSync): string[] {
  const flows: string[] = []
  for (let flow = next.get('')?.flow; typeof flow === 'string'; flow = next.get(flow)?.flow) flows.push(flow)
  return flows
}

function take(flow: string, rows: Iterable<Row>, most: number, except: ReadonlySet<string>): Aged[] {
  const taken: Aged[] = []
  if (most <= 0) return taken
  for (const row of rows) {
    const id = text(row.id)
    if (except.has(id)) continue
    taken.push({ id, flow, cancel: row.request === 'cancel', since: integer(row.since) })
    if (taken.length === most) break
  }
  return taken
}
