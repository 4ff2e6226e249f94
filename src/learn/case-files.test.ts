import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ManualClock } from '../clock.ts'
import type { CaseStore } from '../journal/store.ts'
import { openMemoryStore } from '../journal/stores/memory/memory.ts'
import { decode, encode } from '../json.ts'
import { exportCases } from './export-cases.ts'
import { type ImportOptions, importCases } from './import-cases.ts'

const folder = {
  name: 'folder',
  question: z.object({ subject: z.string(), body: z.string(), spamScore: z.number().optional() }),
  answer: z.enum(['spam', 'list']),
}

function store(): CaseStore {
  return openMemoryStore({ clock: new ManualClock() }).cases
}

function into(cases: CaseStore, text: string, options: Partial<ImportOptions> = {}) {
  return importCases({ cases, decision: folder, format: 'csv', ...options }, [text])
}

async function kept(cases: CaseStore) {
  return (await cases.list({ decision: 'folder' })).map(({ question, answer, ...rest }) => ({
    ...rest,
    question: decode(question),
    answer: decode(answer),
  }))
}

async function exported(cases: CaseStore, format: 'csv' | 'jsonl'): Promise<string> {
  let text = ''
  for await (const piece of exportCases({ cases, decision: 'folder', format })) text += piece
  return text
}

describe('importing', () => {
  test('takes every column that is nothing else as a field of the question, numbers where numbers are asked for', async () => {
    const cases = store()
    const text =
      'subject,body,spamScore,answer,by,at,confidence,predicted\n12,"Hello, you",3.5,list,ann,2026-01-31T09:30:00Z,0.75,spam\nb,c,,spam,,,,\n'
    expect(await into(cases, text)).toEqual({ imported: 2, known: 0 })
    expect(await kept(cases)).toMatchObject([
      {
        question: { subject: '12', body: 'Hello, you', spamScore: 3.5 },
        answer: 'list',
        predicted: encode('spam'),
        confidence: 0.75,
        by: 'ann',
        at: Date.UTC(2026, 0, 31, 9, 30),
        origin: 'import',
        probability: 1,
      },
      { question: { subject: 'b', body: 'c' }, answer: 'spam' },
    ])
  })

  test('takes the columns it is told to, and leaves the others', async () => {
    const cases = store()
    const columns = { question: { subject: 'Betreff', body: 'Text' }, answer: 'Ordner', by: 'Wer' }
    await into(cases, 'Nr;Betreff;Text;Ordner;Wer\n1;Hallo;Wie geht es?;list;ann\n', { columns })
    expect(await kept(cases)).toMatchObject([{ question: { subject: 'Hallo', body: 'Wie geht es?' }, answer: 'list', by: 'ann' }])
  })

  test('takes a question that is one text from one column', async () => {
    const cases = store()
    await into(cases, 'text,category\n42,spam\n', {
      decision: { ...folder, question: z.string() },
      columns: { question: 'text', answer: 'category' },
    })
    expect(await kept(cases)).toMatchObject([{ question: '42', answer: 'spam' }])
  })

  test('imports nothing when one row is wrong, and names every row at fault with what is wrong about it', async () => {
    const cases = store()
    const text = 'subject,body,answer,confidence\na,b,spam,\nc,d,ham,\n"two\nlines",f,list,\ng,h,spam,1.5\n'
    await expect(into(cases, text)).rejects.toThrow(
      /Nothing was imported: 2 of 4 rows do not fit.*row 3 \(line 3\): answer: .*"spam"\|"list".*row 5 \(line 6\): confidence: it is a number from 0 to 1/s,
    )
    expect(await kept(cases)).toEqual([])
  })

  test('reports twenty rows at fault and counts the others', async () => {
    const text = `subject,body,answer\n${'a,b,ham\n'.repeat(50)}`
    await expect(into(store(), text)).rejects.toThrow(/50 of 50 rows.*and 30 more/s)
  })

  test.each([
    ['', 'The file is empty'],
    ['subject,body\na,b\n', 'The file has no column "answer". It has: subject, body.'],
    ['subject,body,answer\na,b,spam\nc,d\n', 'Row 3 (line 3) has 2 cells where the first row names 3 columns'],
    ['subject,body,answer\na,b,spam\n"c" x,d,spam\n', 'Row 3 (from line 3) cannot be read'],
  ])('refuses %j as a whole', async (text, message) => {
    const cases = store()
    await expect(into(cases, text)).rejects.toThrow(message)
    expect(await kept(cases)).toEqual([])
  })

  test.each([
    ['{"question": {', 'Line 2 is no JSON'],
    ['[1, 2]', 'Line 2 holds no object'],
    ['{"question":{"subject":"a","body":"b"},"answer":"ham"}', 'row 2 (line 2): answer'],
    ['{"answer":"spam"}', 'row 2 (line 2): question'],
  ])('refuses JSON Lines in which line 2 is %s', async (line, message) => {
    const cases = store()
    const text = `{"question":{"subject":"a","body":"b"},"answer":"spam"}\n${line}\n`
    await expect(into(cases, text, { format: 'jsonl' })).rejects.toThrow(message)
    expect(await kept(cases)).toEqual([])
  })

  test('adds nothing when the same file comes again, and only what is new when it has grown', async () => {
    const cases = store()
    const text = 'subject,body,answer\na,b,spam\na,b,spam\nc,d,list\n'
    expect(await into(cases, text)).toEqual({ imported: 3, known: 0 })
    expect(await into(cases, text)).toEqual({ imported: 0, known: 3 })
    expect(await into(cases, `${text}a,b,spam\n`)).toEqual({ imported: 1, known: 3 })
  })

  test('does not let a file claim to be evidence', async () => {
    const cases = store()
    const claim = {
      question: { subject: 'a', body: 'b' },
      answer: 'spam',
      origin: 'audit',
      probability: 0.1,
      policy: 'earned(…)',
      epoch: 1,
    }
    await into(cases, JSON.stringify(claim), { format: 'jsonl' })
    const [one] = await cases.list({ decision: 'folder' })
    expect(one).toMatchObject({ origin: 'import', probability: 1 })
    expect(one?.policy ?? one?.epoch).toBeUndefined()
  })

  test('says how far it is', async () => {
    const told: number[] = []
    await into(store(), `subject,body,answer\n${Array.from({ length: 2500 }, (_, i) => `a${i},b,spam\n`).join('')}`, {
      progress: (rows) => told.push(rows),
    })
    expect(told).toEqual([1000, 2000])
  })
})

