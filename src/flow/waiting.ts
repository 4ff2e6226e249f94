/**
 * `run.sleep`, `run.until`, `run.signal`, `run.call`, `run.measure`: steps that wait for the world, or tell it something.
 *
 * Owns: their journal entries. A wait is `opened` with the time it falls due, and `completed` by what came.
 */
import type { z } from 'zod'
import { type Duration, milliseconds } from '../duration.ts'
import { type ErrorRecord, RondoError, toErrorRecord } from '../errors.ts'
import { type Entry, type NewEntry, type NewRun, pathOf, type RunRecord, type StepKind } from '../journal/records.ts'
import { encode, fingerprint } from '../json.ts'
import { type Met, underCounterfactual } from './counterfactual.ts'
import type { Flow } from './flow.ts'
import { describeIssues } from './issues.ts'
import { kept } from './kept.ts'
import { decodeAs, type Ended, errorOutcome, recordedOutcome, valueOutcome } from './outcome.ts'
import { seededUuid } from './retry.ts'
import type { SignalOptions } from './run.ts'
import type { Scope } from './scope.ts'

type WaitingWork<Output> = (entry: EntryOf, recorded: readonly Entry[], path: string) => Promise<Ended<Output>>
type EntryOf = (rest: Pick<NewEntry, 'state'> & Partial<NewEntry>) => NewEntry

export function until(scope: Scope, name: string, at: (now: number) => number): Promise<void> {
  return waitingStep<void>(scope, name, 'sleep', async (entry, recorded) => {
    const { drive } = scope
    if (drive.replaying && (await scope.endsInReplay())) return undefined
    let dueAt = recorded.at(-1)?.dueAt
    if (dueAt === undefined) {
      dueAt = at(drive.now())
      await scope.commit(entry({ state: 'opened', dueAt }))
    }
    await drive.waits.until(scope, dueAt, drive.now())
    return valueOutcome(await scope.commit(entry({ state: 'completed' })), undefined)
  })
}

export function signal(scope: Scope, name: string, options: SignalOptions<z.ZodType>): Promise<unknown> {
  return waitingStep<unknown>(scope, name, 'signal', async (entry, recorded, path) => {
    const { drive } = scope
    if (drive.replaying && (await scope.endsInReplay())) return undefined
    let dueAt = recorded.at(-1)?.dueAt
    if (recorded.at(-1)?.state !== 'opened') {
      dueAt = within(options.within, drive.now())
      await scope.commit(entry({ state: 'opened', ...(dueAt !== undefined && { dueAt }) }))
    }
    const came = await drive.waits.signal(scope, options.topic ?? name, dueAt, drive.now())
    if (came.kind === 'due') return valueOutcome(await scope.commit(entry({ state: 'completed', value: encode(undefined) })), undefined)
    const parsed = readSignal(path, came.arrival.value, options.schema)
    if ('error' in parsed) {
      return errorOutcome(
        await scope.commit(entry({ state: 'failed', error: parsed.error }), { takeSignal: came.arrival.id }),
        path,
        parsed.error,
      )
    }
    const { text, value } = await kept(drive, path, parsed.value)
    return valueOutcome(await scope.commit(entry({ state: 'completed', value: text }), { takeSignal: came.arrival.id }), value)
  })
}

export function call(
  scope: Scope,
  flow: Pick<Flow<unknown, unknown>, 'name' | 'input' | 'withinMs'>,
  input: unknown,
  name: string,
): Promise<unknown> {
  const print = (): string | undefined => {
    const parsed = flow.input.safeParse(input)
    return parsed.success ? callPrint(flow.name, fingerprint(parsed.data)) : undefined
  }
  const work: WaitingWork<unknown> = async (entry, recorded, path) => {
    const { drive } = scope
    const id = seededUuid(`child:${drive.run.id}:${path}:${recorded.filter((past) => past.state === 'retracted').length}`)
    const begun = recorded.at(-1)?.state === 'opened'
    if (begun) scope.childStarted(id)
    if (drive.replaying && (await scope.endsInReplay())) return undefined
    if (!begun) {
      const child = newChild(scope, flow, input, path, id)
      if ('error' in child) return errorOutcome(await scope.commit(entry({ state: 'failed', error: child.error })), path, child.error)
      scope.childStarted(id)
      await scope.commit(entry({ state: 'opened', record: encode({ child: id, flow: flow.name }) }), { startChild: child.run })
    }
    const came = await drive.waits.child(scope, id, drive.now())
    if (came.kind === 'due') throw new Error(`The wait for child run ${id} has no deadline, and yet it fell due.`)
    scope.childEnded(id)
    const child = came.arrival
    const print = callPrint(child.flow, child.inputPrint)
    if (child.status === 'completed') {
      const record = encode({ child: id, flow: flow.name })
      const done = entry({ state: 'completed', value: child.output ?? encode(undefined), record, print })
      return valueOutcome(await scope.commit(done, { takeChild: id }), decodeAs<unknown>(child.output))
    }
    const error = childFailed(child, path)
    return errorOutcome(await scope.commit(entry({ state: 'failed', error, print }), { takeChild: id }), path, error)
  }
  return waitingStep(scope, name, 'call', work, print)
}

