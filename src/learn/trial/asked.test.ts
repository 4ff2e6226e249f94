/**
 * A language model in a trial: what it is shown, what it may cost, and where its confidence comes from.
 */
import { afterEach, expect, test } from 'vitest'
import { failure, json, type ModelRequest, type OpenAiServer, type Reply, startOpenAiServer } from '../../../test/support/openai-server.ts'
import { type TrialOptions, trial } from './trial.ts'

const open: OpenAiServer[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

async function server(reply: (request: ModelRequest) => Reply): Promise<OpenAiServer> {
  const started = await startOpenAiServer(reply)
  open.push(started)
  return started
}

function asking(url: string, price?: { input: number; output: number }): Pick<TrialOptions, 'format' | 'model' | 'models'> {
  return {
    format: 'csv',
    model: 'local/small',
    models: {
      providers: { local: { type: 'openai-compatible', baseURL: url } },
      models: { 'local/small': { retry: { attempts: 1 }, ...(price !== undefined && { price }) } },
    },
  }
}

const FILE = ['text,label', ...Array.from({ length: 60 }, (_, at) => `letter ${at},${at % 2 === 0 ? 'even' : 'odd'}`)].join('\n')
const right = (text: string): string => (Number(/\d+/.exec(text)?.[0]) % 2 === 0 ? 'even' : 'odd')
const FREE = { input: 0, output: 0 }

test('it is asked once for each row, shown the answers and the text, and never what people decided', async () => {
  const said = await server(({ lastUserText }) => {
    const tokens = ['{"answer":"', right(lastUserText), '"}'].map((token, at) => ({ token, logProbability: at === 1 ? Math.log(0.8) : 0 }))
    return json({ answer: right(lastUserText) }, { logProbabilities: tokens })
  })
  const report = await trial([FILE], asking(said.url, FREE))
  expect(said.requests).toHaveLength(60)
  expect(report.settled).toEqual({ n: 60, errors: 0 })
  expect(report.proposer).toEqual({ kind: 'model', name: 'local/small', confidence: 'log-probability', learns: false })
  expect(report.confidence).toMatchObject([{ n: 60, meanConfidence: expect.closeTo(0.8) }])
  const [system, user] = said.requests[0]?.body.messages ?? []
  expect(system?.content).toContain('- even\n- odd')
  expect(JSON.stringify(user?.content)).toMatch(/^"letter \d+"|"text":"letter \d+"/)
})

test('without log-probabilities it says itself how sure it is, and the report says so', async () => {
  const said = await server(({ lastUserText, body }) =>
    JSON.stringify(body).includes('confidence')
      ? json({ answer: right(lastUserText), confidence: 0.7 })
      : json({ answer: right(lastUserText) }),
  )
  const report = await trial([FILE], asking(said.url, FREE))
  expect(report.proposer.confidence).toBe('stated')
  expect(report.confidence).toMatchObject([{ n: 60, meanConfidence: expect.closeTo(0.7) }])
  // One question was put twice: the one that showed there are no log-probabilities.
  expect(said.requests).toHaveLength(61)
})

test('the cost is said before anything is asked, and the budget is kept', async () => {
  let asked = 0
  const said = await server(({ lastUserText }) => {
    asked += 1
    return json({ answer: right(lastUserText), confidence: 0.7 }, { usage: { input: 1000, output: 0 } })
  })
  let askedBefore: number | undefined
  const report = await trial([FILE], {
    ...asking(said.url, { input: 1000, output: 0 }),
    budget: 20,
    onEstimate: ({ decisions, microUsd, budgetMicroUsd }) => {
      askedBefore = asked
      expect([decisions, budgetMicroUsd]).toEqual([60, 20_000_000])
      expect(microUsd).toBeGreaterThan(0)
    },
  })
  expect(askedBefore).toBe(0)
  // A dollar for each call.
  expect(asked).toBeLessThanOrEqual(20)
  expect(asked).toBeGreaterThan(10)
  expect(report.cost?.spent).toMatchObject({ calls: asked, microUsd: asked * 1_000_000 })
  expect(report.rows.decided).toBe(report.settled.n)
  expect(report.rows.decided).toBeLessThan(60)
})

test('answers that are none are no proposals: people get those rows', async () => {
  const said = await server(({ lastUserText }) =>
    json({ answer: lastUserText.includes('7') ? 'neither' : right(lastUserText), confidence: 0.7 }),
  )
  const report = await trial([FILE], asking(said.url, FREE))
  const sevens = Array.from({ length: 60 }, (_, at) => String(at)).filter((name) => name.includes('7')).length
  expect(report.standing.proposed).toEqual({ n: 60 - sevens, errors: 0 })
  expect(report.cost?.spent.failed).toBe(sevens)
})

test('a server that refuses the key ends the trial with its reason', async () => {
  const said = await server(() => failure(401))
  await expect(trial([FILE], asking(said.url, FREE))).rejects.toMatchObject({ code: 'model_failed' })
  expect(said.requests.length).toBeLessThan(3)
})
