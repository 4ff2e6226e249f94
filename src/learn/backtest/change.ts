/**
 * A change, as a backtest tries it: other texts, other models, other code; and the services that definitions find under it.
 *
 * Owns: what a change is, and the parts that stand in its place. Never: writes: cases are read, memos are not kept.
 * Invariant CH1: all of a backtest sees one state of the prompts: a file that is edited meanwhile changes nothing.
 */
import { RondoError } from '../../errors.ts'
import type { Services } from '../../flow/service.ts'
import type { CaseStore, MemoStore } from '../../journal/store.ts'
import { fingerprint } from '../../json.ts'
import { type Models, models } from '../../model/model-call.ts'
import type { Price } from '../../model/prices.ts'
import { type PromptFile, parsePromptFile } from '../../model/prompt-file.ts'
import { type Prompts, prompts } from '../../model/prompt-folder.ts'
import type { Template } from '../../model/template.ts'
import { caseStore, memoStore } from '../ground.ts'

/** What is tried; several together are one change. */
export interface Change {
  /** Other texts of prompts, by name: the whole file, front matter and all. */
  readonly prompts?: Readonly<Record<string, string>>
  /** Other models (`provider/model`), by the name of a prompt, or of a decision for all that is asked inside it. */
  readonly models?: Readonly<Record<string, string>>
  /** Everything as it is here, flows and prompts, against what was recorded. Without it, only what is named above is compared. */
  readonly code?: boolean
  /** Steps, by name or path, whose work is another now: nothing in a journal could tell. */
  readonly steps?: readonly string[]
}

/** Throws `invalid_input` for a change that changes nothing, `prompt_invalid`, `model_unknown`. */
export function checkChange(change: Change, services: Services): void {
  const { prompts: texts = {}, models: named = {}, code = false, steps = [] } = change
  if (!code && Object.keys(texts).length + Object.keys(named).length + steps.length === 0)
    throw new RondoError('invalid_input', 'The change changes nothing. Give prompts, models, steps, or say that the code is what changed.')
  for (const [name, text] of Object.entries(texts)) parsePromptFile(text, `${name} (changed)`, name)
  for (const model of Object.values(named)) services.get(models).nameOf(model)
}

/** The models that a change names, by themselves or in the texts of prompts. */
export function modelsIn({ prompts: texts = {}, models: named = {} }: Change): string[] {
  const ofTexts = Object.entries(texts).flatMap(([name, text]) => parsePromptFile(text, `${name} (changed)`, name).model ?? [])
  return [...new Set([...Object.values(named), ...ofTexts])]
}

/** A change in words, a line for each part. */
export function describeChange({ prompts: texts = {}, models: named = {}, code = false, steps = [] }: Change): string[] {
  return [
    ...Object.entries(texts).map(([name, text]) => `prompt ${name}, text ${fingerprint(text).slice(0, 8)}`),
    ...Object.entries(named).map(([name, model]) => `model of ${name}: ${model}`),
    ...(code ? ['the code as it is here'] : []),
    ...steps.map((name) => `the work of step ${name}`),
  ]
}

/** What definitions find while a run is replayed under a change. */
export class ChangedServices {
  /** Calls of models that were made. */
  calls = 0
  /** Models that answered, and whose price is not known. */
  readonly unpriced = new Set<string>()
  /** Of the one model that the change names, when it names one: what is taken anew is asked of it. */
  readonly price: Price | undefined
  readonly plain: Services
  readonly #base: Services
  readonly #change: Change
  readonly #frozen: FrozenPrompts
  readonly #models: Models
  readonly #ofDecisions = new Map<string, Services>()

  constructor(base: Services, change: Change) {
    this.#base = base
    this.#change = change
    this.#frozen = new FrozenPrompts(base.get(prompts))
    const real = base.get(models)
    this.#models = {
      nameOf: (model) => real.nameOf(model),
      priceOf: (model) => real.priceOf(model),
      call: async (...given) => {
        this.calls += 1
        const reply = await real.call(...given)
        if (!reply.priced) this.unpriced.add(reply.model)
        return reply
      },
    }
    const [model, ...others] = modelsIn(change)
    this.price = model === undefined || others.length > 0 ? undefined : real.priceOf(model)
    this.plain = this.#with(undefined)
  }

  /** Inside a decision whose model is another. */
  inDecision(name: string): Services | undefined {
    const model = Object.hasOwn(this.#change.models ?? {}, name) ? this.#change.models?.[name] : undefined
    if (model === undefined) return undefined
    const known = this.#ofDecisions.get(name) ?? this.#with(model)
    this.#ofDecisions.set(name, known)
    return known
  }

  #with(model: string | undefined): Services {
    return this.#base
      .copy()
      .provide(prompts, new ChangedPrompts(this.#frozen, this.#change, model))
      .provide(models, this.#models)
      .provide(caseStore, readOnly(this.#base.get(caseStore)))
      .provide(memoStore, forgetful(this.#base.get(memoStore)))
  }
}

/** The prompts of a folder as they were when each was first asked for. */
class FrozenPrompts {
  readonly #folder: Prompts
  readonly #files = new Map<string, Promise<PromptFile>>()
  readonly #partials = new Map<string, Promise<Template>>()

  constructor(folder: Prompts) {
    this.#folder = folder
  }

  load(name: string): Promise<PromptFile> {
    return first(this.#files, name, () => this.#folder.load(name))
  }

  partial(name: string): Promise<Template> {
    return first(this.#partials, name, () => this.#folder.partial(name))
  }

  names(): Promise<string[]> {
    return this.#folder.names()
  }
}

class ChangedPrompts implements Prompts {
  readonly #frozen: FrozenPrompts
  readonly #texts: ReadonlyMap<string, PromptFile>
  readonly #models: Readonly<Record<string, string>>
  readonly #model: string | undefined

  constructor(frozen: FrozenPrompts, { prompts: texts = {}, models: named = {} }: Change, model: string | undefined) {
    this.#frozen = frozen
    this.#texts = new Map(Object.entries(texts).map(([name, text]) => [name, parsePromptFile(text, `${name} (changed)`, name)]))
    this.#models = named
    this.#model = model
  }

  /** A prompt whose text is another need not be in the folder. */
  load(name: string): Promise<PromptFile> {
    const changed = this.#texts.get(name)
    return changed === undefined ? this.#frozen.load(name) : Promise.resolve(changed)
  }

  partial(name: string): Promise<Template> {
    return this.#frozen.partial(name)
  }

  /** Another model answers alone: what answered in its place would say nothing of it. */
  vary(name: string, own: PromptFile): PromptFile {
    const file = this.#texts.get(name) ?? own
    const model = this.#model ?? (Object.hasOwn(this.#models, name) ? this.#models[name] : undefined)
    return model === undefined ? file : { ...file, model, fallbacks: [] }
  }

  names(): Promise<string[]> {
    return this.#frozen.names()
  }

  warn(): void {}
}

function first<Value>(kept: Map<string, Promise<Value>>, name: string, load: () => Promise<Value>): Promise<Value> {
  const known = kept.get(name) ?? load()
  kept.set(name, known)
  return known
}

function readOnly(cases: CaseStore): CaseStore {
  return {
    list: (filter) => cases.list(filter),
    count: () => cases.count(),
    add: () => Promise.reject(new RondoError('run_state', 'Nothing is written while runs are replayed under a change.')),
  }
}

function forgetful(memos: MemoStore): MemoStore {
  return { get: (space, key) => memos.get(space, key), put: () => Promise.resolve() }
}
