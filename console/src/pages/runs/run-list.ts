/**
 * The list of runs as it stands here: read page by page, and followed live without reading it all again.
 *
 * Owns: the runs of one filter, in order. Never: draws them.
 * Invariants:
 *   U1. What is already listed keeps its place: a run that is new waits at the top until it is let in.
 *   U2. A status that changed is taken from the event itself; the newest page alone is read anew.
 */
import { get, isRecord } from '../../api/client.ts'
import type { List, Run, RunStatus } from '../../api/documents.ts'
import type { StreamEvent } from '../../api/event-stream.ts'
import { live } from '../../api/live.ts'

export interface RunFilter {
  readonly q?: string
  readonly flow?: string
  readonly status?: string
  readonly parent?: string
}

export interface RunListState {
  readonly runs: readonly Run[]
  /** New ones that are not let in yet. */
  readonly fresh: readonly Run[]
  readonly more: boolean
  readonly loading: boolean
  readonly error: unknown
}

const PAGE = 200
const NEWEST = 100
const GATHER_MS = 400
const ENDED: readonly string[] = ['completed', 'failed', 'cancelled']

export class RunList {
  state: RunListState = { runs: [], fresh: [], more: true, loading: false, error: undefined }
  readonly #filter: RunFilter
  readonly #watchers = new Set<() => void>()
  readonly #statuses = new Map<string, RunStatus>()
  #next: string | undefined
  #gathering: ReturnType<typeof setTimeout> | undefined
  #off: (() => void) | undefined
  /** Whether new runs come in at once: nobody is looking at the place where they would. */
  open: () => boolean = () => false

  constructor(filter: RunFilter) {
    this.#filter = filter
  }

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    this.#off ??= live.on((event) => this.#hear(event))
    if (this.state.runs.length > 0) void this.#look()
    return () => {
      this.#watchers.delete(watcher)
      if (this.#watchers.size > 0) return
      this.#off?.()
      this.#off = undefined
    }
  }

  /** Reads on, if there is more and nothing is being read. */
  async more(): Promise<void> {
    if (this.state.loading || !this.state.more) return
    this.#become({ loading: true, error: undefined })
    try {
      const { items, next } = await get<List<Run>>('/api/runs', { query: { ...this.#filter, limit: PAGE, before: this.#next } })
      this.#next = next
      const known = new Set([...this.state.runs, ...this.state.fresh].map(({ id }) => id))
      this.#become({ runs: [...this.state.runs, ...items.filter(({ id }) => !known.has(id))], more: next !== undefined, loading: false })
    } catch (error) {
      this.#become({ loading: false, more: false, error })
    }
  }

  /** Tries again after an error. */
  again(): void {
    this.#become({ more: true, error: undefined })
    void this.more()
  }

  /** Lets new runs in. */
  letIn(): void {
    this.#become({ runs: [...this.state.fresh, ...this.state.runs], fresh: [] })
  }

  #hear({ event, data }: StreamEvent): void {
    if (event === 'run' && isRecord(data)) this.#statuses.set(String(data['id']), data['status'] as RunStatus)
    else if (event !== 'hello') return
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined
      void this.#look()
    }, GATHER_MS)
  }

  /** Takes in what changed: statuses from events, the newest runs from the server. */
  async #look(): Promise<void> {
    const statuses = new Map(this.#statuses)
    this.#statuses.clear()
    const newest = await get<List<Run>>('/api/runs', { query: { ...this.#filter, limit: NEWEST } }).catch(() => undefined)
    const read = new Map((newest?.items ?? []).map((run) => [run.id, run]))
    const known = new Set(this.state.runs.map(({ id }) => id))
    const oldest = this.state.runs[0]?.createdAt ?? ''
    const fresh = (newest?.items ?? []).filter(({ id, createdAt }) => !known.has(id) && createdAt >= oldest)
    const runs = this.state.runs.map((run) => read.get(run.id) ?? changed(run, statuses.get(run.id)))
    if (this.open()) this.#become({ runs: [...fresh, ...runs], fresh: [] })
    else this.#become({ runs, fresh })
  }

  #become(change: Partial<RunListState>): void {
    this.state = { ...this.state, ...change }
    for (const watcher of this.#watchers) watcher()
  }
}

function changed(run: Run, status: RunStatus | undefined): Run {
  if (status === undefined || status === run.status) return run
  return { ...run, status, ...(ENDED.includes(status) && run.endedAt === undefined && { endedAt: new Date().toISOString() }) }
}
