/**
 * Assembles a running system: the only file that names concrete stores and engines.
 *
 * Owns: which part gets which other part, and in what order they start and stop. Never: does what a part does.
 */
import { v7 as uuidv7 } from 'uuid'
import { Access, type AccessOptions } from './access/access.ts'
import { redactingStore } from './access/redacting-store.ts'
import { type RedactionOptions, Redactor } from './access/redaction.ts'
import { type Clock, systemClock } from './clock.ts'
import { type Duration, milliseconds } from './duration.ts'
import type { Engine } from './engine/engine.ts'
import { EmbeddedEngine, type EmbeddedOptions } from './engine/engines/embedded/embedded.ts'
import { Events } from './engine/events.ts'
import { Retention } from './engine/retention.ts'
import { Runs } from './engine/runs.ts'
import { RondoError } from './errors.ts'
import type { DriveHost } from './flow/drive.ts'
import type { AnyFlow } from './flow/flow.ts'
import { redaction } from './flow/redaction.ts'
import { reviewing } from './flow/reviewing.ts'
import { Services } from './flow/service.ts'
import { type EncryptionOptions, keyRing } from './journal/encryption-keys.ts'
import type { Store } from './journal/store.ts'
import { openSqliteStore } from './journal/stores/sqlite/store.ts'
import { caseStore, measureStore, memoStore, runStarter } from './learn/ground.ts'
import { Measures } from './learn/measures.ts'
import { KeptTexts } from './model/kept-texts.ts'
import { createModels, type ModelsOptions } from './model/language-models.ts'
import { models } from './model/model-call.ts'
import { createPrompts, prompts } from './model/prompt-folder.ts'
import { PromptTexts } from './model/prompt-texts.ts'
import type { AnyDecision } from './people/decision.ts'
import { Inbox } from './people/inbox.ts'
import { createReviewing } from './people/reviewing.ts'
import type { Telemetry } from './telemetry/telemetry.ts'

/** For `rondo doctor`, which looks whether the prompts can be read. */
export { createPrompts }

type Warn = (message: string, cause?: unknown) => void

export interface RondoOptions {
  /** The flows this process knows. */
  readonly flows: readonly AnyFlow[]
  /** The decisions of these flows: for what imports their cases, and reports on them. Flows take decisions without. */
  readonly decisions?: readonly AnyDecision[]
  /** The database file, whose folder is created, or `:memory:`. Default `.rondo/rondo.db`. */
  readonly database?: string
  /** Another store than a database file. */
  readonly store?: Store
  /** `false`: reads, starts, answers and signals beside the process that owns the database, and drives nothing. Default `true`. */
  readonly drive?: boolean
  /** Opens an existing database without the right to write; drives nothing. */
  readonly readOnly?: boolean
  /** The folder of `.prompt` files. Default `prompts`. */
  readonly prompts?: string
  /** What a prompt that names no model uses: `provider/model`, or a model. Default: the environment's RONDO_MODEL. */
  readonly model?: NonNullable<ModelsOptions['default']>
  /** Providers beside those of the environment, by the name that model names begin with. */
  readonly providers?: NonNullable<ModelsOptions['providers']>
  /** Limits, timeouts and prices by `provider/model` or `provider/*`. */
  readonly models?: NonNullable<ModelsOptions['models']>
  /** Prices beside the built-in ones. */
  readonly prices?: NonNullable<ModelsOptions['prices']>
  readonly clock?: Clock
  /** Runs that are busy at once. Default 128. */
  readonly concurrency?: number
  /** Waiting runs kept in memory. Default 256. */
  readonly hotRuns?: number
  /** A name for the versions that runs are started under. */
  readonly release?: string
  /** How long ended runs are kept; `false` for ever. Default `90d`. Cases are kept for good. */
  readonly retention?: Duration | false
  /**
   * Encrypts at rest what runs, people and models say. Default: the environment's RONDO_KEY or RONDO_KEY_FILE, and RONDO_OLD_KEYS with
   * commas; without any, nothing is encrypted.
   */
  readonly encryption?: EncryptionOptions
  /** What must not be kept, nor seen by flows, models and people: e-mail addresses, card numbers, patterns and paths of your own. */
  readonly redact?: RedactionOptions
  /** How people sign in at the HTTP door: sessions, an OpenID provider. */
  readonly access?: AccessOptions
  /** Traces of the runs that this process drives: `telemetry()` of `rondo/telemetry`. */
  readonly telemetry?: Telemetry
  /** Told what went wrong beside any run; the console unless told otherwise. */
  readonly warn?: Warn
}

