/**
 * A decision whose predictor is a prompt, in an assembled system: what is sure stands, what is not goes to people.
 */
import { afterEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { createRondo } from '../../src/assemble.ts'
import { threshold } from '../../src/autonomy.ts'
import { flow } from '../../src/flow/flow.ts'
import { prompt } from '../../src/model/prompt.ts'
import { prompted } from '../../src/model/prompted.ts'
import { decision } from '../../src/people/decision.ts'
import { closeAll, server } from '../support/asking-system.ts'
import { json } from '../support/openai-server.ts'

afterEach(async () => {
  vi.unstubAllEnvs()
  await closeAll()
})

test('a prompt proposes, its confidence decides who is asked, and its calls are paid for once', async () => {
  const said = await server(({ lastUserText }) => {
    const sure = lastUserText.includes('prize') ? 0.99 : 0.6
    const tokens = ['{"answer":', '"spam"', '}'].map((token, at) => ({ token, logProbability: at === 1 ? Math.log(sure) : 0 }))
    return json({ answer: 'spam' }, { logProbabilities: tokens, usage: { input: 100, output: 5 } })
  })
  vi.stubEnv('OPENAI_API_KEY', 'test')
  vi.stubEnv('OPENAI_BASE_URL', said.url)
  const answer = z.enum(['personal', 'spam'])
  const question = z.object({ mail: z.string() })
  const Sort = prompt('sort', { input: question, output: answer, text: 'What is this? {{mail}}' })
  const folder = decision({
    name: 'folder',
    question,
    answer,
    predictor: prompted(Sort),
    people: { role: 'desk' },
    autonomy: threshold(0.9),
  })
  const desk = flow({
    name: 'desk',
    input: question,
    output: z.object({ folder: answer, by: z.string() }),
    run: async (run, mail) => {
      const { value, by } = await run.decide(folder, mail)
      return { folder: value, by: String(by) }
    },
  })
  const rondo = await createRondo({ flows: [desk], database: ':memory:', model: 'openai/gpt-4o-mini' })
  try {
    expect(await (await rondo.runs.start(desk, { mail: 'You won a prize.' })).result()).toMatchObject({ folder: 'spam' })
    const unsure = await rondo.runs.start(desk, { mail: 'Lunch?' }, { id: 'lunch' })
    await rondo.idle()
    const ann = { name: 'ann', roles: ['desk'] }
    const [asked] = await rondo.inbox.list({ person: ann })
    expect(asked?.content.proposal).toMatchObject({ value: 'spam', confidence: expect.closeTo(0.6), source: 'log-probability' })
    expect((await rondo.inbox.get('lunch:folder'))?.content.context).toMatchObject({
      prompt: 'sort',
      model: 'openai/gpt-4o-mini',
      messages: [{ role: 'user', content: [{ text: expect.stringContaining('What is this? Lunch?') }] }],
    })
    await rondo.inbox.edit('lunch:folder', ann, 'personal')
    expect(await unsure.result()).toMatchObject({ folder: 'personal' })
    expect(said.requests).toHaveLength(2)
    expect((await rondo.runs.get('lunch'))?.usage).toMatchObject({ inputTokens: 100, outputTokens: 5 })
  } finally {
    await rondo.close()
  }
})
