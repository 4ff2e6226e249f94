/**
 * How right, how fast and how busy the people are who answer a decision's questions: from their own answers, or from a file of answers.
 *
 * Owns: that report. Never: says who is right where people differ; the likely truth of an item is the model's guess, and is called so.
 * An estimate rests on the items that several people answered. Whether they did so by themselves decides what it is worth: where the
 * proposal was shown, people who nod agree with each other, too.
 */

import { everyCase } from '../journal/every-case.ts'
import type { CaseStore } from '../journal/store.ts'
import { decode } from '../json.ts'
import { dawidSkene, krippendorff, type Reviewers } from '../statistics/agreement.ts'
import { lowerBound } from '../statistics/betting.ts'

/** One person's answer to one item. */
export interface PersonAnswer {
  readonly item: string
  readonly by: string
  /** As text: answers are compared, not read. */
  readonly answer: string
  readonly at?: number
  readonly seconds?: number
  /** The right answer, where somebody knows it. */
  readonly gold?: string
  /** What was proposed, and whether the person saw it. */
  readonly proposal?: { readonly answer: string; readonly shown: boolean }
  /** Whether the person saw neither a proposal nor what others said. */
  readonly alone: boolean
}

export interface ReviewerFacts {
  readonly by: string
  readonly answers: number
  /** Of all answers. */
  readonly share: number
  /** The share of their answers that is likely to be wrong (Dawid & Skene), over what several people answered. */
  readonly error: number | undefined
  /** Over how many of their answers that is. */
  readonly compared: number
  /** Against the right answers, where they are known. */
  readonly goldError: number | undefined
  /** The median of what an answer took. */
  readonly seconds: number | undefined
  /** In the seven days up to the newest answer of anybody. */
  readonly lastWeek: number | undefined
}

export interface ReviewersReport {
  readonly answers: number
  readonly items: number
  /** Items that two people answered or more, and on how many of these not all said the same. */
  readonly several: { readonly n: number; readonly differed: number }
  /** Items that two people or more answered by themselves: how often two of them differ, and the error that this proves (95 %). */
  readonly alone: { readonly n: number; readonly differing: number | undefined; readonly errorAtLeast: number }
  /** Krippendorff's α; `undefined` where there is nothing to agree about. */
  readonly alpha: number | undefined
  /** The share of all compared answers that is likely to be wrong; `undefined` without compared ones, or with too many kinds of answers. */
  readonly error: number | undefined
  readonly goldError: number | undefined
  /** The share of likely truths that are the right answer, where it is known. */
  readonly likelyRight: number | undefined
  readonly seconds: number | undefined
  /** How often people said what was proposed: where they saw it, and where they did not. */
  readonly agreedWithProposal: { readonly shown: Counted; readonly hidden: Counted }
  /** Most answers first. */
  readonly reviewers: readonly ReviewerFacts[]
  /** What people differ on most, with the model's guess. */
  readonly contested: readonly Contested[]
}

export interface Counted {
  readonly n: number
  readonly agreed: number
}

export interface Contested {
  readonly item: string
  readonly answers: readonly { readonly answer: string; readonly by: readonly string[] }[]
  readonly likely: { readonly answer: string; readonly probability: number }
}

const CONTESTED = 10
const WEEK_MS = 7 * 86_400_000
/** Cells of all confusion matrices together: beyond it an answer is a text, not a category. */
const LARGEST_MODEL = 5_000_000

/** The report of a decision, from its cases: answers that people gave, and those that were imported with a name. */
export async function reviewersOf(cases: CaseStore, decision: string): Promise<ReviewersReport> {
  const answers: PersonAnswer[] = []
  for await (const one of everyCase(cases, { decision })) answers.push(...answersIn(one))
  return reviewersReport(answers)
}

/** What a case says of people. A correction says nothing: somebody went looking for what was wrong. */
function answersIn(one: Awaited<ReturnType<CaseStore['list']>>[number]): PersonAnswer[] {
  const { run, path, origin, policy, by, at, predicted, blind = false } = one
  if (origin === 'correction') return []
  const text = policy === 'review' ? outcomeOf : (encoded: string): string => encoded
  const proposal = predicted === undefined || origin === 'import' ? {} : { proposal: { answer: predicted, shown: !blind } }
  if (one.answers !== undefined)
    return one.answers.map((given) => ({
      item: `${run}:${path}`,
      by: given.by,
      answer: text(given.answer ?? one.answer),
      at: given.at,
      alone: blind,
      ...(given.attentionMs !== undefined && { seconds: given.attentionMs / 1000 }),
      ...proposal,
    }))
  return origin === 'import' && by !== undefined ? [{ item: one.question, by, answer: one.answer, at, alone: true }] : []
}

/** Of what a review came to, that which can be the same twice. */
function outcomeOf(encoded: string): string {
  const verdict = decode(encoded)
  return verdict !== null && typeof verdict === 'object' && 'outcome' in verdict ? String(verdict.outcome) : encoded
}

