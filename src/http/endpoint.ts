/**
 * An endpoint: what it takes and gives as Zod schemas, who may call it, and what it does.
 *
 * Owns: that shape, and holding requests against it. The same schemas make the OpenAPI document (openapi.ts), so it cannot differ from
 * what is checked.
 */
import type { Context, Hono } from 'hono'
import { z } from 'zod'
import { RondoError } from '../errors.ts'
import type { Audit } from '../index.ts'
import { type Arrival, type Authenticator, needScope, type Principal, type Scope } from './access.ts'
import { acting, actOf, refusing } from './acts.ts'

/** `route`: the endpoint's path, for the metrics. */
export type Env = {
  Bindings: { readonly incoming?: { readonly socket: { readonly remoteAddress?: string } } }
  /** `needs`: the scope of the endpoint that answers. */
  Variables: { principal: Principal; route: string; arrival: Arrival; audit: Audit; needs: Scope }
}

export interface Request<Query, Body> {
  readonly query: Query
  readonly body: Body
  readonly principal: Principal
  /** A parameter of the path, decoded. */
  param(name: string): string
  readonly context: Context<Env>
}

export interface Endpoint {
  readonly method: 'get' | 'post' | 'put'
  /** `/api/runs/:id` */
  readonly path: string
  /** What it is about, in the document. */
  readonly group: string
  /** In a line. */
  readonly summary: string
  readonly scope: Scope
  readonly query: z.ZodType | undefined
  readonly body: z.ZodType | undefined
  /** A body that is no JSON: its content types. */
  readonly bodyTypes: readonly string[]
  readonly replies: Readonly<Record<number, z.ZodType | string>>
  handle(context: Context<Env>): Promise<Response>
}

interface Definition<Query extends z.ZodType, Body extends z.ZodType> {
  readonly method: Endpoint['method']
  readonly path: string
  readonly group: string
  readonly summary: string
  readonly scope: Scope
  readonly query?: Query
  readonly body?: Body
  readonly bodyTypes?: readonly string[]
  /** By status: a schema of the JSON, or a content type. */
  readonly replies: Endpoint['replies']
  readonly handle: (request: Request<z.output<Query>, z.output<Body>>) => unknown
}

/** Defines an endpoint. What `handle` returns is sent as JSON with status 200, unless it is a `Response`. */
export function endpoint<Query extends z.ZodType = z.ZodUndefined, Body extends z.ZodType = z.ZodUndefined>(
  definition: Definition<Query, Body>,
): Endpoint {
  const { method, path, group, summary, scope, query, body, bodyTypes = [], replies, handle } = definition
  const act = actOf(definition)
  return {
    method,
    path,
    group,
    summary,
    scope,
    query,
    body,
    bodyTypes,
    replies,
    async handle(context) {
      const principal = context.get('principal')
      await mayBe(context, scope, act?.what)
      const request = {
        query: (query === undefined ? undefined : fitting(query, context.req.query(), 'The query')) as z.output<Query>,
        body: (body === undefined ? undefined : fitting(body, await jsonBody(context), 'The body')) as z.output<Body>,
        principal,
        param: (name: string) => context.req.param(name) ?? '',
        context,
      }
      const work = async (): Promise<unknown> => handle(request)
      const reply = act === undefined ? await work() : await acting(context, act, work)
      return reply instanceof Response ? reply : context.json(reply ?? null)
    },
  }
}

/** The one place where a right is looked at. An act that was tried without it stands in the audit log. */
async function mayBe(context: Context<Env>, scope: Scope, what: string | undefined): Promise<void> {
  context.set('needs', scope)
  try {
    needScope(context.get('principal'), scope)
  } catch (error) {
    if (what !== undefined) await refusing(context, what, error)
    throw error
  }
}

export function register(app: Hono<Env>, endpoints: readonly Endpoint[]): void {
  for (const one of endpoints)
    app[one.method](one.path, (context) => {
      context.set('route', one.path)
      return one.handle(context)
    })
}

/** Puts the caller into the context, or throws `unauthenticated`. */
export async function identify(context: Context<Env>, authenticator: Authenticator): Promise<void> {
  const principal = await authenticator.authenticate(context.req.raw, context.get('arrival'))
  if (principal === undefined) {
    const signIn = await authenticator.signInPath?.()
    throw new RondoError(
      'unauthenticated',
      'Nobody is known by this request. Send the token as "Authorization: Bearer …", or sign in at /login.',
      { details: signIn === undefined ? {} : { signIn } },
    )
  }
  context.set('principal', principal)
}

/** The JSON of the body; nothing at all is an empty object. Throws `body_type`, `body_malformed`. */
export async function jsonBody(context: Context<Env>): Promise<unknown> {
  const text = await context.req.text()
  if (text === '') return {}
  const type = context.req.header('content-type') ?? ''
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type))
    throw new RondoError(
      'body_type',
      `The body must be JSON, with "content-type: application/json"${type === '' ? '' : `, not "${type}"`}.`,
    )
  if (isDeep(text)) throw new RondoError('body_malformed', `The body is nested more than ${DEEPEST} deep.`)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new RondoError('body_malformed', `The body is no JSON: ${error instanceof Error ? error.message : String(error)}.`)
  }
}

/** Deeper values would break whoever goes through them step by step. */
const DEEPEST = 500

function isDeep(text: string): boolean {
  let depth = 0
  let inText = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (inText) {
      if (character === '\\') at += 1
      else if (character === '"') inText = false
    } else if (character === '"') inText = true
    else if (character === '{' || character === '[') {
      depth += 1
      if (depth > DEEPEST) return true
    } else if (character === '}' || character === ']') depth -= 1
  }
  return false
}

function fitting<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`))
  throw new RondoError('invalid_input', `${what} does not fit. ${issues.join('; ')}.`, {
    details: { places: parsed.error.issues.map(({ path }) => path.map(String)) },
  })
}

/** How many of a list, from a query. */
export function limitOf(otherwise: number, most: number): z.ZodType<number> {
  return z.coerce.number().int().min(1).max(most).default(otherwise)
}

/** Names in a query, apart by commas. */
export const names = z.string().transform((text) => text.split(',').filter((name) => name !== ''))
