/**
 * A text that was filled in: its messages as they are shown, and the names it asks for.
 */
import { isRecord } from '../../api/client.ts'
import type { Preview } from './data.ts'

/** What a text prints by name, outside of blocks: where an input of one's own can begin. */
export function inputNames(text: string): string[] {
  const body = text.replace(/^---\n.*?\n---\n/s, '')
  const printed = [...body.matchAll(/\{\{(?:#if\s+)?([A-Za-z_]\w*)[\s.}]/g)].map(([, name]) => name ?? '')
  return [...new Set(printed)].filter((name) => !['role', 'media', 'else', 'json', 'lookup', 'this'].includes(name))
}

/** Messages of a preview in the shape of recorded ones. */
export function shownMessages(messages: Preview['messages']): { readonly role: string; readonly content: readonly unknown[] }[] {
  return messages.map(({ role, parts }) => ({
    role,
    content: parts.map((part) => (part.kind === 'text' ? { type: 'text', text: part.text } : part)),
  }))
}

/** Messages as one text, each under its role. */
export function sentText(messages: unknown): string {
  return (Array.isArray(messages) ? messages : [])
    .map((message: unknown) => {
      if (!isRecord(message)) return JSON.stringify(message)
      const content: readonly unknown[] = Array.isArray(message['content']) ? message['content'] : [message['content']]
      const texts = content.map((part) => {
        if (typeof part === 'string') return part
        return isRecord(part) && typeof part['text'] === 'string' ? part['text'] : JSON.stringify(part)
      })
      return `${String(message['role'])}:\n${texts.join('\n')}\n`
    })
    .join('\n')
}
