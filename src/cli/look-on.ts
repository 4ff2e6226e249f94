/**
 * Looking on while a run goes its way: its entries as lines, what streams in on a line that is redrawn.
 *
 * Owns: when looking on ends: with the run, at Ctrl-C, or when it was long enough. Never: ends the run.
 */
import { systemClock } from '../clock.ts'
import type { Rondo, RunEvent } from '../index.ts'
import type { Entry, ReviewRecord, RunRecord } from '../journal/records.ts'
import { EXIT } from './exits.ts'
import { follow } from './follow.ts'
import { LiveLine } from './live-line.ts'
import { entryLine } from './live-text.ts'
import { type Output, paint } from './output.ts'
import { inlineRunState } from './step-text.ts'
import { oneLine } from './text.ts'
import { pathOf } from './timeline.ts'

const STREAMED = 160

export interface Seen {
  /** As it stood at the end; `undefined` when it was removed. */
  readonly run: RunRecord | undefined
  readonly interrupted: boolean
}

/** Resolves when the run is over or stopped, `waitMs` have passed, or Ctrl-C was pressed; a second Ctrl-C ends the process. */
export async function lookOn(
  rondo: Rondo,
  id: string,
  options: { readonly waitMs: number | undefined; readonly output: Output },
): Promise<Seen> {
  const view = new View(options.output)
  const stop = new AbortController()
  let interrupted = false
  const interrupt = (): void => {
    if (interrupted) process.exit(EXIT.interrupted)
    interrupted = true
    stop.abort()
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  const stopWaiting =
    options.waitMs === undefined ? () => undefined : systemClock.at(systemClock.now() + options.waitMs, () => stop.abort())
  // Waiting for another process's journal is no reason for Node to stay: this is.
  const stay = setInterval(() => undefined, 60_000)
  const unsubscribe = rondo.events.subscribe((event) => event.run === id && view.event(event))
  try {
    return { run: await follow(rondo, id, view, stop.signal), interrupted }
  } finally {
    clearInterval(stay)
    unsubscribe()
    stopWaiting()
    view.end()
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}

class View {
  readonly #line: LiveLine
  /** What streamed in at each path, its end only. */
  readonly #streamed = new Map<string, string>()
  #hinted = false

  constructor(output: Output) {
    this.#line = new LiveLine({ quiet: output.json })
  }

  entry(entry: Entry, review: ReviewRecord | undefined): void {
    this.#streamed.delete(pathOf(entry))
    const text = entryLine(entry, entry.at, review)
    if (text !== undefined) this.#line.print(text)
    if (review?.state !== 'open' || this.#hinted) return
    this.#hinted = true
    this.#line.print(paint('dim', '  Answer it in another terminal: rondo inbox', process.stderr))
  }

  run(run: RunRecord): void {
    if (this.#streamed.size === 0) this.#line.set(inlineRunState(run, systemClock.now()))
  }

  event(event: RunEvent): void {
    if (event.type === 'progress') this.#line.set(`▸ ${oneLine(event.path)}  ${oneLine(event.message)}`)
    if (event.type !== 'delta') return
    const streamed = ((this.#streamed.get(event.path) ?? '') + event.text).slice(-STREAMED)
    this.#streamed.set(event.path, streamed)
    this.#line.set(`▸ ${oneLine(event.path)}  ${oneLine(streamed)}`)
  }

  end(): void {
    this.#line.end()
  }
}