/** A running system. */
export interface Rondo {
  /** Starts, signals, cancels and reads runs. */
  readonly runs: Runs
  /** The questions to people, and their answers. */
  readonly inbox: Inbox
  /** Scores of runs and of what their steps came to. */
  readonly measures: Measures
  /** What happens, live. */
  readonly events: Events
  readonly flows: ReadonlyMap<string, AnyFlow>
  /** Those the options name. */
  readonly decisions: ReadonlyMap<string, AnyDecision>
  /** The texts of its prompts, to read, edit, label and try. */
  readonly prompts: PromptTexts
  /** Users, tokens, sign-in, and the audit log. */
  readonly access: Access
  readonly store: Store
  /** What definitions find while they take a step. */
  readonly services: Services
  /** Who drives the runs; does nothing beside an owner. */
  readonly engine: Engine
  /** Resolves when every run is over, waits or is held. */
  idle(): Promise<void>
  /** Stops driving, waits for work under way, and lets go of the database. */
  close(): Promise<void>
}

const DEFAULT_DATABASE = '.rondo/rondo.db'
const DEFAULT_RETENTION = '90d'
const LONGEST_TIMER = 2 ** 31 - 1

/**
 * Opens the database, goes on with every run that was under way, and keeps going until `close()`.
 * Throws `database_owned` when another process drives the runs of this database, `database_failed`, `database_newer`.
 */
export async function createRondo(options: RondoOptions): Promise<Rondo> {
  const { clock = systemClock, warn = console.warn, readOnly = false } = options
  const flows = byName('flow', options.flows)
  const decisions = byName('decision', options.decisions ?? [])
  const flow = (name: string): AnyFlow | undefined => flows.get(name)
  const redactor = options.redact === undefined ? undefined : new Redactor(options.redact)
  const kept = options.store ?? (await openDatabase(options, clock))
  const store = redactor === undefined ? kept : redactingStore(kept, redactor)
  const events = new Events(warn)
  const keptTexts = new KeptTexts(store.memos, clock)
  const services = provide(options, store, clock, keptTexts)
  const host = hostOf(store, events, clock, services)
  const engine =
    options.drive === false || readOnly
      ? beside
      : new EmbeddedEngine({
          ...engineLimits(options),
          store,
          host,
          clock,
          flow,
          warn,
          status: (run, status) => events.emit({ run, type: 'status', status }),
        })
  const wake = (run: string): void => engine.wake(run)
  const newId = (): string => uuidv7()
  const runs = new Runs({ store, clock, events, flow, wake, newId, release: options.release })
  services.provide(runStarter, runs)
  if (redactor !== undefined) services.provide(redaction, redactor)
  const retention = engine === beside ? undefined : retentionOf(options, store, clock, warn)
  let alive: NodeJS.Timeout | undefined
  let stopTelemetry: (() => Promise<void>) | undefined
  const stop = async (): Promise<void> => {
    clearInterval(alive)
    await retention?.stop()
    await engine.stop()
    await runs.close()
    await stopTelemetry?.()
    await store.close()
  }
  try {
    if (engine !== beside) stopTelemetry = await options.telemetry?.start({ store, events, clock, warn })
    await engine.start()
  } catch (error) {
    await stop()
    throw error
  }
  retention?.start()
  // Timers do not keep a process alive, so that a forgotten one never holds it; a system that drives runs does, until it is closed.
  if (engine !== beside) alive = setInterval(() => undefined, LONGEST_TIMER)
  return {
    runs,
    inbox: new Inbox({ store, clock, wake }),
    measures: new Measures({ store, clock, newId }),
    events,
    flows,
    decisions,
    prompts: new PromptTexts(services.get(prompts), keptTexts, options.prompts),
    access: new Access(store, clock, options.access),
    store,
    services,
    engine,
    idle: () => engine.idle(),
    close: stop,
  }
}

