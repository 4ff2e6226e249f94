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
  const inline = inlineMedia(url)
  if (inline !== undefined) return { type: 'file', mediaType: contentType ?? inline.type, data: { type: 'data', data: inline.data } }
  const address = URL.canParse(url) ? new URL(url) : undefined
  if (address?.protocol !== 'https:' && address?.protocol !== 'http:')
    throw new RondoError(
      'invalid_input',
      'The url of a {{media}} must begin with "https://" or "http://", or be a well-formed "data:" url. Pass one of those, or leave the input out.',
      { terminal: true },
    )
  return { type: 'file', mediaType: contentType ?? 'image', data: { type: 'url', url: address } }
}

/** The content of a `data:` url, in base64; `undefined` for any other, and for one that cannot be read. */
function inlineMedia(url: string): { type: string; data: string } | undefined {
  const comma = url.indexOf(',')
  if (!url.startsWith('data:') || comma < 0) return undefined
  const [type = '', ...parameters] = url.slice('data:'.length, comma).split(';')
  const content = url.slice(comma + 1)
  const data = parameters.at(-1) === 'base64' ? content : encoded(content)
  return data === undefined ? undefined : { type: type === '' ? 'text/plain' : type, data }
}

function encoded(content: string): string | undefined {
  try {
    return Buffer.from(decodeURIComponent(content)).toString('base64')
  } catch {
    // A stray "%": what it was meant to be cannot be said.
    return undefined
  }
}

/** The same messages as plain data. */
export function shownMessages(messages: readonly LanguageModelV4Message[]): readonly LanguageModelV4Message[] {
  return JSON.parse(JSON.stringify(messages))
}
