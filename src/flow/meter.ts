/**
 * A budget's meter: counts what a loop or a run used up, and when it is spent, asks a person to extend it or end the run.
 *
 * Owns: when a budget is spent, and its extensions. Never: throws because it is spent.
 * Extensions stand in the journal under `$budget[n]` of the scope the budget belongs to.
 */
import { humanDuration, milliseconds } from '../duration.ts'
import { RondoError } from '../errors.ts'
import { pathOf } from '../journal/records.ts'
import { decode, encode } from '../json.ts'
import { humanUsd, microUsd, type Usage } from '../money.ts'
import { turnName } from './path.ts'
import { answerValue, askPeople, attentionOf } from './question.ts'
import { type BudgetExtension, budgetAnswer, budgetAnswerSchema, type QuestionContent } from './question-content.ts'
import type { Budget } from './run.ts'
import type { Scope } from './scope.ts'
import { suspended } from './suspended.ts'

interface Limits {
  readonly rounds: number
  readonly tokens: number
  readonly microUsd: number
  readonly timeMs: number
  readonly attentionMs: number
}

/** What is about to use up some of a budget: a loop's next round, a call of a model, a question to people. */
export type Spending = 'round' | 'model' | 'people'

export class Meter {
  rounds = 0
  readonly #scope: Scope
  readonly #budget: Budget
  /** When it began, moved on by the time it stood waiting to be extended. */
  #startedAt: number
  #limits: Limits
  #extensions = 0
  #asking: Promise<void> | undefined
  #place: Scope | undefined

  private constructor(scope: Scope, budget: Budget, startedAt: number) {
    this.#scope = scope
    this.#budget = budget
    this.#startedAt = startedAt
    this.#limits = limitsOf(budget)
  }

  /** The meter of a scope's budget, with the extensions it was given so far. */
  static async open(scope: Scope, budget: Budget, startedAt: number, fresh: boolean): Promise<Meter> {
    const meter = new Meter(scope, budget, startedAt)
    meter.#place = await scope.open(pathOf(scope.path, '$budget'), { fresh })
    for (;;) {
      const recorded = meter.#place.recordedOf(turnName(meter.#extensions + 1))
      const last = recorded.at(-1)
      if (last?.state !== 'completed' || last.value === undefined) return meter
      const answer = budgetAnswer.parse(decode(last.value))
      if ('extend' in answer) meter.#extend(answer.extend, last.at - (recorded[0]?.at ?? last.at))
    }
  }

  /** Waits until the budget is not spent. While it is, a person is asked; all who come meanwhile wait for the same answer. */
  async afford(what: Spending): Promise<void> {
    for (let spent = this.#spent(what); spent !== undefined; spent = this.#spent(what)) {
      this.#asking ??= this.#ask(spent).finally(() => {
        this.#asking = undefined
      })
      await this.#asking
    }
  }

  async #ask(spent: string): Promise<void> {
    const place = this.#place
    if (place === undefined) return
    const name = turnName(this.#extensions + 1)
    const path = pathOf(place.path, name)
    const { drive } = this.#scope
    const where = this.#scope.path === '' ? 'This run' : `The loop "${this.#scope.path}"`
    const content: QuestionContent = {
      asks: `${where} has spent its budget: ${spent}. Extend it, or end the run?`,
      subject: { budget: this.#budget, used: { ...this.#scope.usage, rounds: this.rounds, timeMs: drive.now() - this.#startedAt } },
      schema: budgetAnswerSchema,
    }
    const outcome = await askPeople(
      { scope: place, name, kind: 'review', path },
      {
        kind: 'budget',
        title: `${where} has spent its budget (${spent})`,
        content,
        stages: [{ role: this.#budget.role ?? 'operator' }],
        check: (answers) =>
          budgetAnswer.safeParse(answerValue(answers.at(-1))).success
            ? undefined
            : 'Extend with { "extend": { "rounds": 2, "usd": 0.5 } } or end the run with { "end": true }.',
      },
      place.recordedOf(name),
    )
    if (outcome.kind === 'expired') return
    const given = outcome.review.answers.at(-1)
    const answer = budgetAnswer.parse(answerValue(given))
    if ('end' in answer) {
      drive.cancel(`${where} had spent its budget (${spent}), and ${given?.by ?? 'a person'} ended it.`)
      return suspended()
    }
    const committed = await place.commit(
      {
        scope: place.path,
        name,
        kind: 'review',
        state: 'completed',
        startedAt: outcome.review.openedAt,
        value: encode(answer),
        record: encode({ decidedBy: given?.by, note: given?.note }),
        usage: attentionOf(outcome.review),
      },
      { endReviews: [{ path, state: 'taken' }] },
    )
    this.#extend(answer.extend, committed.at - outcome.review.openedAt)
  }

  #extend(more: BudgetExtension, waitedMs: number): void {
    const now = this.#limits
    this.#limits = {
      rounds: now.rounds + (more.rounds ?? 0),
      tokens: now.tokens + (more.tokens ?? 0),
      microUsd: now.microUsd + microUsd(more.usd ?? 0),
      timeMs: now.timeMs + milliseconds(more.time ?? 0),
      attentionMs: now.attentionMs + milliseconds(more.attention ?? 0),
    }
    this.#extensions += 1
    this.#startedAt += Math.max(0, waitedMs)
  }

  /** What is spent of that which `what` would use, in words; `undefined` while nothing is. */
  #spent(what: Spending): string | undefined {
    const used: Usage = this.#scope.usage
    const tokens = used.inputTokens + used.outputTokens
    const timeMs = this.#scope.drive.now() - this.#startedAt
    if (what === 'round' && this.rounds >= this.#limits.rounds) return this.rounds === 1 ? '1 round' : `${this.rounds} rounds`
    if (what !== 'people' && tokens >= this.#limits.tokens) return `${tokens} tokens`
    if (what !== 'people' && used.microUsd >= this.#limits.microUsd) return humanUsd(used.microUsd)
    if (what !== 'model' && used.attentionMs >= this.#limits.attentionMs) return `${humanDuration(used.attentionMs)} of people's attention`
    if (timeMs >= this.#limits.timeMs) return humanDuration(timeMs)
    return undefined
  }
}

/** Waits until no budget around this scope is spent, as far as `what` would use it. */
export async function afford(scope: Scope, what: Spending): Promise<void> {
  for (let around: Scope | undefined = scope; around !== undefined; around = around.parent) await around.meter?.afford(what)
}

/** Throws `invalid_definition` for a budget that says nothing sensible. */
export function checkBudget(budget: Budget, what: string): void {
  for (const [name, limit] of Object.entries(limitsOf(budget)))
    if (!(limit >= 0))
      throw new RondoError('invalid_definition', `${what} has a budget whose ${name} is ${limit}. Give a number that is not negative.`)
}

function limitsOf(budget: Budget): Limits {
  const none = Number.POSITIVE_INFINITY
  return {
    rounds: budget.rounds ?? none,
    tokens: budget.tokens ?? none,
    microUsd: budget.usd === undefined ? none : microUsd(budget.usd),
    timeMs: budget.time === undefined ? none : milliseconds(budget.time),
    attentionMs: budget.attention === undefined ? none : milliseconds(budget.attention),
  }
}
