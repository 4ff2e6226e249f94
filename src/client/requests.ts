/**
 * Requests to a Rondo server: the token, JSON both ways, and errors as errors.
 *
 * Owns: `RondoClientError`, and trying again what is safe to try again. Never: keeps state between requests.
 */

export interface ClientOptions {
  /** Where the server is: `http://127.0.0.1:4747`. In a page that comes from it: the page's own origin. */
  readonly url: string
  /** Sent as a bearer token; a page that is signed in needs none. */
  readonly token?: string
  readonly fetch?: typeof fetch
  /** How often a request that is safe to repeat is tried when the server cannot be reached. Default 5. */
  readonly attempts?: number
  /** Waits for a while; for tests. */
  readonly pause?: (ms: number, signal?: AbortSignal) => Promise<void>
}

/** What the server refused, in its own words. */
export class RondoClientError extends Error {
  readonly status: number
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(status: number, code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.name = 'RondoClientError'
    this.status = status
    this.code = code
    this.details = details
  }
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** The same again does no harm. Default: what only reads is. */
  readonly repeatable?: boolean
  readonly signal?: AbortSignal
}

const ATTEMPTS = 5
const FIRST_WAIT_MS = 200
const LONGEST_WAIT_MS = 5000

export class Requests {
  readonly #options: ClientOptions
  readonly #url: string

  constructor(options: ClientOptions) {
    this.#options = options
    this.#url = options.url.replace(/\/+$/, '')
  }

  /** The JSON of an answer. Throws `RondoClientError` for what was refused, and what `fetch` throws when nobody can be reached. */
  async json<Document>(call: Call): Promise<Document> {
    const response = await this.response(call)
    const document: unknown = await response.json()
    // The server makes its documents from the same schemas as these types.
    return document as Document
  }

  async response(call: Call): Promise<Response> {
    const { attempts = ATTEMPTS } = this.#options
    const repeatable = call.repeatable ?? (call.method === undefined || call.method === 'GET')
    for (let attempt = 1; ; attempt += 1) {
      const last = !repeatable || attempt >= attempts
      try {
        const response = await this.#send(call)
        if (response.ok) return response
        const error = await errorOf(response)
        if (last || response.status !== 503) throw error
      } catch (error) {
        if (last || error instanceof RondoClientError || call.signal?.aborted === true) throw error
      }
      await this.pause(attempt, call.signal)
    }
  }

  /** The wait after an attempt: longer each time. */
  pause(attempt: number, signal?: AbortSignal): Promise<void> {
    const { pause = sleep } = this.#options
    return pause(Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS), signal)
  }

  #send({ method = 'GET', path, query = {}, body, headers = {}, signal }: Call): Promise<Response> {
    const { fetch: send = fetch, token } = this.#options
    const asked = Object.entries(query).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, String(value)]]))
    const search = asked.length === 0 ? '' : `?${new URLSearchParams(asked)}`
    return send(`${this.#url}${path}${search}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    })
  }
}

async function errorOf(response: Response): Promise<RondoClientError> {
  const said: unknown = await response.json().catch(() => undefined)
  const error = said !== null && typeof said === 'object' && 'error' in said ? said.error : undefined
  if (error === null || typeof error !== 'object')
    return new RondoClientError(response.status, 'http', `The server answered with ${response.status}.`)
  const code = 'code' in error ? String(error.code) : 'http'
  const message = 'message' in error ? String(error.message) : `The server answered with ${response.status}.`
  const details = 'details' in error && error.details !== null && typeof error.details === 'object' ? { ...error.details } : {}
  return new RondoClientError(response.status, code, message, details)
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done)
  })
}
