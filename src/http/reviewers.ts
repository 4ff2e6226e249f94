/**
 * The people behind a decision over HTTP: how far they agree, how often each is likely to be wrong, how long an answer takes.
 *
 * Owns: that endpoint. Never: counts anything itself (learn/reviewers.ts), or takes the likely truth of a question for the truth.
 */
import { z } from 'zod'
import { type AnyDecision, autonomyReports, type ReviewersReport, reviewersOf } from '../index.ts'
import { decode } from '../json.ts'
import { knownDecision, type MetDecisions } from './decision-list.ts'
import type { Door } from './door.ts'
import { type Endpoint, endpoint } from './endpoint.ts'

const counted = z.object({ n: z.number(), agreed: z.number() })
const reviewer = z.object({
  by: z.string(),
  answers: z.number(),
  /** Of all answers. */
  share: z.number(),
  /** The share of their answers that is likely to be wrong (Dawid & Skene), and over how many that is. */
  error: z.number().optional(),
  compared: z.number(),
  /** The median of what an answer took. */
  seconds: z.number().optional(),
  /** In the seven days up to the newest answer of anybody. */
  lastWeek: z.number().optional(),
})
const contested = z.object({
  /** `RUN:PATH`, or the question itself where it was imported. */
  item: z.string(),
  answers: z.array(z.object({ answer: z.string(), by: z.array(z.string()) })),
  likely: z.object({ answer: z.string(), probability: z.number() }),
})
export const reviewersDocument = z.object({
  decision: z.string(),
  /** The share of questions that two people answer blind, where the system was told of the decision. */
  double: z.number().optional(),
  answers: z.number(),
  items: z.number(),
  /** Questions that two people answered or more, and on how many of these not all said the same. */
  several: z.object({ n: z.number(), differed: z.number() }),
  /** Questions that two people or more answered by themselves: how often two differ, and the error that this proves (95 %). */
  alone: z.object({ n: z.number(), differing: z.number().optional(), errorAtLeast: z.number() }),
  /** Krippendorff's α; absent where there is nothing to agree about. */
  alpha: z.number().optional(),
  /** The share of all compared answers that is likely to be wrong. */
  error: z.number().optional(),
  seconds: z.number().optional(),
  /** How often people said what was proposed: where they saw it, and where they did not. */
  agreedWithProposal: z.object({ shown: counted, hidden: counted }),
  /** Most answers first. */
  reviewers: z.array(reviewer),
  /** What people differ on most, with the model's guess. */
  contested: z.array(contested),
  /** Why a promise of autonomy is refused, where people's own error makes it empty. */
  refused: z.array(z.object({ segment: z.string().optional(), why: z.string() })),
})
export type ReviewersDocument = z.output<typeof reviewersDocument>

export function reviewerEndpoints({ rondo, clock }: Door, met: MetDecisions): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/api/decisions/:name/reviewers',
      group: 'Decisions',
      summary: 'The people who answer a decision: how far they agree, how often each is likely to be wrong, how long an answer takes.',
      scope: 'read',
      replies: { 200: reviewersDocument },
      handle: async ({ param }): Promise<ReviewersDocument> => {
        const name = param('name')
        await knownDecision(rondo, met, clock.now(), name)
        const [autonomy] = await autonomyReports(rondo, name)
        const double = doubleOf(rondo.decisions.get(name))
        const refused = (autonomy?.refused ?? []).map(({ segment, why }) => ({ why, ...(segment !== undefined && { segment }) }))
        return { ...documentOf(name, await reviewersOf(rondo.store.cases, name)), refused, ...(double !== undefined && { double }) }
      },
    }),
  ]
}

function doubleOf(decision: AnyDecision | undefined): number | undefined {
  const people = decision?.people
  return people !== undefined && 'double' in people && typeof people.double === 'number' ? people.double : undefined
}

function documentOf(decision: string, report: ReviewersReport): Omit<ReviewersDocument, 'refused'> {
  const { answers, items, several, alone, alpha, error, seconds, agreedWithProposal } = report
  return {
    decision,
    answers,
    items,
    several,
    alone: { n: alone.n, errorAtLeast: alone.errorAtLeast, ...(alone.differing !== undefined && { differing: alone.differing }) },
    agreedWithProposal,
    reviewers: report.reviewers.map(reviewerOf),
    contested: report.contested.map(({ item, answers: given, likely }) => ({
      item,
      answers: given.map((one) => ({ answer: inWords(one.answer), by: [...one.by] })),
      likely: { answer: inWords(likely.answer), probability: likely.probability },
    })),
    ...(alpha !== undefined && { alpha }),
    ...(error !== undefined && { error }),
    ...(seconds !== undefined && { seconds }),
  }
}

function reviewerOf(one: ReviewersReport['reviewers'][number]): ReviewersDocument['reviewers'][number] {
  const { by, answers, share, error, compared, seconds, lastWeek } = one
  return {
    by,
    answers,
    share,
    compared,
    ...(error !== undefined && { error }),
    ...(seconds !== undefined && { seconds }),
    ...(lastWeek !== undefined && { lastWeek }),
  }
}

/** An answer is kept encoded, or as the word for what a review came to. */
function inWords(answer: string): string {
  try {
    const value = decode(answer)
    return typeof value === 'string' ? value : answer
  } catch {
    return answer
  }
}
