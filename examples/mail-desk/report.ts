/**
 * What the desk says at the end: how many mails people saw and how that fell, how good what stood alone was, and what to try.
 */
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
  readonly threshold: number
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
    found.accuracyAlone === undefined
      ? 'Nothing stood alone: the learner was never sure enough.'
      : `${found.stoodAlone} stood alone at confidence ≥ ${around.threshold}: ${found.wrongAlone} wrong, ${(found.accuracyAlone * 100).toFixed(1)} % right.\nThat threshold was set by hand and carries no guarantee.`,
    around.model === undefined
      ? 'Replies to personal mail were left out: they need a language model (see below).'
      : `Replies drafted with ${around.model} and approved: ${found.replies}.`,
    '',
    `Time: ${around.seconds.toFixed(1)} s${around.resumed > 0 ? `, with ${around.resumed} mails done before` : ''}. Database: ${around.database}`,
    '',
    'What to try next:',
    `  npx rondo runs --db ${around.database}            every mail's run; then: npx rondo show RUN --db …`,
    '  npm start -- --fresh --me                           answer as the desk yourself',
    '  npm start -- --fresh --threshold 0.8                let more stand alone, and see what it costs',
    ...(around.model === undefined ? ['  RONDO_MODEL=openai/gpt-5-mini OPENAI_API_KEY=… npm start -- --fresh --messages 30'] : []),
    '  kill -9 it half-way and start it again: it goes on where it was',
  ]
  return lines.join('\n')
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
