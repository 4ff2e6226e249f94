/**
 * What a decision's figures say, in sentences that somebody who leads a team of people understands.
 *
 * Owns: those words. Never: draws anything, or works out a figure that the server did not send.
 */
import type { DecisionDetail, DecisionSummary } from '../../api/documents.ts'
import { count, counted, percent } from '../../parts/figures.tsx'
import { day, type Epoch, missingText, promiseText, type SegmentState, sure } from './certificate-words.ts'

export type PolicyKind = 'earned' | 'threshold' | 'always' | 'never' | 'review' | 'people' | 'other'

export interface Said {
  readonly tone: 'good' | 'wait' | 'warn' | 'bad' | 'plain'
  /** What is so. */
  readonly headline: string
  readonly more: readonly string[]
  /** What to do about it. */
  readonly next?: string
}

export function kindOf({ policy }: Pick<DecisionSummary, 'policy'>): PolicyKind {
  const word = /^\w+/.exec(policy)?.[0] ?? ''
  if (policy === 'people only') return 'people'
  return (['earned', 'threshold', 'always', 'never', 'review'] as const).find((kind) => kind === word) ?? 'other'
}

/** How a decision stands, where it can be seen at once. */
export function standingOf(decision: DecisionSummary): { readonly tone: Said['tone']; readonly text: string } {
  switch (decision.standing) {
    case 'certified':
      return { tone: 'good', text: 'certified' }
    case 'alarmed':
      return { tone: 'bad', text: 'alarm' }
    case 'refused':
      return { tone: 'bad', text: 'refused' }
    case 'testing':
      return { tone: 'wait', text: 'earning it' }
    case 'burn-in':
      return { tone: 'wait', text: 'starting' }
    case undefined:
      break
  }
  const kind = kindOf(decision)
  if (kind === 'threshold') return { tone: 'warn', text: 'set by hand' }
  if (kind === 'never') return { tone: 'warn', text: 'unchecked' }
  if (kind === 'earned') return { tone: 'wait', text: 'starting' }
  return { tone: 'plain', text: 'people decide' }
}

/** "About 62 % of the last 200 stood alone." */
export function latelyText({ standingAlone, lately, loadFrom }: DecisionSummary): string | undefined {
  if (standingAlone === undefined || lately === undefined) return undefined
  const n = Math.round(lately.decisions)
  const about = loadFrom === 'cases' && standingAlone > 0 ? 'About ' : ''
  if (n === 1) return standingAlone > 0 ? 'The only one so far stood alone.' : 'A person saw the only one so far.'
  if (standingAlone === 0) return `People saw all of the last ${count(n)}.`
  return `${about}${percent(standingAlone, 0)} of the last ${count(n)} stood alone.`
}

/** The answer to "how does this decision stand?" */
export function said(decision: DecisionDetail): Said {
  const kind = kindOf(decision)
  const lately = latelyText(decision)
  const more = lately === undefined ? [] : [lately]
  if (decision.terms !== null) return saidOfEarned(decision, decision.terms, more)
  if (kind === 'threshold') return saidOfThreshold(decision, more)
  if (kind === 'never')
    return {
      tone: 'warn',
      headline: 'Every proposal stands alone, however unsure.',
      more: [...more, 'Nobody looks, so nobody knows how often it is wrong.'],
      next: 'If wrong answers matter here, let it earn its autonomy: earned({ maxError: 0.05 }).',
    }
  if (kind === 'other') return { tone: 'plain', headline: decision.promise, more }
  const { all } = decision.error
  if (decision.cases === 0)
    return {
      tone: 'plain',
      headline: 'People decide, and none of their answers is here yet.',
      more,
      next: 'Run a flow that takes this decision, and answer its questions in the inbox.',
    }
  if (all.n === 0 || kind === 'people')
    return {
      tone: 'plain',
      headline: 'People decide everything: nothing is proposed to them.',
      more,
      next: 'Their answers are what a predictor can learn from. Give the decision one: predictor: learner({ text: … }).',
    }
  return {
    tone: 'plain',
    headline: 'A person answers every question.',
    more: [...more, `The proposals were right in ${percent(1 - (all.share ?? 0))} of ${count(all.n)} answers.`],
    next: 'earned({ maxError: 0.05 }) would let what is right often enough stand alone; “rondo try” says beforehand how much that would be.',
  }
}

