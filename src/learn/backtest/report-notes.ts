/**
 * What a reader should know of a backtest's verdict, in sentences: what it does not cover, and what to do about it.
 *
 * Never: changes a verdict.
 */

import type { Lost } from './outcome.ts'
import type { BacktestReport } from './report.ts'
import type { Judged, MetricReport } from './verdict.ts'

export interface Noting {
  readonly isSample: boolean
  readonly judged: Judged
  readonly steps: BacktestReport['steps']
  readonly replayed: number
  readonly unfinished: number
  readonly unpriced: readonly string[]
}

const LOST: Readonly<Record<Lost, string>> = {
  diverged: 'not reached by the replay',
  skipped: 'passed over by the flow',
  otherwise: 'another question',
  unanswered: 'people did not answer in time',
  trouble: 'a model could not be asked',
}

export function notesOf({ isSample, judged: { metrics }, steps, replayed, unfinished, unpriced }: Noting): string[] {
  const { ran, wouldDo, notApplicable } = steps
  return [
    ...(isSample ? [] : ['These runs are no random sample: they show what would break, and certify nothing.']),
    ...(isSample && metrics.every(({ graded, lost }) => graded + lost === 0)
      ? ['Nothing tells better from worse here: no decision was answered by people, and no measure was recorded.']
      : []),
    ...metrics.filter(({ lost }) => lost > 0).map(lostNote),
    ...(replayed > 0 && ran === 0 && wouldDo === 0 ? ['No step of these runs is touched by the change.'] : []),
    ...(wouldDo > 0 ? [`${wouldDo} steps with an effect would have done something else, or may have. None of them ran.`] : []),
    ...(notApplicable > 0
      ? [`${notApplicable} times people would be asked something they were not asked: what hangs on it is not known.`]
      : []),
    ...(isSample && unfinished > 0
      ? [
          `${unfinished} runs that were started in this window are not over, and the slow ones are among them: choose runs that are old enough to have ended.`,
        ]
      : []),
    ...(unpriced.length > 0 ? [`The price of ${unpriced.join(', ')} is not known: more was spent than is said here.`] : []),
    ...metrics
      .filter(({ unseeable }) => unseeable > 0)
      .map(({ metric, unseeable }) => `${metric}: ${unseeable} could never have come to people, and the verdict says nothing of them.`),
  ]
}

function lostNote({ metric, lost, lostBecause, graded, verdict, ifLostWereRight }: MetricReport): string {
  const why = Object.entries(LOST).flatMap(([because, words]) => {
    const some = lostBecause[because as Lost]
    return some === undefined ? [] : [`${some} ${words}`]
  })
  const head = `${metric}: ${lost} of ${lost + graded} scores are lost under the change (${why.join(', ')}) and count against it.`
  if (verdict !== 'inconclusive') return `${head} The verdict stands whatever they would be.`
  const open = ifLostWereRight?.verdict === 'inconclusive' ? '' : ' Right or wrong they could turn the verdict, so there is none.'
  return `${head}${open} ${whatToDo(lostBecause)}`
}

/** What makes the most frequent reason go away. */
function whatToDo(lostBecause: MetricReport['lostBecause']): string {
  const { diverged = 0, skipped = 0, otherwise = 0, unanswered = 0, trouble = 0 } = lostBecause
  const most = Math.max(diverged, skipped, otherwise, unanswered, trouble)
  if (most === trouble) return 'Try again later: the same command asks only for what is missing.'
  if (most === diverged)
    return 'Look at one with --run: a step that says its input is replayed further; what the journal cannot know, only live runs can.'
  return 'No record can answer for people: let a share of live runs take the change, or have people answer its questions; --must-pass shows what would break.'
}
