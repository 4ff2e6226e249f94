/**
 * A judge: a prompt that scores what runs make, and is itself measured against people.
 *
 * Owns: the score as a measure, and the sample of it that people score too, without seeing the judge's. Never: waits for people in the
 * run that is judged: they are asked in a run of the judge's own flow. How good it is: judge-report.ts.
 */
import { z } from 'zod'
import { RondoError } from '../errors.ts'
import type { Definition, StepScope, Taken } from '../flow/definition.ts'
import { type Flow, flow } from '../flow/flow.ts'
import { checkName } from '../flow/path.ts'
import type { NewMeasure } from '../journal/records.ts'
import { ask, versionNow } from '../model/asking.ts'
import { shortVersion, versionName } from '../model/prepared.ts'
import type { Prompt } from '../model/prompt.ts'
import type { Asking } from '../people/asking.ts'
import { decision } from '../people/decision.ts'
import { draw } from '../statistics/chance.ts'
import { measureStore, runStarter } from './ground.ts'

/** What the prompt of a judge answers: a number in [0,1], with a reason if it gives one. */
export type Score = number | { readonly score: number; readonly why?: string | undefined }

export interface Judgement {
  readonly score: number
  readonly why?: string
}

export interface JudgeOptions {
  /** What people are asked, in a line. Default: the judge's name. */
  readonly title?: string
  /** Who scores a share of the same, by themselves: what shows how good the judge is. Without them nothing is known of that. */
  readonly people?: Asking & { readonly share: number }
}

/** What is judged after the fact: something that a run made. */
export interface Judging<Subject> {
  readonly run: string
  /** The step whose result it is, where it is one step's. */
  readonly path?: string | undefined
  readonly subject: Subject
  /** Given: the judge has scored it already, and people are to. */
  readonly score?: number | undefined
}

/** Made by `judge()`. In a flow: `const { score } = await run.ask(tone, { draft })`. */
export interface Judge<Subject> extends Definition<'ask', Subject, Judgement> {
  /** Registered beside the other flows, it judges what was recorded, and asks people for their scores. */
  readonly flow: Flow<Judging<Subject>, { readonly score: number; readonly people?: number | undefined }>
}

/**
 * Makes a judge of a prompt whose answer is a score. Its score is kept as the measure `name`, under the judge's version, of the step
 * that asked it; or of any recorded run, with `rondo.runs.start(tone.flow, { run, path, subject })`. With `people`, a share drawn by a
 * hash of the place is put to them as well (a decision called like the judge, so their scores are cases too): register `tone.flow`.
 * `rondo.measures.judges()` and `rondo measures` say how far the two are apart.
 *
 * @example
 * const tone = judge('tone', prompt('tone', { input: Draft, output: z.object({ score: z.number(), why: z.string() }) }), { people: { role: 'lead', share: 0.1 } })
 */
export function judge<Subject>(name: string, prompt: Prompt<Subject, Score>, options: JudgeOptions = {}): Judge<Subject> {
  checkName(name, 'A judge')
  const { people } = options
  if (people !== undefined && !(people.share > 0 && people.share <= 1))
    throw new RondoError(
      'invalid_definition',
      `Judge "${name}" has people score the share ${people.share} of what it scores: give one above 0, and 1 at most.`,
    )
  const isDrawn = (run: string, path: string | undefined): boolean =>
    people !== undefined && draw(`judge ${name} ${run}:${path ?? ''}`) < people.share
  const ownFlow = flowOf(name, prompt, options, isDrawn)
  const asked = scoring(name, prompt)
  return {
    kind: 'ask',
    name,
    flow: ownFlow,
    async take(subject, scope) {
      const { by, version, ...judgement } = await scope.run.ask(asked, subject)
      const { runId: run, path } = scope
      if (isDrawn(run, path)) await askedOfPeople(ownFlow, { run, path, subject, score: judgement.score }, scope)
      const measure = { id: path, name, value: judgement.score, origin: 'judge' as const, by, ...reasonOf(judgement) }
      return { value: judgement, record: { judge: by }, version, measures: [measure] }
    },
    version: (scope) => versionNow(prompt, scope),
  }
}

