/**
 * Rendered messages in the form providers take, and provider messages in the form the journal keeps.
 *
 * Owns: those two forms. Never: fetches media: an address is handed to the provider as it is.
 */
import type { LanguageModelV4FilePart, LanguageModelV4Message, LanguageModelV4TextPart } from '@ai-sdk/provider'
import { RondoError } from '../errors.ts'
import type { Message, MessagePart } from './render.ts'

/** What a provider is sent. */
export function modelMessages(messages: readonly Message[]): LanguageModelV4Message[] {
  return messages.map(({ role, parts }): LanguageModelV4Message => {
    if (role === 'system') return { role, content: parts.map((part) => (part.kind === 'text' ? part.text : '')).join('\n') }
    return { role, content: parts.map(modelPart) }
  })
}

function modelPart(part: MessagePart): LanguageModelV4TextPart | LanguageModelV4FilePart {
  return part.kind === 'text' ? { type: 'text', text: part.text } : filePart(part)
}

function filePart({ url, contentType }: Extract<MessagePart, { kind: 'media' }>): LanguageModelV4FilePart {
  const inline = /^data:([^;,]*)(?:;[^;,]*)*?(;base64)?,([\s\S]*)$/.exec(url)
  if (inline !== null) {
    const [, written = '', base64, content = ''] = inline
    const data = base64 === undefined ? Buffer.from(decodeURIComponent(content)).toString('base64') : content
    return { type: 'file', mediaType: contentType ?? (written === '' ? 'text/plain' : written), data: { type: 'data', data } }
  }
  const address = URL.canParse(url) ? new URL(url) : undefined
  if (address?.protocol !== 'https:' && address?.protocol !== 'http:')
    throw new RondoError(
      'invalid_input',
      'The url of a {{media}} must begin with "https://", "http://" or "data:". Pass one of those, or leave the input out.',
      { terminal: true },
    )
  return { type: 'file', mediaType: contentType ?? 'image', data: { type: 'url', url: address } }
}

/** The same messages as plain data. */
export function shownMessages(messages: readonly LanguageModelV4Message[]): readonly LanguageModelV4Message[] {
  return JSON.parse(JSON.stringify(messages))
}
