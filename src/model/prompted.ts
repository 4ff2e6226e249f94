/**
 * A predictor from a prompt: a language model proposes an answer to a decision, with a confidence.
 *
 * Owns: how the confidence comes about, and saying which way it did. Never: decides whether the answer stands.
 * In order of preference: the probability of the answer's tokens where the provider gives it; how far several samples agree; what the
 * model states itself, which is overconfident and the last resort.
 */
import { z } from 'zod'
import { RondoError } from '../errors.ts'
import type { Definition, StepScope } from '../flow/definition.ts'
import { type Answered, ask, type Variation, versionNow } from './asking.ts'
import { agreement, tokenProbability } from './confidence.ts'
import { models } from './model-call.ts'
import type { Asked, Prediction, Predictor } from './predictor.ts'
import { type Prepared, prepare, shortVersion, versionName } from './prepared.ts'
import type { Prompt } from './prompt.ts'
import { prompts } from './prompt-folder.ts'

export type ConfidenceMethod = 'log-probability' | 'agreement' | 'stated'

export interface PromptedOptions {
  /** Where the confidence comes from. Default `log-probability`; without it at the provider, `agreement`. */
  readonly confidence?: ConfidenceMethod
  /** How often the model is asked for `agreement`: each sample is paid for. Default 5. */
  readonly samples?: number
}

/** What a sampled model needs so that its samples may differ. */
const SAMPLING_TEMPERATURE = 0.7

/**
 * Makes a predictor of a prompt whose input is a decision's question and whose output is its answer.
 *
 *     decision({ name: 'folder', question, answer, predictor: prompted(Sort, { confidence: 'log-probability' }), … })
 *
 * `source` of a prediction says where its confidence came from, which is `agreement` where a provider gave no log-probabilities.
 */
export function prompted<Question, Answer>(prompt: Prompt<Question, Answer>, options: PromptedOptions = {}): Predictor<Question, Answer> {
  const { confidence = 'log-probability', samples = 5 } = options
  if (!(Number.isInteger(samples) && samples >= 2))
    throw new RondoError(
      'invalid_definition',
      `The predictor of prompt "${prompt.name}" has ${samples} samples: for agreement there must be two or more.`,
    )
  const predicting = new Predicting(prompt, samples)
  return {
    name: prompt.name,
    predict: (question, about, scope) =>
      confidence === 'stated'
        ? predicting.stated(question, about, scope)
        : confidence === 'agreement'
          ? predicting.agreed(question, about, scope)
          : predicting.likely(question, about, scope),
    version: (scope) => predicting.version(confidence, scope),
  }
}

/** A recorded answer: what of an `Answered` a prediction is made of, as plain data. */
interface Sample<Answer> {
  readonly value: Answer
  readonly version: string
  readonly model: string
  readonly probability: number | undefined
}

class Predicting<Question, Answer> {
  readonly #prompt: Prompt<Question, Answer>
  readonly #stating: Prompt<Question, { answer: Answer; confidence: number }>
  readonly #samples: number

  constructor(prompt: Prompt<Question, Answer>, samples: number) {
    this.#prompt = prompt
    this.#stating = stating(prompt)
    this.#samples = samples
  }

