/**
 * Replies that cannot be used: the errors they make, and what the model is told of one it may mend.
 *
 * Owns: those words. Never: quotes an answer in an error; it stands in the step's record.
 */
import type { LanguageModelV4Message } from '@ai-sdk/provider'
import { RondoError } from '../errors.ts'
import type { Inquiry } from './inquiry.ts'
import type { ModelReply } from './model-call.ts'

/** Why a reply is no answer at all. `last`: there is no round after it. */
export function useless(name: string, { settings }: Inquiry, reply: ModelReply, last: boolean): RondoError | undefined {
  const details = { prompt: name, model: reply.model, finish: reply.finish }
  if (reply.finish === 'content-filter')
    return new RondoError('answer_invalid', `${reply.model} was kept from answering prompt "${name}" by its content filter.`, { details })
  if (reply.finish === 'length') {
    const limit = settings.maxOutputTokens
    const had = limit === undefined ? 'the tokens it may write' : `the ${limit} tokens of config.maxOutputTokens`
    return new RondoError('answer_invalid', `${reply.model} used up ${had} before its answer to prompt "${name}" was whole. Allow more.`, {
      details,
    })
  }
  if (last && reply.toolRequests.length > 0) {
    const asked = [...new Set(reply.toolRequests.map(({ tool }) => tool))].join(', ')
    return new RondoError(
      'answer_invalid',
      `${reply.model} asked for tools (${asked}) instead of answering prompt "${name}" in its last round. Allow more "rounds", or let its tools say more at once.`,
      { details },
    )
  }
  return undefined
}

/** Two answers could not be used; what was wrong with each, without quoting. */
export function invalidAnswer(name: string, first: string, second: string): RondoError {
  return new RondoError(
    'answer_invalid',
    `No answer to prompt "${name}" could be used. The first: ${first}. The one asked for instead: ${second}. Both are in the record of this step; say in the text what is wanted, or ask for less, and retry the run.`,
    { details: { prompt: name } },
  )
}

/** What the model is told of an answer that cannot be used. */
export function complaint({ schema }: { readonly schema: unknown }, problem: string): LanguageModelV4Message {
  const wanted = schema === undefined ? 'the answer itself' : `JSON that fits this schema:\n${JSON.stringify(schema)}`
  return {
    role: 'user',
    content: [{ type: 'text', text: `That answer cannot be used. ${problem}\n\nAnswer again, with nothing but ${wanted}` }],
  }
}
