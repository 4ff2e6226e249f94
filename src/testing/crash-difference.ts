/**
 * What `crashEverywhere` throws: a flow came out otherwise after a crash.
 */
import { encode } from '../json.ts'
import type { Kill } from './killable.ts'

export interface Difference {
  readonly flow: string
  readonly kill: Kill
  /** What was being written when it died, in words. */
  readonly entry: string
  readonly what: 'result' | 'effects'
  readonly expected: unknown
  readonly actual: unknown
  /** What stood in the journal when it died, a line an entry. */
  readonly journal: readonly string[]
}

const LINES_SHOWN = 12

export class CrashDifference extends Error implements Difference {
  readonly flow: string
  readonly kill: Kill
  readonly entry: string
  readonly what: 'result' | 'effects'
  readonly expected: unknown
  readonly actual: unknown
  readonly journal: readonly string[]

  constructor(difference: Difference) {
    super(messageOf(difference))
    this.name = 'CrashDifference'
    this.flow = difference.flow
    this.kill = difference.kill
    this.entry = difference.entry
    this.what = difference.what
    this.expected = difference.expected
    this.actual = difference.actual
    this.journal = difference.journal
  }
}

function messageOf({ flow, kill, entry, what, expected, actual, journal }: Difference): string {
  const left = journal.length - LINES_SHOWN
  const shown = [...(left > 0 ? [`… ${left} before these`] : []), ...journal.slice(-LINES_SHOWN)]
  return [
    `"${flow}" does not come through a crash: killed just ${kill.when} journal write ${kill.at}, ${entry}, its ${what} came out otherwise.`,
    `  undisturbed:     ${readable(expected)}`,
    `  after the crash: ${readable(actual)}`,
    'In the journal when it died:',
    ...(shown.length === 0 ? ['  nothing yet'] : shown.map((line) => `  ${line}`)),
    what === 'effects'
      ? 'Usual causes: a step that changes the world under { effect: "none" } or "read", which may run again; an "idempotent" one whose other side ignores the key; or work outside of steps.'
      : 'Usual causes: time, chance or ids that do not come from run; variables of the module that a flow changes; or reading the world outside of steps.',
  ].join('\n')
}

function readable(value: unknown): string {
  try {
    return encode(value)
  } catch {
    return String(value)
  }
}
