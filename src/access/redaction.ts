/**
 * Redaction: takes out of values what must not be kept, and puts a word in its place that is the same for the same.
 *
 * Owns: the rules, and how a value is gone through. Never: says where it is done (redacting-store.ts, and the language itself).
 * Invariants:
 *   X1. The same text under the same rule becomes the same word, in every run and after every restart; without the secret nobody can try
 *       texts until one fits.
 *   X2. What was redacted once is left as it is: redacting again changes nothing.
 *   X3. Structure stays: keys keep their order, and what JSON lacks keeps its tag. Bytes, dates and numbers are not looked into.
 */
import { createHmac } from 'node:crypto'
import { type ErrorRecord, RondoError } from '../errors.ts'
import type { NewEntry } from '../journal/records.ts'

export interface RedactionOptions {
  readonly rules: readonly RedactionRule[]
  /** At least 16 characters that never change: words are made with it. Default: the environment's RONDO_REDACT_SECRET. */
  readonly secret?: string
}

/**
 * - `email`, `card`, `iban`: known patterns; a card or IBAN only where its check digits are right
 * - a pattern of one's own, in texts and in keys
 * - a path: keys apart by dots, `*` for any one, `**` for any number: `customer.name`, `**.password`. What is there goes, whatever it is.
 *   A path begins at the value that is kept: an input, a result, a question's content, a record
 */
export type RedactionRule =
  | 'email'
  | 'card'
  | 'iban'
  | { readonly name: string; readonly pattern: RegExp }
  | { readonly name: string; readonly path: string }

type Json = null | boolean | number | string | Json[] | { readonly [key: string]: Json }

interface Pattern {
  readonly name: string
  readonly pattern: RegExp
  /** How much of what was found it is, and its one form; `undefined`: it is none after all. */
  readonly look: (found: string) => { readonly length: number; readonly what: string } | undefined
}

interface Path {
  readonly name: string
  readonly keys: readonly string[]
}

const TAG = '$rondo'
const SHORTEST_SECRET = 16
const WORD = /\[[\w-]+:[a-p]{16}\]|[a-p]{16}@redacted\.invalid/g

