/**
 * One run's part of a trace: what it has told so far, and the spans that come of what it tells next.
 *
 * Owns: when a step's span can be sent, and what it hangs under. Never: holds a span open.
 * Invariants:
 *   R1. A span is sent when its step is over, and never for what is replayed: only what is committed is told.
 *   R2. A model's calls are sent when the step around them is over, for only then is known what they were asked with.
 *   R3. Every span hangs under one that is sent, sooner or later: scopes that leave no entry of their own are passed over.
 */
import { type NewEntry, pathOf, type RunRecord, reviewId, splitPath } from '../journal/records.ts'
import type { Store } from '../journal/store.ts'
import { decode } from '../json.ts'
import { describeCall, describeRun, describeStep, readAsked } from './describe.ts'
import { Openings } from './openings.ts'
import type { Sink } from './sdk.ts'
import { type FinishedSpan, spanIdOf } from './span.ts'

/** Where a run stands among traces. */
export interface TracePlace {
  readonly traceId: string
  /** What its own span hangs under. */
  readonly parentId: string | undefined
  /** Whether the trace is sent at all. */
  readonly sampled: boolean
}

export interface RunTraceGround {
  readonly store: Pick<Store, 'journal' | 'reviews'>
  readonly sink: Sink
  readonly content: boolean
}

interface Told {
  readonly entry: NewEntry
  readonly at: number
}

const ROUNDS = /\/rounds\[\d+\]$/
const CALL = /^(call|repair)@[0-9a-f]+$/
const SERVED = /^(.+) \d+$/
const MOST_ROUNDS = 256

export class RunTrace {
  readonly run: RunRecord
  readonly place: TracePlace
  readonly #ground: RunTraceGround
  readonly #openings: Openings
  readonly #calls = new Map<string, Told[]>()
  /** Turns of loops in which something was told, since when; until they are sent. The last turn of a loop has no entry of its own. */
  readonly #turns = new Map<string, number>()
  readonly #lastTurns = new Set<string>()
  /** A step failed, or lost a race: what stood around it may have ended without an entry of its own. */
  #cutShort = false

  /** `whole`: this process has seen all of it. */
  constructor(run: RunRecord, place: TracePlace, whole: boolean, ground: RunTraceGround) {
    this.run = run
    this.place = place
    this.#openings = new Openings(run.id, ground.store.journal, whole)
    this.#ground = ground
  }

