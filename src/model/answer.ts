/**
 * What an answer must look like, what a model is told of that, and reading what it wrote.
 *
 * Owns: the form of answers. Never: asks again (see asking.ts). Text stays text; an object is asked for as itself; anything else
 * is asked for as `{ "answer": … }`, because providers want an object at the root.
 */
import { z } from 'zod'
import { hasType, type JsonSchema, jsonSchemaOf, type SchemaObject } from './json-schema.ts'

export interface AnswerForm<Output> {
  /** JSON schema the model is held to; `undefined`: plain text. */
  readonly schema: SchemaObject | undefined
  /** The key that the answer stands under, when it had to be wrapped. */
  readonly key: 'answer' | undefined
  read(text: string): Promise<Reading<Output>>
}

/** `problem` is for the model: it may quote. `summary` is for errors and logs: it does not. */
export type Reading<Output> =
  | { readonly kind: 'answer'; readonly value: Output }
  | { readonly kind: 'problem'; readonly problem: string; readonly summary: string }

export function answerForm<Output>(output: z.ZodType<Output>): AnswerForm<Output> {
  const written = jsonSchemaOf(output, 'input')
  if (isText(written)) return { schema: undefined, key: undefined, read: (text) => readText(output, text) }
  const bare = written.type === 'object' && written.anyOf === undefined && written.oneOf === undefined && written.allOf === undefined
  const schema = bare ? written : wrapped(written)
  return { schema: strict(schema), key: bare ? undefined : 'answer', read: (text) => readJson(output, text, !bare) }
}

function isText(schema: SchemaObject): boolean {
  return (schema.type === 'string' && schema.enum === undefined && schema.const === undefined) || Object.keys(schema).length === 0
}

function wrapped({ definitions, ...schema }: SchemaObject): SchemaObject {
  return {
    type: 'object',
    properties: { answer: schema },
    required: ['answer'],
    additionalProperties: false,
    ...(definitions !== undefined && { definitions }),
  }
}

/**
 * The schema in the form that strict providers take: every object is closed, every property is required. What may be left out may
 * be null instead; such a null is taken out again when the answer is read.
 */
function strict(schema: SchemaObject): SchemaObject {
  const { properties, required = [], additionalProperties, items, anyOf, oneOf, allOf, definitions, ...rest } = schema
  return {
    ...rest,
    ...(properties !== undefined && {
      properties: mapValues(properties, (inner, name) => (required.includes(name) ? strictly(inner) : nullable(strictly(inner)))),
      required: Object.keys(properties),
      additionalProperties: additionalProperties === undefined ? false : strictly(additionalProperties),
    }),
    ...(properties === undefined && additionalProperties !== undefined && { additionalProperties: strictly(additionalProperties) }),
    ...(items !== undefined && { items: isList(items) ? items.map(strictly) : strictly(items) }),
    ...(anyOf !== undefined && { anyOf: anyOf.map(strictly) }),
    // Strict providers know `anyOf` only; Zod's unions are tried in order all the same.
    ...(oneOf !== undefined && { anyOf: oneOf.map(strictly) }),
    // Closed one by one, the parts of an intersection would shut each other out.
    ...(allOf !== undefined && { allOf }),
    ...(definitions !== undefined && { definitions: mapValues(definitions, strictly) }),
  }
}

function strictly(schema: JsonSchema): JsonSchema {
  return typeof schema === 'boolean' ? schema : strict(schema)
}

function nullable(schema: JsonSchema): JsonSchema {
  if (typeof schema === 'boolean' || hasType(schema, 'null')) return schema
  if (schema.anyOf !== undefined) return { ...schema, anyOf: [...schema.anyOf, { type: 'null' }] }
  const { description, default: _, ...inner } = schema
  return { ...(description !== undefined && { description }), anyOf: [inner, { type: 'null' }] }
}

function isList(items: JsonSchema | readonly JsonSchema[]): items is readonly JsonSchema[] {
  return Array.isArray(items)
}

function mapValues<Value, Mapped>(
  values: Readonly<Record<string, Value>>,
  map: (value: Value, name: string) => Mapped,
): Record<string, Mapped> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value, name)]))
}

async function readText<Output>(output: z.ZodType<Output>, text: string): Promise<Reading<Output>> {
  const trimmed = text.trim()
  if (trimmed === '') return EMPTY
  return reading(await output.safeParseAsync(trimmed))
}

const EMPTY = { kind: 'problem', problem: 'The answer is empty.', summary: 'it is empty' } as const
const NOT_JSON = { kind: 'problem', problem: 'The answer is not JSON.', summary: 'it is not JSON' } as const

async function readJson<Output>(output: z.ZodType<Output>, text: string, isWrapped: boolean): Promise<Reading<Output>> {
  if (text.trim() === '') return EMPTY
  const json = parseJson(text)
  if (json === undefined) return NOT_JSON
  const bare = isWrapped && isObject(json.value) && 'answer' in json.value ? json.value['answer'] : json.value
  const parsed = await output.safeParseAsync(bare)
  if (parsed.success) return reading(parsed)
  const without = withoutNulls(bare, parsed.error)
  return reading(without === undefined ? parsed : await output.safeParseAsync(without))
}

function reading<Output>(parsed: z.ZodSafeParseResult<Output>): Reading<Output> {
  if (parsed.success) return { kind: 'answer', value: parsed.data }
  const where = parsed.error.issues.map(({ path }) => path.map(String).join('.') || 'the answer')
  return {
    kind: 'problem',
    problem: `The answer does not fit:\n${z.prettifyError(parsed.error)}`,
    summary: `it does not fit its schema (${[...new Set(where)].join(', ')})`,
  }
}

/** The JSON in an answer: the whole of it, or what stands in its one fence. */
function parseJson(text: string): { value: unknown } | undefined {
  const fenced = [...text.matchAll(/^[ \t]*```[^\n]*\n([\s\S]*?)^[ \t]*```[ \t]*$/gm)].map(([, inside]) => inside ?? '')
  for (const candidate of [text, ...(fenced.length === 1 ? fenced : [])]) {
    try {
      return { value: JSON.parse(candidate) }
    } catch {
      // The next candidate is tried; with none left, the model is told.
    }
  }
  return undefined
}

/** A copy without the nulls that a schema refused: they stand for what was left out. */
function withoutNulls(value: unknown, error: z.ZodError): unknown {
  const copy: unknown = structuredClone(value)
  let removed = false
  for (const path of placesOf(error.issues)) {
    const holder = path.slice(0, -1).reduce<unknown>((at, key) => (isObject(at) ? at[String(key)] : undefined), copy)
    const key = String(path.at(-1))
    if (!isObject(holder) || Array.isArray(holder) || holder[key] !== null) continue
    delete holder[key]
    removed = true
  }
  return removed ? copy : undefined
}

/** Where something was refused: in a union, by any of its branches. */
function placesOf(issues: readonly z.core.$ZodIssue[], within: readonly PropertyKey[] = []): PropertyKey[][] {
  return issues.flatMap((issue) => {
    const path = [...within, ...issue.path]
    return issue.code === 'invalid_union' ? issue.errors.flatMap((branch) => placesOf(branch, path)) : [path]
  })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object'
}