function saidOfThreshold(decision: DecisionDetail, more: readonly string[]): Said {
  const level = Number(/^threshold\((\d*\.?\d+)/.exec(decision.policy)?.[1] ?? /confidence of ([\d.]+)/.exec(decision.promise)?.[1])
  const { alone } = decision.error
  const at = Number.isNaN(level) ? 'sure enough' : `at least ${sure(level)} sure`
  return {
    tone: 'warn',
    headline: `Stands alone when the model is ${at}. Somebody chose that number: nothing is promised.`,
    more: [
      ...more,
      alone.n === 0
        ? 'Nobody checks what stands alone, so nobody knows how often it is wrong.'
        : `Of ${counted(alone.n, 'random check')} of it, ${alone.wrong} ${alone.wrong === 1 ? 'was' : 'were'} wrong: as far as they go, at most ${sure(alone.high)}.`,
    ],
    next: `Let it earn the number instead, from your people’s answers: earned({ maxError: 0.05 }).${alone.n === 0 ? ' Or at least check some of it: threshold(…, { audit: 0.1 }).' : ''}`,
  }
}

function saidOfEarned(decision: DecisionDetail, terms: NonNullable<DecisionDetail['terms']>, more: readonly string[]): Said {
  const promise = promiseText(terms)
  const segments = decision.state?.segments ?? []
  const [refused] = decision.refused
  const [only] = segments
  if (only === undefined)
    return {
      tone: 'wait',
      headline: 'People see everything: there is no answer yet to earn anything by.',
      more,
      next: `Answer its questions in the inbox. The first ${terms.burnIn} answers set the thresholds, those after them test them.`,
    }
  if (refused !== undefined)
    return {
      tone: 'bad',
      headline: 'Nothing stands alone: the promise is refused, because people’s own answers are not that good.',
      more: [sentence(refused.why)],
      next: 'Look at who differs on what (Evidence, Reviewers), agree on what is right, or promise less with a larger maxError.',
    }
  if (segments.length > 1) return saidOfSegments(segments, promise, more)
  return saidOfEpoch(only.current, promise, more)
}

function saidOfEpoch(epoch: Epoch, promise: string, more: readonly string[]): Said {
  const { threshold, certified, burnIn } = epoch
  const best = epoch.certificates.findLast((one) => one.certified)
  if (threshold !== undefined)
    return {
      tone: 'good',
      headline: `Stands alone when the model is at least ${sure(threshold)} sure.`,
      more: [
        `${certified === undefined ? 'Certified' : `Certified on ${day(certified.at)}, after ${counted(certified.labels, 'answer')}`}: ${promise}.`,
        ...(best === undefined
          ? []
          : [`Of ${counted(best.n, 'answer')} from people above that, ${best.errors} differed from the proposal.`]),
        ...more,
      ],
    }
  if (epoch.began === 'drift')
    return {
      tone: 'bad',
      headline: 'People see everything again: an alarm rang, because too much of what stood alone was wrong.',
      more: [`It has to be certified anew. ${missingText(epoch)}`],
      next: 'Mend what changed (a prompt, a model, a new kind of question). The answers that people give meanwhile certify it again.',
    }
  const because = epoch.began === 'version' ? 'The predictor is new and has to earn its own autonomy. ' : ''
  return {
    tone: 'wait',
    headline: 'People see everything for now: the model has not shown yet that it may stand alone.',
    more: [`${because}${missingText(epoch)}`],
    next:
      burnIn.labelled < burnIn.needed
        ? 'Every answer in the inbox brings it nearer; an import does not, because nobody drew what is in it.'
        : 'Answer on. If errors keep it from getting there, look at the confusion below: a better prompt or more examples help, time alone does not.',
  }
}

function saidOfSegments(segments: readonly SegmentState[], promise: string, more: readonly string[]): Said {
  const alone = segments.filter(({ current }) => current.threshold !== undefined)
  const alarmed = segments.filter(({ current }) => current.began === 'drift' && current.threshold === undefined)
  return {
    tone: alarmed.length > 0 ? 'bad' : alone.length > 0 ? 'good' : 'wait',
    headline:
      alone.length === 0
        ? `People see everything for now, in all ${segments.length} segments.`
        : `Stands alone in ${alone.length} of ${segments.length} segments, where the model is sure enough.`,
    more: [
      ...(alone.length > 0 ? [`In each of them: ${promise}.`] : []),
      ...alarmed.map(({ segment }) => `In “${segment ?? ''}” an alarm rang, and people see everything again.`),
      ...more,
    ],
    ...(alone.length < segments.length && {
      next: 'Each segment earns by its own answers; the table of segments says what is missing where.',
    }),
  }
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`
}
