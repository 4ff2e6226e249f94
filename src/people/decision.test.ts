import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ann, bob, cat, GROUNDS, lead, play, refusal } from '../../test/people/system.ts'
import type { Definition } from '../flow/definition.ts'
import type { Run } from '../flow/run.ts'
import { decode } from '../json.ts'
import type { Prediction, Predictor } from '../model/predictor.ts'
import { type Autonomy, always, never, threshold } from './autonomy.ts'
import { type Decision, decision } from './decision.ts'

type Folder = 'spam' | 'wanted'
const Question = z.object({ text: z.string() })
const Folders = z.enum(['spam', 'wanted'])

function predictor(confidence: number, answer: Folder | 'nothing' = 'spam'): Predictor<{ text: string }, Folder> & { calls: number } {
  const made = {
    name: 'fixed',
    calls: 0,
    async predict(): Promise<Prediction<Folder>> {
      made.calls += 1
      return { answer: answer === 'nothing' ? undefined : answer, confidence, source: 'recorded', version: 'v1' }
    },
  }
  return made
}

const desk = { role: 'desk' }
const question = { text: 'win a prize' }

describe.each(GROUNDS)('decisions over %s', (ground) => {
  test('a proposal the policy lets stand needs nobody, and is recorded with its evidence', async () => {
    const folder = decision({
      name: 'folder',
      question: Question,
      answer: Folders,
      predictor: predictor(0.9),
      people: desk,
      autonomy: threshold(0.8),
      segment: ({ text }) => (text.length > 5 ? 'long' : 'short'),
    })
    const system = await play(ground, (run) => run.decide(folder, question))
    await system.start()
    expect(await system.result()).toEqual({ value: 'spam', by: 'predictor', confidence: 0.9, predicted: 'spam' })
    expect(await system.inbox.count()).toBe(0)
    const entry = await system.last('folder')
    expect(decode(entry?.record ?? '')).toMatchObject({
      decision: 'folder',
      question,
      by: 'predictor',
      segment: 'long',
      prediction: { answer: 'spam', confidence: 0.9, source: 'recorded', version: 'v1' },
      policy: 'threshold(0.8)',
      probability: 0,
      role: 'desk',
    })
    expect(await system.cases('folder')).toEqual([])
  })

  test('people see the proposal, and their answer makes a case with what they were shown', async () => {
    const asked = predictor(0.4)
    const folder = decision({
      name: 'folder',
      title: 'Which folder?',
      question: Question,
      answer: Folders,
      predictor: asked,
      people: desk,
      autonomy: threshold(0.8),
    })
    const system = await play(ground, (run) => run.decide(folder, question))
    await system.start()
    const [item] = await system.inbox.list({ person: ann })
    expect(item).toMatchObject({
      id: 'r1:folder',
      kind: 'decide',
      decision: 'folder',
      title: 'Which folder?',
      role: 'desk',
      content: { subject: question, choices: ['spam', 'wanted'], proposal: { value: 'spam', confidence: 0.4, source: 'recorded' } },
    })
    await system.inbox.answer('r1:folder', ann, 'wanted', { note: 'my aunt', attentionMs: 4000 })
    expect(await system.result()).toEqual({
      value: 'wanted',
      by: 'people',
      confidence: 0.4,
      predicted: 'spam',
      people: ['ann'],
      note: 'my aunt',
    })
    expect(asked.calls).toBe(1)
    const [made, ...others] = await system.cases('folder')
    expect(others).toEqual([])
    expect(made).toMatchObject({
      decision: 'folder',
      run: 'r1',
      path: 'folder',
      origin: 'escalation',
      probability: 1,
      confidence: 0.4,
      by: 'ann',
      version: 'v1',
      policy: 'threshold(0.8)',
    })
    expect([made?.question, made?.answer, made?.predicted].map((text) => decode(text ?? ''))).toEqual([question, 'wanted', 'spam'])
    const entry = await system.last('folder')
    expect(entry?.usage?.attentionMs).toBe(4000)
    expect((await system.rondo.runs.get('r1'))?.usage.attentionMs).toBe(4000)
  })

  test('the answer is scored against the proposal that people saw, not against what the predictor would say by now', async () => {
    let version = 1
    const folder = decision({
      name: 'folder',
      question: Question,
      answer: Folders,
      predictor: {
        name: 'restless',
        predict: async () => ({ answer: 'spam', confidence: 0.1 * version++, source: 'learner', version: `v${version}` }),
      },
      people: desk,
    })
    const system = await play(ground, (run) => run.decide(folder, question))
    await system.start()
    await system.inbox.accept('r1:folder', ann)
    expect(await system.result()).toMatchObject({ by: 'people', value: 'spam', confidence: 0.1 })
    expect(version).toBe(2)
    expect((await system.cases('folder'))[0]).toMatchObject({ confidence: 0.1, version: 'v2' })
  })

  test('an audit is drawn by run and logged with its probability', async () => {
    const folder = decision({
      name: 'folder',
      question: Question,
      answer: Folders,
      predictor: predictor(0.9),
      people: desk,
      autonomy: threshold(0.8, { audit: 0.5 }),
    })
    const system = await play(ground, (run) => run.decide(folder, question))
    for (let index = 0; index < 40; index += 1) await system.start(`r${index}`)
    const drawn = await system.inbox.list({ person: ann })
    expect(drawn.length).toBeGreaterThan(8)
    expect(drawn.length).toBeLessThan(32)
    for (const item of drawn) await system.inbox.accept(item.id, ann)
    await system.rondo.idle()
    const cases = await system.cases('folder')
    expect(cases).toHaveLength(drawn.length)
    expect(cases.every(({ origin, probability }) => origin === 'audit' && probability === 0.5)).toBe(true)
  })

  test('a predictor that fails goes to people with the reason on the record; with nobody to ask it fails the step', async () => {
    const broken: Predictor<{ text: string }, Folder> = {
      name: 'broken',
      predict: async () => {
        throw new Error('the model is on holiday')
      },
    }
    const asked = decision({ name: 'asked', question: Question, answer: Folders, predictor: broken, people: desk, autonomy: never() })
    const alone = decision({ name: 'alone', question: Question, answer: Folders, predictor: broken })
    const system = await play(ground, async (run) => {
      const { value } = await run.decide(asked, question)
      return run.decide(alone, question).catch((error: Error) => `${value}, then ${error.message}`)
    })
    await system.start()
    expect(await refusal(system.inbox.accept('r1:asked', ann))).toContain('answer_refused: There is nothing to accept')
    await system.inbox.answer('r1:asked', ann, 'wanted')
    expect(await system.result()).toBe('wanted, then the model is on holiday')
    const record = decode((await system.last('asked'))?.record ?? '')
    expect(record).toMatchObject({
      by: 'people',
      trouble: 'the model is on holiday',
      probability: 1,
      origin: 'escalation',
      policy: 'never',
    })
    const [made] = await system.cases('asked')
    expect(made).toMatchObject({ probability: 1, origin: 'escalation' })
    expect(made).not.toHaveProperty('predicted')
  })

  test('a policy that fails goes to people as well, with the reason on the record', async () => {
    const autonomy: Autonomy = {
      name: 'threshold',
      promise: 'none',
      rule: () => {
        throw new Error('the policy lost its way')
      },
    }
    const folder = decision({ name: 'folder', question: Question, answer: Folders, predictor: predictor(0.9), people: desk, autonomy })
    const system = await play(ground, (run) => run.decide(folder, question))
    await system.start()
    await system.inbox.answer('r1:folder', ann, 'wanted')
    expect(await system.result()).toMatchObject({ value: 'wanted', by: 'people' })
    expect(decode((await system.last('folder'))?.record ?? '')).toMatchObject({ trouble: 'the policy lost its way', probability: 1 })
  })

  test('what the predictor’s model calls cost counts once, and they are not made again on resume', async () => {
    let calls = 0
    const model: Definition<'ask', string, Folder> = {
      kind: 'ask',
      name: 'classify',
      async take() {
        calls += 1
        return { value: 'spam', usage: { inputTokens: 10, outputTokens: 2, microUsd: 300, attentionMs: 0 } }
      },
    }
    const folder = decision({
      name: 'folder',
      question: Question,
      answer: Folders,
      predictor: {
        name: 'model',
        predict: async ({ text }, _about, scope) => ({
          answer: await scope.run.ask(model, text),
          confidence: 0.5,
          source: 'stated',
          version: 'p1',
        }),
      },
      people: desk,
    })
    const system = await play(ground, (run) => run.decide(folder, question))
    await system.start()
    await system.inbox.accept('r1:folder', ann, { attentionMs: 1000 })
    expect(await system.result()).toMatchObject({ value: 'spam', by: 'people' })
    expect(calls).toBe(1)
    expect((await system.last('folder/propose/classify'))?.state).toBe('completed')
    expect((await system.rondo.runs.get('r1'))?.usage).toEqual({ inputTokens: 10, outputTokens: 2, microUsd: 300, attentionMs: 1000 })
  })

  test('a proposal that the schema refuses, or a confidence that is none, counts as a failure of the predictor', async () => {
    const liar = (prediction: object): Predictor<{ text: string }, Folder> => ({
      name: 'liar',
      predict: async () => ({ answer: 'spam', confidence: 0.99, source: 'stated', version: '1', ...prediction }),
    })
    const one = decision({
      name: 'one',
      question: Question,
      answer: Folders,
      predictor: liar({ answer: 'ham' }),
      people: desk,
      autonomy: never(),
    })
    const two = decision({
      name: 'two',
      question: Question,
      answer: Folders,
      predictor: liar({ confidence: Number.NaN }),
      people: desk,
      autonomy: never(),
    })
    const system = await play(ground, async (run) => [(await run.decide(one, question)).by, (await run.decide(two, question)).by])
    await system.start()
    await system.inbox.answer('r1:one', ann, 'wanted')
    await system.rondo.idle()
    await system.inbox.answer('r1:two', ann, 'wanted')
    expect(await system.result()).toEqual(['people', 'people'])
    expect(decode((await system.last('one'))?.record ?? '')).toMatchObject({ trouble: expect.stringContaining('schema refuses') })
    expect(decode((await system.last('two'))?.record ?? '')).toMatchObject({ trouble: expect.stringContaining('confidence of NaN') })
  })

  test('without a proposal people are asked, and without a predictor they answer everything', async () => {
    const silent = decision({
      name: 'silent',
      question: Question,
      answer: Folders,
      predictor: predictor(0.7, 'nothing'),
      people: desk,
      autonomy: never(),
    })
    const human = decision({ name: 'human', question: Question, answer: Folders, people: desk })
    const system = await play(ground, async (run) => {
      const [first, second] = await Promise.all([run.decide(silent, question), run.decide(human, question)])
      return { first, second }
    })
    await system.start()
    await system.inbox.answer('r1:human', ann, 'spam')
    await system.inbox.answer('r1:silent', bob, 'wanted')
    expect(await system.result()).toEqual({
      first: { value: 'wanted', by: 'people', people: ['bob'] },
      second: { value: 'spam', by: 'people', people: ['ann'] },
    })
    expect((await system.cases('silent'))[0]).toMatchObject({ version: 'v1', probability: 1 })
    expect((await system.cases('human'))[0]).toMatchObject({ probability: 1, origin: 'escalation' })
  })

  test('of three people the most frequent answer counts; nobody answers twice', async () => {
    const folder = decision({
      name: 'folder',
      question: Question,
      answer: Folders,
      predictor: predictor(0.4),
      people: { role: 'desk', quorum: 3 },
    })
    const system = await play(ground, (run) => run.decide(folder, question))
    await system.start()
    await system.inbox.answer('r1:folder', ann, 'wanted', { note: 'surely' })
    expect(await refusal(system.inbox.accept('r1:folder', ann))).toMatch(
      /^review_taken: ann has answered .* already: edited at 2026.* It waits for 2 other people\./,
    )
    expect(await system.inbox.list({ person: ann })).toEqual([])
    await system.inbox.accept('r1:folder', bob)
    expect(await system.status()).toBe('waiting')
    await system.inbox.answer('r1:folder', cat, 'wanted', { note: 'yes' })
    expect(await system.result()).toMatchObject({ value: 'wanted', people: ['ann', 'bob', 'cat'], note: 'ann: surely\ncat: yes' })
    expect((await system.cases('folder'))[0]).toMatchObject({ by: 'ann, bob, cat' })
  })

  test('while two answers tie, one more person is asked', async () => {
    const folder = decision({
      name: 'folder',
      question: Question,
      answer: Folders,
      people: { role: 'desk', quorum: 2, within: '1h', escalateTo: 'lead' },
    })
    const system = await play(ground, (run) => run.decide(folder, question))
    await system.start()
    await system.inbox.answer('r1:folder', ann, 'wanted')
    const item = await system.inbox.answer('r1:folder', bob, 'spam')
    expect(item.state).toBe('open')
    await system.pass(3_600_000)
    await system.inbox.answer('r1:folder', lead, 'spam')
    expect(await system.result()).toMatchObject({ value: 'spam', people: ['ann', 'bob', 'lea'] })
  })

  test('deadlines escalate, and then the decision does what it says: default, fail, or wait', async () => {
    const people = { role: 'desk', within: '1h', escalateTo: { role: 'lead', within: '2h' } }
    const byDefault = decision({
      name: 'default',
      question: Question,
      answer: Folders,
      people: { ...people, otherwise: { default: 'wanted' } },
    })
    const failing = decision({ name: 'fail', question: Question, answer: Folders, people: { ...people, otherwise: 'fail' } })
    const patient = decision({ name: 'wait', question: Question, answer: Folders, people })
    const system = await play(ground, (run) =>
      Promise.all([
        run.decide(byDefault, question),
        run.decide(failing, question).catch((error: { code: string; message: string }) => `${error.code}: ${error.message}`),
        run.decide(patient, question),
      ]),
    )
    await system.start()
    expect((await system.inbox.list({ person: ann })).map(({ path }) => path).sort()).toEqual(['default', 'fail', 'wait'])
    await system.pass(3_600_000)
    expect(await system.inbox.list({ person: ann })).toEqual([])
    expect(await refusal(system.inbox.answer('r1:wait', ann, 'spam'))).toMatch(
      /^role_missing: .*role "lead", which ann does not have \(roles: desk\)/,
    )
    expect(await system.inbox.list({ person: lead })).toHaveLength(3)
    await system.pass(7_200_000)
    expect(await refusal(system.inbox.answer('r1:default', lead, 'spam'))).toBe(
      'review_closed: "default" needs no answer any more: its run went on without it; an answer was due by 2026-01-01T03:00:00.000Z.',
    )
    await system.pass(1_000_000_000)
    await system.inbox.answer('r1:wait', lead, 'spam')
    expect(await system.result()).toEqual([
      { value: 'wanted', by: 'default' },
      expect.stringMatching(/^review_expired: Nobody answered decision "fail"/),
      { value: 'spam', by: 'people', people: ['lea'] },
    ])
    expect(await system.cases('default')).toEqual([])
    expect(decode((await system.last('default'))?.record ?? '')).toMatchObject({ by: 'default' })
  })

  test('an answer of people without measured attention counts as the minutes the decision says', async () => {
    const folder = decision({ name: 'folder', question: Question, answer: Folders, people: { role: 'desk', minutes: 1.5 } })
    const system = await play(ground, (run) => run.decide(folder, question))
    await system.start()
    await system.inbox.answer('r1:folder', ann, 'spam')
    await system.result()
    expect((await system.rondo.runs.get('r1'))?.usage.attentionMs).toBe(90_000)
  })

  test('a question that its schema refuses fails the step, naming the field', async () => {
    const folder = decision({ name: 'folder', question: Question, answer: Folders, people: desk })
    const wrong: { text: string } = JSON.parse('{"text":3}')
    const system = await play(ground, (run) =>
      run.decide(folder, wrong).catch((error: { code: string; message: string }) => [error.code, error.message]),
    )
    await system.start()
    expect(await system.result()).toEqual(['invalid_input', expect.stringContaining('text: ')])
  })

  test('a decision that stood alone is corrected into a case under its logged probability', async () => {
    const folder = decision({
      name: 'folder',
      question: Question,
      answer: Folders,
      predictor: predictor(0.9),
      people: desk,
      autonomy: threshold(0.8),
    })
    const human = decision({ name: 'human', question: Question, answer: Folders, people: desk })
    const system = await play(ground, async (run) => [
      (await run.decide(folder, question)).value,
      (await run.decide(human, question)).value,
    ])
    await system.start()
    await system.inbox.answer('r1:human', ann, 'spam')
    expect(await system.result()).toEqual(['spam', 'spam'])
    expect(await refusal(system.inbox.correct('r1:folder', lead, 'wanted'))).toMatch(/^role_missing: .*role "desk"/)
    expect(await refusal(system.inbox.correct('r1:folder', ann, 'ham'))).toBe(
      'answer_refused: Decision "folder" does not take this answer: it must be one of "spam", "wanted".',
    )
    expect(await refusal(system.inbox.correct('r1:human', ann, 'wanted'))).toMatch(/^review_taken: People decided this \("human"\): ann\./)
    expect(await refusal(system.inbox.correct('r1:nothing', ann, 'wanted'))).toMatch(/^review_unknown: No decision has been taken there/)
    expect(await refusal(system.inbox.correct('r2:folder', ann, 'wanted'))).toMatch(/^review_unknown: There is no such run/)
    await system.inbox.correct('r1:folder', ann, 'wanted')
    const [made] = await system.cases('folder')
    expect(made).toMatchObject({
      run: 'r1',
      path: 'folder',
      origin: 'correction',
      probability: 0,
      confidence: 0.9,
      by: 'ann',
      version: 'v1',
    })
    expect(decode(made?.answer ?? '')).toBe('wanted')
  })
})

