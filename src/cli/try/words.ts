/**
 * Numbers and answers as a trial's report says them, on the terminal and on its page alike.
 */
import type { TrialReport } from '../../index.ts'
import { percent } from '../chart.ts'
import { counted } from '../text.ts'

type Standing = TrialReport['standing']
export type Tally = Standing['alone']

export function number(value: number): string {
  return value.toLocaleString('en-US')
}

export function shareOf(part: number, whole: number): string {
  return whole === 0 ? '–' : percent(part / whole)
}

/** `2 of 834 wrong (0.2 %)`. */
export function wrongOf({ n, errors }: Tally): string {
  return n === 0 ? 'none' : `${number(errors)} of ${number(n)} wrong (${shareOf(errors, n)})`
}

export function points(difference: number): string {
  return `${difference > 0 ? '+' : difference < 0 ? '−' : '±'}${Math.abs(difference * 100).toFixed(1)}`
}

/** A confidence with as many digits as it takes to tell it from certainty, never rounded up. */
export function sure(confidence: number): string {
  const digits = confidence >= 1 ? 2 : Math.min(6, Math.max(2, Math.ceil(-Math.log10(1 - confidence)) + 1))
  return (Math.floor(confidence * 10 ** digits + 1e-9) / 10 ** digits).toFixed(digits)
}

/** Answers that people give and nothing ever proposes, and what is proposed instead; the pairs of the others. */
export function confusionsOf({ confusions, byAnswer }: TrialReport) {
  const never = byAnswer.filter(({ n, proposed }) => n > 0 && proposed === 0)
  const isNever = (answer: string): boolean => never.some((one) => one.answer === answer)
  const instead = never.map(({ answer, n }) => ({
    answer,
    n,
    proposed: confusions
      .filter(({ answers }) => answers.includes(answer))
      .map(({ answers, count, examples }) => ({ answer: answers.find((one) => one !== answer) ?? '', count, examples })),
  }))
  return { never: instead, pairs: confusions.filter(({ answers }) => !answers.some(isNever)) }
}

export function directionWords(there: number, back: number): string {
  return back === 0 ? 'always the second is proposed' : `the second is proposed ${times(there)}, the first ${times(back)}`
}

function times(count: number): string {
  return count === 1 ? 'once' : `${number(count)} times`
}

/** What proposed, in words. */
export function proposerWords({ proposer }: TrialReport): string {
  if (proposer.kind === 'learner') return 'the built-in learner'
  if (proposer.kind === 'model') return proposer.name
  return `column "${proposer.name}"`
}

/** Where the confidence comes from, and what that is worth. */
export function confidenceWords({ proposer, columns }: TrialReport): string {
  switch (proposer.confidence) {
    case 'none':
      return 'none given: all proposals stand or fall together'
    case 'recorded':
      return `column "${columns.system?.confidence ?? ''}"`
    case 'log-probability':
      return 'the probability of the answer’s tokens'
    case 'stated':
      return 'what the model says of itself (overconfident as a rule)'
    default:
      return 'calibrated on cases held out'
  }
}

/** The outcome in one sentence. */
export function headline({ standing, terms }: TrialReport): string {
  const { certifiedAfter, lastThird, alone, missing, alarms } = standing
  const promise = `at most ${percent(terms.maxError)} wrong`
  if (certifiedAfter === undefined || alone.n === 0) return `Nothing could have stood alone with a promise of ${promise}.`
  const rang = alarms.length > 0 && missing !== undefined ? ' Later an alarm handed everything back to people.' : ''
  return `From decision ${number(certifiedAfter)} on, answers could have stood alone with a promise of ${promise}. In the last third people would have seen ${percent(lastThird.share)} of the decisions.${rang}`
}

/** Why nothing is certified, and what it would take. */
export function missingWords({ standing, terms, whatIf }: TrialReport): string | undefined {
  const { missing } = standing
  switch (missing?.kind) {
    case undefined:
      return undefined
    case 'no proposals':
      return 'There were no proposals.'
    case 'burn-in':
      return `The thresholds are set by the first ${number(missing.needed)} answered proposals, and there are ${number(missing.labelled)}. ${counted(missing.needed - missing.labelled, 'more row')} only begin the test.`
    case 'more labels': {
      const sofar =
        missing.n === 0
          ? 'The test has only begun'
          : `Of the surest proposals ${wrongOf(missing)}, which is good enough, and too few to be sure`
      return `${sofar}. It would take about ${number(missing.decisions)} more decisions, should it go on like this.`
    }
    case 'too near':
      return `Of the surest ${percent(missing.share)} of the proposals ${wrongOf(missing)}: so near to the ${percent(terms.maxError)} allowed that no number of labels anybody has would show it.`
    case 'too many errors': {
      const looser = whatIf.find(({ certifiedAfter }) => certifiedAfter !== undefined)
      const most = whatIf.at(-1)?.maxError ?? 1
      const these = missing.share === 1 ? 'Of the proposals' : `Even of the surest ${percent(missing.share)} of the proposals`
      const first = `${these} ${wrongOf(missing)}; allowed is ${percent(terms.maxError)}. More labels would not help, better proposals would.`
      return looser === undefined ? `${first} Not even ${percent(most)} wrong could be promised.` : first
    }
  }
}

/** How long, roughly: what an estimate is good for. */
export function roughly(seconds: number): string {
  if (seconds < 5) return 'a few seconds'
  if (seconds < 90) return `${Math.ceil(seconds / 5) * 5} s`
  return `${Math.ceil(seconds / 60)} min`
}
