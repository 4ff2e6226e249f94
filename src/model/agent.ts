/**
 * The rounds of a prompt with tools: the model is asked, what it asks for is done, and it is asked again, until it answers.
 *
 * Owns: those rounds, on `run.loop` and `run.step`. Never: looks at the answer (see asking.ts).
 * Invariants:
 *   A1. Every call of the model and of a tool is a step: after a crash none that is recorded is made again.
 *   A2. The last round offers no tools to use, so that the model has to answer.
 *   A3. What is wrong with a request (no such tool, arguments that do not fit, a tool that fails) is told to the model. Only a
 *       terminal error fails the ask.
 */
import type { LanguageModelV4Message, LanguageModelV4ToolResultPart } from '@ai-sdk/provider'
import { isTerminal, RondoError, StepError } from '../errors.ts'
import type { Retry, Run } from '../flow/run.ts'
import type { ModelReply, ToolRequest } from './model-call.ts'
import { argumentsOf, resultPart, type Tool } from './tool.ts'

export const DEFAULT_ROUNDS = 8

export interface Rounds {
  /** Most rounds there may be. */
  readonly rounds: number
  readonly tools: readonly Tool[]
  /** Calls the model with what was said after the prompt's own messages, as a step in the round's scope. In the last round it must answer. */
  readonly call: (said: readonly LanguageModelV4Message[], last: boolean) => Promise<ModelReply>
}

export interface Talk {
  readonly reply: ModelReply
  /** What was said after the prompt's own messages, the last reply not included. */
  readonly said: readonly LanguageModelV4Message[]
  readonly rounds: number
}

/** Takes rounds until the model answers. */
export function talk(run: Run, { rounds, tools, call }: Rounds): Promise<Talk> {
  return run.loop('rounds', {}, [] as readonly LanguageModelV4Message[], async (turn, said) => {
    const reply = await call(said, turn.round + 1 >= rounds)
    if (reply.toolRequests.length === 0) return turn.done<Talk>({ reply, said, rounds: turn.round + 1 })
    const results = await serve(run, tools, reply.toolRequests)
    return turn.again([...said, messageOf(reply), { role: 'tool', content: results } as const])
  })
}

/** A reply as it stands in the messages of the next call. */
export function messageOf(reply: ModelReply): LanguageModelV4Message {
  if (reply.message !== undefined) return reply.message
  return {
    role: 'assistant',
    content: [
      ...(reply.text === '' ? [] : [{ type: 'text' as const, text: reply.text }]),
      ...reply.toolRequests.map(({ id, tool, input }) => ({
        type: 'tool-call' as const,
        toolCallId: id,
        toolName: tool,
        input: json(input),
      })),
    ],
  }
}

/** Serves the requests of one round side by side; the results in their order. */
async function serve(run: Run, tools: readonly Tool[], requests: readonly ToolRequest[]): Promise<LanguageModelV4ToolResultPart[]> {
  const served = await Promise.allSettled(requests.map((request, index) => serveOne(run, tools, request, `${request.tool} ${index + 1}`)))
  return served.map((ended) => {
    if (ended.status === 'rejected') throw ended.reason
    return ended.value
  })
}

async function serveOne(run: Run, tools: readonly Tool[], request: ToolRequest, name: string): Promise<LanguageModelV4ToolResultPart> {
  const wanted = tools.find((one) => one.name === request.tool)
  if (wanted === undefined)
    return resultPart(request, { problem: `There is no tool "${request.tool}". There are: ${tools.map((one) => one.name).join(', ')}.` })
  const given = await argumentsOf(wanted, request)
  if (given.kind === 'problem') return resultPart(request, given)
  const { effect, retry, timeout } = wanted
  const options = {
    effect,
    input: given.value,
    ...(retry !== undefined && { retry: seen(retry) }),
    ...(timeout !== undefined && { timeout }),
  }
  try {
    const value = await run.step(
      name,
      async (call) => {
        try {
          return await wanted.run(given.value, call)
        } catch (error) {
          throw failed(wanted, error)
        }
      },
      options,
    )
    return resultPart(request, { value })
  } catch (error) {
    if (!(error instanceof StepError) || error.record.terminal === true) throw error
    return resultPart(request, { problem: error.message })
  }
}

function failed({ name }: Tool, error: unknown): RondoError {
  const message = error instanceof Error ? error.message : String(error)
  return new RondoError('tool_failed', `The tool "${name}" failed: ${message}`, {
    cause: error,
    details: { tool: name },
    terminal: isTerminal(error),
  })
}

/** A tool's retry policy looks at what the tool threw. */
function seen(retry: Retry): Retry {
  const { on } = retry
  return on === undefined
    ? retry
    : { ...retry, on: (error) => on(error instanceof RondoError && error.code === 'tool_failed' ? error.cause : error) }
}

function json(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    // What the model wrote is quoted in the result it gets; its own message must hold an object.
    return {}
  }
}
