/**
 * What happens in the whole system, for a page that shows it: a tap on the shoulder, small and not replayed.
 *
 * Owns: that stream, and slowing down what comes too often. Never: carries contents. A page reads anew what it shows.
 */
import type { Clock } from '../clock.ts'
import type { Rondo, RunEvent } from '../index.ts'
import { pathOf } from './documents.ts'
import type { Pulse } from './pulse.ts'
import { Bell, type EventStream } from './sse.ts'

/** At most so often is the inbox counted, and what came meanwhile told together. */
const EVERY_MS = 100
/** A client this far behind is told the newest state of each run, and no single entries. */
const MOST_ENTRIES = 500

export interface SystemWatched {
  readonly rondo: Rondo
  readonly pulse: Pulse
  readonly clock: Clock
  readonly startedAt: string
  /** The flow of a run. */
  readonly flowOf: (run: string) => Promise<string | undefined>
  /** Called with what else is to be told; returns a function that ends it. */
  readonly others: (tell: (event: string, data: unknown) => void) => () => void
}

/** Tells the system until the client has gone or the server stops. */
export async function tellSystem({ rondo, pulse, clock, startedAt, flowOf, others }: SystemWatched, stream: EventStream): Promise<void> {
  const bell = new Bell(stream.signal)
  const statuses = new Map<string, string>()
  let entries: { run: string; path: string; kind: string; state: string }[] = []
  let told: { event: string; data: unknown }[] = []
  const ends = [
    pulse.onAll((event) => {
      if (event?.type === 'status') statuses.set(event.run, event.status)
      if (event?.type === 'entry' && entries.length < MOST_ENTRIES) entries.push(lightEntry(event))
      if (event === undefined || event.type === 'status' || event.type === 'entry') bell.ring()
    }),
    others((event, data) => {
      told.push({ event, data })
      bell.ring()
    }),
  ]
  let open: number | undefined
  try {
    await stream.send({ event: 'hello', data: { startedAt } })
    while (!stream.signal.aborted) {
      const now = { statuses: [...statuses], entries, told }
      statuses.clear()
      entries = []
      told = []
      for (const data of now.entries) await stream.send({ event: 'entry', data })
      for (const [id, status] of now.statuses) await stream.send({ event: 'run', data: { id, flow: await flowOf(id), status } })
      for (const other of now.told) await stream.send(other)
      const count = await rondo.inbox.count()
      if (count !== open) await stream.send({ event: 'inbox', data: { open: count } })
      open = count
      await pause(clock, EVERY_MS, stream.signal)
      await bell.heard()
    }
  } finally {
    for (const end of ends) end()
  }
}

function lightEntry({ run, entry }: Extract<RunEvent, { type: 'entry' }>): { run: string; path: string; kind: string; state: string } {
  return { run, path: pathOf(entry), kind: entry.kind, state: entry.state }
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      takeBack()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const takeBack = clock.at(clock.now() + ms, done)
    signal.addEventListener('abort', done)
  })
}
