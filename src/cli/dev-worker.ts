/**
 * The system that `rondo dev` runs: drives, and tells what happens in a line each (or a JSON document each).
 *
 * Ends at SIGINT, SIGTERM, or when the watcher that started it says so or is gone.
 */
import { systemClock } from '../clock.ts'
import type { Rondo, RunEvent } from '../index.ts'
import type { RunRecord, RunStatus } from '../journal/records.ts'
import { type Globals, loadProject, type Project } from './config.ts'
import { runDocument } from './documents.ts'
import { EXIT } from './exits.ts'
import { reviewOf } from './follow.ts'
import { entryLine, statusLine } from './live-text.ts'
import { openProject } from './open.ts'
import { Output, paint } from './output.ts'
import { clockTime, counted, oneLine, shortId } from './text.ts'
import { pathOf } from './timeline.ts'
import { asJson } from './value.ts'

/** Statuses at which a run has more to say: its record is read for them. */
const ENDED: ReadonlySet<RunStatus> = new Set(['completed', 'failed', 'cancelled', 'stopped', 'paused'])

export async function runDevWorker(globals: Globals): Promise<number> {
  const told = toldToStop()
  try {
    return await drive(globals, told)
  } finally {
    // The line to the watcher would keep this process alive.
    if (process.connected) process.disconnect()
  }
}

async function drive(globals: Globals, told: Promise<void>): Promise<number> {
  const output = new Output(globals.json)
  const project = await loadProject(globals)
  const rondo = await openProject(project, 'drive')
  // What the engine waits for is no reason for Node to stay: this is.
  const stay = setInterval(() => undefined, 60_000)
  const teller = new Teller(rondo, output)
  try {
    await greet(rondo, project, output)
    await told
  } finally {
    clearInterval(stay)
    teller.end()
    await rondo.close()
  }
  return EXIT.ok
}

/** Resolves when this process is asked to end. A second Ctrl-C ends it at once. */
function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    const ask = (): void => {
      if (asked) process.exit(EXIT.interrupted)
      asked = true
      resolve()
    }
    // Under a watcher the watcher decides: Ctrl-C reaches both, and must not count twice.
    const watched = process.send !== undefined
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, watched ? () => undefined : ask)
    process.on('message', (message) => message === 'stop' && ask())
    process.on('disconnect', ask)
  })
}

async function greet(rondo: Rondo, project: Project, output: Output): Promise<void> {
  const counts = await rondo.store.runs.count()
  const active = counts.filter(({ status }) => status === 'queued' || status === 'running' || status === 'waiting')
  const runs = active.reduce((sum, { count }) => sum + count, 0)
  const questions = await rondo.inbox.count()
  if (output.json) return output.document({ type: 'ready', flows: [...rondo.flows.keys()], database: project.database, runs, questions })
  output.lines([
    `${paint('green', '●')} ${counted(rondo.flows.size, 'flow')}: ${[...rondo.flows.keys()].map(oneLine).join(', ')}`,
    paint(
      'dim',
      `  database ${project.database} · ${counted(runs, 'run')} under way · ${counted(questions, 'question')} to people${questions > 0 ? ' (rondo inbox)' : ''}`,
    ),
  ])
}

/** Tells events in the order in which they came, however long looking up takes. */
class Teller {
  readonly #rondo: Rondo
  readonly #output: Output
  readonly #unsubscribe: () => void
  readonly #flows = new Map<string, string>()
  #last: Promise<void> = Promise.resolve()

  constructor(rondo: Rondo, output: Output) {
    this.#rondo = rondo
    this.#output = output
    this.#unsubscribe = rondo.events.subscribe((event) => {
      if (event.type === 'delta') return
      const at = systemClock.now()
      this.#last = this.#last.then(() => this.#tell(event, at)).catch(() => undefined)
    })
  }

  end(): void {
    this.#unsubscribe()
  }

  async #tell(event: RunEvent, at: number): Promise<void> {
    const run = event.type === 'status' && ENDED.has(event.status) ? await this.#rondo.runs.get(event.run) : undefined
    const flow = await this.#flowOf(event.run)
    if (run !== undefined) this.#flows.delete(event.run)
    if (this.#output.json) return this.#output.document(eventDocument(event, flow, run, at))
    const text = await this.#textOf(event, run, at)
    if (text === undefined) return
    const place = `${paint('dim', clockTime(at))}  ${oneLine(flow)} ${paint('dim', oneLine(shortId(event.run)))}`
    this.#output.lines([`${place}  ${text}`])
  }

  /** Looked up once a run: a busy one has thousands of events a second. */
  async #flowOf(id: string): Promise<string> {
    const known = this.#flows.get(id)
    if (known !== undefined) return known
    const flow = (await this.#rondo.runs.get(id))?.flow ?? '?'
    this.#flows.set(id, flow)
    return flow
  }

  async #textOf(event: RunEvent, run: RunRecord | undefined, at: number): Promise<string | undefined> {
    if (event.type === 'status') return statusLine(event.status, run, at)
    if (event.type === 'entry') return entryLine(event.entry, at, await reviewOf(this.#rondo, event.run, event.entry))
    return event.type === 'progress' ? `${paint('cyan', '▸')} ${oneLine(event.path)}  ${oneLine(event.message)}` : undefined
  }
}

function eventDocument(event: RunEvent, flow: string, run: RunRecord | undefined, at: number): unknown {
  const common = { type: event.type, at: new Date(at).toISOString(), run: event.run, flow }
  if (event.type === 'status') return { ...common, status: event.status, ...(run !== undefined && { record: runDocument(run) }) }
  if (event.type !== 'entry') return { ...common, ...event }
  const { entry } = event
  return {
    ...common,
    path: pathOf(entry),
    kind: entry.kind,
    state: entry.state,
    attempt: entry.attempt,
    error: entry.error,
    usage: entry.usage,
    value: asJson(entry.value),
  }
}
