/**
 * A run's journal, read and followed: the stream gives every entry once, and begins again after the last one when it breaks off.
 */
import { useEffect, useState } from 'react'
import { ApiError, isRecord, piece } from '../../api/client.ts'
import type { Entry, RunStatus } from '../../api/documents.ts'
import { eventsOf, type StreamEvent } from '../../api/event-stream.ts'

export interface Journal {
  readonly entries: readonly Entry[]
  /** What is being written, by path. */
  readonly writing: ReadonlyMap<string, string>
  /** Since when there is news of steps that are under way, by path. */
  readonly since: ReadonlyMap<string, number>
  /** What a step says of its work, by path. */
  readonly progress: ReadonlyMap<string, string>
  readonly error: unknown
  /** Whether what was there at first has been read. */
  readonly read: boolean
}

const NOTHING: Journal = { entries: [], writing: new Map(), since: new Map(), progress: new Map(), error: undefined, read: false }
const GATHER_MS = 40
const RETRY_MS = 1000

/** Follows the run; `status` begins it again when a run that was over goes on. */
export function useJournal(run: string, status: RunStatus | undefined): Journal {
  const [journal, setJournal] = useState<Journal>(NOTHING)
  const over = status === 'completed' || status === 'failed' || status === 'cancelled' || status === 'stopped'
  // biome-ignore lint/correctness/useExhaustiveDependencies: a run that goes on is followed again.
  useEffect(() => {
    const following = new Following(run, setJournal)
    return () => following.stop()
  }, [run, over])
  return journal
}

class Following {
  readonly #run: string
  readonly #show: (journal: Journal) => void
  readonly #leaving = new AbortController()
  #entries: Entry[] = []
  #writing = new Map<string, string>()
  #progress = new Map<string, string>()
  #since = new Map<string, number>()
  #last = 0
  #due: ReturnType<typeof setTimeout> | undefined

  constructor(run: string, show: (journal: Journal) => void) {
    this.#run = run
    this.#show = show
    void this.#follow()
  }

  stop(): void {
    this.#leaving.abort()
    clearTimeout(this.#due)
  }

  async #follow(): Promise<void> {
    const { signal } = this.#leaving
    while (!signal.aborted) {
      try {
        for await (const event of eventsOf(`/api/runs/${piece(this.#run)}/events`, signal, { full: true, after: this.#last })) {
          this.#hear(event)
          if (event.event === 'end') return
        }
      } catch (error) {
        if (signal.aborted) return
        if (error instanceof ApiError && !error.passing) return this.#tell(error)
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }

  #hear({ event, data, id }: StreamEvent): void {
    if (!isRecord(data)) return
    if (id !== undefined) this.#last = Number(id)
    const path = String(data['path'])
    if (event === 'entry') {
      // The stream says the entries of the journal as they are.
      this.#entries.push(data as Entry)
      this.#writing.delete(path)
      this.#progress.delete(path)
      this.#since.delete(path)
    } else if ((event === 'delta' || event === 'progress') && !this.#since.has(path)) {
      this.#since.set(path, Date.now())
    }
    if (event === 'delta') this.#writing.set(path, (this.#writing.get(path) ?? '') + String(data['text']))
    if (event === 'progress') this.#progress.set(path, String(data['message']))
    this.#due ??= setTimeout(() => this.#tell(undefined), GATHER_MS)
  }

  #news(): Pick<Journal, 'writing' | 'since' | 'progress'> {
    return { writing: new Map(this.#writing), since: new Map(this.#since), progress: new Map(this.#progress) }
  }

  #tell(error: unknown): void {
    this.#due = undefined
    this.#show({ entries: [...this.#entries], ...this.#news(), error, read: true })
  }
}