function openDatabase({ database = DEFAULT_DATABASE, readOnly = false, encryption }: RondoOptions, clock: Clock): Promise<Store> {
  const keys = keyRing(encryption ?? encryptionOfEnvironment())
  return openSqliteStore({ file: database, clock, readOnly, ...(keys !== undefined && { keys }) })
}

function encryptionOfEnvironment(): EncryptionOptions {
  const { RONDO_KEY: key, RONDO_KEY_FILE: keyFile, RONDO_OLD_KEYS: oldKeys } = process.env
  return {
    ...(key !== undefined && key !== '' && { key }),
    ...(keyFile !== undefined && keyFile !== '' && { keyFile }),
    ...(oldKeys !== undefined && { oldKeys: oldKeys.split(',').filter((old) => old !== '') }),
  }
}

/** What stands in for an engine in a process that drives nothing: the owner notices by itself. */
const beside: Engine = {
  start: () => Promise.resolve(),
  wake: () => undefined,
  idle: () => Promise.resolve(),
  stop: () => Promise.resolve(),
}

function byName<Named extends { readonly name: string }>(what: 'flow' | 'decision', all: readonly Named[]): Map<string, Named> {
  const known = new Map<string, Named>()
  for (const one of all) {
    if (known.has(one.name)) {
      const told = what === 'flow' ? "A flow's name tells its runs" : "A decision's name tells its cases"
      throw new RondoError(
        'invalid_definition',
        `Two ${what}s are called "${one.name}". ${told} from those of others: give one another name.`,
      )
    }
    known.set(one.name, one)
  }
  return known
}

/** What definitions find by name while they take a step. */
function provide(options: RondoOptions, store: Store, clock: Clock, kept: KeptTexts): Services {
  const { model, providers, models: limits, prices, prompts: folder } = options
  const languageModels = createModels({
    clock,
    ...(model !== undefined && { default: model }),
    ...(providers !== undefined && { providers }),
    ...(limits !== undefined && { models: limits }),
    ...(prices !== undefined && { prices }),
  })
  return new Services()
    .provide(reviewing, createReviewing())
    .provide(models, languageModels)
    .provide(prompts, createPrompts({ asked: (name, asked) => kept.asked(name, asked), ...(folder !== undefined && { folder }) }))
    .provide(caseStore, store.cases)
    .provide(measureStore, store.measures)
    .provide(memoStore, store.memos)
}

function hostOf(store: Store, events: Events, clock: Clock, services: Services): DriveHost {
  return {
    clock,
    services,
    commit: (write) => store.journal.commit(write),
    load: (run, scope) => store.journal.load(run, scope),
    last: (run, scope) => store.journal.last(run, scope),
    absorb: (run, epoch) => store.journal.absorb(run, epoch),
    changeReview: (id, decide) => store.reviews.change(id, decide),
    emit: (run, event) => events.emit({ run, ...event }),
  }
}

function engineLimits({ concurrency, hotRuns }: RondoOptions): Pick<EmbeddedOptions, 'concurrency' | 'hotRuns'> {
  return { ...(concurrency !== undefined && { concurrency }), ...(hotRuns !== undefined && { hotRuns }) }
}

function retentionOf(options: RondoOptions, store: Store, clock: Clock, warn: Warn): Retention | undefined {
  const keep = options.retention ?? DEFAULT_RETENTION
  return keep === false ? undefined : new Retention({ runs: store.runs, clock, keepMs: milliseconds(keep), warn })
}
