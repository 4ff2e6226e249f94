/**
 * Checks a prompt's text against the shape of its input: what the text names must be there, what is there should be named.
 *
 * Owns: that check, over JSON schema. Never: checks a value. A shape that is open (a record, `unknown`, a custom schema) is taken
 * at its word.
 */
import { hasType, type JsonSchema, type SchemaObject } from './json-schema.ts'
import {
  type BlockNode,
  type Expression,
  invalidPrompt,
  type Node,
  type PartialNode,
  type PathExpression,
  type Template,
  type Test,
} from './template.ts'

/** Names of inputs that the text never uses. Throws `prompt_invalid` at the first variable that is not in the input. */
export function checkVariables(template: Template, partials: ReadonlyMap<string, Template>, input: SchemaObject): string[] {
  const check = new Check(partials, input)
  check.nodes(template, template.nodes, { schema: input, above: undefined, names: new Map() })
  const declared = Object.keys(input.properties ?? {})
  return check.usedWhole ? [] : declared.filter((name) => !check.used.has(name))
}

/** Names (`mail.body`) that one schema declares and the other has no place for. */
export function namesMissingFrom(schema: SchemaObject, other: JsonSchema, root: SchemaObject, path: readonly string[] = []): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const there = member(other, name, root)
    if (there === MISSING) return [[...path, name].join('.')]
    return there === OPEN || typeof inner === 'boolean' ? [] : namesMissingFrom(inner, there, root, [...path, name])
  })
}

const OPEN = Symbol('open')
const MISSING = Symbol('missing')
type Shape = JsonSchema | typeof OPEN
interface Frame {
  readonly schema: Shape
  readonly above: Frame | undefined
  readonly names: ReadonlyMap<string, Shape>
  /** What a partial was given by name: it hides what the context has of that name. */
  readonly given?: ReadonlyMap<string, Shape>
}

class Check {
  readonly used = new Set<string>()
  usedWhole = false
  readonly #partials: ReadonlyMap<string, Template>
  readonly #root: SchemaObject
  readonly #within: string[] = []

  constructor(partials: ReadonlyMap<string, Template>, root: SchemaObject) {
    this.#partials = partials
    this.#root = root
  }

  nodes(template: Template, nodes: readonly Node[], frame: Frame): void {
    for (const node of nodes) this.#node(template, node, frame)
  }

  #node(template: Template, node: Node, frame: Frame): void {
    const shape = (expression: Expression): Shape => this.#shape(template, expression, frame)
    if (node.kind === 'value') shape(node.value)
    else if (node.kind === 'media') for (const given of [node.url, node.contentType]) given !== undefined && shape(given)
    else if (node.kind === 'if') {
      for (const tested of expressionsOf(node.test)) shape(tested)
      this.nodes(template, node.body, frame)
      this.nodes(template, node.otherwise, frame)
    } else if (node.kind === 'each' || node.kind === 'with') this.#block(template, node, shape(node.over), frame)
    else if (node.kind === 'partial') this.#partial(template, node, shape, frame)
  }

  #block(template: Template, node: BlockNode, over: Shape, frame: Frame): void {
    const schema = node.kind === 'with' ? over : itemOf(over, this.#root)
    const named: Shape[] = node.kind === 'with' ? [schema] : [schema, OPEN]
    const names = new Map([...frame.names, ...node.names.map((name, at): [string, Shape] => [name, named[at] ?? OPEN])])
    this.nodes(template, node.body, { schema, above: frame, names })
    this.nodes(template, node.otherwise, frame)
  }

  #partial(template: Template, node: PartialNode, shape: (expression: Expression) => Shape, frame: Frame): void {
    const partial = this.#partials.get(node.name)
    if (partial === undefined)
      throw invalidPrompt(
        template.file,
        node.line,
        `There is no partial "${node.name}": it would be _${node.name}.prompt beside the prompt.`,
      )
    if (this.#within.includes(node.name))
      throw invalidPrompt(
        template.file,
        node.line,
        `The partial "${node.name}" uses itself (${[...this.#within, node.name].join(' → ')}), which has no end.`,
      )
    const context = node.context === undefined ? frame.schema : shape(node.context)
    const values = new Map([...node.values].map(([key, value]): [string, Shape] => [key, shape(value)]))
    this.#within.push(node.name)
    this.nodes(partial, partial.nodes, { schema: context, above: undefined, names: values, given: values })
    this.#within.pop()
  }

  #shape(template: Template, expression: Expression, frame: Frame): Shape {
    switch (expression.kind) {
      case 'literal':
        return OPEN
      case 'path':
        return this.#path(template, expression, frame)
      case 'lookup':
        this.#shape(template, expression.of, frame)
        this.#shape(template, expression.key, frame)
        return OPEN
      case 'json':
        if (expression.indent !== undefined) this.#shape(template, expression.indent, frame)
        this.#shape(template, expression.of, frame)
        return OPEN
    }
  }

  #path(template: Template, path: PathExpression, frame: Frame): Shape {
    const [first, ...rest] = path.parts
    if (path.from === 'data') return first === 'root' ? this.#walk(template, path, this.#root, rest) : OPEN
    const named = first === undefined ? undefined : (path.scoped ? frame.given : frame.names)?.get(first)
    if (named !== undefined) return this.#walk(template, path, named, rest)
    let around: Frame | undefined = frame
    for (let level = 0; level < path.up && around !== undefined; level += 1) around = around.above
    if (around === undefined)
      throw invalidPrompt(template.file, path.line, `{{${path.text}}} goes up further than there are blocks around it.`)
    return this.#walk(template, path, around.schema, path.parts)
  }

  #walk(template: Template, path: PathExpression, from: Shape, parts: readonly string[]): Shape {
    if (from === this.#root) {
      if (parts[0] === undefined) this.usedWhole = true
      else this.used.add(parts[0])
    }
    let shape: Shape = from
    for (const part of parts) {
      if (shape === OPEN) return OPEN
      const inner = member(shape, part, this.#root)
      if (inner === MISSING) throw this.#unknown(template, path, part, shape)
      shape = inner
    }
    return shape
  }

  #unknown(template: Template, path: PathExpression, part: string, shape: JsonSchema): Error {
    const names = namesOf(shape, this.#root)
    const [near] = names
      .filter((name) => distance(name, part) <= (part.length < 4 ? 1 : Math.max(2, Math.floor(part.length / 3))))
      .sort((one, other) => distance(one, part) - distance(other, part))
    const there = names.length === 0 ? 'nothing has a name' : `there are ${names.join(', ')}`
    const where = shape === this.#root ? "the prompt's input" : `what {{${path.text}}} looks into`
    return invalidPrompt(
      template.file,
      path.line,
      `{{${path.text}}}: "${part}" is not in ${where}, where ${there}.${near === undefined ? '' : ` Did you mean "${near}"?`}`,
    )
  }
}

