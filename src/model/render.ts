/**
 * Renders a parsed prompt with its input to messages.
 *
 * Owns: what the nodes of a prompt mean (expressions: expression.ts). Follows Handlebars where Handlebars can express it (the tests compare the two).
 * Never: looks for markers in text. A message, its role and its parts are made by nodes of the text's own tree; a value is only
 * ever appended to the text of the part it stands in, so no value can open, close or change one (ADR 0003).
 * Invariants:
 *   R1. Every printed value stands in exactly one text part, verbatim: not escaped, not trimmed, not indented.
 *   R2. Only own properties of values are read; functions are never called.
 *   R3. The white space that a text has around its messages and media is trimmed; a part or message that is blank is left out,
 *       as providers refuse those.
 */
import { evaluate, type Frame, holds, isEmpty, itemsOf, printed, rootFrame, within } from './expression.ts'
import { type BlockNode, invalidPrompt, type Node, type PartialNode, type Role, type Template } from './template.ts'

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
