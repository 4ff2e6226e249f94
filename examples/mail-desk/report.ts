/**
 * What the desk says at the end: how many mails people saw and how that fell, how good what stood alone was, and what to try.
 */
import type { EpochState } from 'rondo/autonomy'

export interface Outcome {
  readonly id: string
  readonly folder: 'spam' | 'list' | 'personal'
  readonly by: 'predictor' | 'people' | 'default'
  readonly predicted?: string | undefined
  readonly confidence: number
  readonly replied: boolean
  /** What the corpus's people said. */
  readonly label: 'spam' | 'wanted'
}

export interface Circumstances {
  readonly me: boolean
  readonly json: boolean
  readonly maxError: number
  /** Set by hand, when it was. */
  readonly threshold: number | undefined
  /** How the autonomy that was earned stands. */
  readonly epoch: EpochState | undefined
  readonly database: string
  readonly model: string | undefined
  readonly resumed: number
  readonly seconds: number
}

const SLICES = 10
const BAR = 30

/** The report's figures, the same for the same outcomes. */
export function figures(outcomes: readonly Outcome[]) {
  const alone = outcomes.filter((outcome) => outcome.by === 'predictor')
  const wrong = alone.filter((outcome) => (outcome.folder === 'spam') !== (outcome.label === 'spam'))
  const size = Math.ceil(outcomes.length / SLICES)
  const slices = Array.from({ length: Math.ceil(outcomes.length / size) }, (_, index) => outcomes.slice(index * size, (index + 1) * size))
  return {
    mails: outcomes.length,
    folders: Object.fromEntries(
      (['spam', 'list', 'personal'] as const).map((folder) => [folder, outcomes.filter((outcome) => outcome.folder === folder).length]),
    ),
    seenByPeople: outcomes.filter((outcome) => outcome.by === 'people').length,
    stoodAlone: alone.length,
    /** The first mail that stood alone, counted from 1. */
    aloneSince: alone.length === 0 ? undefined : outcomes.findIndex((outcome) => outcome.by === 'predictor') + 1,
    wrongAlone: wrong.length,
    accuracyAlone: alone.length === 0 ? undefined : 1 - wrong.length / alone.length,
    replies: outcomes.filter((outcome) => outcome.replied).length,
    seenOverTime: slices.map((slice) => slice.filter((outcome) => outcome.by === 'people').length / slice.length),
  }
}

export function report(outcomes: readonly Outcome[], around: Circumstances): string {
  const found = figures(outcomes)
  if (around.json)
    return JSON.stringify({
      ...found,
      seconds: around.seconds,
      database: around.database,
      peopleWere: around.me ? 'you' : 'the labels of the corpus',
    })
  const size = Math.ceil(outcomes.length / SLICES)
  const chart = found.seenOverTime.map(
    (share, index) =>
      `  ${`${index * size + 1}–${Math.min(outcomes.length, (index + 1) * size)}`.padStart(11)}  ${'█'.repeat(Math.round(share * BAR)).padEnd(BAR, '·')} ${percent(share)}`,
  )
  const lines = [
    '',
    `The mail desk: ${found.mails} mails — ${found.folders['spam']} spam, ${found.folders['list']} list, ${found.folders['personal']} personal.`,
    around.me ? 'You were the people.' : "The corpus's own human labels stood in for the people.",
    '',
    `People saw ${found.seenByPeople} of ${found.mails} (${percent(found.seenByPeople / found.mails)}). Over time:`,
    ...chart,
    '',
    ...autonomyLines(found, around),
    around.model === undefined
      ? 'Replies to personal mail were left out: they need a language model (see below).'
      : `Replies drafted with ${around.model} and approved: ${found.replies}.`,
    '',
    `Time: ${around.seconds.toFixed(1)} s${around.resumed > 0 ? `, with ${around.resumed} mails done before` : ''}. Database: ${around.database}`,
    '',
    'What to try next:',
    `  npm run -s rondo -- runs --db ${around.database}   every mail's run; then the same with: show RUN`,
    '  npm start -- --fresh --me                           answer as the desk yourself',
    '  npm start -- --fresh --max-error 0.02               promise more, and see what it takes to earn it',
    '  npm start -- --fresh --threshold 0.8                a threshold set by hand, with no guarantee',
    ...(around.model === undefined ? ['  RONDO_MODEL=openai/gpt-5-mini OPENAI_API_KEY=… npm start -- --fresh --messages 30'] : []),
    '  kill -9 it half-way and start it again: it goes on where it was',
  ]
  return lines.join('\n')
}

/** What stood alone, since when, how right it was, and what is promised of it. */
function autonomyLines(found: ReturnType<typeof figures>, { threshold, epoch, maxError }: Circumstances): string[] {
  const alone =
    found.accuracyAlone === undefined
      ? 'Nothing stood alone yet.'
      : `${found.stoodAlone} stood alone, the first of them mail ${found.aloneSince}: ${found.wrongAlone} wrong, ${(found.accuracyAlone * 100).toFixed(1)} % right.`
  if (threshold !== undefined) return [alone, `The threshold ${threshold} was set by hand and carries no guarantee.`]
  const promise = `at most ${percent(maxError)} of what stands alone differ from what the people would have said (95 % confidence)`
  if (epoch?.threshold === undefined) return [alone, `To be earned: ${promise}. ${whyNot(epoch)}`]
  const certificate = epoch.certificates.findLast((one) => one.certified)
  return [
    alone,
    `Earned after ${epoch.certified?.labels} answers: at confidence ≥ ${epoch.threshold.toFixed(3)}, ${promise}.`,
    ...(certificate === undefined
      ? []
      : [
          `The evidence: ${certificate.errors} errors among ${certificate.n} answers above it, e-value ${certificate.eValue.toPrecision(3)} of ${certificate.needed.toPrecision(3)} needed.`,
        ]),
  ]
}

function whyNot(epoch: EpochState | undefined): string {
  if (epoch === undefined || epoch.burnIn.labelled < epoch.burnIn.needed)
    return `The first ${epoch?.burnIn.needed ?? 100} answers set the thresholds; ${epoch?.burnIn.labelled ?? 0} are there.`
  const [first] = epoch.certificates
  return `The evidence for ${first?.tau.toFixed(3)} stands at ${first?.eValue.toPrecision(3)} of ${first?.needed.toPrecision(3)}.`
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