export function measure(scope: Scope, name: string, value: number): Promise<void> {
  if (!(value >= 0 && value <= 1))
    throw new RondoError('invalid_definition', `run.measure("${name}") was given ${value}: a measure is a number in [0,1].`, {
      terminal: true,
    })
  scope.drive.host.counterfactual?.measured(pathOf(scope.path, name), name, value)
  return waitingStep<void>(scope, name, 'measure', async (entry, _recorded, path) => {
    if (scope.drive.replaying && (await scope.endsInReplay())) return undefined
    const newMeasures = [{ id: path, path, name, value, origin: 'flow' as const }]
    return valueOutcome(await scope.commit(entry({ state: 'completed', value: encode(value) }), { newMeasures }), undefined)
  })
}

/** What says whether a call is the same: the flow, and the fingerprint of what it is given. */
function callPrint(flow: string, inputPrint: string): string {
  return fingerprint([flow, inputPrint])
}

/** The common course of a step that is not executed but waited for: looked up, claimed, delivered. */
function waitingStep<Output>(
  scope: Scope,
  name: string,
  kind: StepKind,
  work: WaitingWork<Output>,
  print?: () => string | undefined,
): Promise<Output> {
  const recorded = scope.claim(name, kind)
  const path = pathOf(scope.path, name)
  const { counterfactual } = scope.drive.host
  if (counterfactual !== undefined) {
    const met: Met = { path, name, kind, recorded, changed: scope.changed, print: print?.() }
    return underCounterfactual<Output>(scope, counterfactual, met, () => scope.drive.waits.never(scope))
  }
  const over = recordedOutcome<Output>(recorded.at(-1), path)
  if (over !== undefined) return scope.drive.replay(scope, over)
  const startedAt = recorded[0]?.startedAt ?? scope.drive.now()
  return scope.drive.operation(scope, () => work((rest) => ({ scope: scope.path, name, kind, startedAt, ...rest }), recorded, path))
}

function within(duration: Duration | undefined, now: number): number | undefined {
  return duration === undefined ? undefined : now + milliseconds(duration)
}

function readSignal(path: string, text: string, schema: z.ZodType | undefined): { value: unknown } | { error: ErrorRecord } {
  const given = decodeAs<unknown>(text)
  const parsed = schema?.safeParse(given)
  if (parsed === undefined) return { value: given }
  if (parsed.success) return { value: parsed.data }
  return {
    error: toErrorRecord(
      new RondoError(
        'invalid_input',
        `The signal taken at "${path}" does not fit its schema. ${describeIssues(parsed.error, 'the value')}`,
      ),
    ),
  }
}

function newChild(
  scope: Scope,
  flow: Pick<Flow<unknown, unknown>, 'name' | 'input' | 'withinMs'>,
  input: unknown,
  path: string,
  id: string,
): { run: NewRun } | { error: ErrorRecord } {
  const { drive } = scope
  const parsed = flow.input.safeParse(input)
  if (!parsed.success)
    return {
      error: toErrorRecord(
        new RondoError(
          'invalid_input',
          `run.call("${flow.name}") at "${path}" was given an input that the flow refuses. ${describeIssues(parsed.error, 'the input')}`,
          { terminal: true },
        ),
      ),
    }
  const deadlineAt = flow.withinMs === undefined ? undefined : drive.now() + flow.withinMs
  return {
    run: {
      id,
      flow: flow.name,
      input: encode(parsed.data),
      inputPrint: fingerprint(parsed.data),
      parent: { run: drive.run.id, path },
      ...(drive.run.release !== undefined && { release: drive.run.release }),
      ...(deadlineAt !== undefined && { deadlineAt }),
    },
  }
}

function childFailed(child: RunRecord, path: string): ErrorRecord {
  const why =
    child.status === 'cancelled'
      ? `was cancelled${child.reason === undefined ? '' : ` (${child.reason})`}`
      : `failed: ${child.error?.message ?? 'it did not say why'}`
  return {
    ...toErrorRecord(
      new RondoError('child_failed', `Child run ${child.id} of flow "${child.flow}", called at "${path}", ${why}`, {
        details: { child: child.id },
      }),
    ),
    ...(child.error !== undefined && { cause: child.error }),
  }
}
