/**
 * How runs stand: their status, who holds them, and what makes them due.
 *
 * Owns: `status`, `epoch`, `ready_at` and `wake_at` of a run, as its driver and its arrivals change them; what people ask of a
 * run is noted by requests.ts.
 * Invariants:
 *   S1. `ready_at` is set only on a run that `claim` would take; it is cleared by `claim` and `absorb`, and by nothing that
 *       only meant to wait. So a wake that comes between looking and waiting is kept.
 *   S2. A run that is driven has status `running` in the database: a driver that absorbs arrivals is running again, and is
 *       found by `recover` if it dies.
 *   S3. A commit that finds its run waiting makes it running again, and leaves the due mark: what came is still to be absorbed.
 *   S4. A stopped run that is to be cancelled waits for that instead, so that it is taken once more.
 *   S5. `held` knows exactly runs of status `running` that this store claimed, as they stand. Only the one owner claims, so
 *       nobody else raises an epoch behind its back.
 */
import type { StatementSync } from 'node:sqlite'
import type { Settle } from '../../store.ts'
import { integer, optionalText, type Row, text } from './columns.ts'
import type { Payloads } from './payloads.ts'
import { errorText } from './run-rows.ts'
import type { Database } from './sqlite.ts'

const LET_BE = { ended: false, woke: [] } as const

export interface HeldRun {
  readonly row: number
  readonly flow: string
  readonly epoch: number
}

export class Standing {
  readonly #payloads: Payloads
  readonly #held = new Map<string, HeldRun>()
  readonly #read: StatementSync
  readonly #claim: StatementSync
  readonly #absorb: StatementSync
  readonly #goOn: StatementSync
  readonly #wake: StatementSync
  readonly #recover: StatementSync
  readonly #recoverOne: StatementSync
  readonly #wait: StatementSync
  readonly #letBe: StatementSync
  readonly #resumed: StatementSync
  readonly #end: StatementSync
  readonly #cancel: StatementSync
  readonly #cancelChildren: StatementSync

