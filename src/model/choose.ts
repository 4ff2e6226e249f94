/**
 * Chooses which pieces go into a context, and says why for each.
 *
 * Owns: the choice and the text made of it. Never: looks at anything but the pieces, so the same pieces make the same text.
 * Invariants:
 *   C1. The whole text is within the budget, by the counter it was given.
 *   C2. No mark that stands around a piece occurs in any piece, source or title, so no piece can be taken for two, or for another's.
 *   C3. Every piece is in exactly one of `kept` and `cut`, with its reason.
 */
import { createHash } from 'node:crypto'
import type { Piece } from './context.ts'
import type { TokenCounter } from './tokens.ts'

export interface ChoiceRules {
  readonly budget: number
  readonly tokens: TokenCounter
  readonly minScore?: number
  readonly limit?: number
  readonly truncate: boolean
  readonly order: 'score' | 'given'
  readonly framed: (mark: string, number: number, piece: Piece, text: string) => string
}

export interface Weighed {
  readonly piece: Piece
  /** Shortened, when it was truncated. */
  readonly text: string
  /** With its marks. */
  readonly tokens: number
  readonly why: string
  readonly given: number
}

export interface Choice {
  readonly text: string
  readonly tokens: number
  readonly kept: readonly Weighed[]
  readonly cut: readonly Weighed[]
}

const BETWEEN = '\n\n'
const SHORTENED = '\n[…]'
/** A piece is not shortened to less than this: a torn line says nothing. */
const LEAST_WORTH = 40

export function choose(pieces: readonly Piece[], rules: ChoiceRules): Choice {
  const mark = markFor(pieces)
  const kept: Weighed[] = []
  const cut: Weighed[] = []
  const seen = new Map<string, number>()
  let used = 0
  for (const { piece, given } of ranked(pieces)) {
    const text = piece.text.trim()
    // Numbered as if it came last: the number that may cost most.
    const cost = (words: string): number => rules.tokens(rules.framed(mark, pieces.length, piece, words) + BETWEEN)
    const same = text.replaceAll(/\s+/g, ' ').toLowerCase()
    const why = unwanted(piece, text, seen.get(same), kept.length, rules)
    const fitted = why === undefined ? fitting(text, rules, rules.budget - used, cost) : { why }
    const words = 'words' in fitted ? fitted.words : text
    const weighed: Weighed = { piece, text: words, tokens: cost(words), why: fitted.why, given }
    if ('words' in fitted) {
      kept.push(weighed)
      seen.set(same, given)
      used += weighed.tokens
    } else cut.push(weighed)
  }
  return assembled(kept, cut, mark, rules)
}

/** Why a piece is out, whatever room there is. */
function unwanted(
  piece: Piece,
  text: string,
  twin: number | undefined,
  kept: number,
  { minScore, limit }: ChoiceRules,
): string | undefined {
  if (text === '') return 'empty'
  if (twin !== undefined) return `the same as piece ${twin + 1}`
  if (minScore !== undefined && (piece.score ?? 0) < minScore) return `score below ${minScore}`
  if (limit !== undefined && kept >= limit) return `more than ${limit} pieces`
  return undefined
}

/** As much of a piece as there is room for, or that there is none. */
function fitting(
  text: string,
  { truncate }: ChoiceRules,
  left: number,
  cost: (words: string) => number,
): { words: string; why: string } | { why: string } {
  const whole = cost(text)
  if (whole <= left) return { words: text, why: 'fits' }
  const words = truncate ? shortened(text, left, cost) : undefined
  return words === undefined
    ? { why: `over budget: ${whole} tokens, ${left} left` }
    : { words, why: `truncated from ${whole} to ${cost(words)} tokens` }
}

/** The text of what is kept. A counter may find the whole longer than its parts: then the last piece goes. */
function assembled(kept: readonly Weighed[], cut: readonly Weighed[], mark: string, rules: ChoiceRules): Choice {
  const inOrder = rules.order === 'given' ? kept.toSorted((one, other) => one.given - other.given) : kept
  const text = inOrder.map(({ piece, text: words }, at) => rules.framed(mark, at + 1, piece, words)).join(BETWEEN)
  const tokens = rules.tokens(text)
  const last = kept.at(-1)
  if (tokens > rules.budget && last !== undefined) {
    const over = { ...last, text: last.piece.text.trim(), why: `over budget: all together ${tokens} tokens` }
    return assembled(kept.slice(0, -1), [...cut, over], mark, rules)
  }
  return { text, tokens, kept: inOrder, cut: cut.toSorted((one, other) => one.given - other.given) }
}

/** Best score first; without a score last; the given order among equals. */
function ranked(pieces: readonly Piece[]): { piece: Piece; given: number }[] {
  const weight = ({ score }: Piece): number => (score === undefined || Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score)
  return pieces
    .map((piece, given) => ({ piece, given }))
    .sort((one, other) => {
      const [first, second] = [weight(one.piece), weight(other.piece)]
      return first === second ? one.given - other.given : first > second ? -1 : 1
    })
}

/** The longest beginning that fits, cut at a line or a word; `undefined` when little would be left. */
function shortened(text: string, left: number, cost: (words: string) => number): string | undefined {
  let [low, high] = [0, text.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (cost(text.slice(0, middle) + SHORTENED) <= left) low = middle
    else high = middle - 1
  }
  const torn = text.slice(0, low)
  const line = torn.lastIndexOf('\n')
  const word = torn.search(/\s\S*$/)
  const end = line > low * 0.8 ? line : word > 0 ? word : low
  const words = wellFormed(torn.slice(0, end)).trimEnd()
  return words.length < LEAST_WORTH ? undefined : words + SHORTENED
}

/** Without half a character at its end. */
function wellFormed(text: string): string {
  const last = text.charCodeAt(text.length - 1)
  return last >= 0xd800 && last <= 0xdbff ? text.slice(0, -1) : text
}

/** A mark that occurs in no piece: of their hash, and another one as long as it does. */
function markFor(pieces: readonly Piece[]): string {
  // As they are, and as they are written into a mark.
  const all = pieces.map(({ source, title = '', text }) => [source, title, text, JSON.stringify(source), JSON.stringify(title)].join('\n'))
  for (let round = 0; ; round += 1) {
    const hash = createHash('sha256').update(`${round}`)
    for (const text of all) hash.update('\0').update(text)
    const mark = hash.digest('hex').slice(0, 8)
    if (!all.some((text) => text.includes(mark))) return mark
  }
}
