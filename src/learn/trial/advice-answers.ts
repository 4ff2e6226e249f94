/**
 * Advice on answers and rows: what is never proposed, what is taken for something else, what looks mislabelled.
 */
import type { Advice, Found } from './advice.ts'
import { count, percent } from './advice-words.ts'
import type { AnswerFacts } from './patterns.ts'
import { share } from './standing.ts'

const SHOWN_ROWS = 10
/** A pair of answers is worth a rule of its own from this share of all errors on. */
const WORTH_A_RULE = 0.04
const FEWEST_PROPOSED = 30
/** So far below the share that is right, a mean confidence says nothing. */
const TOO_MODEST = 0.4

export function aboutSuspects({ suspects }: Found): Advice[] {
  if (suspects.length === 0) return []
  const rows = suspects.slice(0, SHOWN_ROWS).map(({ row }) => row)
  return [
    {
      title: `Look at ${suspects.length >= 100 ? 'the 100 surest rows' : suspects.length === 1 ? 'the row' : `${suspects.length} rows`} where people and a sure proposal disagree, mend what is mislabelled, and try again.`,
      why: `Proposals as sure as these are right in nine cases of ten or more. Begin with ${rows.length === 1 ? 'row' : 'rows'} ${rows.join(', ')}.`,
    },
  ]
}

/** An answer that people give and the predictor does not know: none of its proposals can be right there. */
export function aboutNever({ byAnswer, standing }: Found): Advice[] {
  const unknown = byAnswer.filter(({ n, proposed }) => proposed === 0 && n > 0)
  const rows = unknown.reduce((sum, { n }) => sum + n, 0)
  const [first] = unknown
  if (first === undefined || rows < standing.decisions * WORTH_A_RULE) return []
  const others = unknown.length === 1 ? '' : ` and ${unknown.length - 1} other ${unknown.length === 2 ? 'answer' : 'answers'}`
  return [
    {
      title: `Teach it to say "${first.answer}"${others}: it never does.`,
      why: `People decided so in ${count(rows)} of ${count(standing.decisions)} decisions (${percent(share(rows, standing.decisions))}), and whatever is proposed there is wrong, however sure. If it stands for "none of these", a predictor that was never shown such cases cannot know them; the learner learns them from your rows (--learner).`,
    },
  ]
}

/** An answer whose confidence says little of how often it is right: a system's way to say "none of these" is often scored 0. */
export function aboutModesty({ byAnswer, standing, proposer }: Found): Advice[] {
  if (proposer.confidence === 'none') return []
  const isModest = ({ proposed, right, meanConfidence }: AnswerFacts): boolean =>
    proposed >= FEWEST_PROPOSED && proposed >= standing.decisions * WORTH_A_RULE && share(right, proposed) - meanConfidence >= TOO_MODEST
  return byAnswer.filter(isModest).map(({ answer, proposed, right, meanConfidence }) => ({
    title: `Give "${answer}" a confidence that means something: it says ${percent(meanConfidence)} and is right in ${percent(share(right, proposed))}.`,
    why: `These are ${count(proposed)} of ${count(standing.proposed.n)} proposals. They rank last though they are often right, so none of them can stand alone. Say how sure it is of this answer too, or let the learner say it (--learner).`,
  }))
}

export function aboutConfusions({ confusions, settled, byAnswer }: Found): Advice[] {
  const never = new Set(byAnswer.filter(({ proposed }) => proposed === 0).map(({ answer }) => answer))
  const known = confusions.filter(({ count: errors, answers }) => errors >= 5 && !answers.some((answer) => never.has(answer)))
  const worth = known.filter(({ count: errors }) => errors >= settled.errors * WORTH_A_RULE).slice(0, 3)
  const pairs = worth.length > 0 ? worth : known.slice(0, 1)
  return pairs.map(({ answers: [one, other], count: errors, examples }) => ({
    title: `Say in a sentence when it is "${one}" and when "${other}", or join the two.`,
    why: `They are taken for each other ${errors} times, ${percent(share(errors, settled.errors))} of all errors. Would two of your people agree on ${examples.length === 1 ? 'row' : 'rows'} ${examples.map(({ row }) => row).join(', ')}?`,
  }))
}