  constructor(db: Database, payloads: Payloads) {
    this.#payloads = payloads
    this.#read = db.prepare('SELECT row, flow, status, epoch, ready_at, wake_at, request, request_reason FROM runs WHERE id = ?')
    this.#claim = db.prepare(
      `UPDATE runs SET status = 'running', epoch = epoch + 1, started_at = coalesce(started_at, ?), ready_at = NULL, wake_at = NULL WHERE row = ?`,
    )
    this.#absorb = db.prepare(`UPDATE runs SET status = 'running', ready_at = NULL, wake_at = NULL WHERE row = ?`)
    this.#goOn = db.prepare(`UPDATE runs SET status = 'running', wake_at = NULL WHERE row = ?`)
    this.#wake = db.prepare(`UPDATE runs SET ready_at = ? WHERE id = ? AND ready_at IS NULL AND status IN ('queued', 'running', 'waiting')`)
    this.#recover = db.prepare(`UPDATE runs SET ready_at = coalesce(ready_at, ?) WHERE flow = ? AND status = 'running'`)
    this.#recoverOne = db.prepare(`UPDATE runs SET ready_at = coalesce(ready_at, ?) WHERE id = ? AND status = 'running'`)
    this.#wait = db.prepare(`UPDATE runs SET status = 'waiting', wake_at = coalesce(min(?, deadline_at), ?, deadline_at) WHERE row = ?`)
    this.#letBe = db.prepare(`
      UPDATE runs SET status = iif(request = 'cancel' AND ?1 = 'stopped', 'waiting', ?1), error = ?2, wake_at = NULL, reason = iif(request = 'pause', request_reason, reason),
        ready_at = iif(request = 'cancel', ready_at, NULL), request_reason = iif(request = 'cancel', request_reason, NULL), request = iif(request = 'cancel', request, NULL)
      WHERE row = ?3`)
    this.#resumed = db.prepare(
      `UPDATE runs SET status = 'waiting', ready_at = coalesce(ready_at, ?), wake_at = NULL, request = NULL WHERE row = ? AND request = 'resume'`,
    )
    this.#end = db.prepare(`
      UPDATE runs SET status = ?, output = ?, error = ?, reason = ?, ended_at = ?, ready_at = NULL, wake_at = NULL, request = NULL, request_reason = NULL
      WHERE row = ? RETURNING parent`)
    const cancel = `UPDATE runs SET status = iif(status = 'stopped', 'waiting', status), request = 'cancel', request_reason = ?, ready_at = coalesce(ready_at, ?)`
    this.#cancel = db.prepare(`${cancel} WHERE id = ? AND ended_at IS NULL AND request IS NOT 'cancel'`)
    this.#cancelChildren = db.prepare(`${cancel} WHERE parent = ? AND ended_at IS NULL AND request IS NOT 'cancel' RETURNING id`)
  }

  /** What memory has of runs is void. */
  forget(): void {
    this.#held.clear()
  }

  /** Takes a due run. `undefined`: it is not due, or over. */
  claim(id: string, now: number): { held: HeldRun; request: Request | undefined } | undefined {
    const row = this.#read.get(id)
    if (row === undefined || !isDue(row, now) || !isClaimable(row)) return undefined
    const held = { row: integer(row.row), flow: text(row.flow), epoch: integer(row.epoch) + 1 }
    this.#claim.run(now, held.row)
    this.#held.set(id, held)
    return { held, request: this.#requestOf(row) }
  }

  /** Clears the due mark of a run under way; it is running from here on. `undefined`: fenced. */
  absorb(id: string, epoch: number): { request: Request | undefined } | undefined {
    const row = this.#read.get(id)
    if (row === undefined || !isHeld(row, epoch)) return undefined
    if (row.status !== 'running' || row.ready_at !== null) this.#absorb.run(integer(row.row))
    this.#hold(id, row, epoch)
    return { request: this.#requestOf(row) }
  }

  /** The run, if it is driven under this epoch. The usual case is answered from memory. */
  heldUnder(id: string, epoch: number): HeldRun | undefined {
    const known = this.#held.get(id)
    if (known !== undefined) return known.epoch === epoch ? known : undefined
    const row = this.#read.get(id)
    if (row === undefined || !isHeld(row, epoch)) return undefined
    if (row.status !== 'running') this.#goOn.run(integer(row.row))
    return this.#hold(id, row, epoch)
  }

  #hold(id: string, row: Row, epoch: number): HeldRun {
    const held = { row: integer(row.row), flow: text(row.flow), epoch }
    this.#held.set(id, held)
    return held
  }

  /** Makes a run due, if it is one that goes on by being looked at. */
  wake(id: string, now: number): void {
    this.#wake.run(now, id)
  }

  /** Makes every run of a flow that is marked as running due. */
  recover(flow: string, now: number): number {
    return Number(this.#recover.run(now, flow).changes)
  }

  /** Makes one run due that is marked as running; says whether it was. */
  recoverOne(id: string, now: number): boolean {
    return this.#recoverOne.run(now, id).changes === 1
  }

  /** Lets go of a run. Says whether it ended, and which runs that made due. */
  settle(id: string, held: HeldRun, settle: Settle, now: number): { ended: boolean; woke: readonly string[] } {
    this.#held.delete(id)
    if (settle.status === 'waiting') {
      this.#wait.run(settle.wakeAt ?? null, settle.wakeAt ?? null, held.row)
      return LET_BE
    }
    if (settle.status === 'paused' || settle.status === 'stopped') {
      // Whoever let it go on while it was still on its way to the pause is obeyed.
      if (settle.status === 'paused' && this.#resumed.run(now, held.row).changes === 1) return LET_BE
      this.#letBe.run(settle.status, settle.status === 'stopped' ? this.#payloads.seal(errorText(settle.error)) : null, held.row)
      return LET_BE
    }
    const output = settle.status === 'completed' ? this.#payloads.put(settle.output) : null
    const error = settle.status === 'failed' ? this.#payloads.seal(errorText(settle.error)) : null
    const reason = settle.status === 'cancelled' ? this.#payloads.seal(settle.reason) : null
    const parent = optionalText(this.#end.get(settle.status, output, error, reason, now, held.row)?.parent ?? null)
    if (parent !== undefined) this.wake(parent, now)
    const children = this.#cancelChildren.all('the run that called it is over', now, id).map((row) => text(row.id))
    return { ended: true, woke: parent === undefined ? children : [parent, ...children] }
  }

  #requestOf(row: Row): Request | undefined {
    if (row.request !== 'cancel' && row.request !== 'pause') return undefined
    const reason = this.#payloads.unsealOptional(row.request_reason)
    return { kind: row.request, ...(reason !== undefined && { reason }) }
  }

  /** Asks a run to cancel, unless it is over. */
  cancel(id: string, reason: string, now: number): void {
    this.#cancel.run(reason, now, id)
  }
}

export interface Request {
  readonly kind: 'cancel' | 'pause'
  readonly reason?: string
}

function isDue(row: Row, now: number): boolean {
  return row.ready_at !== null || (row.wake_at !== null && integer(row.wake_at) <= now)
}

/** A paused run is taken only to be cancelled. */
function isClaimable(row: Row): boolean {
  if (row.status === 'paused') return row.request === 'cancel'
  return row.status === 'queued' || row.status === 'running' || row.status === 'waiting'
}

function isHeld(row: Row, epoch: number): boolean {
  return row.epoch === epoch && (row.status === 'running' || row.status === 'waiting')
}
