/**
 * Prompts with tools: what the model asks for is done as steps of the run, and none of it twice.
 */
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { bodyOf, closeAll, promptFolder, server, system } from '../../test/support/asking-system.ts'
import { answer, json, type ModelRequest, type Reply, toolCall } from '../../test/support/openai-server.ts'
import { systemClock } from '../clock.ts'
import { RondoError, TerminalError } from '../errors.ts'
import { openMemoryStore } from '../journal/stores/memory/memory.ts'
import { killable } from '../testing/killable.ts'
import { prompt } from './prompt.ts'
import { tool } from './tool.ts'

afterEach(closeAll)

const text = 'Answer {{question}}'
const input = z.object({ question: z.string() })
const question = { question: 'What does Ann owe?' }

/** Says as much as it was told, so that a wrong resume would show: the number of tool results decides what comes next. */
function scripted(...replies: readonly Reply[]): (request: ModelRequest) => Reply {
  return ({ body }) => replies[body.messages.filter(({ role }) => role === 'assistant').length] ?? answer('too many')
}

const lookup = (calls: unknown[]) =>
  tool({
    name: 'lookup',
    description: 'Finds a customer.',
    input: z.object({ name: z.string() }),
    effect: 'read',
    run: ({ name }) => {
      calls.push(name)
      return { owes: name.length }
    },
  })

describe('tools', () => {
  test('are told of with their schema, called as steps, side by side, and their results go back to the model', async () => {
    const calls: unknown[] = []
    const said = await server(
      scripted(
        { kind: 'answer', toolCalls: ['Ann', 'Bobby'].map((name) => ({ tool: 'lookup', input: { name }, id: `call_${name}` })) },
        json({ sum: 8 }),
      ),
    )
    const Sum = prompt('sum', { input, output: z.object({ sum: z.number() }), text, tools: [lookup(calls)] })
    const { runs, steps } = await system(
      bodyOf((run) => run.ask(Sum, question)),
      { server: said },
    )
    const handle = await runs.start('played', {})
    expect(await handle.result()).toEqual({ sum: 8 })
    expect(calls).toEqual(['Ann', 'Bobby'])
    expect(said.requests[0]?.body.tools).toMatchObject([
      {
        type: 'function',
        function: { name: 'lookup', description: 'Finds a customer.', parameters: { type: 'object', required: ['name'] } },
      },
    ])
    expect(said.requests[1]?.body.messages.slice(1)).toMatchObject([
      { role: 'assistant', tool_calls: [{ id: 'call_Ann' }, { id: 'call_Bobby' }] },
      { role: 'tool', tool_call_id: 'call_Ann', content: '{"owes":3}' },
      { role: 'tool', tool_call_id: 'call_Bobby', content: '{"owes":5}' },
    ])
    const paths = [...(await steps(handle.id)).keys()].map((path) => path.replace(/@.*/, ''))
    expect(paths).toEqual(
      expect.arrayContaining([
        'sum/prompt',
        'sum/rounds[0]/call',
        'sum/rounds[0]/lookup 1',
        'sum/rounds[0]/lookup 2',
        'sum/rounds[1]/call',
        'sum',
      ]),
    )
    expect((await steps(handle.id)).get('sum')?.tells).toMatchObject({
      rounds: 2,
      messages: [{ role: 'user' }, { role: 'assistant' }, { role: 'tool' }],
    })
  })

  test('that do not exist, get arguments that do not fit, or fail, are told to the model as errors', async () => {
    const fails = tool({
      name: 'fails',
      description: 'Fails.',
      input: z.object({}),
      effect: 'none',
      retry: { attempts: 1 },
      run: () => {
        throw new RangeError('out of stock')
      },
    })
    const said = await server(
      scripted(
        {
          kind: 'answer',
          toolCalls: [
            { tool: 'nothing', input: {} },
            { tool: 'lookup', input: { name: 7 } },
            { tool: 'lookup', input: '{"name": ' },
            { tool: 'fails', input: {} },
          ],
        },
        answer('I give up.'),
      ),
    )
    const calls: unknown[] = []
    const Ask = prompt('ask', { input, output: z.string(), text, tools: [lookup(calls), fails] })
    const { runs } = await system(
      bodyOf((run) => run.ask(Ask, question)),
      { server: said },
    )
    expect(await (await runs.start('played', {})).result()).toBe('I give up.')
    expect(calls).toEqual([])
    expect(said.requests[1]?.body.messages.slice(2).map(({ content }) => JSON.parse(String(content)).error)).toEqual([
      'There is no tool "nothing". There are: lookup, fails.',
      expect.stringContaining('The arguments do not fit: name: '),
      'The arguments are not JSON: {"name": ',
      'The tool "fails" failed: out of stock',
    ])
  })

  test('that fail for good fail the ask', async () => {
    const said = await server(scripted(toolCall('stop', {}), answer('never')))
    const stop = tool({
      name: 'stop',
      description: 'Stops.',
      input: z.object({}),
      effect: 'read',
      run: () => {
        throw new TerminalError('The account is closed.')
      },
    })
    const { runs } = await system(
      bodyOf((run) => run.ask(prompt('ask', { input, output: z.string(), text, tools: [stop] }), question)),
      { server: said },
    )
    await expect((await runs.start('played', {})).result()).rejects.toMatchObject({
      code: 'tool_failed',
      message: 'The tool "stop" failed: The account is closed.',
    })
    expect(said.requests).toHaveLength(1)
  })

  test('may be fewer in the file than in code; one that code does not have is an error', async () => {
    const said = await server(() => answer('ok'))
    const tools = [lookup([]), tool({ name: 'other', description: 'Other.', input: z.object({}), run: () => 1 })]
    const asked = async (front: string): Promise<unknown> => {
      const folder = await promptFolder({ ask: `---\n${front}\n---\n${text}` })
      const body = bodyOf((run) => run.ask(prompt('ask', { input, output: z.string(), tools }), question))
      return (await (await system(body, { server: said, folder })).runs.start('played', {})).result()
    }
    await asked('tools: [other]')
    expect(said.requests[0]?.body.tools).toMatchObject([{ function: { name: 'other' } }])
    await expect(asked('tools: [another]')).rejects.toThrow('"tools" names "another"')
  })

  test.each(['no spaces', 'ä', ''])('cannot be called %j', (name) => {
    expect(() => tool({ name, description: '', input: z.object({}), run: () => 1 })).toThrow(RondoError)
  })
})

