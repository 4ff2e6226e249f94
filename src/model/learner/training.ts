/**
 * One training: the fit on all cases, and the temperature from fits that were denied some of them.
 *
 * Owns: what is held out. Never: depends on anything but the examples and their order, so a restarted process learns the same.
 */
import { type HeldOut, temperatureOf } from './calibration.ts'
import { DIMENSIONS, type Examples, fitWeights, score, type Weights } from './classifier.ts'

export interface Trained {
  readonly weights: Weights
  readonly temperature: number
}

const FOLDS = 5
/** Enough held-out cases to know a temperature by: with many cases one fold gives them, and the other fits are saved. */
const HELD_OUT_WANTED = 200

/** Needs examples of at least two classes. */
export function train(examples: Examples): Trained {
  const held: HeldOut[] = []
  for (let fold = 0; fold < FOLDS && held.length < HELD_OUT_WANTED; fold += 1) held.push(...heldOut(examples, fold))
  return {
    weights: fitWeights(
      examples,
      membersOf(examples, () => true),
    ),
    temperature: temperatureOf(held),
  }
}

/** Every fifth case, scored by a fit on the others. */
function heldOut(examples: Examples, fold: number): HeldOut[] {
  const rest = membersOf(examples, (example) => example % FOLDS !== fold)
  if (new Set(Array.from(rest, (example) => examples.labels[example])).size < 2) return []
  const weights = fitWeights(examples, rest)
  return Array.from(
    membersOf(examples, (example) => example % FOLDS === fold),
    (example) => ({
      scores: score(
        weights,
        examples.vectors.subarray(example * DIMENSIONS, (example + 1) * DIMENSIONS),
        examples.buckets.subarray(examples.starts[example], examples.starts[example + 1]),
      ),
      label: examples.labels[example] ?? 0,
    }),
  )
}

function membersOf(examples: Examples, belongs: (example: number) => boolean): Int32Array {
  return Int32Array.from({ length: examples.count }, (_, example) => example).filter(belongs)
}
