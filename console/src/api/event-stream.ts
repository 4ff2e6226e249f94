/**
 * Server-sent events, read by fetch: the browser's own reader cannot carry a token.
 *
 * Owns: the wire form. Never: reconnects; who reads decides that.
 */
import { open, type Query } from './client.ts'

export interface StreamEvent {
  readonly event: string
  readonly data: unknown
  readonly id?: string
}

/** The events of one connection, until it ends. Throws `ApiError` when it is refused or breaks off. */
export async function* eventsOf(path: string, signal: AbortSignal, query: Query = {}): AsyncGenerator<StreamEvent> {
  const response = await open('GET', path, undefined, { signal, query, headers: { accept: 'text/event-stream' } })
  if (response.body === null) return
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let kept = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const blocks = (kept + value).split(/\r?\n\r?\n/)
      kept = blocks.pop() ?? ''
      for (const block of blocks) {
        const event = parsed(block)
        if (event !== undefined) yield event
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

function parsed(block: string): StreamEvent | undefined {
  let event = 'message'
  let id: string | undefined
  const data: string[] = []
  for (const line of block.split(/\r?\n/)) {
    const [, field, value = ''] = /^([a-z]+): ?(.*)$/.exec(line) ?? []
    if (field === 'event') event = value
    if (field === 'id') id = value
    if (field === 'data') data.push(value)
  }
  if (data.length === 0) return undefined
  return { event, data: JSON.parse(data.join('\n')), ...(id !== undefined && { id }) }
}
