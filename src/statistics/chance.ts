/**
 * Chance that can be drawn again: a number for a text, a seeded source, a seeded order.
 *
 * Owns: the draws behind audits, canaries, samples and simulations. Never: true randomness; the same seed gives the same, on every machine.
 */
import { createHash } from 'node:crypto'

/** A number in [0,1) that belongs to a text: the first 48 bits of its sha256. Other texts give independent numbers. */
export function draw(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) / 2 ** 48
}

/** A source of numbers in [0,1): sfc32 (Doty-Humphrey, PractRand), seeded by the sha256 of a text. */
export function randomSource(seed: string): () => number {
  const digest = createHash('sha256').update(seed).digest()
  let [a, b, c, counter] = [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), 1]
  const next = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
  for (let warming = 0; warming < 12; warming += 1) next()
  return next
}

/** The items in an order that belongs to the seed (Fisher–Yates). */
export function shuffled<Item>(items: readonly Item[], seed: string): Item[] {
  const random = randomSource(seed)
  const order = [...items]
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    const [one, two] = [order[last], order[other]]
    if (one !== undefined && two !== undefined) [order[last], order[other]] = [two, one]
  }
  return order
}