describe('exporting', () => {
  const audited = {
    decision: 'folder',
    question: encode({ subject: '=1+1', body: 'line one\nline "two"', spamScore: 2 }),
    answer: encode('spam'),
    predicted: encode('list'),
    confidence: 0.5,
    probability: 0.1,
    origin: 'audit',
    by: 'ann, bob',
    segment: 'de',
    policy: 'p',
    epoch: 2,
    at: Date.UTC(2026, 0, 31),
  } as const

  test.each(['csv', 'jsonl'] as const)('gives a file (%s) that imports as the same questions and answers', async (format) => {
    const [from, to] = [store(), store()]
    await from.add([audited, { ...audited, question: encode({ subject: 's', body: '' }), answer: encode('list') }])
    expect(await into(to, await exported(from, format), { format })).toEqual({ imported: 2, known: 0 })
    const told = (all: Awaited<ReturnType<typeof kept>>) =>
      all.map(({ question, answer, predicted, at, by }) => ({ question, answer, predicted, at, by }))
    expect(told(await kept(to))).toEqual(told(await kept(from)))
  })

  test('names in CSV a column for each field of the question, and says how a case came about', async () => {
    const cases = store()
    await cases.add([{ ...audited, blind: true }])
    const [header, ...rest] = (await exported(cases, 'csv')).split('\r\n')
    expect(header).toBe(
      'question.subject,question.body,question.spamScore,answer,predicted,confidence,probability,origin,by,at,segment,version,policy,epoch,run,path,blind',
    )
    expect(rest.join('')).toContain(
      '=1+1,"line one\nline ""two""",2,spam,list,0.5,0.1,audit,"ann, bob",2026-01-31T00:00:00.000Z,de,,p,2,,,true',
    )
  })

  test('keeps in JSON Lines what JSON lacks', async () => {
    const [from, to] = [store(), store()]
    const dated = { name: 'folder', question: z.object({ on: z.date(), size: z.bigint() }), answer: z.boolean() }
    await from.add([{ ...audited, question: encode({ on: new Date(0), size: 3n }), answer: encode(true), predicted: encode(false) }])
    await into(to, await exported(from, 'jsonl'), { format: 'jsonl', decision: dated })
    expect((await kept(to))[0]).toMatchObject({ question: { on: new Date(0), size: 3n }, answer: true })
  })

  test('keeps in JSON Lines what each of several people answered', async () => {
    const cases = store()
    const answers = [
      { by: 'ann', at: Date.UTC(2026, 0, 30), attentionMs: 900 },
      { by: 'bob', at: Date.UTC(2026, 0, 31), answer: encode('list') },
    ]
    await cases.add([{ ...audited, answers, blind: true }])
    expect(JSON.parse(await exported(cases, 'jsonl'))).toMatchObject({
      answer: 'spam',
      blind: true,
      answers: [
        { by: 'ann', at: '2026-01-30T00:00:00.000Z', attentionMs: 900, answer: 'spam' },
        { by: 'bob', at: '2026-01-31T00:00:00.000Z', answer: 'list' },
      ],
    })
  })

  test('gives a header alone where there is no case', async () => {
    expect(await exported(store(), 'csv')).toMatch(/^answer,predicted/)
    expect(await exported(store(), 'jsonl')).toBe('')
  })
})
