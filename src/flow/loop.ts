/**
 * `run.loop`: turns that carry state.
 *
 * Owns: rounds and where a resumed loop starts. Never: keeps more than one round in memory.
 * Invariant L1: a resumed loop starts after its last finished round, from the state that round recorded; neither reading nor
 * memory grows with the rounds before it.
 */
import { RondoError } from '../errors.ts'
import { type Entry, type NewEntry, pathOf } from '../journal/records.ts'
import { decode, encode } from '../json.ts'
import type { Usage } from '../money.ts'
import { alike, compared, replayWhole } from './counterfactual.ts'
import { kept } from './kept.ts'
import { afford, checkBudget, Meter } from './meter.ts'
import { decodeAs, type Ended, recordedOutcome, valueOutcome } from './outcome.ts'
import { turnName } from './path.ts'
import type { Again, Budget, Done, Turn, TurnResult } from './run.ts'
import type { Scope } from './scope.ts'

type Body<State, Output> = (turn: Turn, state: State) => Promise<TurnResult<State, Output>>

export function loop<State, Output>(
  scope: Scope,
  name: string,
  budget: Budget,
  initial: State,
  body: Body<State, Output>,
): Promise<Output> {
  const recorded = scope.claim(name, 'loop')
  const path = pathOf(scope.path, name)
  checkBudget(budget, `The loop "${path}"`)
  const { counterfactual } = scope.drive.host
  const over = recordedOutcome<Output>(recorded.at(-1), path)
  const anew = counterfactual?.enters(path, scope.changed) === true
  if (over !== undefined && !anew) return replayWhole(scope, path, over)
  return scope.drive.operation(scope, async () => {
    const ended = await rounds({ scope, name, path, budget, anew }, initial, body, anew ? [] : recorded)
    return counterfactual === undefined ? ended : compared(counterfactual, { path, kind: 'loop', recorded }, ended)
  })
}

/** Where a loop stands, and what it may use up. */
interface Place {
  readonly scope: Scope
  readonly name: string
  readonly path: string
  readonly budget: Budget
  /** Under a counterfactual every round is gone through once more, from the first, with what is recorded of each. */
  readonly anew: boolean
}

async function rounds<State, Output>(
  place: Place,
  initial: State,
  body: Body<State, Output>,
  recorded: readonly Entry[],
): Promise<Ended<Output>> {
  const { path, anew } = place
  const { drive } = place.scope
  const begun = recorded.find((entry) => entry.state === 'opened')
  const opener: NewEntry = begun ?? { scope: place.scope.path, name: place.name, kind: 'loop', state: 'opened', startedAt: drive.now() }
  const { inside, meter, last } = await openAt(place, opener, begun !== undefined)
  let state = last === undefined ? initial : decodeAs<State>(last.value)
  for (let resumed = begun !== undefined; ; resumed = false) {
    const round = meter.rounds
    const turnScope = await inside.open(`${path}${turnName(round)}`, { fresh: !resumed && !anew })
    // A round that had begun could be afforded then.
    if (!turnScope.begun) await afford(inside, 'round')
    const startedAt = drive.now()
    let result: TurnResult<State, Output>
    try {
      result = await turnScope.play(() => body(turn(round), state))
    } catch (error) {
      inside.fail()
      return { kind: 'thrown', error, differs: inside.touched }
    }
    checkResult(path, result)
    meter.rounds = round + 1
    const left = turnScope.finish()
    const over = { kind: 'loop', state: 'completed', record: encode({ spent: inside.usage }) } as const
    if (result.kind === 'done') {
      const { scope, name } = opener
      const { text, value } = await kept(drive, path, result.output)
      const committed = await inside.commit({ scope, name, startedAt: opener.startedAt, value: text, ...over }, left)
      inside.finish()
      return valueOutcome(committed, value)
    }
    const next = await kept(drive, path, result.state)
    state = next.value
    if (anew && !alike(inside.recordedOf(turnName(round)).at(-1)?.value, next.text)) inside.change()
    await drive.turnOf(inside, await inside.commit({ scope: path, name: turnName(round), startedAt, value: next.text, ...over }, left))
  }
}

/** The scope of the rounds, at the round after the last finished one. The rounds themselves are not read: only the last one matters. */
async function openAt(
  { scope, path, budget, anew }: Place,
  opener: NewEntry,
  begun: boolean,
): Promise<{ inside: Scope; meter: Meter; last: Entry | undefined }> {
  const { drive } = scope
  const inside = await scope.open(path, { fresh: !anew, ...(!begun && { opener }) })
  const last = begun ? await drive.journal.last(path) : undefined
  const meter = await Meter.open(inside, budget, opener.startedAt, !begun && !anew)
  inside.meter = meter
  if (last !== undefined) {
    meter.rounds = roundOf(last) + 1
    spendAgain(inside, last)
    await drive.turnOf(inside, last)
  }
  return { inside, meter, last }
}

function checkResult(path: string, result: unknown): void {
  const kind = result !== null && typeof result === 'object' && 'kind' in result ? result.kind : undefined
  if (kind === 'done' || kind === 'again') return
  throw new RondoError('invalid_definition', `A turn of the loop "${path}" must return turn.done(…) or turn.again(…).`, {
    details: { path },
    terminal: true,
  })
}

function turn(round: number): Turn {
  return {
    round,
    done: <Output>(output: Output): Done<Output> => ({ kind: 'done', output }),
    again: <State>(state: State): Again<State> => ({ kind: 'again', state }),
  }
}

function roundOf(entry: Entry): number {
  return Number(entry.name.slice(1, -1))
}

/** What earlier rounds used up counts again for this loop and the scopes around it, except the run, whose total came with it. */
function spendAgain(inside: Scope, last: Entry): void {
  const record = last.record === undefined ? undefined : decode(last.record)
  if (record !== null && typeof record === 'object' && record !== undefined && 'spent' in record) inside.recall(record.spent as Usage)
}
