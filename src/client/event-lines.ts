/**
 * Reads server-sent events from a response, as the WHATWG specification says.
 */

export interface ReceivedEvent {
  readonly event: string
  readonly data: string
  readonly id: string | undefined
}

/** The events of a stream, until it ends. Comments and events without data are passed over. */
export async function* eventsIn(body: ReadableStream<Uint8Array>): AsyncGenerator<ReceivedEvent> {
  let [event, data, id]: [string, string[], string | undefined] = ['', [], undefined]
  for await (const line of linesIn(body)) {
    if (line === '') {
      if (data.length > 0) yield { event: event === '' ? 'message' : event, data: data.join('\n'), id }
      event = ''
      data = []
      continue
    }
    const cut = line.indexOf(':')
    const field = cut < 0 ? line : line.slice(0, cut)
    const value = cut < 0 ? '' : line.slice(cut + 1).replace(/^ /, '')
    if (field === 'event') event = value
    if (field === 'data') data.push(value)
    if (field === 'id' && !value.includes('\0')) id = value
  }
}

/** Lines, however the pieces are cut; what has no end yet is not one. */
async function* linesIn(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      rest += decoder.decode(value, { stream: true })
      // A carriage return at the very end may belong to a line feed that is still to come.
      const whole = rest.endsWith('\r') ? rest.slice(0, -1) : rest
      const lines = whole.split(/\r\n|\r|\n/)
      rest = `${lines.pop() ?? ''}${rest.slice(whole.length)}`
      yield* lines
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
