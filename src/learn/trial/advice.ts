/**
 * What to do next, from what a trial found.
 *
 * Owns: the advice, the most useful first. Never: advises what the numbers do not say; each piece names the number behind it.
 */
import type { EarnedTerms } from '../../people/earned-fold.ts'
import { aboutConfusions, aboutModesty, aboutNever, aboutSuspects } from './advice-answers.ts'
import { count, percent, points, quoted, rate, signed } from './advice-words.ts'
import type { Columns } from './columns.ts'
import type { TwoSystems } from './comparing.ts'
import type { AnswerFacts, Confusion, CoveragePoint, Suspect } from './patterns.ts'
import type { ProposerFacts } from './proposer.ts'
import type { WhatIf } from './report.ts'
import type { SegmentFacts } from './segments.ts'
import { type Missing, type Standing, share, type Tally } from './standing.ts'

export interface Advice {
  /** What to do. */
  readonly title: string
  /** Why, with the numbers. */
  readonly why: string
  /** What to write or run. */
  readonly code?: string
}

export interface Found {
  readonly columns: Columns
  readonly proposer: ProposerFacts
  readonly terms: EarnedTerms
  readonly standing: Standing
  readonly settled: Tally
  readonly whatIf: readonly WhatIf[]
  readonly confusions: readonly Confusion[]
  readonly byAnswer: readonly AnswerFacts[]
  readonly coverage: readonly CoveragePoint[]
  readonly suspects: readonly Suspect[]
  readonly segments: readonly SegmentFacts[]
  readonly answers: { readonly distinct: number }
  readonly comparison?: TwoSystems
}

const FEWEST_ALONE = 30

export function adviceFor(found: Found): Advice[] {
  return [
    ...aboutComparison(found),
    ...aboutAutonomy(found),
    ...aboutNever(found),
    ...aboutModesty(found),
    ...aboutSegments(found),
    ...aboutSuspects(found),
    ...aboutConfusions(found),
  ]
}

function aboutComparison({ comparison }: Found): Advice[] {
  if (comparison === undefined) return []
  const { candidate, current, report, margin } = comparison
  const { verdict, blockedBy, overall } = report
  const difference = `${candidate} is right ${points(Math.abs(overall.mean))} ${overall.mean < 0 ? 'less' : 'more'} often than ${current}, and the data allow ${signed(overall.low)} to ${signed(overall.high)}`
  if (blockedBy.length > 0) {
    const where = report.segments.filter(({ segment }) => blockedBy.includes(segment))
    return [
      {
        title: `Do not switch to ${candidate} yet: it is worse in ${blockedBy.map(quoted).join(', ')}.`,
        why: `${where.map(({ segment, losses, wins, n }) => `In ${quoted(segment)} it is wrong where ${current} is right on ${losses} of ${n} decisions, and the other way round on ${wins}`).join('. ')}. Mend that segment, or keep ${current} there.`,
      },
    ]
  }
  switch (verdict) {
    case 'better':
      return [{ title: `Switch to ${candidate}: it is better than ${current}.`, why: `${difference}.` }]
    case 'not worse':
      return [
        {
          title: `${candidate} may replace ${current}: it is not worse.`,
          why: `${difference}; up to ${points(margin)} counts as not worse.`,
        },
      ]
    case 'worse':
      return [{ title: `Keep ${current}: ${candidate} is worse.`, why: `${difference}.` }]
    case 'inconclusive':
      return [{ title: `Keep ${current} for now: nothing is decided.`, why: `${difference}. More decisions would tell.` }]
  }
}

function aboutAutonomy(found: Found): Advice[] {
  const { standing, terms } = found
  if (standing.missing !== undefined) return aboutMissing(found, standing.missing)
  const { lastThird } = standing
  const saved = 1 - lastThird.share
  return [
    {
      title: `Let ${called(found.proposer)} propose, and people answer until it has earned its autonomy.`,
      why: `In this trial that took ${standing.certifiedAfter} decisions. In the last third people saw ${percent(lastThird.share)} of the decisions, so of 1,000 they would be spared about ${Math.round(saved * 1000)}.`,
      code: policyCode(terms),
    },
    ...(found.proposer.kind === 'learner' ? [importing(found)] : []),
  ]
}

/** The learner begins with what people decided already. */
function importing({ columns: { text, answer } }: Found): Advice {
  const question = text.length === 1 ? ` --question ${argument(text[0] ?? '')}` : ''
  return {
    title: 'Bring these rows along: import them as cases, so that the learner does not begin with nothing.',
    why: 'They teach it and certify nothing: what is certified are proposals that people have seen or might have seen.',
    code: `rondo cases import DECISION FILE${question} --answer ${argument(answer)}`,
  }
}

