/**
 * A budget's meter: counts what a loop or a run used up, and when it is spent, asks a person to extend it or end the run.
 *
 * Owns: when a budget is spent, and its extensions. Never: throws because it is spent.
 * Extensions stand in the journal under `$budget[n]` of the scope the budget belongs to.
 */
import { milliseconds } from '../duration.ts'
import { pathOf } from '../journal/records.ts'
import { decode, encode } from '../json.ts'
import { microUsd, type Usage } from '../money.ts'
import { turnName } from './path.ts'
import { askPeople } from './question.ts'
import { type BudgetExtension, budgetAnswer, budgetAnswerSchema, type QuestionContent } from './question-content.ts'
import type { Budget } from './run.ts'
import type { Scope } from './scope.ts'

interface Limits {
  readonly rounds: number
  readonly tokens: number
  readonly microUsd: number
  readonly timeMs: number
  readonly attentionMs: number
}

export class Meter {
  rounds = 0
  readonly #scope: Scope
  readonly #budget: Budget
  readonly #startedAt: number
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
      const last = meter.#place.recordedOf(turnName(meter.#extensions + 1)).at(-1)
      if (last?.state !== 'completed' || last.value === undefined) return meter
      const answer = budgetAnswer.parse(decode(last.value))
      if ('extend' in answer) meter.#extend(answer.extend)
      meter.#extensions += 1
    }
  }

  /** Waits until the budget is not spent. While it is, a person is asked; all who come meanwhile wait for the same answer. */
  async afford(): Promise<void> {
    for (let spent = this.#spent(); spent !== undefined; spent = this.#spent()) {
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
          budgetAnswer.safeParse(valueOf(answers.at(-1)?.value)).success
            ? undefined
            : 'Extend with { "extend": { "rounds": 2, "usd": 0.5 } } or end the run with { "end": true }.',
      },
      place.recordedOf(name),
    )
    if (outcome.kind === 'expired') return
    const given = outcome.review.answers.at(-1)
    const answer = budgetAnswer.parse(valueOf(given?.value))
    if ('end' in answer) return drive.cancel(`${where} had spent its budget (${spent}), and ${given?.by ?? 'a person'} ended it.`)
    await place.commit(
      {
        scope: place.path,
        name,
        kind: 'review',
        state: 'completed',
        startedAt: drive.now(),
        value: encode(answer),
        record: encode({ decidedBy: given?.by }),
      },
      { endReviews: [{ path, state: 'taken' }] },
    )
    place.reviewEnded(path)
    this.#extend(answer.extend)
    this.#extensions += 1
  }

  #extend(more: BudgetExtension): void {
    const now = this.#limits
    this.#limits = {
      rounds: now.rounds + (more.rounds ?? 0),
      tokens: now.tokens + (more.tokens ?? 0),
      microUsd: now.microUsd + microUsd(more.usd ?? 0),
      timeMs: now.timeMs + milliseconds(more.time ?? 0),
      attentionMs: now.attentionMs + milliseconds(more.attention ?? 0),
    }
  }

  /** What is spent, in words; `undefined` while nothing is. */
  #spent(): string | undefined {
    const used: Usage = this.#scope.usage
    const tokens = used.inputTokens + used.outputTokens
    const timeMs = this.#scope.drive.now() - this.#startedAt
    if (this.rounds >= this.#limits.rounds) return `${this.rounds} rounds`
    if (tokens >= this.#limits.tokens) return `${tokens} tokens`
    if (used.microUsd >= this.#limits.microUsd) return `$${(used.microUsd / 1_000_000).toFixed(4)}`
    if (timeMs >= this.#limits.timeMs) return `${Math.round(timeMs / 1000)} s`
    if (used.attentionMs >= this.#limits.attentionMs) return `${Math.round(used.attentionMs / 60_000)} min of people's attention`
    return undefined
  }
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

function valueOf(text: string | undefined): unknown {
  return text === undefined ? undefined : decode(text)
}
