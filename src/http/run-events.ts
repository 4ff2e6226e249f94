/**
 * A run as a stream of events that a client may leave and rejoin.
 *
 * Owns: what is told, and in which order. The journal is the source of entries: a live event is only the reason to look at it again.
 * Invariants:
 *   L1. Every entry is told once and in order of commit, to a client that says after which it goes on; across waits and restarts.
 *   L2. What is live only (status, delta, progress) carries no id, so it never moves the place a client goes on from.
 *   L3. `end` is told after the last entry that there was when the run was over.
 */
import type { Context } from 'hono'
import { RondoError } from '../errors.ts'
import type { Rondo, RunEvent, RunRecord } from '../index.ts'
import { entryOf, iso } from './documents.ts'
import type { Env } from './endpoint.ts'
import { type Pulse, SETTLED } from './pulse.ts'
import { Bell, type EventStream } from './sse.ts'

const PAGE = 200
/** Live text that a slow client did not read yet; more is left out, and what was written stands in the journal at the end. */
const MOST_LIVE = 1000

export interface Watched {
  readonly rondo: Rondo
  readonly pulse: Pulse
  readonly run: string
  /** The entry after which the client goes on. */
  readonly after: number
  /** Whether entries come with value and record. */
  readonly full: boolean
}

/** After which entry a client goes on: what its browser says by itself comes first. Throws `invalid_input`. */
export function placeOf(context: Context<Env>, after: number | undefined): number {
  const said = context.req.header('last-event-id')
  if (said === undefined || said === '') return after ?? 0
  if (/^\d{1,15}$/.test(said)) return Number(said)
  throw new RondoError('invalid_input', 'Last-Event-ID is the id of an event of this stream, a whole number.')
}

/** Tells a run until it is over, the client has gone, or the server stops. */
export async function tellRun({ rondo, pulse, run: id, after, full }: Watched, stream: EventStream): Promise<void> {
  const bell = new Bell(stream.signal)
  let live: RunEvent[] = []
  const off = pulse.on(id, (event) => {
    if (event?.type === 'delta' || event?.type === 'progress') {
      if (live.length < MOST_LIVE) live.push(event)
    }
    bell.ring()
  })
  let [last, told] = [after, '']
  try {
    while (!stream.signal.aborted) {
      const run = await rondo.runs.get(id)
      const now = live
      live = []
      for (const event of now) await tellLive(stream, event)
      last = await tellEntries(rondo, id, last, full, stream)
      if (run === undefined || stream.signal.aborted) return
      const standing = `${run.status} ${run.wakeAt ?? ''}`
      if (standing !== told) await stream.send({ event: 'status', data: statusOf(run) })
      told = standing
      if (SETTLED.includes(run.status)) return await stream.send({ event: 'end', data: { id, status: run.status } })
      await bell.heard()
    }
  } finally {
    off()
  }
}

/** Tells the entries after one, a page at a time; gives the last that was told. */
async function tellEntries(rondo: Rondo, run: string, after: number, full: boolean, stream: EventStream): Promise<number> {
  for (let last = after; ; ) {
    const page = await rondo.store.journal.entries(run, { after: last, limit: PAGE, values: full, records: full })
    for (const entry of page) {
      if (stream.signal.aborted) return last
      await stream.send({ event: 'entry', id: entry.seq, data: entryOf(entry, full) })
      last = entry.seq
    }
    if (page.length < PAGE) return last
  }
}

async function tellLive(stream: EventStream, event: RunEvent): Promise<void> {
  if (event.type === 'delta') await stream.send({ event: 'delta', data: { path: event.path, text: event.text } })
  if (event.type === 'progress') await stream.send({ event: 'progress', data: { path: event.path, message: event.message } })
}

function statusOf({ id, status, wakeAt }: RunRecord): object {
  return { id, status, ...(wakeAt !== undefined && { wakeAt: iso(wakeAt) }) }
}
