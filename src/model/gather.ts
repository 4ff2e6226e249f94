/**
 * One attempt at an answer: the model is called, and what it says is gathered, whether it comes at once or as a stream.
 *
 * Owns: the traps of answers that are none. Never: tries again, or knows of limits and money.
 * Invariants:
 *   G1. An answer has a finish reason of its own. One that finished as `error` or was interrupted, a stream with an error in it, and
 *       a stream that ended before it finished are failures, however much text there was: the clients throw for none of them.
 *   G2. Once the signal is aborted nothing is delivered and nothing is waited for, even when the provider ignores it.
 *   G3. What a failed attempt is known to have used is told with the failure.
 */
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4Reasoning,
  LanguageModelV4StreamPart,
  LanguageModelV4Text,
  LanguageModelV4Usage,
  SharedV4ProviderMetadata,
  SharedV4Warning,
} from '@ai-sdk/provider'
import type { Clock } from '../clock.ts'
import { Unanswered } from './failure.ts'

/** What a model said. */
export interface Gathered {
  readonly content: readonly LanguageModelV4Content[]
  /** What is to be read as JSON, where the provider says that it is not simply all of the text. */
  readonly structuredText?: string
  readonly finish: LanguageModelV4FinishReason
  readonly usage: LanguageModelV4Usage
  readonly answeredBy?: string
  readonly metadata: SharedV4ProviderMetadata | undefined
  readonly warnings: readonly SharedV4Warning[]
}

export type Attempt =
  | { readonly kind: 'answered'; readonly gathered: Gathered }
  | { readonly kind: 'failed'; readonly thrown: unknown; readonly usage?: LanguageModelV4Usage }

export interface Listening {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onDelta?: (text: string) => void
}

export async function attempt(model: LanguageModelV4, options: LanguageModelV4CallOptions, listening: Listening): Promise<Attempt> {
  try {
    const gathering = listening.onDelta === undefined ? generate(model, options, listening) : stream(model, options, listening)
    return judged(await gathering)
  } catch (thrown) {
    return { kind: 'failed', thrown: listening.signal.aborted ? listening.signal.reason : thrown }
  }
}

function judged(gathered: Gathered | Attempt): Attempt {
  if ('kind' in gathered) return gathered
  const { finish, usage } = gathered
  if (finish.unified === 'error') return { kind: 'failed', thrown: new Unanswered('the model stopped with an error'), usage }
  if (finish.unified === 'interrupted') return { kind: 'failed', thrown: unfinished(), usage }
  return { kind: 'answered', gathered }
}

function unfinished(): Unanswered {
  return new Unanswered('the stream ended before the answer did')
}

async function generate(model: LanguageModelV4, options: LanguageModelV4CallOptions, { signal }: Listening): Promise<Gathered> {
  const result = await unlessAborted(model.doGenerate({ ...options, abortSignal: signal }), signal)
  return {
    content: result.content,
    finish: result.finishReason,
    usage: result.usage,
    metadata: result.providerMetadata,
    warnings: result.warnings,
    ...(result.structuredOutputText !== undefined && { structuredText: result.structuredOutputText }),
    ...(result.response?.modelId !== undefined && { answeredBy: result.response.modelId }),
  }
}

/** How long an error in a stream is followed by what else comes, for the sake of the count of what was used. */
const AFTER_AN_ERROR_MS = 1000

async function stream(model: LanguageModelV4, options: LanguageModelV4CallOptions, listening: Listening): Promise<Gathered | Attempt> {
  const { clock, signal, onDelta } = listening
  const opened = await unlessAborted(model.doStream({ ...options, abortSignal: signal }), signal)
  const reader = opened.stream.getReader()
  const parts = new Parts()
  const grace = new AbortController()
  let takeBack = (): void => {}
  try {
    for (;;) {
      const read = await unlessAborted(reader.read(), parts.failed === undefined ? signal : AbortSignal.any([signal, grace.signal]))
      if (read.done) break
      if (read.value.type === 'text-delta' && parts.failed === undefined) onDelta?.(read.value.delta)
      if (read.value.type === 'error' && parts.failed === undefined)
        takeBack = clock.at(clock.now() + AFTER_AN_ERROR_MS, () => grace.abort(new Unanswered('the stream did not end after its error')))
      parts.add(read.value)
    }
  } catch (thrown) {
    if (parts.failed === undefined || signal.aborted) throw thrown
  } finally {
    takeBack()
    reader.cancel().catch(() => {})
  }
  return parts.end()
}

/** The parts of a stream, put together again. */
class Parts {
  failed: { readonly thrown: unknown } | undefined
  readonly #blocks = new Map<string, LanguageModelV4Text | LanguageModelV4Reasoning>()
  readonly #others: LanguageModelV4Content[] = []
  #warnings: readonly SharedV4Warning[] = []
  #answeredBy: string | undefined
  #finish: (LanguageModelV4StreamPart & { type: 'finish' }) | undefined

  add(part: LanguageModelV4StreamPart): void {
    switch (part.type) {
      case 'text-start':
      case 'text-delta':
      case 'text-end':
        this.#grow('text', part)
        return
      case 'reasoning-start':
      case 'reasoning-delta':
      case 'reasoning-end':
        this.#grow('reasoning', part)
        return
      case 'tool-call':
        this.#others.push(part)
        return
      case 'stream-start':
        this.#warnings = part.warnings
        return
      case 'response-metadata':
        this.#answeredBy = part.modelId ?? this.#answeredBy
        return
      case 'finish':
        this.#finish = part
        return
      case 'error':
        this.failed ??= { thrown: part.error }
        return
      default:
    }
  }

  end(): Gathered | Attempt {
    const finish = this.#finish
    if (this.failed !== undefined)
      return { kind: 'failed', thrown: this.failed.thrown, ...(finish !== undefined && { usage: finish.usage }) }
    if (finish === undefined) return { kind: 'failed', thrown: unfinished() }
    return {
      content: [...this.#blocks.values(), ...this.#others],
      finish: finish.finishReason,
      usage: finish.usage,
      metadata: finish.providerMetadata,
      warnings: this.#warnings,
      ...(this.#answeredBy !== undefined && { answeredBy: this.#answeredBy }),
    }
  }

  /** Blocks may be told in turns, and what a provider wants back with one may come with any of its parts. */
  #grow(type: 'text' | 'reasoning', part: { id: string; delta?: string; providerMetadata?: SharedV4ProviderMetadata }): void {
    const key = `${type} ${part.id}`
    const block = this.#blocks.get(key)
    const metadata = part.providerMetadata ?? block?.providerMetadata
    const text = (block?.text ?? '') + (part.delta ?? '')
    this.#blocks.set(key, { type, text, ...(metadata !== undefined && { providerMetadata: metadata }) })
  }
}

/** The promise's outcome, or the signal's reason if that comes first. */
export function unlessAborted<Value>(promise: PromiseLike<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).then(() => signal.removeEventListener('abort', abort))
  })
}
