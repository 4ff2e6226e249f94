/**
 * JSON schema, as far as prompts read and write it: draft 7, which every provider understands.
 *
 * Owns: its shape here, and how a Zod schema becomes one. Never: validates; that is Zod's.
 */
import { z } from 'zod'

export type JsonSchema = boolean | SchemaObject

export interface SchemaObject {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema
  readonly items?: JsonSchema | readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly $ref?: string
  readonly definitions?: Readonly<Record<string, JsonSchema>>
  readonly [keyword: string]: unknown
}

/** The JSON schema of what a Zod schema takes (`input`) or gives (`output`). What JSON schema cannot say is left open. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): SchemaObject {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { target: 'draft-7', unrepresentable: 'any', io })
  return json as SchemaObject
}

/** Whether values of a type fit, where the schema says so. */
export function hasType(schema: SchemaObject, type: string): boolean {
  return Array.isArray(schema.type) ? schema.type.includes(type) : schema.type === type
}
