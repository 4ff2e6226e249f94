/**
 * `npm start`: the mail desk on real mail.
 *
 * The Spam Assassin public corpus goes through the mail-desk flow in a seeded order. Killed at any moment it goes on where it
 * was: the database and the mailbox are all there is.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createRondo } from 'rondo'
import { type EpochState, earned, threshold } from 'rondo/autonomy'
import { learner } from 'rondo/learner'
import { corpus } from './corpus.ts'
import { createMailDesk, type MailQuestion } from './flow.ts'
import { Mailbox } from './mailbox.ts'
import { meAnswers } from './me.ts'
import { corpusAnswers } from './people.ts'
import { Progress } from './progress.ts'
import { type Outcome, report } from './report.ts'

const USAGE = `npm start -- [options]
  --messages N     how many of the corpus's 6,046 mails (default 1500; with --me 60)
  --seed N         the order they come in (default 1)
  --me             you are the desk's people
  --max-error E    what stands alone is wrong at most this often, with 95 % confidence (default 0.05)
  --threshold T    instead: a proposal at or above this confidence stands alone (hand-set, no guarantee)
  --folder DIR     where the database and the mailbox are (default .rondo/mail-desk)
  --fresh          forget what was done before
  --json           the report as JSON`

interface Settings {
  readonly messages: number
  readonly seed: number
  readonly me: boolean
  readonly maxError: number
  readonly threshold: number | undefined
  readonly folder: string
  readonly fresh: boolean
  readonly json: boolean
}

function settings(): Settings {
  const { values } = parseArgs({
    options: {
      messages: { type: 'string' },
      seed: { type: 'string', default: '1' },
      me: { type: 'boolean', default: false },
      'max-error': { type: 'string', default: '0.05' },
      threshold: { type: 'string' },
      folder: { type: 'string', default: join('.rondo', 'mail-desk') },
      fresh: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    process.exit(0)
  }
  return {
    messages: within('--messages', values.messages ?? (values.me ? '60' : '1500'), 1, 6046, true),
    seed: within('--seed', values.seed, 0, 2 ** 31, true),
    maxError: within('--max-error', values['max-error'], 0.001, 0.5, false),
    threshold: values.threshold === undefined ? undefined : within('--threshold', values.threshold, 0, 1, false),
    me: values.me,
    folder: values.folder,
    fresh: values.fresh,
    json: values.json,
  }
}

function within(name: string, text: string, least: number, most: number, whole: boolean): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= least && value <= most && (!whole || Number.isInteger(value))) return value
  throw new Error(`${name} takes a ${whole ? 'whole ' : ''}number from ${least} to ${most}, not "${text}".`)
}

async function main(): Promise<number> {
  const chosen = settings()
  if (chosen.fresh) rmSync(chosen.folder, { recursive: true, force: true })
  const started = performance.now()
  const mails = await corpus({ seed: chosen.seed, limit: chosen.messages })
  const mailbox = new Mailbox(join(chosen.folder, 'mailbox'), mails)
  const model = process.env['RONDO_MODEL']
  const policy = earned({ maxError: chosen.maxError, confidence: 0.95, audit: 0.1 })
  const desk = createMailDesk({
    mailbox,
    predictor: learner({ text: (mail: MailQuestion) => `${mail.subject}\n${mail.body}` }),
    autonomy: chosen.threshold === undefined ? policy : threshold(chosen.threshold),
    drafts: model !== undefined,
  })
  const database = join(chosen.folder, 'rondo.db')
  const rondo = await createRondo({
    database,
    flows: [desk],
    prompts: join(import.meta.dirname, 'prompts'),
    ...(model !== undefined && { model }),
  })
  const runOf = (mail: string): string => `mail-${chosen.seed}-${mail}`
  const mailOf = (run: string): string | undefined =>
    run.startsWith(`mail-${chosen.seed}-`) ? run.slice(`mail-${chosen.seed}-`.length) : undefined
  const stopped = stopOnInterrupt()
  const failed = Promise.withResolvers<never>()
  const leave = chosen.me ? meAnswers(rondo, mailbox, mailOf, failed.reject) : corpusAnswers(rondo, mailbox, mailOf, failed.reject)
  const progress = new Progress(mails.length, { quiet: chosen.json || chosen.me })
  const outcomes: Outcome[] = []
  let resumed = 0
  let epoch: EpochState | undefined
  try {
    for (const mail of mails) {
      const handle = await rondo.runs.start(desk, { id: mail.id }, { id: runOf(mail.id) })
      if (!handle.started && (await rondo.runs.get(handle.id))?.status === 'completed') resumed += 1
      const output = await Promise.race([handle.result(), stopped, failed.promise])
      if (output === undefined) break
      outcomes.push({ ...output, id: mail.id, label: mail.spam ? 'spam' : 'wanted' })
      progress.step(output.by)
    }
    if (chosen.threshold === undefined) epoch = (await policy.state(rondo.store.cases, 'spam')).segments[0]?.current
  } finally {
    leave()
    progress.end()
    await rondo.close()
  }
  if (outcomes.length < mails.length) {
    console.error(`\nStopped after ${outcomes.length} of ${mails.length} mails; nothing is lost. "npm start" goes on from here.`)
    return 130
  }
  console.log(report(outcomes, { ...chosen, epoch, database, model, resumed, seconds: (performance.now() - started) / 1000 }))
  return 0
}

/** Resolves at Ctrl-C, so that the desk stops between two mails; a second Ctrl-C ends the process at once. */
function stopOnInterrupt(): Promise<undefined> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve(undefined))
    process.once('SIGTERM', () => resolve(undefined))
  })
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
