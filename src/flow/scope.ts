/**
 * A scope: the run itself, a loop's round, a map's item, a branch, or the inside of a step; the place where names are unique.
 *
 * Owns: the names met in it, what the journal holds of it, what was used up in it, and whether it still counts.
 * Never: executes a step.
 * Invariants:
 *   S1. A name met twice, or recorded as another kind, stops the run with an error that names both places.
 *   S2. A scope's own `opened` entry is committed with the first entry inside it, so nothing stands in the journal without it.
 *   S3. A scope that ended delivers nothing more; only what a step with an effect brings that was under way is still recorded.
 *   S4. A scope opened inside one that ended has ended too.
 */
import { RondoError } from '../errors.ts'
import type { Entry, NewEntry, StepKind } from '../journal/records.ts'
import { pathOf } from '../journal/records.ts'
import type { Write } from '../journal/store.ts'
import { decode } from '../json.ts'
import { addUsage, NO_USAGE, type Usage } from '../money.ts'
import type { Drive } from './drive.ts'
import type { Meter } from './meter.ts'
import { checkName } from './path.ts'
import { describePlace, type Place, place, UNKNOWN_PLACE } from './place.ts'
import { standing } from './standing.ts'
import { suspended } from './suspended.ts'

/** What goes into the journal together with an entry. */
export type Along = Omit<Write, 'run' | 'epoch' | 'entries' | 'settle'>

/**
 * Why a scope's work does not count any more:
 * - `over`: its code came to its end, and left steps going
 * - `held`: the run is paused or stopped, or the process ends; what is not in the journal is taken up again another time
 * - `needless`: cancelled, failed, or in a race that was lost
 * Work with an effect is told to stop in the last case only: else it is let finish, so that its outcome gets on the record.
 */
export type Ending = 'over' | 'held' | 'needless'

/** Walking the stack is a quarter of what a small step costs: a scope of more names than anybody writes by hand goes without. */
const PLACES_KEPT = 100

export class Scope {
  readonly drive: Drive
  readonly path: string
  readonly parent: Scope | undefined
  /** The budget that counts what is used in here, when there is one. */
  meter: Meter | undefined
  usage: Usage = NO_USAGE
  /** Whether something came out otherwise than recorded in here, or in a scope inside: only under a counterfactual. */
  touched = false
  /** Why nothing in here counts any more; `undefined` while it does. */
  ending: Ending | undefined
  readonly #recorded: Map<string, Entry[]>
  readonly #names = new Map<string, { kind: StepKind; place: Place }>()
  readonly inner = new Set<Scope>()
  readonly #openReviews = new Set<string>()
  readonly #openCalls = new Set<string>()
  #opener: NewEntry | undefined
  #controller: AbortController | undefined
  #draws = 0
  /** Steps of this scope that are not over. */
  #pending = 0
  /** Whether code of the flow runs in this scope; it counts as busy while it has no step under way. */
  #playing = false
  #changed = false

