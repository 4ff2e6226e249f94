/**
 * One training: the fit on all cases, and the temperature from fits that were denied some of them.
 *
 * Owns: what is held out. Never: depends on anything but the examples and their order, so a restarted process learns the same.
 */
import { type HeldOut, temperatureOf } from './calibration.ts'
import { DIMENSIONS, type Examples, fitWeights, score, type Weights } from './classifier.ts'
import { seeded, shuffle } from './shuffle.ts'

export interface Trained {
  readonly weights: Weights
  readonly temperature: number
}

const FOLDS = 5
const SEED = 2
/** Enough held-out cases to know a temperature by: with many cases one fold gives them, and the other fits are saved. */
const HELD_OUT_WANTED = 200

/** Needs examples of at least two classes. */
export function train(examples: Examples): Trained {
  const members = Int32Array.from({ length: examples.count }, (_, example) => example)
  // By chance, not by turns: answers may come in turns as well.
  const order = members.slice()
  shuffle(order, seeded(SEED))
  const held: HeldOut[] = []
  for (let fold = 0; fold < FOLDS && held.length < HELD_OUT_WANTED; fold += 1) held.push(...heldOut(examples, order, fold))
  return { weights: fitWeights(examples, members), temperature: temperatureOf(held) }
}

/** One part of five, scored by a fit on the others. Answers that do not occur among those are not theirs to know. */
function heldOut(examples: Examples, order: Int32Array, fold: number): HeldOut[] {
  const rest = order.filter((_, at) => at % FOLDS !== fold).sort()
  const taught = new Set(Array.from(rest, (example) => examples.labels[example] ?? 0))
  if (taught.size < 2) return []
  const weights = fitWeights(examples, rest)
  return Array.from(
    order.filter((_, at) => at % FOLDS === fold),
    (example) => ({
      scores: score(
        weights,
        examples.vectors.subarray(example * DIMENSIONS, (example + 1) * DIMENSIONS),
        examples.buckets.subarray(examples.starts[example], examples.starts[example + 1]),
      ),
      label: examples.labels[example] ?? 0,
    }),
  ).filter(({ label }) => taught.has(label))
}