const KNOWN: Readonly<Record<'email' | 'card' | 'iban', Pattern>> = {
  email: {
    name: 'email',
    pattern: /[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu,
    look: (found) => ({ length: found.length, what: found.toLowerCase() }),
  },
  card: { name: 'card', pattern: /(?<![\w.])[2-6]\d{3}(?:[ -]?\d){9,15}(?!\w)/g, look: cardIn },
  iban: { name: 'iban', pattern: /(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)/gi, look: ibanIn },
}

export class Redactor {
  readonly #secret: string
  readonly #patterns: readonly Pattern[]
  readonly #paths: readonly Path[]
  readonly #done = new WeakSet<NewEntry>()

  /** Throws `config_invalid`. */
  constructor({ rules, secret = process.env['RONDO_REDACT_SECRET'] ?? '' }: RedactionOptions) {
    if (secret.length < SHORTEST_SECRET)
      throw new RondoError(
        'config_invalid',
        `Redaction needs a secret of at least ${SHORTEST_SECRET} characters that never changes: RONDO_REDACT_SECRET, or \`redact.secret\`.`,
      )
    this.#secret = secret
    this.#patterns = rules.flatMap((rule) => (typeof rule === 'string' ? KNOWN[rule] : 'pattern' in rule ? ownPattern(rule) : []))
    this.#paths = rules.flatMap((rule) => (typeof rule === 'object' && 'path' in rule ? pathOf(rule) : []))
  }

  /** Of an encoded value; the very same text when nothing is taken out. */
  text(encoded: string): string {
    const before: Json = JSON.parse(encoded)
    const after = this.#walk(before, this.#paths)
    return after === before ? encoded : JSON.stringify(after)
  }

  /** Of a text that is no encoded value: a title, a note, a message. */
  words(plain: string): string {
    return this.#patterns.reduce(
      (text, pattern) => outsideWords(text, (part) => part.replace(pattern.pattern, (found) => this.#found(pattern, found))),
      plain,
    )
  }

  error(record: ErrorRecord): ErrorRecord {
    const { message, stack, details, cause } = record
    return {
      ...record,
      message: this.words(message),
      ...(stack !== undefined && { stack: this.words(stack) }),
      ...(details !== undefined && { details: this.#details(details) }),
      ...(cause !== undefined && { cause: this.error(cause) }),
    }
  }

  entry(entry: NewEntry): NewEntry {
    if (this.#done.has(entry)) return entry
    const { value, record, error } = entry
    const redacted = {
      ...entry,
      ...(value !== undefined && { value: this.text(value) }),
      ...(record !== undefined && { record: this.text(record) }),
      ...(error !== undefined && { error: this.error(error) }),
    }
    this.#done.add(redacted)
    return redacted
  }

  #details(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    try {
      return JSON.parse(this.text(JSON.stringify(details)))
    } catch {
      return {}
    }
  }

  /** `paths`: what is left of those that lead here. The very same value when nothing in it changes. */
  #walk(value: Json, paths: readonly Path[]): Json {
    if (typeof value === 'string') return this.words(value)
    if (value === null || typeof value !== 'object') return value
    if (Array.isArray(value))
      return same(
        value,
        value.map((item, index) => this.#child(String(index), item, paths)),
      )
    if (Object.hasOwn(value, TAG)) return this.#tagged(value, paths)
    return this.#fields(value, paths)
  }

  #tagged(value: { readonly [key: string]: Json }, paths: readonly Path[]): Json {
    const { [TAG]: kind, value: inner = null } = value
    if (kind !== 'map' && kind !== 'set' && kind !== 'object') return value
    if (kind === 'map' && Array.isArray(inner)) {
      const pairs = inner.map((pair): Json => {
        if (!Array.isArray(pair)) return pair
        const [key = null, item = null] = pair
        return same(pair, [this.#walk(key, []), this.#child(String(key), item, paths)])
      })
      const after = same(inner, pairs)
      return after === inner ? value : { ...value, value: after }
    }
    // An object with a key like a tag is wrapped once: its own keys are what paths mean.
    const after =
      kind === 'object' && inner !== null && typeof inner === 'object' && !Array.isArray(inner)
        ? this.#fields(inner, paths)
        : this.#walk(inner, paths)
    return after === inner ? value : { ...value, value: after }
  }

  #fields(value: { readonly [key: string]: Json }, paths: readonly Path[]): Json {
    const entries = Object.entries(value)
    const after = entries.map(([key, item]): [string, Json] => [key === TAG ? key : this.words(key), this.#child(key, item, paths)])
    return after.every(([key, item], index) => key === entries[index]?.[0] && item === entries[index]?.[1])
      ? value
      : Object.fromEntries(after)
  }

  #child(key: string, item: Json, paths: readonly Path[]): Json {
    if (paths.length === 0) return this.#walk(item, paths)
    const left = paths.flatMap((path) => onward(path, key))
    const ended = left.find(({ keys }) => keys.length === 0)
    if (ended === undefined) return this.#walk(item, left)
    if (item === null || (typeof item === 'string' && isWord(item))) return item
    return this.#word(ended.name, typeof item === 'string' ? item : JSON.stringify(item))
  }

  #found({ name, look, pattern }: Pattern, found: string): string {
    const known = look(found)
    if (known === undefined) return found
    const rest = found.slice(known.length).replace(pattern, (more) => this.#found({ name, look, pattern }, more))
    return this.#word(name, known.what) + rest
  }

  /** What stands for an address is one, of nobody, so that what checks for addresses goes on working. */
  #word(name: string, what: string): string {
    const digest = createHmac('sha256', this.#secret).update(`${name}\0${what}`).digest('hex').slice(0, 16)
    const letters = digest.replace(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 16)))
    return name === 'email' ? `${letters}@redacted.invalid` : `[${name}:${letters}]`
  }
}

function isWord(text: string): boolean {
  return text.match(WORD)?.[0] === text
}

/** Changes what stands between the words that were put in before. */
function outsideWords(text: string, change: (part: string) => string): string {
  let changed = ''
  let end = 0
  for (const { 0: word, index } of text.matchAll(WORD)) {
    changed += change(text.slice(end, index)) + word
    end = index + word.length
  }
  return changed + change(text.slice(end))
}

function same(before: Json[], after: Json[]): Json[] {
  return after.every((item, index) => item === before[index]) ? before : after
}

/** What is left of a path below a key: none, one, or with `**` two ways. */
function onward(path: Path, key: string): Path[] {
  const [first, ...rest] = path.keys
  if (first === '**') return [path, ...onward({ ...path, keys: rest }, key)]
  return first === '*' || first === key ? [{ ...path, keys: rest }] : []
}

function ownPattern({ name, pattern }: { readonly name: string; readonly pattern: RegExp }): Pattern {
  checkName(name)
  const flags = [...new Set(`${pattern.flags}g`)].filter((flag) => flag !== 'y').join('')
  return {
    name,
    pattern: new RegExp(pattern.source, flags),
    look: (found) => (found === '' ? undefined : { length: found.length, what: found }),
  }
}

/** `$.a[*].b` is understood, too. */
function pathOf({ name, path }: { readonly name: string; readonly path: string }): Path {
  checkName(name)
  const plain = path.replace(/^\$\.?/, '').replaceAll(/\[(\w+|\*)\]/g, '.$1')
  const keys = plain.split('.').filter((key) => key !== '')
  if (keys.length > 0 && keys.at(-1) !== '**') return { name, keys }
  throw new RondoError(
    'config_invalid',
    `The rule "${name}" of redaction has the path "${path}", which leads nowhere. Write keys apart by dots: customer.name, **.password.`,
  )
}

function checkName(name: string): void {
  if (/^[a-z][\w-]{0,30}$/i.test(name) && name !== 'email') return
  throw new RondoError(
    'config_invalid',
    `"${name}" cannot be the name of a rule of redaction: it begins with a letter, has at most 31 letters, digits, "-" and "_", and is not "email".`,
  )
}

/** A card number at the beginning of a row of digits, by its check digit (Luhn). */
function cardIn(found: string): { length: number; what: string } | undefined {
  const ends = [...found.matchAll(/\d(?!\d)/g)].map(({ index }) => index + 1).reverse()
  for (const length of ends) {
    const what = found.slice(0, length).replaceAll(/\D/g, '')
    if (what.length >= 13 && what.length <= 19 && luhn(what)) return { length, what }
  }
  return undefined
}

function luhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}

/** How long an IBAN is, by country: the registry of ISO 13616. */
const IBAN_LENGTHS =
  'AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18FO18FR27GB22GE22GI23GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21MC27MD24ME22MK19MR27MT31MU30NL18NO15PK24PL28PS29PT25QA29RO24RS22SA24SC31SE24SI19SK24SM27TL23TN24TR26UA29VA22VG24XK20'

/** An IBAN at the beginning of a text, by its country's length and its check digits. */
function ibanIn(found: string): { length: number; what: string } | undefined {
  const country = found.slice(0, 2).toUpperCase()
  const place = IBAN_LENGTHS.search(new RegExp(`${country}\\d`))
  const characters = place < 0 ? Number.POSITIVE_INFINITY : Number(IBAN_LENGTHS.slice(place + 2, place + 4))
  const end = [...found.matchAll(/\S/g)][characters - 1]?.index
  if (end === undefined || /^\w/.test(found.slice(end + 1))) return undefined
  const what = found
    .slice(0, end + 1)
    .replaceAll(' ', '')
    .toUpperCase()
  const moved = `${what.slice(4)}${what.slice(0, 4)}`
  const rest = [...moved].reduce((remainder, character) => Number(`${remainder}${Number.parseInt(character, 36)}`) % 97, 0)
  return rest === 1 ? { length: end + 1, what } : undefined
}
