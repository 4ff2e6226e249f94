/**
 * Answering the inbox at a terminal: one question at a time, by single keys.
 *
 * Owns: the session; what is shown is claimed meanwhile, and released when it is skipped. Never: checks an answer; the inbox does,
 * and what it refuses is said and asked again.
 */
import { systemClock } from '../clock.ts'
import type { InboxFilter, InboxItem, Person, Rondo } from '../index.ts'
import { type Act, actsFor } from './answering-acts.ts'
import { EXIT } from './exits.ts'
import { paint } from './output.ts'
import { questionLines } from './question-text.ts'
import { pressedKey } from './terminal.ts'
import { counted, oneLine, plain } from './text.ts'

export interface Session {
  readonly rondo: Rondo
  readonly person: Person
  readonly filter: InboxFilter
  /** Stay when nothing is left, and ask what comes. */
  readonly watch: boolean
}

const LOOKED_AT = 200

/** Asks until nothing is left, or the person has had enough. Resolves with the exit code. */
export async function answerInbox(session: Session): Promise<number> {
  const skipped = new Set<string>()
  let answered = 0
  for (;;) {
    const item = await nextItem(session, skipped)
    if (item === undefined) {
      if (!session.watch || !(await somethingComes(session))) break
      continue
    }
    const end = await answerOne(session, item)
    if (end === 'interrupted') return EXIT.interrupted
    if (end === 'quit') break
    if (end === 'skipped') skipped.add(item.id)
    else if (end === 'answered') answered += 1
  }
  const left = await session.rondo.inbox.count(session.filter)
  const rest = left === 0 ? 'nothing waits for you' : `${counted(left, 'question')} left`
  write(answered === 0 ? `${rest[0]?.toUpperCase()}${rest.slice(1)}.` : `${counted(answered, 'question')} answered, ${rest}.`)
  return EXIT.ok
}

type End = 'answered' | 'gone' | 'skipped' | 'quit' | 'interrupted'

async function nextItem({ rondo, filter }: Session, skipped: ReadonlySet<string>): Promise<InboxItem | undefined> {
  const items = await rondo.inbox.list({ ...filter, limit: LOOKED_AT + skipped.size })
  return items.find((item) => !skipped.has(item.id))
}

/** Waits until the database changes; `false` when the person presses q instead. */
async function somethingComes({ rondo }: Session): Promise<boolean> {
  write(paint('dim', 'Nothing waits for you. This stays and asks what comes; [q] quits.'))
  const changed = new AbortController()
  const ends = [rondo.store.watch(() => changed.abort()), rondo.events.subscribe(() => changed.abort())]
  try {
    await pressedKey(new Set(['q']), changed.signal)
    return changed.signal.aborted
  } finally {
    for (const end of ends) end()
  }
}

async function answerOne(session: Session, item: InboxItem): Promise<End> {
  const { rondo, person } = session
  if (!(await held(() => rondo.inbox.claim(item.id, person)))) return 'gone'
  const shownAt = systemClock.now()
  const acts = actsFor(item, person, rondo, () => ({ attentionMs: systemClock.now() - shownAt, openedAt: item.openedAt }))
  show(item, acts, false)
  for (;;) {
    const key = await pressedKey(new Set([...acts.map((act) => act.key), 's', 'q', 'v']))
    if (key === undefined || key === 'q' || key === 's') {
      await held(() => rondo.inbox.release(item.id, person))
      return key === undefined ? 'interrupted' : key === 'q' ? 'quit' : 'skipped'
    }
    if (key === 'v') {
      show(item, acts, true)
      continue
    }
    const end = await act(acts.find((each) => each.key === key))
    if (end !== 'stay') return end
    write(prompt(acts))
  }
}

/** Does what the key stands for; what the inbox refuses is said, and only what is gone ends the question. */
async function act(chosen: Act | undefined): Promise<'answered' | 'skipped' | 'gone' | 'stay'> {
  try {
    const said = await chosen?.act()
    if (chosen === undefined || said === undefined) return 'stay'
    write(`${paint('green', '✓')} ${plain(said)}\n`)
    return chosen.result
  } catch (error) {
    write(`${paint('red', '✗')} ${plain(error instanceof Error ? error.message : String(error))}`)
    return isGone(error) ? 'gone' : 'stay'
  }
}

async function held(change: () => Promise<InboxItem>): Promise<boolean> {
  try {
    await change()
    return true
  } catch (error) {
    if (isGone(error)) return false
    throw error
  }
}

/** Somebody else answered or took it, or it is asked no more. */
function isGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return (
    code === 'review_taken' || code === 'review_closed' || code === 'review_claimed' || code === 'review_unknown' || code === 'role_missing'
  )
}

function show(item: InboxItem, acts: readonly Act[], all: boolean): void {
  write(paint('dim', '─'.repeat(Math.min(80, process.stdout.columns ?? 80))))
  write(questionLines(item, systemClock.now(), all).join('\n'))
  write(`\n${prompt(acts)}`)
}

function prompt(acts: readonly Act[]): string {
  const keys = [...acts, { key: 'v', label: 'view all' }, { key: 's', label: 'skip' }, { key: 'q', label: 'quit' }]
  return keys.map(({ key, label }) => `${paint('cyan', `[${key === 'return' ? '↵' : key}]`)} ${oneLine(label)}`).join('  ')
}

function write(text: string): void {
  process.stdout.write(`${text}\n`)
}
