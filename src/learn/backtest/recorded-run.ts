/**
 * A recorded run, as a replay under a change reads it: the outline of its journal, and what of it a change touches.
 *
 * Owns: the outline: every entry without what it holds, but decisions, measures and races whole. Never: reads more until a scope is entered.
 */
import { type Entry, pathOf, type RunRecord, type StepKind, splitPath } from '../../journal/records.ts'
import type { JournalStore } from '../../journal/store.ts'
import { decode } from '../../json.ts'
import { addUsage, NO_USAGE, type Usage } from '../../money.ts'
import type { Change } from './change.ts'

/** What is read whole: what is scored, and who won. */
const WHOLE: readonly StepKind[] = ['decide', 'measure', 'race']
const PAGE = 5000

export class RecordedRun {
  readonly run: RunRecord
  /** The entry that closed each path, in order of commit; without value and record, but for decisions, measures and races. */
  readonly closed: ReadonlyMap<string, Entry>
  readonly #entries: readonly Entry[]
  readonly #touched: ReadonlySet<string>
  readonly #used: boolean
  /** The path of the winner, by that of the race. */
  readonly #winners = new Map<string, string>()

  private constructor(run: RunRecord, entries: readonly Entry[], change: Change) {
    this.run = run
    this.#entries = entries
    this.#used = Object.values(run.usage).some((used) => used > 0)
    const closed = new Map<string, Entry>()
    for (const entry of entries) {
      const path = pathOf(entry.scope, entry.name)
      if (entry.state === 'completed' || entry.state === 'failed') closed.set(path, entry)
      else if (entry.state === 'retracted') closed.delete(path)
    }
    this.closed = closed
    for (const [path, { kind, value }] of closed) {
      const won = kind === 'race' && value !== undefined ? decode(value) : undefined
      if (won !== null && typeof won === 'object' && 'winner' in won) this.#winners.set(path, pathOf(path, String(won.winner)))
    }
    this.#touched = touchedBy(change, closed)
  }

  static async read(journal: Pick<JournalStore, 'entries'>, run: RunRecord, change: Change): Promise<RecordedRun> {
    return new RecordedRun(run, await all(journal, run.id, { values: WHOLE, records: WHOLE }), change)
  }

  /** The segments its decisions fell into. */
  get segments(): ReadonlySet<string> {
    const segments = [...this.closed.values()].flatMap(({ kind, record }) => {
      const told = kind === 'decide' && record !== undefined ? decode(record) : undefined
      return told !== null && typeof told === 'object' && 'segment' in told && typeof told.segment === 'string' ? [told.segment] : []
    })
    return new Set(segments)
  }

  /** Whether what the change names stands at this path or inside it. */
  touches(path: string): boolean {
    return this.#touched.has(path)
  }

  /** Whether a path stands in a branch of a race that another branch won. */
  lostRace(path: string): boolean {
    return [...this.#winners].some(([race, winner]) => path !== race && isWithin(path, race) && !isWithin(path, winner))
  }

  /** What the step at a path used up, with all that is inside it. */
  spent(path: string): Usage {
    if (!this.#used) return NO_USAGE
    let total = NO_USAGE
    for (const { usage, scope, name } of this.#entries)
      if (usage !== undefined && (isWithin(scope, path) || pathOf(scope, name) === path)) total = addUsage(total, usage)
    return total
  }
}

/** All entries of a run, or of one of its scopes. */
export async function all(
  journal: Pick<JournalStore, 'entries'>,
  run: string,
  reading: Omit<NonNullable<Parameters<JournalStore['entries']>[1]>, 'after' | 'limit'>,
): Promise<Entry[]> {
  const entries = await journal.entries(run, { ...reading, limit: PAGE })
  for (let page = entries; page.length === PAGE; ) {
    page = await journal.entries(run, { ...reading, limit: PAGE, after: page.at(-1)?.seq ?? 0 })
    entries.push(...page)
  }
  return entries
}

/** Whether a scope is the inside of a path, or stands in it. */
function isWithin(scope: string, path: string): boolean {
  if (!scope.startsWith(path)) return false
  const next = scope[path.length]
  return next === undefined || next === '/' || next === '['
}

function touchedBy({ prompts = {}, models = {}, steps = [] }: Change, closed: ReadonlyMap<string, Entry>): Set<string> {
  const names = new Set([...Object.keys(prompts), ...Object.keys(models), ...steps])
  const touched = new Set<string>()
  if (names.size === 0) return touched
  const decisions = Object.keys(models).map((name) => `"decision":${JSON.stringify(name)}`)
  for (const [path, { name, version, record }] of closed) {
    const isNamed = names.has(name) || names.has(path) || names.has(promptOf(version) ?? '')
    // A decision may stand under another name than its own.
    if (!isNamed && !decisions.some((decision) => record?.includes(decision) === true)) continue
    for (let at = path; at !== '' && !touched.has(at); at = splitPath(at).scope) touched.add(at)
  }
  return touched
}

/** The prompt that a version names, if it names one. */
export function promptOf(version: string | undefined): string | undefined {
  const cut = version?.lastIndexOf('@') ?? -1
  return cut < 0 ? undefined : version?.slice(0, cut)
}
