/**
 * Multinomial logistic regression over a dense vector and the set of buckets of a text.
 *
 * Owns: the fit and the scores. Never: turns a score into a confidence (calibration.ts), or reads a text.
 * Choices (ADR 0004 has the figures):
 *   - Stochastic gradient, the step falling to nothing in a straight line over a fixed number of passes in a seeded order. A step costs
 *     what one text costs and needs no line search; on many classes that is four times quicker than L-BFGS, and no worse.
 *   - It stops early instead of penalising weights; the temperature sees to the confidence.
 *   - Two classes have one output, the second's against the first's, which halves the work.
 *   - Every fit starts from nothing: where it ends depends on its examples and their order alone.
 */
import { BUCKETS } from './features.ts'
import { seeded, shuffle } from './shuffle.ts'

/** Numbers in the vector of a text. */
export const DIMENSIONS = 512

/** How much the buckets of a text weigh together against its vector, whose length is 1. */
const BUCKETS_WEIGH = 1.5
const FIRST_STEP = 2
const PASSES = 10
/** Few examples are gone through more often. */
const LEAST_STEPS = 5000
const SEED = 1

/** Labelled texts, in columns. */
export interface Examples {
  readonly count: number
  /** `DIMENSIONS` numbers for each example. */
  readonly vectors: Float32Array
  /** The buckets of example `i` are those from `starts[i]` to before `starts[i + 1]`. */
  readonly starts: Int32Array
  readonly buckets: Uint16Array
  /** The class of each example: from 0 to before `classes`. */
  readonly labels: Int32Array
  readonly classes: number
}

/** What was learned: rows of `outputs` numbers: one for each dimension, one for each bucket ever seen, and the bias. */
export interface Weights {
  readonly classes: number
  readonly outputs: number
  /** The row of each bucket; -1: never seen. */
  readonly rows: Int32Array
  readonly values: Float32Array
}

/** Learns from those of the examples that are `members`. */
export function fitWeights(examples: Examples, members: Int32Array): Weights {
  const outputs = examples.classes === 2 ? 1 : examples.classes
  const { rows, used } = rowsOf(examples, members)
  const weights: Weights = { classes: examples.classes, outputs, rows, values: new Float32Array((used + 1) * outputs) }
  const steps = Math.max(PASSES * members.length, LEAST_STEPS)
  const order = members.slice()
  const random = seeded(SEED)
  const errors = new Float64Array(outputs)
  for (let step = 0; step < steps; ) {
    shuffle(order, random)
    for (const example of order) {
      if (step === steps) break
      const size = FIRST_STEP * (1 - step / steps)
      const text = textOf(examples, example)
      errors.fill(0)
      accumulate(weights, text, errors)
      errorsOf(errors, examples.labels[example] ?? 0)
      for (let output = 0; output < outputs; output += 1) errors[output] = -size * (errors[output] ?? 0)
      correct(weights, text, errors)
      step += 1
    }
  }
  return weights
}

/** The score of each class for a text; softmax makes probabilities of them. */
export function score(weights: Weights, vector: Float32Array, buckets: Uint16Array): Float64Array {
  const outputs = new Float64Array(weights.outputs)
  accumulate(weights, { vectors: vector, vector: 0, buckets, start: 0, end: buckets.length }, outputs)
  return weights.outputs === 1 ? Float64Array.of(0, outputs[0] ?? 0) : outputs
}

/** Where the numbers of one text stand. */
interface Text {
  readonly vectors: Float32Array
  readonly vector: number
  readonly buckets: Uint16Array
  readonly start: number
  readonly end: number
}

function textOf(examples: Examples, example: number): Text {
  return {
    vectors: examples.vectors,
    vector: example * DIMENSIONS,
    buckets: examples.buckets,
    start: examples.starts[example] ?? 0,
    end: examples.starts[example + 1] ?? 0,
  }
}

/** Rows only for buckets that occur: with many classes that is most of the memory saved. */
function rowsOf(examples: Examples, members: Int32Array): { rows: Int32Array; used: number } {
  const rows = new Int32Array(BUCKETS).fill(-1)
  let used = DIMENSIONS
  for (const example of members) {
    const { buckets, start, end } = textOf(examples, example)
    for (let at = start; at < end; at += 1) {
      const bucket = buckets[at] ?? 0
      if (rows[bucket] === -1) rows[bucket] = used++
    }
  }
  return { rows, used }
}