  async version(configured: ConfidenceMethod, scope: Pick<StepScope, 'service'>): Promise<string> {
    const ready = configured === 'stated' ? prepared(this.#stating, scope) : prepared(this.#prompt, scope)
    return predictionVersion(this.#prompt.name, (await ready).version, configured)
  }

  async likely(question: Question, about: Asked<Answer>, scope: StepScope): Promise<Prediction<Answer>> {
    const first = await this.#sample(question, scope, this.#prompt.name, { logProbabilities: true })
    if (first.probability === undefined) return this.agreed(question, about, scope, 'the provider gave no log-probabilities')
    return this.#prediction(about, first, 'log-probability', 'log-probability', first.probability, {})
  }

  async agreed(question: Question, about: Asked<Answer>, scope: StepScope, instead?: string): Promise<Prediction<Answer>> {
    const names = Array.from({ length: this.#samples }, (_, at) => `${this.#prompt.name} ${at + 1}`)
    const samples = await Promise.all(names.map((name, at) => this.#sample(question, scope, name, { sample: at + 1 })))
    const agreed = agreement(samples.map(({ value }) => value))
    const [first] = samples
    if (agreed === undefined || first === undefined) throw new RondoError('answer_invalid', `Prompt "${this.#prompt.name}" gave no sample.`)
    const detail = { samples: samples.length, votes: agreed.votes, ...(instead !== undefined && { instead }) }
    const configured = instead === undefined ? 'agreement' : 'log-probability'
    return this.#prediction(about, { ...first, value: agreed.answer }, 'agreement', configured, agreed.confidence, detail)
  }

  async stated(question: Question, about: Asked<Answer>, scope: StepScope): Promise<Prediction<Answer>> {
    const taken = await scope.run.ask(sampling(this.#stating, {}), question)
    return this.#prediction(about, { ...taken, value: taken.value.answer }, 'stated', 'stated', taken.value.confidence, {})
  }

  #sample(question: Question, scope: StepScope, name: string, how: { logProbabilities?: true; sample?: number }): Promise<Sample<Answer>> {
    return scope.run.ask(sampling(this.#prompt, how), question, { name })
  }

  #prediction(
    about: Asked<Answer>,
    sample: Sample<Answer>,
    source: ConfidenceMethod,
    configured: ConfidenceMethod,
    confidence: number,
    detail: Readonly<Record<string, unknown>>,
  ): Prediction<Answer> {
    const answer = about.answer.safeParse(sample.value)
    const version = predictionVersion(this.#prompt.name, sample.version, configured)
    const facts = { ...detail, model: sample.model }
    return answer.success
      ? { answer: answer.data, confidence, source, version, detail: facts }
      : { answer: undefined, confidence: 0, source, version, detail: { ...facts, refused: 'the decision does not take the answer' } }
  }
}

function prepared<Question, Answer>(prompt: Prompt<Question, Answer>, scope: Pick<StepScope, 'service'>): Promise<Prepared<Answer>> {
  return prepare(prompt, () => scope.service(prompts), scope.service(models))
}

function predictionVersion(prompt: string, version: string, configured: ConfidenceMethod): string {
  return `${versionName(prompt, shortVersion(version))}/${configured}`
}

/** The same prompt, asked for a confidence beside its answer. */
function stating<Question, Answer>(prompt: Prompt<Question, Answer>): Prompt<Question, { answer: Answer; confidence: number }> {
  const output = z.object({
    answer: prompt.output,
    confidence: z
      .number()
      .min(0)
      .max(1)
      .describe('How sure you are that the answer is right, from 0 to 1: 0.8 means right four times in five.'),
  })
  const { kind, name, input, tools, rounds, stream, text } = prompt
  const stated: Prompt<Question, { answer: Answer; confidence: number }> = {
    kind,
    name,
    input,
    output,
    tools,
    rounds,
    stream,
    text,
    take: async (question, scope) => {
      const { value, record, version } = await ask(stated, question, scope)
      return { value, record, version: versionName(prompt.name, version) }
    },
    version: (scope) => versionNow(stated, scope),
  }
  return stated
}

/** A prompt whose step keeps what a prediction is made of. */
function sampling<Question, Answer>(
  prompt: Prompt<Question, Answer>,
  how: { readonly logProbabilities?: true; readonly sample?: number },
): Definition<'ask', Question, Sample<Answer>> {
  return {
    kind: 'ask',
    name: prompt.name,
    take: async (question, scope) => {
      const answered = await ask(prompt, question, scope, variationOf(how))
      return { value: sampleOf(answered), record: answered.record, version: versionName(prompt.name, answered.version) }
    },
    version: (scope) => versionNow(prompt, scope),
  }
}

function variationOf({ logProbabilities, sample }: { readonly logProbabilities?: true; readonly sample?: number }): Variation {
  return {
    ...(logProbabilities === true && { logProbabilities }),
    ...(sample !== undefined && {
      settings: ({ temperature, seed, ...settings }) => ({
        ...settings,
        // At temperature 0, or with one seed, every sample would be the same, and their agreement worth nothing.
        ...(temperature !== undefined && { temperature: temperature === 0 ? SAMPLING_TEMPERATURE : temperature }),
        ...(seed !== undefined && { seed: seed + sample }),
      }),
    }),
  }
}

function sampleOf<Answer>({ value, version, reply, form }: Answered<Answer>): Sample<Answer> {
  return { value, version, model: reply.model, probability: tokenProbability(reply, form) }
}
