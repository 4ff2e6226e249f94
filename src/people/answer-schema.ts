/**
 * What an answer must look like, in the form in which it travels with the question: JSON schema.
 *
 * Owns: making that schema, and holding a value against it at the inbox door. A schema says less than Zod does (no transforms, no
 * refinements), so the run holds each answer against the whole once more when it takes it.
 */
import { z } from 'zod'

/** The JSON schema of what people give: the input side, open where JSON schema has no word for it. */
export function answerSchema(type: z.ZodType): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' })
  return schema
}

/** The possible values, when the schema names them all. */
export function choicesOf(schema: unknown): readonly unknown[] | undefined {
  if (!isRecord(schema)) return undefined
  if (Array.isArray(schema['enum'])) return schema['enum']
  if ('const' in schema) return [schema['const']]
  if (schema['type'] === 'boolean') return [true, false]
  const either = schema['anyOf'] ?? schema['oneOf']
  if (!Array.isArray(either)) return undefined
  const choices = either.map(choicesOf)
  return choices.every((some) => some !== undefined) ? choices.flat() : undefined
}

/** A schema for edits of a subject nobody described: the same kinds of values in the same places, and whatever else. */
export function shapeOf(subject: unknown): Record<string, unknown> {
  if (typeof subject === 'string' || typeof subject === 'number' || typeof subject === 'boolean') return { type: typeof subject }
  if (Array.isArray(subject)) return { type: 'array' }
  if (!isRecord(subject) || (Object.getPrototypeOf(subject) !== Object.prototype && Object.getPrototypeOf(subject) !== null)) return {}
  const known = Object.entries(subject).filter(([, value]) => value !== undefined)
  return {
    type: 'object',
    properties: Object.fromEntries(known.map(([name, value]) => [name, shapeOf(value)])),
    required: known.map(([name]) => name),
  }
}

/** What does not fit, field by field, in a sentence; `undefined` when all does, or when the schema says nothing Zod understands. */
export function misfit(schema: unknown, value: unknown): string | undefined {
  const type = readSchema(schema)
  const parsed = type?.safeParse(value)
  if (parsed === undefined || parsed.success) return undefined
  const choices = choicesOf(schema)
  return choices === undefined ? issuesOf(parsed.error) : `it must be one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`
}

/** A Zod error as people read it: each field with what is wrong about it. */
export function issuesOf(error: z.core.$ZodError): string {
  return error.issues
    .flatMap(innermost)
    .map((issue) => `${issue.path.join('.') || 'the answer'}: ${issue.message}`)
    .join('; ')
}

/** Of a union's branches, the one that came nearest says most. */
function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue]
  const deepest = (branch: readonly z.core.$ZodIssue[]): number => Math.max(...branch.map((inner) => inner.path.length))
  const [nearest = []] = [...issue.errors].sort((one, other) => deepest(other) - deepest(one) || one.length - other.length)
  return nearest.flatMap((inner) => innermost({ ...inner, path: [...issue.path, ...inner.path] }))
}

function readSchema(schema: unknown): z.ZodType | undefined {
  if (!isRecord(schema)) return undefined
  try {
    return z.fromJSONSchema(schema)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