function expressionsOf(test: Test): Expression[] {
  return test.kind === 'equal' ? [test.left, test.right] : [test.value]
}

/** A member of a schema's values by its name. */
function member(schema: JsonSchema, name: string, root: SchemaObject): Shape | typeof MISSING {
  const inner = alternatives(schema, root)
  if (inner === OPEN) return OPEN
  const found = inner.map((one) => ownMember(one, name)).filter((one) => one !== MISSING)
  if (found.length === 0) return MISSING
  const shapes = found.filter((one) => one !== OPEN)
  return shapes.length < found.length || shapes.length === 0 ? OPEN : shapes.length === 1 ? (shapes[0] ?? OPEN) : { anyOf: shapes }
}

function ownMember(schema: SchemaObject, name: string): Shape | typeof MISSING {
  const own = schema.properties === undefined || !Object.hasOwn(schema.properties, name) ? undefined : schema.properties[name]
  if (own !== undefined) return own
  if (hasType(schema, 'array')) return name === 'length' || /^\d+$/.test(name) ? OPEN : MISSING
  if (hasType(schema, 'string')) return name === 'length' ? OPEN : MISSING
  if (schema.type !== undefined && !hasType(schema, 'object')) return MISSING
  if (schema.additionalProperties === false) return MISSING
  return schema.additionalProperties === undefined || schema.additionalProperties === true ? OPEN : schema.additionalProperties
}

function itemOf(shape: Shape, root: SchemaObject): Shape {
  const inner = shape === OPEN ? OPEN : alternatives(shape, root)
  if (inner === OPEN) return OPEN
  const items = inner.flatMap((one) => (hasType(one, 'array') && isOne(one.items) ? [one.items] : []))
  const lists = inner.filter(({ type }) => type !== 'null')
  return items.length === lists.length && items.length > 0 ? (items.length === 1 ? (items[0] ?? OPEN) : { anyOf: items }) : OPEN
}

function isOne(items: SchemaObject['items']): items is JsonSchema {
  return items !== undefined && !Array.isArray(items)
}

/** The schemas a value may be of, references followed; `OPEN` when that cannot be said. */
function alternatives(schema: JsonSchema, root: SchemaObject): SchemaObject[] | typeof OPEN {
  if (typeof schema === 'boolean') return OPEN
  if (schema.$ref !== undefined) {
    const target = referred(schema.$ref, root)
    return target === undefined ? OPEN : alternatives(target, root)
  }
  if (schema.allOf !== undefined) {
    const parts: (SchemaObject[] | typeof OPEN)[] = schema.allOf.map((part) => alternatives(part, root))
    // A value is of all of them: what one does not have, another may.
    return parts.some((part) => part === OPEN) ? OPEN : parts.flatMap((part) => (part === OPEN ? [] : part))
  }
  const either = schema.anyOf ?? schema.oneOf
  if (either === undefined) return schema.type === undefined && schema.properties === undefined ? OPEN : [schema]
  const inner: (SchemaObject[] | typeof OPEN)[] = either.map((one) => alternatives(one, root))
  return inner.some((one) => one === OPEN) ? OPEN : inner.flatMap((one) => (one === OPEN ? [] : one))
}

function referred(reference: string, root: SchemaObject): JsonSchema | undefined {
  if (reference === '#') return root
  const name = /^#\/(?:definitions|\$defs)\/(.+)$/.exec(reference)?.[1]
  return name === undefined ? undefined : root.definitions?.[name]
}

function namesOf(schema: JsonSchema, root: SchemaObject): string[] {
  const inner = alternatives(schema, root)
  return inner === OPEN ? [] : [...new Set(inner.flatMap((one) => Object.keys(one.properties ?? {})))]
}

/** Edits between two words. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let at = 1; at <= one.length; at += 1) {
    const next = [at]
    for (let to = 1; to <= other.length; to += 1)
      next.push(Math.min((row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1, (row[to - 1] ?? 0) + (one[at - 1] === other[to - 1] ? 0 : 1)))
    row = next
  }
  return row.at(-1) ?? 0
}
