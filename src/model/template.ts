/**
 * A prompt's text as a small tree, in which roles, media and values are different things (ADR 0003).
 *
 * Owns: the shape of that tree, and errors that name file and line. Never: parses (template-parser.ts) or renders (render.ts).
 * No expression can stand where a role or the name of a partial does: they are literals by type.
 */
import { RondoError } from '../errors.ts'

export type Role = 'system' | 'user' | 'assistant'

export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null | undefined }
  | PathExpression
  | { readonly kind: 'lookup'; readonly of: Expression; readonly key: Expression }
  | { readonly kind: 'json'; readonly of: Expression; readonly indent: Expression | undefined }

export interface PathExpression {
  readonly kind: 'path'
  /** `this` value (`a.b`, `../a`), or one of the `@` variables. */
  readonly from: 'context' | 'data'
  readonly up: number
  /** `this.a` and `./a` are never block parameters. */
  readonly scoped: boolean
  readonly parts: readonly string[]
  readonly text: string
  readonly line: number
}

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly value: Expression }
  | { readonly kind: 'role'; readonly role: Role }
  | { readonly kind: 'media'; readonly url: Expression; readonly contentType: Expression | undefined; readonly line: number }
  | { readonly kind: 'if'; readonly test: Test; readonly body: readonly Node[]; readonly otherwise: readonly Node[] }
  | BlockNode
  | PartialNode

/** `{{#each}}` and `{{#with}}`: `this` is another value in there. */
export interface BlockNode {
  readonly kind: 'each' | 'with'
  readonly over: Expression
  /** Block parameters: `as |item key|`. */
  readonly names: readonly string[]
  readonly body: readonly Node[]
  readonly otherwise: readonly Node[]
}

export interface PartialNode {
  readonly kind: 'partial'
  readonly name: string
  readonly context: Expression | undefined
  readonly values: ReadonlyMap<string, Expression>
  readonly indent: string
  readonly line: number
}

export type Test =
  | { readonly kind: 'truthy'; readonly value: Expression; readonly not: boolean; readonly includeZero: boolean }
  | { readonly kind: 'equal'; readonly left: Expression; readonly right: Expression; readonly not: boolean }

export interface Template {
  /** Where it stands, for errors: `prompts/reply.prompt`. */
  readonly file: string
  readonly source: string
  readonly nodes: readonly Node[]
  /** Names of the partials it uses, in order of first use. */
  readonly partials: readonly string[]
}

/** An error about a prompt's text, at its place. */
export function invalidPrompt(file: string, line: number | undefined, message: string, cause?: unknown): RondoError {
  const place = line === undefined ? file : `${file}:${line}`
  return new RondoError('prompt_invalid', `${place}: ${message}`, {
    details: { file, ...(line !== undefined && { line }) },
    terminal: true,
    ...(cause !== undefined && { cause }),
  })
}
