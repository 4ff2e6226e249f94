/**
 * Parses a prompt's body.
 *
 * Owns: which Handlebars a prompt may use. Handlebars itself only parses; nothing is ever compiled to code (ADR 0003). Never: renders.
 * Invariants:
 *   P1. A role, a boundary between messages, a media part and a partial's name stand in the text itself. No expression can make one.
 *   P2. What the renderer would not understand is refused here, with its place.
 */
import Handlebars from 'handlebars'
import type { RondoError } from '../errors.ts'
import {
  type Expression,
  invalidPrompt,
  type Node,
  type PartialNode,
  type PathExpression,
  type Role,
  type Template,
  type Test,
} from './template.ts'
import { troubleIn } from './template-trouble.ts'

/** Parses a body. `firstLine`: the line of the file it begins at. Throws `prompt_invalid` with file and line. */
export function parseTemplate(body: string, file: string, firstLine = 1): Template {
  const lowering = new Lowering(file, firstLine)
  let program: Program
  try {
    program = Handlebars.parse(body) as unknown as Program
  } catch (error) {
    throw lowering.unparsed(error, body)
  }
  const nodes = lowering.nodes(program)
  return { file, source: body, nodes, partials: [...lowering.partials] }
}

const ROLES: Readonly<Record<string, Role>> = { system: 'system', user: 'user', model: 'assistant', assistant: 'assistant' }
const DATA = ['root', 'index', 'key', 'first', 'last']

/** The vendor's tree, as far as it is read here; its own types tell its statements apart by nothing but text. */
interface At {
  readonly loc: { readonly start: { readonly line: number } }
}
interface Program {
  readonly body: readonly Statement[]
  readonly blockParams?: readonly string[]
}
interface Called extends At {
  readonly path: Operand
  readonly params: readonly Operand[]
  readonly hash?: { readonly pairs: readonly { readonly key: string; readonly value: Operand }[] }
}
type Statement =
  | ({ readonly type: 'ContentStatement'; readonly value: string } & At)
  | ({ readonly type: 'CommentStatement' } & At)
  | ({ readonly type: 'MustacheStatement' } & Called)
  | ({ readonly type: 'BlockStatement'; readonly program?: Program; readonly inverse?: Program } & Called)
  | ({ readonly type: 'PartialStatement'; readonly name: Operand; readonly indent: string } & Omit<Called, 'path'>)
  | ({ readonly type: 'PartialBlockStatement' | 'Decorator' | 'DecoratorBlock' } & At)
type Operand =
  | ({
      readonly type: 'PathExpression'
      readonly data: boolean
      readonly depth: number
      readonly parts: readonly string[]
      readonly original: string
    } & At)
  | ({ readonly type: 'SubExpression' } & Called)
  | ({ readonly type: 'StringLiteral'; readonly value: string } & At)
  | ({ readonly type: 'NumberLiteral' | 'BooleanLiteral'; readonly value: number | boolean } & At)
  | ({ readonly type: 'NullLiteral' | 'UndefinedLiteral' } & At)

class Lowering {
  readonly partials = new Set<string>()
  readonly #file: string
  readonly #firstLine: number

  constructor(file: string, firstLine: number) {
    this.#file = file
    this.#firstLine = firstLine
  }

