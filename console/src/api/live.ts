/**
 * The live connection: one stream of what happens in the system, which makes what is shown out of date.
 *
 * Owns: connecting, coming back, being quiet while nobody looks, and which queries an event concerns.
 * Invariants:
 *   V1. Nothing is replayed, so after every reconnect all that is shown is read anew.
 *   V2. What comes often is gathered: a query is read anew at most once in a moment, however many events concern it.
 *   V3. A hidden tab holds no connection: browsers allow few to one server.
 */
import type { QueryClient } from '@tanstack/react-query'
import { ApiError, isRecord } from './client.ts'
import { eventsOf, type StreamEvent } from './event-stream.ts'

/** `quiet`: the tab is hidden. `lost`: it will be tried again. */
export type LiveState = 'connecting' | 'live' | 'quiet' | 'lost'

type Listener = (event: StreamEvent) => void

const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 15_000
const HIDDEN_GRACE_MS = 10_000
/** How long changes to a noun are gathered before it is read anew. */
const GATHER_MS: Readonly<Record<string, number>> = {
  inbox: 150,
  run: 200,
  home: 700,
  flows: 2000,
  decisions: 3000,
  picture: 5000,
  system: 3000,
}
const OTHERWISE_MS = 1000

export class Live {
  state: LiveState = 'connecting'
  readonly #watchers = new Set<() => void>()
  readonly #listeners = new Set<Listener>()
  readonly #due = new Map<string, ReturnType<typeof setTimeout>>()
  #client: QueryClient | undefined
  #connection: AbortController | undefined
  #retryMs = FIRST_RETRY_MS
  #hiding: ReturnType<typeof setTimeout> | undefined
  #before = false

  start(client: QueryClient): void {
    this.#client = client
    document.addEventListener('visibilitychange', () => this.#look())
    window.addEventListener('online', () => this.#connect())
    this.#connect()
  }

  /** Connects anew at once: somebody has signed in. */
  again(): void {
    this.#retryMs = FIRST_RETRY_MS
    this.#connect()
  }

  /** Hears every event. Returns a function that ends it. */
  on(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  #look(): void {
    clearTimeout(this.#hiding)
    if (document.visibilityState === 'visible') {
      if (this.#connection === undefined) this.again()
    } else {
      this.#hiding = setTimeout(() => {
        this.#connection?.abort()
        this.#connection = undefined
        this.#become('quiet')
      }, HIDDEN_GRACE_MS)
    }
  }

  #connect(): void {
    this.#connection?.abort()
    const connection = new AbortController()
    this.#connection = connection
    if (this.state !== 'lost') this.#become('connecting')
    void this.#read(connection)
  }

  async #read(connection: AbortController): Promise<void> {
    let refused = false
    try {
      for await (const event of eventsOf('/api/events', connection.signal)) this.#hear(event)
    } catch (error) {
      refused = error instanceof ApiError && error.status === 401
    }
    if (connection.signal.aborted) return
    this.#connection = undefined
    this.#become('lost')
    if (refused) return
    setTimeout(() => {
      if (this.#connection === undefined && document.visibilityState === 'visible') this.#connect()
    }, this.#retryMs)
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS)
  }

  #hear(event: StreamEvent): void {
    if (event.event === 'hello') {
      this.#retryMs = FIRST_RETRY_MS
      this.#become('live')
      if (this.#before) void this.#client?.invalidateQueries()
      this.#before = true
    }
    for (const key of concerned(event)) this.#soon(key)
    for (const listener of this.#listeners) listener(event)
  }

  #soon(key: readonly string[]): void {
    const name = JSON.stringify(key)
    if (this.#due.has(name)) return
    const read = (): void => {
      this.#due.delete(name)
      void this.#client?.invalidateQueries({ queryKey: key })
    }
    this.#due.set(name, setTimeout(read, GATHER_MS[key[0] ?? ''] ?? OTHERWISE_MS))
  }

  #become(state: LiveState): void {
    if (this.state === state) return
    this.state = state
    for (const watcher of this.#watchers) watcher()
  }
}

/** The queries an event makes out of date, by the beginning of their keys. The list of runs follows events by itself (pages/runs). */
function concerned({ event, data }: StreamEvent): string[][] {
  if (!isRecord(data)) return []
  if (event === 'inbox') return [['inbox'], ['home']]
  if (event === 'question') return [['inbox', 'queue']]
  if (event === 'run') return [['run', String(data['id'])], ['home'], ['flows'], ['system'], ['picture']]
  if (event === 'entry') return data['kind'] === 'decide' && data['state'] === 'completed' ? [['decisions']] : []
  if (event === 'prompt') return [['prompts'], ['prompt']]
  return []
}

export const live = new Live()