  private constructor(drive: Drive, path: string, parent: Scope | undefined, entries: readonly Entry[], opener: NewEntry | undefined) {
    this.drive = drive
    this.path = path
    this.parent = parent
    this.ending = parent?.ending
    this.#opener = opener
    this.#recorded = Map.groupBy(entries, (entry) => entry.name)
    parent?.inner.add(this)
    if (parent !== undefined && drive.host.counterfactual === undefined)
      for (const past of this.#recorded.values()) this.#spendRecorded(past)
  }

  static root(drive: Drive, entries: readonly Entry[]): Scope {
    return new Scope(drive, '', undefined, entries, undefined)
  }

  /** Whether the journal held anything of it when it was opened. */
  get begun(): boolean {
    return this.#recorded.size > 0
  }

  get dead(): boolean {
    return this.ending !== undefined
  }

  /** Opens a scope at a path inside this one. What the journal holds of it is read unless it is known to be new. */
  async open(path: string, options: { fresh: boolean; opener?: NewEntry }): Promise<Scope> {
    const entries = options.fresh ? [] : await this.drive.journal.load(path)
    return new Scope(this.drive, path, this, entries, options.opener)
  }

  /** Takes a name for a step; returns what the journal holds of it, oldest first. */
  claim(name: string, kind: StepKind): Entry[] {
    checkName(name, `A step of kind ${kind}`)
    const met = this.#names.get(name)
    if (met !== undefined) throw this.#nameTaken(name, kind, met.kind, met.place, place())
    this.#names.set(name, { kind, place: this.#names.size < PLACES_KEPT ? place() : UNKNOWN_PLACE })
    const recorded = this.#recorded.get(name) ?? []
    const other = recorded.find((entry) => entry.kind !== kind)
    if (other !== undefined) throw this.#diverged(name, kind, other, place())
    return recorded
  }

  /** What the journal holds of a turn or item, whose name is its key and needs no claim. */
  recordedOf(name: string): Entry[] {
    return this.#recorded.get(name) ?? []
  }

  /** Appends an entry, with the openings it needs, and waits until it is on disk. Never comes back in a drive that is over. */
  async commit(entry: NewEntry, along: Along = {}): Promise<{ seq: number; at: number }> {
    const committed = await this.drive.journal.commit([...this.#openings(), entry], along)
    if (entry.usage !== undefined) this.spend(entry.usage)
    if (along.endReviews !== undefined) for (const { path } of along.endReviews) this.#openReviews.delete(path)
    return committed
  }

  /** Counts what was used up here and in every scope around it. */
  spend(usage: Usage): void {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) scope.usage = addUsage(scope.usage, usage)
  }

  /** Counts again what the journal says was used up in here before: for every scope around it but the run, whose total came with it. */
  recall(usage: Usage): void {
    for (let scope: Scope | undefined = this; scope?.parent !== undefined; scope = scope.parent) scope.usage = addUsage(scope.usage, usage)
  }

  /** Aborted when this scope, or one around it, ends. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.dead) this.#controller.abort(notNeeded())
    return this.#controller.signal
  }

  /** Waits until all that the journal holds has been delivered, for nothing new begins before; says whether this scope ended by it. */
  async endsInReplay(): Promise<boolean> {
    await this.drive.replayed
    return this.dead
  }

  /** The how-manieth draw of chance in this scope this is. */
  draw(): number {
    this.#draws += 1
    return this.#draws
  }

  reviewOpened(path: string): void {
    this.#openReviews.add(path)
  }

  childStarted(id: string): void {
    this.#openCalls.add(id)
  }

  childEnded(id: string): void {
    this.#openCalls.delete(id)
  }

  /** What reaches the code in here, or is about to, is not what it was when the run was recorded. */
  change(): void {
    this.#changed = true
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) scope.touched = true
  }

  /** Whether that is so in here or around here. */
  get changed(): boolean {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) if (scope.#changed) return true
    return false
  }

  /** The names the journal holds entries of, met or not. */
  get recordedNames(): readonly string[] {
    return [...this.#recorded.keys()]
  }

  /** Runs code of the flow, or of a definition, in this scope. */
  async play<Output>(body: () => Output | Promise<Output>): Promise<Output> {
    if (this.dead) return suspended()
    this.#playing = true
    this.drive.busier()
    try {
      const output = await standing.run({ kind: 'flow', scope: this }, async () => body())
      return this.dead ? suspended() : output
    } catch (error) {
      if (this.dead) return suspended()
      throw error
    } finally {
      this.#stopPlaying()
    }
  }

  stepBegins(): void {
    this.#pending += 1
    if (this.#pending === 1 && this.#playing) this.drive.idler()
  }

  stepEnds(): void {
    this.#pending -= 1
    if (this.#pending === 0 && this.#playing) this.drive.busier()
  }

  /** Its code came to an end, and what it left going with it. Returns what is to be committed with the entry that says so. */
  finish(ending: Ending = 'over'): Along {
    this.parent?.inner.delete(this)
    if (this.#pending === 0 && this.inner.size === 0) {
      this.ending ??= ending
      return {}
    }
    const ends = this.#openEnds()
    this.kill(ending)
    return {
      ...(ends.reviews.length > 0 && { endReviews: ends.reviews.map((path) => ({ path, state: 'closed' as const })) }),
      ...(ends.calls.length > 0 && { cancelChildren: ends.calls }),
    }
  }

  /** Its code failed. The failure itself is in no entry, for it comes about again on replay; so does this. */
  fail(): void {
    const along = this.finish('needless')
    if (Object.keys(along).length > 0) void this.drive.journal.commit([], along)
  }

  /** Nothing in here counts any more. */
  kill(ending: Ending): void {
    if (this.dead) return
    this.ending = ending
    this.#stopPlaying()
    this.#controller?.abort(notNeeded())
    for (const child of this.inner) child.kill(ending)
    this.drive.waits.forget(this)
  }

  /** Is this scope the other one, or inside it? */
  within(other: Scope): boolean {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) if (scope === other) return true
    return false
  }

  /** What others hold open for this scope: questions in inboxes, and children. */
  #openEnds(): { reviews: string[]; calls: string[] } {
    const inner = [...this.inner].map((child) => child.#openEnds())
    return {
      reviews: [...this.#openReviews, ...inner.flatMap((ends) => ends.reviews)],
      calls: [...this.#openCalls, ...inner.flatMap((ends) => ends.calls)],
    }
  }

  #stopPlaying(): void {
    if (!this.#playing) return
    this.#playing = false
    if (this.#pending === 0) this.drive.idler()
  }

  #openings(): NewEntry[] {
    const opener = this.#opener
    this.#opener = undefined
    const above = this.parent === undefined ? [] : this.parent.#openings()
    return opener === undefined ? above : [...above, opener]
  }

  /** What a step used up itself, and what was used up inside it: by its last entry, and only if it is over, else its inside is read again. */
  #spendRecorded(past: readonly Entry[]): void {
    for (const { usage } of past) if (usage !== undefined) this.recall(usage)
    const inside = spentInside(past.at(-1))
    if (inside !== undefined) this.recall(inside)
  }

  #nameTaken(name: string, kind: StepKind, metKind: StepKind, met: Place, here: Place): RondoError {
    return new RondoError(
      'name_taken',
      `Two steps are called "${pathOf(this.path, name)}": a ${metKind} at ${describePlace(met)} and a ${kind} at ${describePlace(here)}. A name is unique in its scope: give one another name, or repeat with run.loop or run.map, which open a scope for each turn. Then retry the run.`,
      { details: { path: pathOf(this.path, name) }, terminal: true },
    )
  }

  #diverged(name: string, kind: StepKind, entry: Entry, here: Place): RondoError {
    return new RondoError(
      'diverged',
      `The journal holds "${pathOf(this.path, name)}" as a ${entry.kind} (entry ${entry.seq}, ${new Date(entry.at).toISOString()}), but the code at ${describePlace(here)} makes it a ${kind}. Give the new step another name, or bring the old one back; then retry the run. Nothing is lost.`,
      { details: { path: pathOf(this.path, name), recorded: entry.kind, code: kind }, terminal: true },
    )
  }
}

function notNeeded(): RondoError {
  return new RondoError('stopped', 'This work is not needed any more, or not now: its run or branch ended, or was told to stop.')
}

/** What the steps inside a finished one used up in all, as its closing entry notes it. */
function spentInside(entry: Entry | undefined): Usage | undefined {
  if (entry?.record === undefined || entry.kind === 'code' || (entry.state !== 'completed' && entry.state !== 'failed')) return undefined
  const record = decode(entry.record)
  return record !== null && typeof record === 'object' && 'spent' in record ? (record.spent as Usage) : undefined
}