describe('rounds', () => {
  test('are bounded: in the last one the model may not use a tool, and an answer is taken', async () => {
    const said = await server(({ index }) => (index < 2 ? toolCall('lookup', { name: 'Ann' }) : answer('Three.')))
    const Ask = prompt('ask', { input, output: z.string(), text, tools: [lookup([])], rounds: 3 })
    const { runs } = await system(
      bodyOf((run) => run.ask(Ask, question)),
      { server: said },
    )
    expect(await (await runs.start('played', {})).result()).toBe('Three.')
    expect(said.requests.map(({ body }) => body['tool_choice'])).toEqual(['auto', 'auto', 'none'])
  })

  test('that end without an answer fail clearly, and a retry with more rounds goes on where they ended', async () => {
    let rounds = 2
    const said = await server(({ index }) => (index < 3 ? toolCall('lookup', { name: 'Ann' }) : answer('Three.')))
    const body = bodyOf((run) => run.ask(prompt('ask', { input, output: z.string(), text, tools: [lookup([])], rounds }), question))
    const { runs } = await system(body, { server: said })
    const handle = await runs.start('played', {})
    await expect(handle.result()).rejects.toThrow(/asked for tools \(lookup\) instead of answering prompt "ask" in its last round/)
    expect(said.requests).toHaveLength(2)
    rounds = 5
    await runs.retry(handle.id)
    expect(await runs.result(handle.id)).toBe('Three.')
    expect(said.requests).toHaveLength(4)
  })

  test('stop and ask when the run’s budget is spent, and go on when it is extended', async () => {
    const spent = { usage: { input: 1000, output: 0 } }
    const said = await server(
      scripted(toolCall('lookup', { name: 'Ann' }, spent), toolCall('lookup', { name: 'Ann' }, spent), answer('3', spent)),
    )
    const Ask = prompt('ask', { input, output: z.string(), text, tools: [lookup([])] })
    const {
      runs,
      idle,
      store,
      answer: answerReview,
    } = await system(
      bodyOf((run) => run.ask(Ask, question), { tokens: 1500 }),
      { server: said },
    )
    const handle = await runs.start('played', {})
    await idle()
    expect(said.requests).toHaveLength(2)
    const [review] = await store.reviews.list({ run: handle.id })
    expect(review?.kind).toBe('budget')
    if (review !== undefined) await answerReview(review, { extend: { tokens: 5000 } })
    expect(await runs.result(handle.id)).toBe('3')
    expect((await runs.get(handle.id))?.usage.inputTokens).toBe(3000)
  })
})

describe('a crash at any journal write', () => {
  test('repeats no call that is recorded, no tool that wrote, and counts every call once', async () => {
    const kills: string[] = []
    for (let at = 1; ; at += 1) {
      for (const when of ['before', 'after'] as const) {
        const sent: string[] = []
        const send = tool({
          name: 'send',
          description: 'Sends a reminder.',
          input: z.object({ to: z.string() }),
          effect: 'write',
          run: ({ to }) => {
            sent.push(to)
            return 'Sent.'
          },
        })
        const spent = { usage: { input: 100, output: 10 } }
        const said = await server(
          scripted(
            {
              kind: 'answer',
              toolCalls: [
                { tool: 'lookup', input: { name: 'Ann' } },
                { tool: 'send', input: { to: 'Ann' } },
              ],
              ...spent,
            },
            answer('no json', spent),
            json({ done: true }, spent),
          ),
        )
        const Remind = prompt('remind', { input, output: z.object({ done: z.boolean() }), text, tools: [lookup([]), send] })
        const played = bodyOf((run) => run.ask(Remind, question))
        const ground = openMemoryStore({ clock: systemClock })
        const doomed = killable(ground, { at, when })
        const first = await system(played, { server: said, store: doomed })
        const handle = await first.runs.start('played', {})
        const died = await Promise.race([doomed.death.then(() => true), handle.result().then(() => false)])
        if (!died) {
          await first.close()
          expect(kills.length).toBeGreaterThan(14)
          return
        }
        const paid = said.requests.length
        const second = await system(played, { server: said, store: ground })
        await second.idle()
        for (const review of await ground.reviews.list({ run: handle.id, state: 'open' })) {
          expect(review.kind).toBe('unknown')
          await second.answer(review, sent.length > 0 ? { happened: true, result: 'Sent.' } : { happened: false })
        }
        await second.idle()
        expect(await second.runs.result(handle.id)).toEqual({ done: true })
        expect(sent).toEqual(['Ann'])
        // At most the call that was under way when it died is made again.
        expect(said.requests.length).toBeLessThanOrEqual(4)
        expect((await second.runs.get(handle.id))?.usage).toMatchObject({ inputTokens: 300, outputTokens: 30 })
        kills.push(`${at} ${when}: ${paid} calls, ${said.requests.length} in all`)
        await second.close()
      }
    }
  })
})
