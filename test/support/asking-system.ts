/**
 * A small system that asks models: the embedded engine over a store in memory, prompts in a folder of their own, and the scripted
 * server behind a real provider. Several may stand over one store, one after another, as processes do.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { systemClock } from '../../src/clock.ts'
import { EmbeddedEngine } from '../../src/engine/engines/embedded/embedded.ts'
import { Events, type RunEvent } from '../../src/engine/events.ts'
import { Runs } from '../../src/engine/runs.ts'
import { type AnyFlow, flow } from '../../src/flow/flow.ts'
import type { Budget, Run } from '../../src/flow/run.ts'
import { Services } from '../../src/flow/service.ts'
import { type Entry, pathOf, type ReviewRecord } from '../../src/journal/records.ts'
import type { Store } from '../../src/journal/store.ts'
import { openMemoryStore } from '../../src/journal/stores/memory/memory.ts'
import { decode, encode } from '../../src/json.ts'
import { createModels, type ModelsOptions } from '../../src/model/language-models.ts'
import { models } from '../../src/model/model-call.ts'
import { createPrompts, prompts } from '../../src/model/prompt-folder.ts'
import { type OpenAiServer, type Script, startOpenAiServer } from './openai-server.ts'

const toClose: (() => Promise<unknown>)[] = []

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const close of toClose.splice(0).reverse()) await close()
}

export async function server(script: Script): Promise<OpenAiServer> {
  const started = await startOpenAiServer(script)
  toClose.push(() => started.close())
  return started
}

/** A folder with these `.prompt` files. */
export async function promptFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'prompts-'))
  toClose.push(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, `${name}.prompt`), text)
  return folder
}

/** A flow of one body, whatever goes in and comes out. */
export function bodyOf(body: (run: Run, input: unknown) => Promise<unknown>, budget?: Budget): AnyFlow {
  return flow({ name: 'played', input: z.unknown(), output: z.unknown(), run: body, ...(budget !== undefined && { budget }) })
}

export interface AskingSystem {
  readonly runs: Runs
  readonly store: Store
  readonly events: readonly RunEvent[]
  readonly warnings: readonly string[]
  idle(): Promise<void>
  /** Ann answers an open question. */
  answer(review: ReviewRecord, value: unknown): Promise<void>
  close(): Promise<void>
  /** The last entry of each path, with what it holds. */
  steps(run: string): Promise<Map<string, Entry & { readonly holds: unknown; readonly tells: Record<string, unknown> }>>
}

export async function system(
  played: AnyFlow,
  at: { server: OpenAiServer; folder?: string; store?: Store; models?: ModelsOptions },
): Promise<AskingSystem> {
  const clock = systemClock
  const store = at.store ?? openMemoryStore({ clock })
  const listeners = new Events()
  const events: RunEvent[] = []
  const warnings: string[] = []
  listeners.subscribe((event) => events.push(event))
  const env = { OPENAI_API_KEY: 'test', OPENAI_BASE_URL: at.server.url }
  const retry = { attempts: 2, first: 1, longest: 1 }
  const services = new Services()
    .provide(
      models,
      createModels({ default: 'openai/gpt-4o-mini', env, models: { 'openai/*': { retry, price: { input: 1, output: 2 } } }, ...at.models }),
    )
    .provide(prompts, createPrompts({ folder: at.folder ?? 'prompts', warn: (message) => warnings.push(message) }))
  const engine = new EmbeddedEngine({
    store,
    clock,
    host: {
      clock,
      services,
      commit: (write) => store.journal.commit(write),
      load: (run, scope) => store.journal.load(run, scope),
      last: (run, scope) => store.journal.last(run, scope),
      absorb: (run, epoch) => store.journal.absorb(run, epoch),
      changeReview: (id, decide) => store.reviews.change(id, decide),
      emit: (run, event) => listeners.emit({ run, ...event }),
    },
    flow: () => played,
    warn: (message, cause) => warnings.push(`${message} ${String(cause)}`),
    status: (run, status) => listeners.emit({ run, type: 'status', status }),
    hotRuns: 0,
  })
  await engine.start()
  const runs = new Runs({
    store,
    clock,
    events: listeners,
    flow: () => played,
    wake: (run) => engine.wake(run),
    newId: () => uuidv7(),
    release: undefined,
  })
  const close = async (): Promise<void> => {
    await engine.stop()
    await store.close()
  }
  if (at.store === undefined) toClose.push(close)
  const answer = async (review: ReviewRecord, value: unknown): Promise<void> => {
    await store.reviews.change(review.id, () => ({
      state: 'settled',
      answer: { by: 'ann', at: clock.now(), outcome: 'accepted', value: encode(value) },
    }))
    engine.wake(review.run)
  }
  return { runs, store, events, warnings, idle: () => engine.idle(), answer, close, steps: (run) => stepsOf(store, run) }
}

async function stepsOf(store: Store, run: string): Promise<Awaited<ReturnType<AskingSystem['steps']>>> {
  const entries = await store.journal.entries(run, { limit: 10_000 })
  return new Map(
    entries.map((entry) => {
      const tells = entry.record === undefined ? {} : decode(entry.record)
      return [
        pathOf(entry.scope, entry.name),
        { ...entry, holds: entry.value === undefined ? undefined : decode(entry.value), tells: { ...(tells as object) } },
      ]
    }),
  )
}
