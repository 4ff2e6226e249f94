/**
 * What a failed attempt means: whether the same model may be asked again, how soon, and what people are told.
 *
 * Owns: the reading of everything a provider's client throws or puts into its stream. Never: passes on a key, or a piece of the
 * conversation, which servers like to quote in their errors: the provider's own words are kept only when they hold neither.
 * Again: 408, 409, 429, 5xx, no connection, a dropped or unfinished response, one that is no JSON or no answer, no answer in time.
 * Not again: every other status, a spent quota, what the client refuses to send. A server's `x-should-retry` has the last word.
 */
import { APICallError, JSONParseError, type LanguageModelV4Prompt, TypeValidationError } from '@ai-sdk/provider'
import { z } from 'zod'
import { RondoError } from '../errors.ts'
import { retryAfterMs } from './retry-after.ts'

export interface Failure {
  /** The same model may be asked again. */
  readonly again: boolean
  /** The provider says that it is asked too often. */
  readonly limited: boolean
  /** Without a full stop: it goes into a sentence. */
  readonly message: string
  readonly status?: number
  readonly retryAfterMs?: number
}

/** Who must not be quoted. */
export interface Confidential {
  readonly secrets: readonly string[]
  readonly messages: LanguageModelV4Prompt
}

/** An attempt that ended without an error being thrown, and without an answer. */
export class Unanswered extends Error {}

const SPENT = /insufficient_quota|billing|quota_exceeded|credit/i
const REFUSED = /invalid_request|authentication|permission|not_found|content_filter|content_policy|too_large|context_length/i
const LIMITED = /rate_limit|too_many_requests/i

export function failureOf(thrown: unknown, confidential: Confidential, now: number): Failure {
  if (thrown instanceof Unanswered) return { again: true, limited: false, message: thrown.message }
  if (thrown instanceof RondoError) return { again: !thrown.terminal, limited: false, message: thrown.message }
  if (isMalformed(thrown)) return { again: true, limited: false, message: malformed(thrown) }
  if (APICallError.isInstance(thrown)) return ofCall(thrown, confidential, now)
  const inBand = InBand.safeParse(thrown)
  if (!(thrown instanceof Error) && inBand.success) return ofStatus(inBand.data, confidential)
  const message = quoted(thrown instanceof Error ? thrown.message : String(thrown), confidential)
  const name = thrown instanceof Error ? thrown.name : ''
  return { again: !REFUSING.has(name), limited: false, message: `the call broke off${message}` }
}

/** What the clients throw before anything is sent. */
const REFUSING = new Set([
  'AI_LoadAPIKeyError',
  'AI_LoadSettingError',
  'AI_UnsupportedFunctionalityError',
  'AI_InvalidPromptError',
  'AI_InvalidArgumentError',
  'AI_NoSuchModelError',
])

const Code = z.union([z.string(), z.number()]).nullish()
/** An error as it stands in a stream or a body: OpenAI's, Anthropic's, and what the clients make of them. */
const InBand = z.object({
  message: z.string().nullish(),
  type: z.string().nullish(),
  code: Code,
  statusCode: z.number().nullish(),
  isRetryable: z.boolean().nullish(),
})
const Body = z.object({ error: InBand })

function ofCall(error: APICallError, confidential: Confidential, now: number): Failure {
  if (error.statusCode === undefined) return { again: true, limited: false, message: `no connection${quoted(error.message, confidential)}` }
  const body = bodyOf(error)
  if (error.statusCode < 300)
    return body === undefined
      ? {
          again: true,
          limited: false,
          status: error.statusCode,
          message: isMalformed(error.cause) ? malformed(error.cause) : 'the connection dropped in the middle of the answer',
        }
      : ofStatus(body, confidential)
  const should = error.responseHeaders?.['x-should-retry']
  const failure = ofStatus({ message: error.message, ...body, statusCode: error.statusCode }, confidential)
  const after = retryAfterMs(error.responseHeaders, now)
  return {
    ...failure,
    ...((should === 'true' || should === 'false') && { again: should === 'true' }),
    ...(after !== undefined && { retryAfterMs: after }),
  }
}

function bodyOf(error: APICallError): z.infer<typeof InBand> | undefined {
  try {
    const parsed = Body.safeParse(JSON.parse(error.responseBody ?? ''))
    return parsed.success ? parsed.data.error : undefined
  } catch {
    return undefined
  }
}

function ofStatus(error: z.infer<typeof InBand>, confidential: Confidential): Failure {
  const kind = [error.type, error.code].filter((part) => part !== null && part !== undefined).join(' ')
  const status = error.statusCode ?? (typeof error.code === 'number' && error.code >= 400 && error.code < 600 ? error.code : undefined)
  const spent = SPENT.test(kind)
  const limited = !spent && (status === 429 || LIMITED.test(kind))
  const again = !spent && (limited || (status === undefined ? (error.isRetryable ?? !REFUSED.test(kind)) : againAt(status)))
  const code =
    error.code === null || error.code === undefined || error.code === status ? '' : `, ${quiet(String(error.code), confidential)}`
  const told = status === undefined ? `an error in the response${code}` : `status ${status}${code}`
  return {
    again,
    limited,
    message: `${told}${quoted(error.message ?? '', confidential)}${spent ? '. The account has no credit left: add some with the provider' : advice(status)}`,
    ...(status !== undefined && { status }),
  }
}

function againAt(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500
}

function advice(status: number | undefined): string {
  if (status === 401) return '. Check the API key'
  if (status === 403) return '. This key may not use this model, or not from here'
  if (status === 404) return '. Check the name of the model and the base URL'
  if (status === 413) return '. The request is too large: shorten the context'
  return ''
}

function isMalformed(error: unknown): boolean {
  return JSONParseError.isInstance(error) || TypeValidationError.isInstance(error)
}

/** In our own words: the clients' quote what was sent. */
function malformed(error: unknown): string {
  return JSONParseError.isInstance(error) ? 'the server sent malformed JSON' : 'the server sent JSON that is no answer of a model'
}

const LONGEST_QUOTE = 300
/** A run of this many characters in common with the conversation counts as a piece of it. */
const PIECE = 16

/** `: "the provider's words"`, or nothing when they are empty or give something away. */
function quoted(words: string, confidential: Confidential): string {
  const safe = quiet(words.slice(0, LONGEST_QUOTE).trim().replace(/\.$/, ''), confidential)
  return safe === '' ? '' : `: "${safe}"`
}

function quiet(words: string, { secrets, messages }: Confidential): string {
  const texts = messages.flatMap(textsOf)
  for (let start = 0; start + PIECE <= words.length; start++) {
    const piece = words.slice(start, start + PIECE)
    if (texts.some((text) => text.includes(piece))) return ''
  }
  const hidden = secrets.reduce((text, secret) => (secret === '' ? text : text.replaceAll(secret, '…')), words)
  return hidden.replace(/\bBearer\s+\S+/gi, 'Bearer …').replace(/\b(sk|pk|rk|hf|gsk|xai|key|AIza)[-_]?[\w*.-]{12,}/g, '…')
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return value.length < PIECE ? [] : [value]
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return []
  return Object.values(value).flatMap(textsOf)
}