type Scored = Judgement & { readonly by: string; readonly version: string }

/** The prompt, as a step that keeps the version with the score. */
function scoring<Subject>(name: string, prompt: Prompt<Subject, Score>): Definition<'ask', Subject, Scored> {
  return {
    kind: 'ask',
    name: prompt.name,
    async take(subject, scope) {
      const { value, version: hash, record } = await ask(prompt, subject, scope)
      const version = versionName(prompt.name, hash)
      return { value: { ...judgementOf(name, value), by: versionName(prompt.name, shortVersion(hash)), version }, record, version }
    },
    version: (scope) => versionNow(prompt, scope),
  }
}

function judgementOf(name: string, said: Score): Judgement {
  const { score, why } = typeof said === 'number' ? { score: said, why: undefined } : said
  if (score >= 0 && score <= 1) return { score, ...(why !== undefined && why !== '' && { why }) }
  throw new RondoError(
    'answer_invalid',
    `Judge "${name}" gave the score ${score}: it is a number from 0 to 1. Say so in the prompt, and in its output schema: z.number().min(0).max(1).`,
  )
}

async function askedOfPeople<Subject>(
  ownFlow: Flow<Judging<Subject>, unknown>,
  judging: Judging<Subject>,
  scope: StepScope,
): Promise<void> {
  const starter = scope.service(runStarter)
  const key = `${judging.run}:${judging.path ?? ''}`
  await scope.run.step('sample', async () => (await starter.start(ownFlow.name, judging, { key })).id, { effect: 'idempotent' })
}

function flowOf<Subject>(
  name: string,
  prompt: Prompt<Subject, Score>,
  { title, people }: JudgeOptions,
  isDrawn: (run: string, path: string | undefined) => boolean,
): Judge<Subject>['flow'] {
  const asked = scoring(name, prompt)
  const { share: _, ...asking } = people ?? { share: 0, role: 'operator' }
  const own = decision({
    name,
    ...(title !== undefined && { title }),
    question: prompt.input,
    answer: z.number().min(0).max(1),
    people: asking,
  })
  return flow({
    name: `judge-${name}`,
    // The prompt's own schema says what it takes.
    input: z.object({
      run: z.string(),
      path: z.string().optional(),
      subject: prompt.input as z.ZodType<Subject>,
      score: z.number().optional(),
    }),
    output: z.object({ score: z.number(), people: z.number().optional() }),
    async run(run, { run: judged, path, subject, score }) {
      const place = { run: judged, ...(path !== undefined && { path }), name }
      const judges = score ?? (await run.ask(keptScore(asked, place), subject))
      if (!isDrawn(judged, path)) return { score: judges }
      const { value, people: by } = await run.decide(own, subject)
      await run.ask(keeping, { ...place, id: `people ${name} ${path ?? ''}`, value, origin: 'people', by: by?.join(', ') ?? '' })
      return { score: judges, people: value }
    },
  })
}

/** Scores, and keeps the score as a measure of the run that is judged. */
function keptScore<Subject>(
  asked: Definition<'ask', Subject, Scored>,
  place: Pick<NewMeasure, 'run' | 'path' | 'name'>,
): Definition<'ask', Subject, number> {
  return {
    kind: 'ask',
    name: 'score',
    async take(subject, scope): Promise<Taken<number>> {
      const { by, version: _, ...judgement } = await scope.run.ask(asked, subject)
      const id = `judge ${place.name} ${place.path ?? ''} ${by}`
      await scope.run.ask(keeping, { ...place, id, value: judgement.score, origin: 'judge', by, ...reasonOf(judgement) })
      return { value: judgement.score }
    },
  }
}

/** Keeps a measure of another run. Its id makes it the same at every attempt. */
const keeping: Definition<'ask', NewMeasure, null> = {
  kind: 'ask',
  name: 'keep',
  async take(measure, scope) {
    const store = scope.service(measureStore)
    await scope.run.step('measure', () => store.add(measure).then(({ added }) => added), { effect: 'idempotent' })
    return { value: null, record: { measure } }
  },
}

function reasonOf({ why }: Judgement): { why?: string } {
  return why === undefined ? {} : { why: why.slice(0, 2000) }
}
