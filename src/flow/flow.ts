/**
 * What a flow is: a name, the shapes of what goes in and comes out, and a durable function.
 */
import type { z } from 'zod'
import { type Duration, milliseconds } from '../duration.ts'
import { RondoError } from '../errors.ts'
import { checkBudget } from './meter.ts'
import { checkName } from './path.ts'
import type { Budget, Run } from './run.ts'

/** A typed, durable async function. Made by `flow()`, started by `rondo.start()`. */
export interface Flow<Input, Output> {
  readonly name: string
  readonly input: z.ZodType<Input>
  readonly output: z.ZodType<Output>
  readonly budget: Budget | undefined
  /** Milliseconds a run has, from its start, before it fails with `deadline_passed`. */
  readonly withinMs: number | undefined
  /** A method, so that flows of any shape stand in one list. */
  run(run: Run, input: Input): Promise<Output>
}

/** A flow of any shape, as the registry keeps it. */
export type AnyFlow = Flow<unknown, unknown>

/** What a flow may return for an output of this type: it is only read, so arrays and objects may be readonly. */
type Immutable<Value> = Value extends Date | Map<unknown, unknown> | Set<unknown> | Uint8Array
  ? Value
  : Value extends object
    ? { readonly [Key in keyof Value]: Immutable<Value[Key]> }
    : Value

/**
 * Defines a flow. The function is re-run from the top to resume, so whatever touches the world, the clock or chance goes
 * through `run`.
 */
export function flow<
  InputSchema extends z.ZodType,
  OutputSchema extends z.ZodType,
  const Returned extends Immutable<z.input<OutputSchema>>,
>(definition: {
  name: string
  input: InputSchema
  output: OutputSchema
  /** What one run may use up before a person is asked. Rounds are a loop's; children have budgets of their own. */
  budget?: Omit<Budget, 'rounds'>
  /** How long one run may take. */
  within?: Duration
  run: (run: Run, input: z.output<InputSchema>) => Promise<Returned>
}): Flow<z.output<InputSchema>, z.output<OutputSchema>> {
  checkName(definition.name, 'A flow')
  if (typeof definition.run !== 'function') throw new RondoError('invalid_definition', `Flow "${definition.name}" has no run function.`)
  const { name, input, output, budget, within, run } = definition
  if (budget !== undefined) checkBudget(budget, `Flow "${name}"`)
  return {
    name,
    input: input as z.ZodType<z.output<InputSchema>>,
    output: output as z.ZodType<z.output<OutputSchema>>,
    budget,
    withinMs: within === undefined ? undefined : milliseconds(within),
    // What it returns is parsed by the output's schema before anybody sees it.
    run: run as unknown as (run: Run, input: z.output<InputSchema>) => Promise<z.output<OutputSchema>>,
  }
}
