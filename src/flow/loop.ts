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
  const over = recordedOutcome<Output>(recorded.at(-1), path)
  if (over !== undefined) return scope.drive.replay(scope, over)
  return scope.drive.operation(scope, () => rounds(scope, name, budget, initial, body, recorded))
}

async function rounds<State, Output>(
  scope: Scope,
  name: string,
  budget: Budget,
  initial: State,
  body: Body<State, Output>,
  recorded: readonly Entry[],
): Promise<Ended<Output>> {
  const { drive } = scope
  const path = pathOf(scope.path, name)
  const begun = recorded.find((entry) => entry.state === 'opened')
  const startedAt = begun?.startedAt ?? drive.now()
  const entry = (rest: Pick<NewEntry, 'state'> & Partial<NewEntry>): NewEntry => ({
    scope: scope.path,
    name,
    kind: 'loop',
    startedAt,
    ...rest,
  })
  // The rounds themselves are not read: only the last one matters.
  const inside = await scope.open(path, { fresh: true, ...(begun === undefined && { opener: entry({ state: 'opened' }) }) })
  const last = begun === undefined ? undefined : await drive.journal.last(path)
  const meter = await Meter.open(inside, budget, startedAt, begun === undefined)
  inside.meter = meter
  let state = last === undefined ? initial : decodeAs<State>(last.value)
  meter.rounds = last === undefined ? 0 : roundOf(last) + 1
  if (last !== undefined) {
    spendAgain(inside, last)
    await drive.turnOf(inside, last)
  }
  for (let resumed = begun !== undefined; ; resumed = false) {
    const round = meter.rounds
    const turnScope = await inside.open(`${path}${turnName(round)}`, { fresh: !resumed })
    if (!turnScope.begun) await afford(inside, 'round')
    const turnStartedAt = drive.now()
    let result: TurnResult<State, Output>
    try {
      result = await turnScope.play(() => body(turn(round), state))
    } catch (error) {
      inside.fail()
      return { kind: 'thrown', error }
    }
    checkResult(path, result)
    meter.rounds = round + 1
    const left = turnScope.finish()
    const spent = encode({ spent: inside.usage })
    if (result.kind === 'done') {
      const done = entry({ state: 'completed', value: await kept(drive, path, result.output), record: spent })
      const committed = await inside.commit(done, left)
      inside.finish()
      return valueOutcome(committed, result.output)
    }
    state = result.state
    const again: NewEntry = {
      scope: path,
      name: turnName(round),
      kind: 'loop',
      state: 'completed',
      startedAt: turnStartedAt,
      value: await kept(drive, path, state),
      record: spent,
    }
    await drive.turnOf(inside, await inside.commit(again, left))
  }
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
