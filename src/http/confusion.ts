/**
 * What was proposed against what was answered, counted.
 *
 * Owns: the counts, and what an answer is called in them. Never: holds a case.
 */
import type { CaseRecord } from '../index.ts'
import { decode } from '../json.ts'
import type { DecisionDetailDocument } from './decision-documents.ts'

/** Answers that are told apart; those beyond are counted together. */
const MOST_LABELS = 30
const OTHER = '(other)'

export class Confusion {
  readonly #counts = new Map<string, Map<string, number>>()

  add({ predicted, answer }: CaseRecord): void {
    if (predicted === undefined) return
    const row = this.#counts.get(predicted) ?? new Map<string, number>()
    this.#counts.set(predicted, row.set(answer, (row.get(answer) ?? 0) + 1))
  }

  document(): DecisionDetailDocument['confusion'] {
    const totals = new Map<string, number>()
    for (const [predicted, row] of this.#counts)
      for (const [answer, count] of row) for (const label of [predicted, answer]) totals.set(label, (totals.get(label) ?? 0) + count)
    const often = [...totals].sort((one, other) => other[1] - one[1] || one[0].localeCompare(other[0])).map(([label]) => label)
    const kept = often.slice(0, MOST_LABELS)
    const labels = [...kept, ...(often.length > MOST_LABELS ? [OTHER] : [])]
    const place = (label: string): number => (kept.includes(label) ? kept.indexOf(label) : MOST_LABELS)
    const rows = labels.map(() => labels.map(() => 0))
    for (const [predicted, row] of this.#counts)
      for (const [answer, count] of row) {
        const cells = rows[place(predicted)]
        if (cells !== undefined) cells[place(answer)] = (cells[place(answer)] ?? 0) + count
      }
    return { labels: labels.map((label) => (label === OTHER ? OTHER : labelOf(label))), rows }
  }
}

/** An encoded answer as people name it: a text as it is, anything else as its JSON. */
export function labelOf(encoded: string): string {
  const value = decode(encoded)
  return typeof value === 'string' ? value : encoded
}
