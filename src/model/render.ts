/**
 * Renders a parsed prompt with its input to messages.
 *
 * Owns: what the language of a prompt means. Follows Handlebars where Handlebars can express it (the tests compare the two).
 * Never: looks for markers in text. A message, its role and its parts are made by nodes of the text's own tree; a value is only
 * ever appended to the text of the part it stands in, so no value can open, close or change one (ADR 0003).
 * Invariants:
 *   R1. Every printed value stands in exactly one text part, verbatim: not escaped, not trimmed, not indented.
 *   R2. Only own properties of values are read; functions are never called.
 *   R3. The white space that a text has around its messages and media is trimmed; a part or message that is blank is left out,
 *       as providers refuse those.
 */
import { isBuilt } from './built.ts'
import {
  type BlockNode,
  type Expression,
  invalidPrompt,
  type Node,
  type PartialNode,
  type PathExpression,
  type Role,
  type Template,
  type Test,
} from './template.ts'

/** Raised when the same text and input would render to other messages: it is part of every prompt's version. */
export const RENDERING = 1

export type MessagePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'media'; readonly url: string; readonly contentType?: string }

export interface Message {
  readonly role: Role
  readonly parts: readonly MessagePart[]
}

/** Renders. `partials` holds every partial the template, or a partial of it, names. */
export function render(template: Template, partials: ReadonlyMap<string, Template>, input: unknown): Message[] {
  const rendering = new Rendering(partials)
  rendering.play(template, template.nodes, rootFrame(input))
  return rendering.messages()
}

/** The text a value is printed as. */
export function printed(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value)
    case 'object':
      if (value === null) return ''
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString()
      return isBuilt(value) ? value.text : jsonText(value, 0)
    default:
      return ''
  }
}

/** JSON, with a readable form for what JSON lacks. */
function jsonText(value: unknown, indent: number): string {
  return JSON.stringify(value, (_key, item: unknown) => plain(item), indent) ?? ''
}

function plain(item: unknown): unknown {
  if (typeof item === 'bigint') return item.toString()
  if (item instanceof Map) return Object.fromEntries(item)
  if (item instanceof Set) return [...item]
  if (item instanceof Uint8Array) return Buffer.from(item).toString('base64')
  return item
}

/** Where an expression is evaluated. A block that changes `this` opens a frame that `../` leaves again. */
interface Frame {
  readonly context: unknown
  readonly above: Frame | undefined
  readonly names: ReadonlyMap<string, unknown>
  readonly data: Data
}
interface Data {
  readonly values: Readonly<Record<string, unknown>>
  readonly above: Data | undefined
}

function rootFrame(context: unknown): Frame {
  return { context, above: undefined, names: new Map(), data: { values: { root: context }, above: undefined } }
}

type Segment = { readonly text: string; readonly literal: boolean }
type Draft = { role: Role; parts: (Segment[] | Extract<MessagePart, { kind: 'media' }>)[] }

class Rendering {
  readonly #partials: ReadonlyMap<string, Template>
  readonly #drafts: Draft[] = []

  constructor(partials: ReadonlyMap<string, Template>) {
    this.#partials = partials
  }

  play(template: Template, nodes: readonly Node[], frame: Frame): void {
    for (const node of nodes) this.#node(template, node, frame)
  }

