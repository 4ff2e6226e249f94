/**
 * What the figures of epochs and certificates say, in words: what is proved, and what is missing.
 *
 * Owns: those words, and how far a certificate is. Never: draws anything.
 */
import type { DecisionDetail } from '../../api/documents.ts'
import { count, counted } from '../../parts/figures.tsx'

export type SegmentState = NonNullable<DecisionDetail['state']>['segments'][number]
export type Epoch = SegmentState['current']
export type Certificate = Epoch['certificates'][number]

/** A level of confidence or of evidence, as exact as it matters. */
export function sure(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`
}

export function promiseText({ maxError, confidence }: Pick<NonNullable<DecisionDetail['terms']>, 'maxError' | 'confidence'>): string {
  return `at most ${sure(maxError)} wrong, with ${sure(confidence)} confidence`
}

/** What is missing for the next certificate. */
export function missingText(epoch: Epoch, maxError?: number): string {
  const { burnIn, certificates } = epoch
  if (burnIn.labelled < burnIn.needed) return `${burnIn.labelled} of the ${burnIn.needed} answers that set the thresholds are there.`
  const next = certificates.find((one) => !one.certified)
  if (next === undefined) return 'Every threshold is certified: it stands alone as far as it can.'
  const level =
    epoch.threshold === undefined ? `The first threshold (${sure(next.tau)} sure)` : `The next threshold (${sure(next.tau)} sure)`
  const so = `has evidence ${evidence(next.eValue)} of the ${evidence(next.needed)} it needs, from ${counted(next.n, 'answer')} with ${counted(next.errors, 'error')}`
  const least = maxError === undefined ? undefined : answersMissing(next, maxError)
  return `${level} ${so}.${least === undefined ? '' : ` That takes at least ${counted(least, 'more right answer')}; each wrong one takes many right ones to make good.`}`
}

/** How many right answers in a row could certify it at best: each multiplies the evidence by at most 1 + 0.9·α/(1−α). */
export function answersMissing({ eValue, needed }: Pick<Certificate, 'eValue' | 'needed'>, maxError: number): number {
  const most = Math.log1p((0.9 * maxError) / (1 - maxError))
  return Math.max(1, Math.ceil(Math.log(needed / Math.max(eValue, Number.MIN_VALUE)) / most))
}

/** Where evidence stands between nothing (1) and what is needed, on a log scale. */
export function progressOf({ eValue, needed }: Pick<Certificate, 'eValue' | 'needed'>): number {
  return Math.max(0, Math.min(1, Math.log(Math.max(1, eValue)) / Math.log(needed)))
}

export function evidence(value: number): string {
  if (value >= 1e5) return value.toExponential(0).replace('e+', ' × 10^')
  return value >= 100 ? count(Math.round(value)) : String(Number(value.toPrecision(2)))
}

/** How an epoch began, went and ended. */
export function epochText({ began, certified, threshold, alarm, burnIn, certificates }: Epoch): string {
  const start = { start: 'Began with the first proposal', version: 'Began with a new version', drift: 'Began after an alarm' }[began]
  const then =
    certified !== undefined
      ? `certified on ${day(certified.at)} after ${counted(certified.labels, 'answer')}${threshold === undefined ? '' : `, stands alone from ${sure(threshold)}`}`
      : certificates.length > 0
        ? 'nothing certified'
        : `${burnIn.labelled} of ${burnIn.needed} answers that set the thresholds`
  return `${start}; ${then}${alarm === undefined ? '' : `; ended on ${day(alarm.at)} by an alarm`}.`
}

export function day(at: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' }).format(new Date(at))
}