/** Turns the scores into probabilities less what they should have been, in place: the gradient of the loss by the scores. */
function errorsOf(outputs: Float64Array, label: number): void {
  if (outputs.length === 1) {
    outputs[0] = 1 / (1 + Math.exp(-(outputs[0] ?? 0))) - label
    return
  }
  let highest = Number.NEGATIVE_INFINITY
  for (const value of outputs) highest = Math.max(highest, value)
  let sum = 0
  for (let at = 0; at < outputs.length; at += 1) {
    const weight = Math.exp((outputs[at] ?? 0) - highest)
    outputs[at] = weight
    sum += weight
  }
  for (let at = 0; at < outputs.length; at += 1) outputs[at] = (outputs[at] ?? 0) / sum
  outputs[label] = (outputs[label] ?? 0) - 1
}

/** Adds the scores of a text to `outputs`. */
function accumulate({ outputs: width, values, rows }: Weights, text: Text, outputs: Float64Array): void {
  const bias = values.length - width
  for (let at = 0; at < width; at += 1) outputs[at] = (outputs[at] ?? 0) + (values[bias + at] ?? 0)
  if (width === 1) outputs[0] = (outputs[0] ?? 0) + product(values, text.vectors, text.vector)
  else addProducts(outputs, values, text.vectors, text.vector)
  const presence = presenceIn(text)
  for (let at = text.start; at < text.end; at += 1) {
    const row = (rows[text.buckets[at] ?? 0] ?? -1) * width
    if (row >= 0)
      for (let output = 0; output < width; output += 1) outputs[output] = (outputs[output] ?? 0) + presence * (values[row + output] ?? 0)
  }
}

/** Adds `errors`, times what the text is made of, to the weights. */
function correct({ outputs: width, values, rows }: Weights, text: Text, errors: Float64Array): void {
  addRow(values, values.length - width, errors, 1)
  for (let dimension = 0; dimension < DIMENSIONS; dimension += 1) {
    addRow(values, dimension * width, errors, text.vectors[text.vector + dimension] ?? 0)
  }
  const presence = presenceIn(text)
  for (let at = text.start; at < text.end; at += 1) {
    const row = (rows[text.buckets[at] ?? 0] ?? -1) * width
    if (row >= 0) addRow(values, row, errors, presence)
  }
}

/** What each bucket of a text counts: however many there are, together they weigh the same. */
function presenceIn(text: Text): number {
  return BUCKETS_WEIGH / Math.sqrt(Math.max(1, text.end - text.start))
}

function addRow(values: Float32Array, row: number, errors: Float64Array, times: number): void {
  for (let at = 0; at < errors.length; at += 1) values[row + at] = (values[row + at] ?? 0) + times * (errors[at] ?? 0)
}

// The two loops where most of the time goes: four numbers at a time, so that sums stay in registers.

function product(values: Float32Array, vectors: Float32Array, from: number): number {
  let [first, second, third, fourth] = [0, 0, 0, 0]
  for (let at = 0; at < DIMENSIONS; at += 4) {
    first += (values[at] ?? 0) * (vectors[from + at] ?? 0)
    second += (values[at + 1] ?? 0) * (vectors[from + at + 1] ?? 0)
    third += (values[at + 2] ?? 0) * (vectors[from + at + 2] ?? 0)
    fourth += (values[at + 3] ?? 0) * (vectors[from + at + 3] ?? 0)
  }
  return first + second + third + fourth
}

function addProducts(outputs: Float64Array, values: Float32Array, vectors: Float32Array, from: number): void {
  const width = outputs.length
  for (let dimension = 0; dimension < DIMENSIONS; dimension += 4) {
    const first = vectors[from + dimension] ?? 0
    const second = vectors[from + dimension + 1] ?? 0
    const third = vectors[from + dimension + 2] ?? 0
    const fourth = vectors[from + dimension + 3] ?? 0
    const row = dimension * width
    for (let at = 0; at < width; at += 1) {
      outputs[at] =
        (outputs[at] ?? 0) +
        first * (values[row + at] ?? 0) +
        second * (values[row + width + at] ?? 0) +
        third * (values[row + 2 * width + at] ?? 0) +
        fourth * (values[row + 3 * width + at] ?? 0)
    }
  }
}