  nodes(program: Program | undefined): Node[] {
    return (program?.body ?? []).flatMap((statement) => this.#statement(statement))
  }

  unparsed(error: unknown, body: string): RondoError {
    const { line, what } = troubleIn(body, error instanceof Error ? error.message : String(error))
    return invalidPrompt(this.#file, line === undefined ? undefined : line + this.#firstLine - 1, what, error)
  }

  #statement(statement: Statement): Node[] {
    switch (statement.type) {
      case 'ContentStatement':
        return statement.value === '' ? [] : [{ kind: 'text', text: statement.value }]
      case 'CommentStatement':
        return []
      case 'MustacheStatement':
        return [this.#mustache(statement)]
      case 'BlockStatement':
        return [this.#block(statement)]
      case 'PartialStatement':
        return [this.#partial(statement)]
      default:
        throw this.#refused(statement, 'Decorators and partial blocks are not understood. Use {{> name}} for a part that is shared.')
    }
  }

  #mustache(call: Called): Node {
    const name = helperName(call)
    if (name === 'role') return { kind: 'role', role: this.#role(call) }
    if (name === 'media') return this.#media(call)
    if (name === 'history' || name === 'section')
      throw this.#refused(
        call,
        `{{${name}}} is not understood: what goes into a prompt stands in its text. For earlier turns write {{#each turns}} with a {{role}} for each kind of turn.`,
      )
    return { kind: 'value', value: this.#call(call, `{{${textOf(call.path)}}}`) }
  }

  #role(call: Called): Role {
    const [named] = call.params
    if (call.params.length !== 1 || named?.type !== 'StringLiteral')
      throw this.#refused(call, 'A role is written out, never taken from a value: {{role "system"}}, {{role "user"}} or {{role "model"}}.')
    const role = Object.hasOwn(ROLES, named.value) ? ROLES[named.value] : undefined
    if (role === undefined) throw this.#refused(call, `There is no role "${named.value}": there are "system", "user" and "model".`)
    return role
  }

  #media(call: Called): Node {
    const { url, contentType, ...others } = this.#hash(call)
    const [other] = Object.keys(others)
    if (url === undefined || other !== undefined || call.params.length > 0)
      throw this.#refused(call, 'Write {{media url=photo}} or {{media url=photo contentType="image/png"}}.')
    return { kind: 'media', url, contentType, line: this.#line(call) }
  }

  #block(block: Extract<Statement, { type: 'BlockStatement' }>): Node {
    const name = helperName(block) ?? ''
    const body = this.nodes(block.program)
    const otherwise = this.nodes(block.inverse)
    const names = block.program?.blockParams ?? []
    switch (name) {
      case 'if':
      case 'unless': {
        const { includeZero } = this.#hash(block)
        const zero = includeZero?.kind === 'literal' && includeZero.value === true
        const [value] = this.#params(block, 1, `{{#${name} value}}`)
        return { kind: 'if', test: { kind: 'truthy', value: value ?? NOTHING, not: name === 'unless', includeZero: zero }, body, otherwise }
      }
      case 'ifEquals':
      case 'unlessEquals': {
        const [left, right] = this.#params(block, 2, `{{#${name} value "other"}}`)
        const test: Test = { kind: 'equal', left: left ?? NOTHING, right: right ?? NOTHING, not: name === 'unlessEquals' }
        return { kind: 'if', test, body, otherwise }
      }
      case 'each':
      case 'with': {
        const [over] = this.#params(block, 1, `{{#${name} value}}`)
        return { kind: name, over: over ?? NOTHING, names, body, otherwise }
      }
      default:
        throw this.#refused(
          block,
          `{{#${textOf(block.path)}}} is not understood: there are #if, #unless, #ifEquals, #unlessEquals, #each and #with.`,
        )
    }
  }

  #partial(statement: Extract<Statement, { type: 'PartialStatement' }>): PartialNode {
    const { name } = statement
    if (name.type !== 'PathExpression' || statement.params.length > 1)
      throw this.#refused(statement, "A partial's name is written out, never taken from a value: {{> signature}}.")
    this.partials.add(name.original)
    const [context] = statement.params
    return {
      kind: 'partial',
      name: name.original,
      context: context === undefined ? undefined : this.#expression(context),
      values: new Map(Object.entries(this.#hash(statement))),
      indent: statement.indent,
      line: this.#line(statement),
    }
  }

  #call(call: Called, text: string): Expression {
    const pairs = call.hash?.pairs ?? []
    if (call.params.length === 0 && pairs.length === 0) return this.#expression(call.path)
    const name = call.path.type === 'PathExpression' ? call.path.original : ''
    if (name === 'lookup') {
      const [of, key] = this.#params(call, 2, '{{lookup values key}}')
      return { kind: 'lookup', of: of ?? NOTHING, key: key ?? NOTHING }
    }
    if (name === 'json') {
      const [of] = this.#params(call, 1, '{{json value}} or {{json value indent=2}}')
      return { kind: 'json', of: of ?? NOTHING, indent: this.#hash(call)['indent'] }
    }
    throw this.#refused(
      call,
      `${text} is not understood: the helpers are role, media, json and lookup. Compute it in the flow, and pass it as input.`,
    )
  }

  #params(call: Called, count: number, example: string): Expression[] {
    if (call.params.length !== count) throw this.#refused(call, `Write ${example}.`)
    return call.params.map((param) => this.#expression(param))
  }

  #hash(call: Pick<Called, 'hash'>): Record<string, Expression> {
    return Object.fromEntries((call.hash?.pairs ?? []).map(({ key, value }) => [key, this.#expression(value)]))
  }

  #expression(operand: Operand): Expression {
    switch (operand.type) {
      case 'PathExpression':
        return this.#path(operand)
      case 'SubExpression':
        return this.#call(operand, `(${textOf(operand.path)} …)`)
      case 'NullLiteral':
        return { kind: 'literal', value: null }
      case 'UndefinedLiteral':
        return NOTHING
      default:
        return { kind: 'literal', value: operand.value }
    }
  }

  #path(path: Extract<Operand, { type: 'PathExpression' }>): PathExpression {
    const line = this.#line(path)
    const [first] = path.parts
    if (path.data && (first === undefined || !DATA.includes(first)))
      throw this.#refused(path, `There is no {{${path.original}}}: there are ${DATA.map((name) => `@${name}`).join(', ')}.`)
    return {
      kind: 'path',
      from: path.data ? 'data' : 'context',
      up: path.depth,
      scoped: /^(\.\/|\.\.|this\b)/.test(path.original),
      parts: path.parts,
      text: path.original,
      line,
    }
  }

  #line(at: At): number {
    return at.loc.start.line + this.#firstLine - 1
  }

  #refused(at: At, message: string): RondoError {
    return invalidPrompt(this.#file, this.#line(at), message)
  }
}

const NOTHING: Expression = { kind: 'literal', value: undefined }

/** The helper a call may mean: a plain name, not `this.role` or `../role`. */
function helperName({ path }: Pick<Called, 'path'>): string | undefined {
  return path.type === 'PathExpression' && !path.data && path.depth === 0 && path.parts.length === 1 && path.original === path.parts[0]
    ? path.original
    : undefined
}

function textOf(operand: Operand): string {
  return operand.type === 'PathExpression'
    ? operand.original
    : operand.type === 'SubExpression'
      ? '(…)'
      : JSON.stringify('value' in operand ? operand.value : null)
}
