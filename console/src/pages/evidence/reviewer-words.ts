/**
 * What there is to say of the people behind a decision, in words: as `rondo people` says it, and what to be careful about.
 */
import type { Tone } from '../../parts/badge.tsx'
import type { Reviewers } from './documents.ts'

export interface Remark {
  readonly tone: Tone
  readonly text: string
}

/** From so few compared questions on, an estimate says little. */
const FEW = 20
/** So much apart in saying what was proposed is worth a word. */
const NODDING = 0.1

/** As Krippendorff reads it. */
export function alphaWord(alpha: number): { readonly word: string; readonly tone: Tone } {
  if (alpha >= 0.8) return { word: 'reliable', tone: 'good' }
  if (alpha >= 0.667) return { word: 'good enough for tentative conclusions', tone: 'warn' }
  return { word: 'too low to rely on', tone: 'bad' }
}

export function remarks(report: Reviewers): Remark[] {
  const { several, alone, refused, answers } = report
  if (answers === 0) return []
  return [
    ...refused.map(
      ({ segment, why }): Remark => ({
        tone: 'bad',
        text: segment === undefined ? sentence(why) : `In segment ${segment}: ${sentence(why)}`,
      }),
    ),
    ...(several.n === 0
      ? [{ tone: 'warn', text: unknownWords(report) } as const]
      : several.n < FEW
        ? [
            {
              tone: 'warn',
              text: `Only ${several.n} ${several.n === 1 ? 'question was' : 'questions were'} answered by two people or more: the figures may move a good deal.`,
            } as const,
          ]
        : []),
    ...(alone.n > 0 && alone.errorAtLeast > 0
      ? [
          {
            tone: 'info',
            text: `At least ${percentWords(alone.errorAtLeast)} of the answers are wrong, whatever the truth is (95 %): two people who answer by themselves differ on ${percentWords(alone.differing ?? 0)}.`,
          } as const,
        ]
      : []),
    ...nodding(report),
  ]
}

function unknownWords({ double = 0 }: Reviewers): string {
  const how =
    double > 0
      ? 'A share of the questions is put to two people; none has been answered by both yet.'
      : 'Put a share of the questions to two: people: { role, double: 0.1 }.'
  return `No question was answered by two people, so nothing is known of how right they are. ${how}`
}

/** Who sees a proposal and says it more often than who does not, may be nodding. */
function nodding({ agreedWithProposal: { shown, hidden } }: Reviewers): Remark[] {
  const parts = [
    ...(shown.n === 0 ? [] : [`${percentWords(shown.agreed / shown.n)} of ${shown.n} answers where they saw the proposal`]),
    ...(hidden.n === 0
      ? []
      : [
          `${percentWords(hidden.agreed / hidden.n)} of ${hidden.n}${shown.n === 0 ? ' answers, without seeing it' : ' where they did not'}`,
        ]),
  ]
  if (parts.length === 0) return []
  const apart = shown.n >= FEW && hidden.n >= FEW && shown.agreed / shown.n - hidden.agreed / hidden.n > NODDING
  const text = `People said what was proposed in ${parts.join(', and in ')}.${apart ? ' The difference may be people who nod.' : ''}`
  return [{ tone: apart ? 'warn' : 'plain', text }]
}

export function percentWords(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`
}

function sentence(text: string): string {
  const begun = `${text.charAt(0).toUpperCase()}${text.slice(1)}`
  return /[.!?]$/.test(begun) ? begun : `${begun}.`
}