/** The report of any answers. Somebody's second answer to the same item takes the place of the first. */
export function reviewersReport(given: readonly PersonAnswer[]): ReviewersReport {
  const answers = [...new Map(given.map((one) => [JSON.stringify([one.item, one.by]), one])).values()]
  const items = Map.groupBy(answers, ({ item }) => item)
  const compared = [...items.values()].filter((some) => some.length > 1).flat()
  const fitted = isTooLarge(compared) || compared.length === 0 ? undefined : dawidSkene(compared)
  const several = [...items.values()].filter((some) => some.length > 1)
  return {
    answers: answers.length,
    items: items.size,
    several: { n: several.length, differed: several.filter((some) => kindsOf(some) > 1).length },
    alone: provenBy(several),
    alpha: krippendorff(compared),
    error: fitted?.error,
    goldError: goldErrorOf(answers),
    likelyRight: fitted === undefined ? undefined : likelyRight(items, fitted),
    seconds: median(secondsOf(answers)),
    agreedWithProposal: { shown: agreed(answers, true), hidden: agreed(answers, false) },
    reviewers: reviewersIn(answers, fitted),
    contested: fitted === undefined ? [] : contestedIn(several, fitted),
  }
}

function isTooLarge(compared: readonly PersonAnswer[]): boolean {
  return kindsOf(compared) ** 2 * new Set(compared.map(({ by }) => by)).size > LARGEST_MODEL
}

function kindsOf(answers: readonly PersonAnswer[]): number {
  return new Set(answers.map(({ answer }) => answer)).size
}

/** Where two people who answered by themselves differ, at least one is wrong: their mean error is at least half of that share. */
function provenBy(several: readonly (readonly PersonAnswer[])[]): ReviewersReport['alone'] {
  const shares = several
    .map((some) => some.filter(({ alone }) => alone))
    .filter((some) => some.length > 1)
    .map(differingPairs)
  const observed = shares.map((value) => ({ value, times: 1 }))
  return {
    n: shares.length,
    differing: shares.length === 0 ? undefined : shares.reduce((sum, share) => sum + share, 0) / shares.length,
    errorAtLeast: Math.max(0, lowerBound(observed, { range: [0, 1], alpha: 0.05 })) / 2,
  }
}

/** Of the pairs among some answers, the share that differs. */
function differingPairs(some: readonly PersonAnswer[]): number {
  const counts = [...Map.groupBy(some, ({ answer }) => answer).values()].map((same) => same.length)
  const alike = counts.reduce((sum, count) => sum + count * (count - 1), 0)
  return 1 - alike / (some.length * (some.length - 1))
}

function reviewersIn(answers: readonly PersonAnswer[], fitted: Reviewers | undefined): ReviewerFacts[] {
  const newest = Math.max(...answers.map(({ at = Number.NEGATIVE_INFINITY }) => at))
  return [...Map.groupBy(answers, ({ by }) => by)]
    .map(([by, own]) => ({
      by,
      answers: own.length,
      share: own.length / answers.length,
      error: fitted?.reviewers.get(by)?.error,
      compared: fitted?.reviewers.get(by)?.answers ?? 0,
      goldError: goldErrorOf(own),
      seconds: median(secondsOf(own)),
      lastWeek: Number.isFinite(newest) ? own.filter(({ at }) => at !== undefined && at > newest - WEEK_MS).length : undefined,
    }))
    .sort((one, other) => other.answers - one.answers || (one.by < other.by ? -1 : 1))
}

function goldErrorOf(answers: readonly PersonAnswer[]): number | undefined {
  const known = answers.filter(({ gold }) => gold !== undefined)
  return known.length === 0 ? undefined : known.filter(({ gold, answer }) => gold !== answer).length / known.length
}

function likelyRight(items: ReadonlyMap<string, readonly PersonAnswer[]>, fitted: Reviewers): number | undefined {
  const known = [...fitted.items].flatMap(([item, { answer }]) => {
    const gold = items.get(item)?.find((one) => one.gold !== undefined)?.gold
    return gold === undefined ? [] : [gold === answer]
  })
  return known.length === 0 ? undefined : known.filter(Boolean).length / known.length
}

function agreed(answers: readonly PersonAnswer[], shown: boolean): Counted {
  const proposed = answers.filter(({ proposal }) => proposal?.shown === shown)
  return { n: proposed.length, agreed: proposed.filter(({ answer, proposal }) => proposal?.answer === answer).length }
}

function contestedIn(several: readonly (readonly PersonAnswer[])[], fitted: Reviewers): Contested[] {
  return several
    .filter((some) => kindsOf(some) > 1)
    .flatMap((some) => {
      const [{ item } = { item: '' }] = some
      const likely = fitted.items.get(item)
      if (likely === undefined) return []
      const answers = [...Map.groupBy(some, ({ answer }) => answer)].map(([answer, own]) => ({ answer, by: own.map(({ by }) => by) }))
      return [{ item, answers: answers.sort((one, other) => other.by.length - one.by.length), likely }]
    })
    .sort((one, other) => one.likely.probability - other.likely.probability)
    .slice(0, CONTESTED)
}

function secondsOf(answers: readonly PersonAnswer[]): number[] {
  return answers.flatMap(({ seconds }) => seconds ?? [])
}

function median(values: readonly number[]): number | undefined {
  const rising = [...values].sort((one, other) => one - other)
  const middle = rising.length / 2
  const [low, high] = [rising[Math.ceil(middle) - 1], rising[Math.floor(middle)]]
  return low === undefined || high === undefined ? undefined : (low + high) / 2
}
