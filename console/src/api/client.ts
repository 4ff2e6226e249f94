/**
 * The way to the API: one fetch, in which every failure is an `ApiError` that says what the server said.
 *
 * Owns: addresses, headers, and the token where one was typed in. Never: keeps what came back (queries.ts), or shows anything.
 */

const TOKEN_KEY = 'rondo.token'

/** What went wrong: the server's own code and words, or `unreachable`. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(status: number, code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.details = details
  }

  /** Whether the same request could come out otherwise in a moment. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

export interface CallOptions {
  readonly query?: Query
  readonly signal?: AbortSignal | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** Goes on when the page is left. */
  readonly keepalive?: boolean
}

export function get<Reply>(path: string, options: CallOptions = {}): Promise<Reply> {
  return call<Reply>('GET', path, undefined, options)
}

export function post<Reply>(path: string, body: unknown = {}, options: CallOptions = {}): Promise<Reply> {
  return call<Reply>('POST', path, body, options)
}

/** Sends a file as it is. */
export async function upload<Reply>(path: string, file: Blob, type: string, options: CallOptions = {}): Promise<Reply> {
  const response = await open('POST', path, file, { ...options, headers: { 'content-type': type, ...options.headers } })
  return (await response.json()) as Reply
}

export function put<Reply>(path: string, body: unknown = {}, options: CallOptions = {}): Promise<Reply> {
  return call<Reply>('PUT', path, body, options)
}

/** The raw response, for streams and files. Throws `ApiError` unless it is one that went well. */
export async function open(method: string, path: string, body: unknown, options: CallOptions = {}): Promise<Response> {
  const { query, signal, headers = {}, keepalive = false } = options
  let response: Response
  try {
    response = await fetch(addressOf(path, query), {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...authorization(),
        ...headers,
      },
      keepalive,
      ...(body !== undefined && { body: body instanceof Blob ? body : JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    })
  } catch (error) {
    if (signal?.aborted === true) throw error
    throw new ApiError(0, 'unreachable', 'The server cannot be reached.')
  }
  if (!response.ok) throw await errorOf(response)
  return response
}

/** An id as a piece of a path. */
export function piece(id: string): string {
  return encodeURIComponent(id)
}

/** Uses this token from now on, in this tab. */
export function keepToken(token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token)
}

export function hasToken(): boolean {
  return sessionStorage.getItem(TOKEN_KEY) !== null
}

export function forgetToken(): void {
  sessionStorage.removeItem(TOKEN_KEY)
}

async function call<Reply>(method: string, path: string, body: unknown, options: CallOptions): Promise<Reply> {
  const response = await open(method, path, body, options)
  return (await response.json()) as Reply
}

function authorization(): Record<string, string> {
  const token = sessionStorage.getItem(TOKEN_KEY)
  return token === null ? {} : { authorization: `Bearer ${token}` }
}

function addressOf(path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') search.set(name, String(value))
  const text = search.toString()
  return text === '' ? path : `${path}?${text}`
}

async function errorOf(response: Response): Promise<ApiError> {
  const said: unknown = await response.json().catch(() => undefined)
  const error = isRecord(said) && isRecord(said['error']) ? said['error'] : {}
  const code = typeof error['code'] === 'string' ? error['code'] : `http_${response.status}`
  const message = typeof error['message'] === 'string' ? error['message'] : `The server answered ${response.status}.`
  return new ApiError(response.status, code, message, isRecord(error['details']) ? error['details'] : {})
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
