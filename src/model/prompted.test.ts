/**
 * A prompt as a predictor: where its confidence comes from, and that it says so.
 */
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { bodyOf, closeAll, server, system } from '../../test/support/asking-system.ts'
import { json, type Reply, type Script } from '../../test/support/openai-server.ts'
import type { Definition } from '../flow/definition.ts'
import { answerForm } from './answer.ts'
import { agreement, tokenProbability } from './confidence.ts'
import type { ModelReply } from './model-call.ts'
import type { Prediction } from './predictor.ts'
import { prompt } from './prompt.ts'
import { type PromptedOptions, prompted } from './prompted.ts'

afterEach(closeAll)

const folder = z.enum(['personal', 'list', 'spam'])
const Sort = (front = ''): ReturnType<typeof prompt<z.ZodObject<{ mail: z.ZodString }>, typeof folder>> =>
  prompt('sort', { input: z.object({ mail: z.string() }), output: folder, text: `---\n${front}\n---\nSort {{mail}}` })

async function predict(script: Script, options: PromptedOptions, front?: string) {
  const said = await server(script)
  const predictor = prompted(Sort(front), options)
  const deciding: Definition<'decide', { mail: string }, unknown> = {
    kind: 'decide',
    name: 'folder',
    take: async (question, scope) => ({
      value: await predictor.predict(question, { decision: 'folder', answer: folder, choices: folder.options }, scope),
    }),
  }
  const { runs, steps } = await system(
    bodyOf((run) => run.decide(deciding, { mail: 'Win!' })),
    { server: said },
  )
  const handle = await runs.start('played', {})
  const prediction = (await handle.result()) as Prediction<string>
  return { prediction, said, usage: (await runs.get(handle.id))?.usage, steps: await steps(handle.id) }
}

const tokens = (...given: readonly [string, number][]) => given.map(([token, logProbability]) => ({ token, logProbability }))
const likely = (share: number): Reply =>
  json(
    { answer: 'spam' },
    { logProbabilities: tokens(['{"', -3], ['answer', -2], ['":"', -1], ['sp', Math.log(share)], ['am', 0], ['"}', 0]) },
  )

describe('the confidence', () => {
  test('is the probability of the answer’s own tokens where the provider gives it', async () => {
    const { prediction, said } = await predict([likely(0.8)], {})
    expect(prediction).toMatchObject({
      answer: 'spam',
      source: 'log-probability',
      version: expect.stringMatching(/^sort@[0-9a-f]{8}\/log-probability$/),
    })
    expect(prediction.confidence).toBeCloseTo(0.8 * Math.exp(-1), 6)
    expect(said.requests[0]?.body.logprobs).toBe(true)
  })

  test('falls back to agreement where the provider gives none, and says so', async () => {
    const answers = ['spam', 'list', 'spam', 'spam']
    const { prediction, said, usage } = await predict(
      ({ index }) => json({ answer: answers[index % 4] }, { usage: { input: 10, output: 1 } }),
      { samples: 3 },
    )
    expect(said.requests).toHaveLength(4)
    expect(prediction).toMatchObject({
      answer: 'spam',
      source: 'agreement',
      version: expect.stringMatching(/\/log-probability$/),
      detail: { samples: 3, instead: 'the provider gave no log-probabilities' },
    })
    expect(prediction.confidence).toBeCloseTo(2 / 3)
    expect(usage?.inputTokens).toBe(40)
  })

  test('is the share of samples that agree, sampled so that they may differ', async () => {
    const { prediction, said } = await predict(
      () => json({ answer: 'list' }),
      { confidence: 'agreement', samples: 4 },
      'config: { temperature: 0, seed: 7 }',
    )
    expect(prediction).toMatchObject({
      answer: 'list',
      confidence: 1,
      source: 'agreement',
      detail: { votes: [{ answer: 'list', count: 4 }] },
    })
    expect(said.requests.map(({ body }) => body['temperature'])).toEqual([0.7, 0.7, 0.7, 0.7])
    expect(said.requests.map(({ body }) => body['seed']).sort((one, other) => Number(one) - Number(other))).toEqual([8, 9, 10, 11])
  })

  test('is what the model states, as the last resort', async () => {
    const { prediction, steps } = await predict([json({ answer: 'spam', confidence: 0.65 })], { confidence: 'stated' })
    expect(prediction).toMatchObject({ answer: 'spam', confidence: 0.65, source: 'stated' })
    expect([...steps.keys()].map((path) => path.replace(/@.*/, ''))).toEqual(
      expect.arrayContaining(['folder/sort/call', 'folder/sort', 'folder']),
    )
  })
})

describe('the numbers', () => {
  const reply = (text: string, logProbabilities: NonNullable<ModelReply['logProbabilities']>): ModelReply => ({
    text,
    logProbabilities,
    toolRequests: [],
    finish: 'stop',
    model: 'm',
    usage: { inputTokens: 0, outputTokens: 0, microUsd: 0, attentionMs: 0 },
    priced: true,
    ms: 0,
    warnings: [],
    failedAttempts: [],
  })

  test('of tokens: nothing but the value counts, in plain text and in JSON', () => {
    const plain = tokens([' ', -9], ['sp', -0.1], ['am', -0.2], ['\n', -9])
    expect(tokenProbability(reply(' spam\n', plain), answerForm(z.string()))).toBeCloseTo(Math.exp(-0.3))
    const wrapped = tokens(['{', -9], ['"answer"', -9], [': ', -9], ['tr', -0.5], ['ue', 0], ['}', -9])
    expect(tokenProbability(reply('{"answer": true}', wrapped), answerForm(z.boolean()))).toBeCloseTo(Math.exp(-0.5))
    expect(tokenProbability(reply('', []), answerForm(z.string()))).toBeUndefined()
  })

  test('of agreement: equal values are one answer, whatever the order of their keys', () => {
    expect(
      agreement([
        { a: 1, b: 2 },
        { b: 2, a: 1 },
        { a: 2, b: 2 },
      ]),
    ).toMatchObject({ answer: { a: 1, b: 2 }, confidence: 2 / 3 })
    expect(agreement(['x', 'y'])).toMatchObject({ answer: 'x', confidence: 0.5 })
    expect(agreement([])).toBeUndefined()
  })

  test('too few samples are refused', () => {
    expect(() => prompted(Sort(), { samples: 1 })).toThrow('there must be two or more')
  })
})
