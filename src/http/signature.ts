/**
 * Signatures of webhooks, as the Standard Webhooks specification has them (https://www.standardwebhooks.com).
 *
 * Owns: signing, and the check a receiver makes. The signed text is `id.timestamp.body`; the key is the secret's base64.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { RondoError } from '../errors.ts'

const PREFIX = 'whsec_'
const VERSION = 'v1'
const TOLERANCE_SECONDS = 300

export interface SignedHeaders {
  readonly 'webhook-id': string
  /** Seconds since 1970. */
  readonly 'webhook-timestamp': string
  /** One for each secret, apart by spaces: a receiver takes any of them, so that secrets can be changed. */
  readonly 'webhook-signature': string
}

/** The headers that go with a body. `secrets`: `whsec_…`, the newest first. */
export function sign(secrets: readonly string[], given: string, seconds: number, body: string): SignedHeaders {
  // A header takes ASCII only; the paths of questions are anybody's words.
  const id = given.toWellFormed().replaceAll(/[^\x21-\x7e]/gu, encodeURIComponent)
  const signatures = secrets.map((secret) => `${VERSION},${mac(secret, id, String(seconds), body).toString('base64')}`)
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signatures.join(' ') }
}

/**
 * Whether a webhook comes from who holds the secret, and is not an old one sent again. For receivers written in Node.
 * `headers`: as `fetch` has them, or as a request of Node’s own server has (`request.headers`). `now` is in milliseconds.
 */
export function verifyWebhook(secret: string, headers: Headers | NodeHeaders, body: string, now: number): boolean {
  const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => headerOf(headers, name))
  if (id === undefined || timestamp === undefined || signature === undefined || !/^\d+$/.test(timestamp)) return false
  if (Math.abs(now / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false
  const expected = mac(secret, id, timestamp, body)
  return signature.split(' ').some((one) => {
    const [version, given = ''] = one.split(',')
    const bytes = Buffer.from(given, 'base64')
    return version === VERSION && bytes.length === expected.length && timingSafeEqual(bytes, expected)
  })
}

type NodeHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

function headerOf(headers: Headers | NodeHeaders, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : headers[name]
  return typeof value === 'string' ? value : ''
}

/** Throws `config_invalid` for what is no secret. */
export function checkSecret(secret: string): void {
  const bytes = secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64').length : 0
  if (bytes >= 24 && bytes <= 64) return
  throw new RondoError(
    'config_invalid',
    'A webhook’s secret is "whsec_" and 24 to 64 bytes in base64. Make one: node -e "console.log(\'whsec_\' + crypto.randomBytes(32).toString(\'base64\'))".',
  )
}

function mac(secret: string, id: string, timestamp: string, body: string): Buffer {
  return createHmac('sha256', Buffer.from(secret.slice(PREFIX.length), 'base64'))
    .update(`${id}.${timestamp}.${body}`)
    .digest()
}