test('what could never come about is refused when the decision is defined', () => {
  const common = { name: 'd', question: Question, answer: Folders }
  const said = (options: Parameters<typeof decision<{ text: string }, Folder>>[0]): string => {
    try {
      decision(options)
      return 'nothing'
    } catch (error) {
      return error instanceof Error ? error.message : ''
    }
  }
  expect(said({ ...common })).toContain('has nobody to answer it')
  expect(said({ ...common, people: desk, autonomy: never() })).toContain('no predictor')
  expect(said({ ...common, predictor: predictor(1), autonomy: always() })).toContain('no people to ask')
  expect(said({ ...common, people: { role: 'desk', otherwise: 'fail' } })).toContain('gives no time')
  expect(said({ ...common, people: { role: 'desk', escalateTo: 'lead' } })).toContain('escalates, but never')
  expect(said({ ...common, people: { role: 'desk', quorum: 0 } })).toContain('quorum of 0')
  expect(said({ ...common, people: { role: '' } })).toContain('names no role')
  const wrong: Folder = JSON.parse('"ham"')
  expect(said({ ...common, people: { role: 'desk', within: '1h', otherwise: { default: wrong } } })).toContain(
    'default that its own answer schema refuses',
  )
  expect(said({ ...common, name: 'a/b', people: desk })).toContain('must not contain')
  expect(said({ ...common, predictor: predictor(1) })).toBe('nothing')
  expect(() => threshold(95)).toThrow('a number from 0 to 1, not 95')
})

