/**
 * Past cases that are like a question: for the person who answers, to see what was answered before.
 *
 * Owns: likeness by the words two texts share, weighted by how rare they are (tf–idf, cosine), over the newest cases. It is a help for the eye
 * and decides nothing.
 */
import type { CaseRecord, Store } from '../index.ts'
import { encode } from '../json.ts'

const PAGE = 1000
const NEWEST = 3000
const MOST_WORDS = 400

export interface Similar {
  readonly one: CaseRecord
  /** In [0,1]. */
  readonly similarity: number
}

/** The most similar of a decision's cases. `except`: the question's own id, `run:path`. */
export async function similarTo(
  cases: Store['cases'],
  decision: string,
  question: unknown,
  limit: number,
  except: string,
): Promise<Similar[]> {
  const past = (await newest(cases, decision)).filter(({ run, path }) => `${run}:${path}` !== except)
  return mostSimilar(encode(question), past, limit)
}

/** Ranks cases by likeness of their question to a text; those that share nothing are left out. */
export function mostSimilar(question: string, past: readonly CaseRecord[], limit: number): Similar[] {
  const bags = past.map((one) => wordsOf(one.question))
  const spread = new Map<string, number>()
  for (const bag of bags) for (const word of bag.keys()) spread.set(word, (spread.get(word) ?? 0) + 1)
  const weigh = (bag: ReadonlyMap<string, number>): Map<string, number> =>
    new Map(
      [...bag].map(([word, count]) => [word, (1 + Math.log(count)) * Math.log(1 + (past.length + 1) / ((spread.get(word) ?? 0) + 1))]),
    )
  const asked = weigh(wordsOf(question))
  const length = lengthOf(asked)
  return past
    .flatMap((one, index): Similar[] => {
      const weighed = weigh(bags[index] ?? new Map())
      let product = 0
      for (const [word, weight] of asked) product += weight * (weighed.get(word) ?? 0)
      const similarity = product === 0 ? 0 : product / (length * lengthOf(weighed))
      return similarity > 0 ? [{ one, similarity }] : []
    })
    .sort((a, b) => b.similarity - a.similarity || b.one.seq - a.one.seq)
    .slice(0, limit)
}

/** Cases are listed oldest first, so all are passed and the newest kept. */
async function newest(cases: Store['cases'], decision: string): Promise<CaseRecord[]> {
  let kept: CaseRecord[] = []
  for (let after = 0; ; ) {
    const page = await cases.list({ decision, after, limit: PAGE })
    kept = [...kept, ...page].slice(-NEWEST)
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return kept
    after = last.seq
  }
}

function wordsOf(text: string): Map<string, number> {
  const bag = new Map<string, number>()
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]{2,}/gu)) {
    bag.set(word, (bag.get(word) ?? 0) + 1)
    if (bag.size >= MOST_WORDS) break
  }
  return bag
}

function lengthOf(weights: ReadonlyMap<string, number>): number {
  let sum = 0
  for (const weight of weights.values()) sum += weight * weight
  return Math.sqrt(sum)
}