  async entry(entry: NewEntry, at: number): Promise<void> {
    const path = pathOf(entry.scope, entry.name)
    if (entry.state === 'opened') return this.#openings.opened(path, entry)
    if (entry.state === 'attempted') return
    this.#tookTurn(entry)
    if (isCall(entry)) return this.#called(entry, at)
    const opening = await this.#openings.of(entry)
    if (opening?.askedAt !== undefined) await this.#sendWait(path, opening.askedAt, at)
    if (entry.state === 'retracted') return this.#openings.closed(path)
    if (entry.state === 'failed' || entry.kind === 'race') this.#cutShort = true
    const record = entry.record === undefined ? undefined : decode(entry.record)
    if (entry.kind === 'ask') await this.#sendCalls(path, readAsked(record))
    const tool = await this.#toolOf(entry)
    const part = entry.state === 'retrying' ? `attempt ${entry.attempt ?? 0}` : ''
    await this.#send(path, part, {
      ...describeStep(entry, path, tool, this.#ground.content),
      parentId: await this.#parentOf(entry),
      startedAt: entry.kind === 'code' ? entry.startedAt : Math.min(opening?.startedAt ?? entry.startedAt, entry.startedAt),
      endedAt: at,
      ...(entry.error !== undefined && { error: entry.error.code ?? entry.error.name }),
    })
    if (entry.state === 'retrying') return
    if (entry.kind === 'loop') await this.#sendLastTurn(path, at)
    this.#turns.delete(path)
    this.#openings.closed(path)
  }

  /** It is over. */
  async ended(run: RunRecord, at: number): Promise<void> {
    for (const path of [...this.#calls.keys()]) await this.#sendCalls(path, undefined)
    if (run.status !== 'completed' || this.#cutShort || !this.#openings.whole) await this.#sendUnfinished(at)
    this.#ground.sink.send({
      ...describeRun(run),
      traceId: this.place.traceId,
      spanId: spanIdOf(run.id, ''),
      parentId: this.place.parentId,
      startedAt: run.startedAt ?? run.createdAt,
      endedAt: run.endedAt ?? at,
      ...(run.status === 'failed' && { error: run.error?.code ?? run.error?.name ?? '_OTHER' }),
    })
  }

  /** What had begun and has no end in the journal, because what stood around it ended: spans hang under it. */
  async #sendUnfinished(at: number): Promise<void> {
    const begun = new Map<string, number>()
    const kinds = new Map<string, NewEntry['kind']>()
    const over = new Map<string, number>()
    const begins = (path: string, startedAt: number): void => {
      begun.set(path, Math.min(begun.get(path) ?? startedAt, startedAt))
    }
    for await (const entry of this.#openings.entries(undefined, false)) {
      const path = pathOf(entry.scope, entry.name)
      if (entry.state === 'completed' || entry.state === 'failed') over.set(path, entry.at)
      if (entry.state === 'opened') kinds.set(path, entry.kind)
      if (entry.state === 'opened') begins(path, entry.startedAt)
      for (let above = entry.scope; above !== ''; above = splitPath(above).scope) begins(above, entry.startedAt)
    }
    for (const [path, startedAt] of begun) {
      const { scope, name } = splitPath(path)
      const kind = kinds.get(path) ?? (name.startsWith('[') ? kinds.get(scope) : undefined)
      if (over.has(path) || this.#lastTurns.has(path) || kind === undefined || (kind === 'map' && !name.startsWith('['))) continue
      const loopOver = name.startsWith('[') && kind === 'loop' ? over.get(scope) : undefined
      await this.#sendWithoutEntry({ scope, name, kind, state: 'opened', startedAt }, loopOver ?? at, loopOver === undefined)
    }
  }

  #tookTurn({ scope, startedAt }: NewEntry): void {
    if (!this.#openings.whole) return
    for (let above = scope; above !== ''; above = splitPath(above).scope)
      if (above.endsWith(']')) this.#turns.set(above, Math.min(this.#turns.get(above) ?? startedAt, startedAt))
  }

  /** A loop is over: so is its last turn. What another process saw of one is sent at the end of the run. */
  async #sendLastTurn(loop: string, at: number): Promise<void> {
    for (const [path, startedAt] of this.#turns) {
      const { scope, name } = splitPath(path)
      if (scope !== loop) continue
      this.#turns.delete(path)
      this.#lastTurns.add(path)
      await this.#sendWithoutEntry({ scope, name, kind: 'loop', state: 'opened', startedAt }, at, false)
    }
  }

  async #sendWithoutEntry(entry: NewEntry, endedAt: number, unfinished: boolean): Promise<void> {
    const path = pathOf(entry.scope, entry.name)
    const { name, attributes } = describeStep(entry, path, undefined, false)
    await this.#send(path, '', {
      name,
      attributes: unfinished ? { ...attributes, 'rondo.step.unfinished': true } : attributes,
      parentId: await this.#parentOf(entry),
      startedAt: entry.startedAt,
      endedAt,
    })
  }

  #called(entry: NewEntry, at: number): void {
    if (entry.state !== 'completed' && entry.state !== 'failed') return
    const asking = entry.scope.replace(ROUNDS, '')
    this.#calls.set(asking, [...(this.#calls.get(asking) ?? []), { entry, at }])
  }

  async #sendCalls(path: string, asked: ReturnType<typeof readAsked>): Promise<void> {
    const calls = this.#openings.whole ? (this.#calls.get(path) ?? []) : await this.#recordedCalls(path)
    this.#calls.delete(path)
    for (const [index, { entry, at }] of calls.entries()) {
      await this.#send(pathOf(entry.scope, entry.name), '', {
        ...describeCall(entry, asked, index === calls.length - 1, this.#ground.content),
        client: true,
        parentId: await this.#parentOf(entry),
        startedAt: entry.startedAt,
        endedAt: at,
        ...(entry.error !== undefined && { error: entry.error.code ?? entry.error.name }),
      })
    }
  }

  /** The calls below a step, as the journal has them: some may have been made by a process that is gone. */
  async #recordedCalls(path: string): Promise<Told[]> {
    const calls: Told[] = []
    for (let round = -1; round < MOST_ROUNDS; round += 1) {
      let entries = 0
      for await (const entry of this.#openings.entries(round < 0 ? path : `${path}/rounds[${round}]`, true)) {
        entries += 1
        if (isCall(entry) && (entry.state === 'completed' || entry.state === 'failed')) calls.push({ entry, at: entry.at })
      }
      if (round >= 0 && entries === 0) break
    }
    return calls
  }

  /** Waiting for people, as a span below the step that asked. */
  async #sendWait(path: string, askedAt: number, at: number): Promise<void> {
    const review = await this.#ground.store.reviews.get(reviewId(this.run.id, path))
    await this.#send(path, 'wait', {
      name: 'wait for people',
      parentId: spanIdOf(this.run.id, path),
      startedAt: askedAt,
      endedAt: at,
      attributes: {
        'rondo.wait.for': 'people',
        'rondo.step.path': path,
        ...(review !== undefined && { 'rondo.review.role': review.role, 'rondo.review.kind': review.kind }),
      },
    })
  }

  /** The tool a step serves, when it stands in a round of a prompt with tools. */
  async #toolOf({ kind, scope, name }: NewEntry): Promise<string | undefined> {
    if (kind !== 'code' || !ROUNDS.test(scope)) return undefined
    return (await this.#openings.kindOf(scope.replace(ROUNDS, ''))) === 'ask' ? SERVED.exec(name)?.[1] : undefined
  }

  /** The id of the next span above a step. */
  async #parentOf({ scope, name, kind }: NewEntry): Promise<string> {
    // A map leaves an entry for each item, and none for all of them.
    let above = name.startsWith('[') && kind === 'map' ? splitPath(scope).scope : scope
    while (above !== '' && !(await this.#leavesSpan(above))) above = splitPath(above).scope
    return spanIdOf(this.run.id, above)
  }

  async #leavesSpan(path: string): Promise<boolean> {
    if (path.endsWith(']')) return true
    const kind = await this.#openings.kindOf(path)
    return kind !== undefined && kind !== 'map'
  }

  async #send(path: string, part: string, span: Omit<FinishedSpan, 'traceId' | 'spanId'>): Promise<void> {
    this.#ground.sink.send({ ...span, traceId: this.place.traceId, spanId: spanIdOf(this.run.id, path, part) })
  }
}

function isCall({ kind, name }: NewEntry): boolean {
  return kind === 'ask' && CALL.test(name)
}