function aboutMissing(found: Found, missing: Missing): Advice[] {
  const { terms, whatIf, standing, coverage, proposer } = found
  const looser = whatIf.find((one) => one.maxError > terms.maxError && one.certifiedAfter !== undefined)
  const instead: Advice[] =
    looser === undefined
      ? []
      : [
          {
            title: `See whether you could live with ${percent(looser.maxError)} wrong.`,
            why: `Then the first answers would have stood alone after ${looser.certifiedAfter} decisions, and people would have seen ${percent(looser.lastThirdShare)} of the last third. Of what stood alone ${rate(looser.alone)} were wrong.`,
            code: `--max-error ${looser.maxError}`,
          },
        ]
  switch (missing.kind) {
    case 'no proposals':
      return [{ title: 'Bring more rows.', why: 'The predictor had nothing to propose, so nothing could be earned.' }]
    case 'burn-in':
      return [
        {
          title: `Bring more rows: ${missing.needed - missing.labelled} more are needed before the test can begin.`,
          why: `The first ${missing.needed} answers only set the thresholds. ${leastLabels(terms)}`,
        },
      ]
    case 'more labels':
      return [
        {
          title: `Go on collecting answers: about ${count(missing.decisions)} more decisions would certify the first threshold.`,
          why:
            missing.n === 0
              ? 'The thresholds are set, and the test begins with the next answer.'
              : `Of the surest ${count(missing.n)} proposals ${count(missing.errors)} were wrong, which is within ${percent(terms.maxError)}; it is only too few to be sure of it.`,
        },
        ...instead,
      ]
    case 'too near':
    case 'too many errors': {
      const reach = reachOf(coverage, terms.maxError)
      return [
        ...instead,
        {
          title: 'Make the proposals better before anything stands alone.',
          why: `Of ${missing.share === 1 ? 'all proposals' : `the surest ${percent(missing.share)} of the proposals`} ${rate(missing)} were wrong, and ${percent(terms.maxError)} is allowed. More of the same will not help. ${
            reach === undefined
              ? 'There is no confidence above which it is right often enough.'
              : `Looking back, the surest ${percent(reach.share)} would have kept to it.`
          } ${betterBy(proposer, standing)}`,
        },
      ]
    }
  }
}

function betterBy({ kind, confidence }: ProposerFacts, { decisions }: Standing): string {
  if (confidence === 'none')
    return 'Name a column with its confidence (--confidence COLUMN): without one, all proposals stand or fall together.'
  if (kind === 'learner')
    return decisions < 2000
      ? 'Bring more rows, join answers that nobody needs to tell apart, or try a language model (--model provider/name).'
      : 'Join answers that nobody needs to tell apart, or try a language model (--model provider/name).'
  return 'Try the built-in learner on the same file (--learner), and look at the confusions below.'
}

/** The largest share of the surest proposals that kept to an error. */
export function reachOf(coverage: readonly CoveragePoint[], maxError: number): CoveragePoint | undefined {
  return coverage.findLast(({ error }) => error <= maxError)
}

function leastLabels({ maxError, confidence, burnIn }: EarnedTerms): string {
  const clean = Math.ceil(Math.log(6 / (1 - confidence)) / (0.9 * maxError))
  const decisions = burnIn + Math.ceil(clean / 0.4)
  return `At ${percent(maxError)} it takes about ${count(decisions)} decisions in all when nothing is wrong, and more when something is.`
}

/** Segments that pay for the others: what stood alone there was wrong more often than was promised for all. */
function aboutSegments({ segments, terms }: Found): Advice[] {
  const bad = segments.filter(({ alone }) => alone.n >= FEWEST_ALONE && share(alone.errors, alone.n) > terms.maxError)
  if (bad.length === 0) return []
  const names = bad.map(({ column, value }) => `${column} = ${value}`)
  return [
    {
      title: `Declare the segment: ${names.join(', ')} ${bad.length === 1 ? 'is' : 'are'} worse than the whole.`,
      why: `${bad.map(({ value, alone }) => `In ${value} ${rate(alone)} of what stood alone were wrong`).join('. ')}. The promise holds for all decisions together; a declared segment has to earn its own.`,
      code: `segment: (question) => question.${bad[0]?.column}`,
    },
  ]
}

/** A column's name as a shell takes it. */
function argument(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`
}

function called({ kind, name }: ProposerFacts): string {
  return kind === 'recorded' ? `"${name}"` : kind === 'learner' ? 'the learner' : name
}

export function policyCode({ maxError, confidence, audit, burnIn }: EarnedTerms): string {
  return `autonomy: earned({ maxError: ${maxError}, confidence: ${confidence}, audit: ${audit}${burnIn === 100 ? '' : `, burnIn: ${burnIn}`} })`
}
