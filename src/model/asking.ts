/**
 * Asking: what `run.ask` does with a prompt.
 *
 * Owns: the way from input to a valid answer, and the record of it. Never: makes a call itself (see model-call.ts).
 * Every call of a model is a step of its own below the ask, of kind `ask`: it is journaled with its usage, budgets are looked at
 * before it, and a crash between a call and its repair, or between rounds, does not pay twice.
 * Invariants:
 *   K1. A call's step is named after the version of the prompt it was made under, so that an answer is never taken for another text's.
 *   K2. With tools, what was rendered is journaled before the first round, so that rounds after an edit go on with the old text.
 *   K3. What fails is the step that has to be taken again: a retry of the run repeats the failed call, and no other.
 */
import type { LanguageModelV4Message } from '@ai-sdk/provider'
import { RondoError, StepError } from '../errors.ts'
import type { Definition, LiveEvent, StepScope } from '../flow/definition.ts'
import { FailedTake } from '../flow/failed-take.ts'
import type { Usage } from '../money.ts'
import { messageOf, talk } from './agent.ts'
import { type AnswerForm, answerForm } from './answer.ts'
import { checkedInput, contextsOf, type Inquiry, inquiryOf } from './inquiry.ts'
import { type ModelCall, type ModelReply, models } from './model-call.ts'
import { modelMessages, shownMessages } from './model-messages.ts'
import { askedVersion, type Prepared, prepare, shortVersion, versionName } from './prepared.ts'
import type { Prompt } from './prompt.ts'
import { prompts } from './prompt-folder.ts'
import { type Tool, toolDefinition } from './tool.ts'
import { complaint, invalidAnswer, useless } from './unusable.ts'

/** What a caller may have otherwise than the prompt says. */
export interface Variation {
  readonly logProbabilities?: true
  /** The settings of a call, given those of the prompt. */
  readonly settings?: (own: ModelCall['settings']) => ModelCall['settings']
}

export interface Answered<Output> {
  readonly value: Output
  readonly version: string
  readonly reply: ModelReply
  readonly form: AnswerForm<Output>
  /** Shown beside the answer. */
  readonly record: AskRecord
}

/** What stands in the journal beside an answer. */
export interface AskRecord {
  readonly prompt: string
  readonly version: string
  readonly file: string
  /** As asked for; `answeredBy` says which one answered. */
  readonly model: string
  readonly settings: ModelCall['settings']
  /** As sent in the last call: rounds, tool results and the repair included. */
  readonly messages: readonly LanguageModelV4Message[]
  /** What the text was filled in with. */
  readonly input?: unknown
  readonly schema?: unknown
  /** The built contexts among the input, without their text: it stands in the messages. */
  readonly context?: readonly unknown[]
  readonly reply?: Omit<ModelReply, 'message' | 'logProbabilities'>
  readonly rounds?: number
  /** Why a first answer was not taken, and what it was. */
  readonly repair?: { readonly problem: string; readonly answer: string }
  readonly warnings?: readonly string[]
}

/** Asks a prompt in the scope of a step: renders, calls, serves tools, reads the answer, and has it mended once. */
export async function ask<Input, Output>(
  prompt: Prompt<Input, Output>,
  input: Input,
  scope: StepScope,
  variation: Variation = {},
): Promise<Answered<Output>> {
  const checked = await checkedInput(prompt, input)
  const ready = async (): Promise<Prepared<Output>> => {
    const prepared = await prepare(prompt, () => scope.service(prompts), scope.service(models))
    if (prompt.text === undefined) scope.service(prompts).asked?.(prompt.name, askedVersion(prepared))
    return prepared
  }
  const inquiry =
    prompt.tools.length === 0
      ? inquiryOf(await ready(), checked, variation.settings)
      : await scope.run.step('prompt', async () => inquiryOf(await ready(), checked, variation.settings), { effect: 'none' })
  if (prompt.text === undefined) for (const warning of inquiry.warnings) scope.service(prompts).warn(warning)
  return new Asking(prompt, inquiry, checked, scope, variation).answer()
}

/** The version that a step which asked the prompt now would carry. */
export async function versionNow<Input, Output>(prompt: Prompt<Input, Output>, scope: Pick<StepScope, 'service'>): Promise<string> {
  const { version } = await prepare(prompt, () => scope.service(prompts), scope.service(models))
  return versionName(prompt.name, version)
}

class Asking<Input, Output> {
  readonly #prompt: Prompt<Input, Output>
  readonly #inquiry: Inquiry
  readonly #input: unknown
  readonly #scope: StepScope
  readonly #variation: Variation
  readonly #form: AnswerForm<Output>
  readonly #tools: readonly Tool[]
  readonly #messages: readonly LanguageModelV4Message[]
  #told: Partial<AskRecord> = {}

  constructor(prompt: Prompt<Input, Output>, inquiry: Inquiry, input: unknown, scope: StepScope, variation: Variation) {
    this.#prompt = prompt
    this.#inquiry = inquiry
    this.#input = input
    this.#scope = scope
    this.#variation = variation
    this.#form = answerForm(prompt.output)
    this.#tools = prompt.tools.filter(({ name }) => inquiry.tools.includes(name))
    this.#messages = modelMessages(inquiry.messages)
  }