  messages(): Message[] {
    return this.#drafts.flatMap(({ role, parts }): Message[] => {
      const finished = parts.flatMap((part): MessagePart[] => (Array.isArray(part) ? textPart(part) : [part]))
      return finished.length === 0 ? [] : [{ role, parts: finished }]
    })
  }

  #node(template: Template, node: Node, frame: Frame): void {
    switch (node.kind) {
      case 'text':
        this.#append({ text: node.text, literal: true })
        break
      case 'value':
        this.#append({ text: printed(evaluate(node.value, frame)), literal: false })
        break
      case 'role':
        this.#drafts.push({ role: node.role, parts: [] })
        break
      case 'media':
        this.#media(template, node, frame)
        break
      case 'if':
        this.play(template, holds(node.test, frame) ? node.body : node.otherwise, frame)
        break
      case 'with':
        this.#with(template, node, frame)
        break
      case 'each':
        this.#each(template, node, frame)
        break
      case 'partial':
        this.#partial(node, frame)
        break
    }
  }

  #with(template: Template, node: BlockNode, frame: Frame): void {
    const context = evaluate(node.over, frame)
    if (isEmpty(context)) this.play(template, node.otherwise, frame)
    else this.play(template, node.body, within(frame, context, frame.data, node.names, [context]))
  }

  #each(template: Template, node: BlockNode, frame: Frame): void {
    const items = itemsOf(evaluate(node.over, frame))
    if (items.length === 0) this.play(template, node.otherwise, frame)
    items.forEach(([key, item], index) => {
      const values = { ...frame.data.values, key, index, first: index === 0, last: index === items.length - 1 }
      this.play(template, node.body, within(frame, item, { values, above: frame.data }, node.names, [item, key]))
    })
  }

  #partial(node: PartialNode, frame: Frame): void {
    const partial = this.#partials.get(node.name)
    if (partial === undefined) return
    const context = node.context === undefined ? frame.context : evaluate(node.context, frame)
    const values = Object.fromEntries([...node.values].map(([key, value]) => [key, evaluate(value, frame)]))
    const own = node.values.size === 0 ? context : { ...(context !== null && typeof context === 'object' ? context : {}), ...values }
    if (node.indent !== '') this.#append({ text: node.indent, literal: true })
    this.play(partial, partial.nodes, { context: own, above: undefined, names: new Map(), data: frame.data })
  }

  #media(template: Template, node: Extract<Node, { kind: 'media' }>, frame: Frame): void {
    const url = evaluate(node.url, frame)
    const draft = this.#draft()
    if (draft.role === 'system')
      throw invalidPrompt(template.file, node.line, 'A system message holds text only. Put {{role "user"}} before {{media}}.')
    if (url === undefined || url === null || url === '') return
    const contentType = node.contentType === undefined ? undefined : evaluate(node.contentType, frame)
    draft.parts.push({ kind: 'media', url: printed(url), ...(typeof contentType === 'string' && contentType !== '' && { contentType }) })
  }

  #append(segment: Segment): void {
    if (segment.text === '') return
    const { parts } = this.#draft()
    const last = parts.at(-1)
    if (Array.isArray(last)) last.push(segment)
    else parts.push([segment])
  }

  /** The message under way; what stands before the first role is the user's. */
  #draft(): Draft {
    const last = this.#drafts.at(-1)
    if (last !== undefined) return last
    const first: Draft = { role: 'user', parts: [] }
    this.#drafts.push(first)
    return first
  }
}

/** The text of a part, without the white space the prompt itself has at its edges. */
function textPart(segments: readonly Segment[]): MessagePart[] {
  const texts = segments.map((segment) => segment.text)
  for (let at = 0; segments[at]?.literal === true; at += 1) {
    texts[at] = (texts[at] ?? '').trimStart()
    if (texts[at] !== '') break
  }
  for (let at = segments.length - 1; segments[at]?.literal === true; at -= 1) {
    texts[at] = (texts[at] ?? '').trimEnd()
    if (texts[at] !== '') break
  }
  const text = texts.join('')
  return text.trim() === '' ? [] : [{ kind: 'text', text }]
}

function within(frame: Frame, context: unknown, data: Data, names: readonly string[], named: readonly unknown[]): Frame {
  const own = names.length === 0 ? frame.names : new Map([...frame.names, ...names.map((name, at): [string, unknown] => [name, named[at]])])
  // As in Handlebars: `../` leaves only blocks that changed what `this` is.
  return { context, above: context === frame.context ? frame.above : frame, names: own, data }
}

function evaluate(expression: Expression, frame: Frame): unknown {
  switch (expression.kind) {
    case 'literal':
      return expression.value
    case 'path':
      return pathValue(expression, frame)
    case 'lookup':
      return property(evaluate(expression.of, frame), printed(evaluate(expression.key, frame)))
    case 'json': {
      const indent = expression.indent === undefined ? 0 : Number(evaluate(expression.indent, frame))
      return jsonText(evaluate(expression.of, frame), indent)
    }
  }
}

function pathValue({ from, up, scoped, parts }: PathExpression, frame: Frame): unknown {
  const [first, ...rest] = parts
  if (from === 'data') {
    let data: Data | undefined = frame.data
    for (let level = 0; level < up; level += 1) data = data?.above
    return first === undefined ? undefined : rest.reduce(property, property(data?.values, first))
  }
  if (!scoped && first !== undefined && frame.names.has(first)) return rest.reduce(property, frame.names.get(first))
  let around: Frame | undefined = frame
  for (let level = 0; level < up; level += 1) around = around?.above
  return parts.reduce(property, around?.context)
}

/** An own property that is data. */
function property(of: unknown, name: string): unknown {
  if (of === undefined || of === null || !Object.hasOwn(Object(of), name)) return undefined
  const value: unknown = Reflect.get(Object(of), name)
  return typeof value === 'function' ? undefined : value
}

function holds(test: Test, frame: Frame): boolean {
  if (test.kind === 'equal') return (evaluate(test.left, frame) === evaluate(test.right, frame)) !== test.not
  const value = evaluate(test.value, frame)
  const no = (!test.includeZero && !value) || isEmpty(value)
  return no === test.not
}

function isEmpty(value: unknown): boolean {
  return (!value && value !== 0) || (Array.isArray(value) && value.length === 0)
}

/** What `#each` goes through: keys and values. */
function itemsOf(value: unknown): [unknown, unknown][] {
  if (value === null || typeof value !== 'object') return []
  if (Array.isArray(value)) return value.map((item, index) => [index, item])
  if (value instanceof Map) return [...value]
  if (value instanceof Set) return [...value].map((item, index) => [index, item])
  return Object.entries(value)
}