test('a decision knows its facts: schema, choices, and a default policy that asks where there is somebody to ask', () => {
  const asks = decision({ name: 'd', question: Question, answer: Folders, predictor: predictor(1), people: desk })
  expect(asks).toMatchObject({
    name: 'd',
    schema: { type: 'string', enum: ['spam', 'wanted'] },
    choices: ['spam', 'wanted'],
    autonomy: { name: 'always' },
  })
  expect(decision({ name: 'd', question: Question, answer: z.boolean(), people: desk }).choices).toEqual([true, false])
  expect(decision({ name: 'd', question: Question, answer: z.string(), people: desk }).choices).toBeUndefined()
  expect(decision({ name: 'd', question: Question, answer: Folders, predictor: predictor(1) }).autonomy.name).toBe('never')
})

test('types follow from the schemas', () => {
  const amount = decision({ name: 'amount', question: z.object({ id: z.number() }), answer: z.object({ euros: z.number() }), people: desk })
  const body = async (run: Run): Promise<number> => {
    const decided = await run.decide(amount, { id: 1 })
    // @ts-expect-error the question has no such field
    void (() => run.decide(amount, { ident: 1 }))
    return decided.value.euros
  }
  expect(body).toBeTypeOf('function')
  const inPlace = decision({
    name: 'in-place',
    question: Question,
    answer: Folders,
    predictor: {
      name: 'by length',
      predict: async ({ text }) => ({ answer: text.length > 9 ? 'spam' : 'wanted', confidence: 1, source: 'recorded', version: '1' }),
    },
    people: { role: 'desk', within: '1h', otherwise: { default: 'wanted' } },
  })
  const exact: Decision<{ text: string }, Folder> = inPlace
  expect(exact.predictor?.name).toBe('by length')
})