  async answer(): Promise<Answered<Output>> {
    try {
      return await this.#answer()
    } catch (error) {
      if (!(error instanceof StepError)) throw error
      throw new FailedTake(error, { record: this.#record(), version: versionName(this.#prompt.name, this.#inquiry.version) })
    }
  }

  async #answer(): Promise<Answered<Output>> {
    const { reply, said } = await this.#firstAnswer()
    this.#told = { ...this.#told, reply: shownReply(reply), messages: this.#all(said) }
    const reading = await this.#form.read(reply.text)
    if (reading.kind === 'answer') return this.#answered(reading.value, reply)
    this.#told = { ...this.#told, repair: { problem: reading.problem, answer: reply.text } }
    const asked = [...said, ...(reply.text.trim() === '' ? [] : [messageOf(reply)]), complaint(this.#form, reading.problem)]
    const mended = await this.#call('repair', asked, { last: true, first: reading.summary })
    this.#told = { ...this.#told, reply: shownReply(mended), messages: this.#all(asked) }
    const second = await this.#form.read(mended.text)
    if (second.kind === 'answer') return this.#answered(second.value, mended)
    throw invalidAnswer(this.#prompt.name, reading.summary, second.summary)
  }

  async #firstAnswer(): Promise<{ reply: ModelReply; said: readonly LanguageModelV4Message[] }> {
    this.#told = { messages: this.#all([]) }
    if (this.#tools.length === 0) return { reply: await this.#call('call', [], { last: true }), said: [] }
    // What was rendered stands; but a run that ran out of rounds may be retried with more of them.
    const rounds = Math.max(this.#inquiry.rounds, this.#prompt.rounds ?? 0)
    const talked = await talk(this.#scope.run, { rounds, tools: this.#tools, call: (said, last) => this.#call('call', said, { last }) })
    this.#told = { ...this.#told, rounds: talked.rounds }
    return talked
  }

  /** One call as a step: what makes it useless (no answer, a second invalid one) fails that step. */
  #call(
    what: 'call' | 'repair',
    said: readonly LanguageModelV4Message[],
    { last, first }: { last: boolean; first?: string },
  ): Promise<ModelReply> {
    const call = this.#modelCall(said, last)
    const definition: Definition<'ask', undefined, ModelReply> = {
      kind: 'ask',
      name: `${what}@${shortVersion(this.#inquiry.version)}`,
      take: async (_input, { signal }) => {
        const reply = await this.#made(call, signal)
        const problem =
          useless(this.#prompt.name, this.#inquiry, reply, last) ??
          (first === undefined ? undefined : await this.#stillInvalid(reply, first))
        if (problem !== undefined) throw new FailedTake(problem, { record: { reply: shownReply(reply) }, usage: reply.usage })
        return { value: reply, usage: reply.usage }
      },
    }
    return this.#scope.run.ask(definition, undefined)
  }

  async #made(call: ModelCall, signal: AbortSignal): Promise<ModelReply> {
    const emit = (event: LiveEvent): void => this.#scope.emit(event)
    const live = this.#inquiry.stream && {
      onDelta: (text: string) => emit({ type: 'delta', text }),
      onRestart: () => emit({ type: 'progress', message: 'The answer begins again.' }),
    }
    try {
      return await this.#scope.service(models).call(call, { signal, ...live })
    } catch (error) {
      const usage = error instanceof RondoError ? (error.details['usage'] as Usage | undefined) : undefined
      throw usage === undefined || usage.inputTokens + usage.outputTokens === 0 ? error : new FailedTake(error, { usage })
    }
  }

  #modelCall(said: readonly LanguageModelV4Message[], last: boolean): ModelCall {
    const { model, fallbacks, settings, timeoutMs } = this.#inquiry
    const { schema } = this.#form
    const name = this.#prompt.name.replace(/[^a-zA-Z0-9_-]+/g, '_').slice(0, 64)
    return {
      model,
      fallbacks,
      settings,
      messages: [...this.#messages, ...said],
      ...(schema !== undefined && { json: { schema, name } }),
      ...(this.#tools.length > 0 && { tools: this.#tools.map(toolDefinition), toolChoice: { type: last ? 'none' : 'auto' } as const }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(this.#variation.logProbabilities === true && { logProbabilities: true }),
    }
  }

  async #stillInvalid(reply: ModelReply, first: string): Promise<RondoError | undefined> {
    const reading = await this.#form.read(reply.text)
    return reading.kind === 'answer' ? undefined : invalidAnswer(this.#prompt.name, first, reading.summary)
  }

  #all(said: readonly LanguageModelV4Message[]): readonly LanguageModelV4Message[] {
    return shownMessages([...this.#messages, ...said])
  }

  #answered(value: Output, reply: ModelReply): Answered<Output> {
    return { value, version: this.#inquiry.version, reply, form: this.#form, record: this.#record() }
  }

  #record(): AskRecord {
    const { version, file, model, settings, warnings } = this.#inquiry
    const contexts = contextsOf(this.#input)
    return {
      prompt: this.#prompt.name,
      version,
      file,
      model,
      settings,
      messages: [],
      input: this.#input,
      ...(this.#form.schema !== undefined && { schema: this.#form.schema }),
      ...(contexts.length > 0 && { context: contexts }),
      ...(warnings.length > 0 && { warnings }),
      ...this.#told,
    }
  }
}

function shownReply({ message: _, logProbabilities: __, ...reply }: ModelReply): NonNullable<AskRecord['reply']> {
  return reply
}
