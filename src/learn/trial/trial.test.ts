/**
 * Trials on made data whose outcome is known beforehand.
 */
import { expect, test } from 'vitest'
import { randomSource } from '../../statistics/chance.ts'
import { type TrialOptions, trial } from './trial.ts'

const HEADER = 'text,label,predicted,confidence'

/** Rows of two answers; `wrong` says which proposals are. */
function rows(count: number, make: (at: number, chance: number) => { confidence: number; wrong: boolean; more?: string }): string {
  const random = randomSource('rows')
  const lines = Array.from({ length: count }, (_, at) => {
    const label = random() < 0.5 ? 'yes' : 'no'
    const { confidence, wrong, more = '' } = make(at, random())
    const predicted = wrong === (label === 'yes') ? 'no' : 'yes'
    return `text ${at},${label},${predicted},${confidence.toFixed(4)}${more}`
  })
  return lines.join('\n')
}

function tried(text: string, options: Partial<TrialOptions> = {}) {
  return trial([text], { format: 'csv', ...options })
}

/** Above 0.5 always right, below as often wrong as not. */
const knowing = rows(1500, (_, chance) => ({ confidence: chance, wrong: chance < 0.5 && chance * 1000 - Math.floor(chance * 1000) < 0.5 }))

test('a system that knows when it knows is certified, and people see what is left and the audits', async () => {
  const { standing, settled } = await tried(`${HEADER}\n${knowing}`)
  expect(settled.n).toBe(1500)
  expect(standing.certifiedAfter).toBeGreaterThan(100 + 112 / 0.5)
  expect(standing.certifiedAfter).toBeLessThan(700)
  expect(standing.alone.n).toBeGreaterThan(200)
  expect(standing.alone.errors / standing.alone.n).toBeLessThanOrEqual(0.05)
  expect(standing.lastThird.share).toBeGreaterThan(0.4)
  expect(standing.lastThird.share).toBeLessThan(0.75)
  expect(standing.seen + standing.alone.n).toBe(1500)
  expect(standing.load.reduce((sum, { seen }) => sum + seen, 0)).toBe(standing.seen)
  expect(standing.load.at(-1)?.to).toBe(1500)
  expect(standing.missing).toBeUndefined()
})

test('the same file, options and seed give the same report, another seed another order', async () => {
  const text = `${HEADER}\n${knowing}`
  const report = await tried(text)
  expect(await tried(text)).toEqual(report)
  const other = await tried(text, { seed: '2' })
  expect(other.standing.certifiedAfter).not.toBe(report.standing.certifiedAfter)
  expect(other.settled).toEqual(report.settled)
})

test('a system whose confidence means nothing is never certified, and it is said that more labels do not help', async () => {
  const text = rows(800, (at, chance) => ({ confidence: chance, wrong: at % 4 === 0 }))
  const { standing, next } = await tried(`${HEADER}\n${text}`)
  expect(standing.certifiedAfter).toBeUndefined()
  expect(standing.alone.n).toBe(0)
  expect(standing.missing).toMatchObject({ kind: 'too many errors', share: 0.4 })
  expect(next.map(({ title }) => title)).toContain('Make the proposals better before anything stands alone.')
})

test('a promise that would hold is found among the others', async () => {
  const text = rows(1500, (at, chance) => ({ confidence: chance, wrong: at % 12 === 0 }))
  const { standing, whatIf, next } = await tried(`${HEADER}\n${text}`)
  expect(standing.certifiedAfter).toBeUndefined()
  const held = whatIf.filter(({ certifiedAfter }) => certifiedAfter !== undefined).map(({ maxError }) => maxError)
  expect(held).toEqual([0.15, 0.2, 0.3])
  expect(next.map(({ code }) => code)).toContain('--max-error 0.15')
})

test('thirty rows get an honest answer: how many more it takes before a test can begin', async () => {
  const { standing, next } = await tried(`${HEADER}\n${rows(30, () => ({ confidence: 0.9, wrong: false }))}`)
  expect(standing.missing).toEqual({ kind: 'burn-in', labelled: 30, needed: 100 })
  expect(next[0]?.title).toContain('70 more')
  expect(next[0]?.why).toContain('about 368 decisions')
})

test('too few labels without an error: the number that is missing, tried with that many more, certifies', async () => {
  const make = (count: number) => rows(count, (_, chance) => ({ confidence: chance, wrong: false }))
  const { standing } = await tried(`${HEADER}\n${make(250)}`, { inOrder: true })
  const { missing } = standing
  if (missing?.kind !== 'more labels') throw new Error(`It says ${missing?.kind}.`)
  expect(missing.decisions).toBeGreaterThan(100)
  const more = await tried(`${HEADER}\n${make(250 + missing.decisions)}`, { inOrder: true })
  expect(more.standing.certifiedAfter).toBeLessThanOrEqual(250 + missing.decisions)
})

test('in the order of the file a system that goes bad raises the alarm, and people see everything again', async () => {
  const text = rows(4000, (at, chance) => ({ confidence: chance, wrong: at >= 1500 && at % 3 === 0 }))
  const { standing } = await tried(`${HEADER}\n${text}`, { inOrder: true, audit: 0.3 })
  expect(standing.certifiedAfter).toBeLessThan(1500)
  expect(standing.alarms).toHaveLength(1)
  expect(standing.alarms[0]?.after).toBeGreaterThan(1500)
  expect(standing.epoch).toBe(2)
  expect(standing.lastThird.share).toBe(1)
})

test('confusions are pairs with both directions and rows; the commonest first', async () => {
  const text = ['text,label,predicted', 'a,x,y', 'b,x,y', 'c,y,x', 'd,x,z', 'e,x,x', 'f,z,z'].join('\n')
  const { confusions, byAnswer } = await tried(text)
  expect(confusions.map(({ answers, count, directions }) => ({ answers, count, directions }))).toEqual([
    { answers: ['x', 'y'], count: 3, directions: [2, 1] },
    { answers: ['x', 'z'], count: 1, directions: [1, 0] },
  ])
  expect(confusions[0]?.examples.map(({ row }) => row).sort()).toEqual([2, 3, 4])
  expect(byAnswer[0]).toMatchObject({ answer: 'x', n: 4, found: 1, proposed: 2, right: 1 })
})

test('an answer that is never proposed is advised about, and no row of it is called mislabelled', async () => {
  const other = Array.from({ length: 60 }, (_, at) => `other ${at},none of these,yes,0.99`).join('\n')
  const { next, suspects } = await tried(`${HEADER}\n${rows(400, (_, chance) => ({ confidence: chance, wrong: false }))}\n${other}`)
  expect(next.map(({ title }) => title)).toContain('Teach it to say "none of these": it never does.')
  expect(suspects.filter(({ answer }) => answer === 'none of these')).toEqual([])
})

test('an answer that is scored 0 and mostly right is advised about: nothing of it can stand alone', async () => {
  const none = Array.from({ length: 200 }, (_, at) => `none ${at},none,${at % 10 === 0 ? 'yes' : 'none'},0`).join('\n')
  const { next, byAnswer } = await tried(`${HEADER}\n${rows(400, (_, chance) => ({ confidence: chance, wrong: false }))}\n${none}`)
  expect(byAnswer.find(({ answer }) => answer === 'none')).toMatchObject({ proposed: 180, right: 180, meanConfidence: 0 })
  expect(next.map(({ title }) => title)).toContain('Give "none" a confidence that means something: it says 0 % and is right in 100 %.')
})

test('planted wrong labels are the rows that look mislabelled, and where sureness proves nothing there are none', async () => {
  const planted = new Set([41, 300, 777])
  const text = rows(1000, (at, chance) => ({ confidence: planted.has(at) ? 0.8 : chance, wrong: planted.has(at) || chance < 0.4 }))
  const { suspects } = await tried(`${HEADER}\n${text}`)
  expect(suspects.slice(0, 3).map(({ row }) => row)).toEqual([43, 302, 779])
  expect(suspects.every(({ reliability }) => reliability >= 0.9)).toBe(true)
  const unsure = await tried(`${HEADER}\n${rows(500, (at, chance) => ({ confidence: chance, wrong: at % 3 === 0 }))}`)
  expect(unsure.suspects).toEqual([])
})

test('a segment that is worse than the promise is seen behind a certificate of all together', async () => {
  const text = rows(3000, (at, chance) => {
    const isNorth = at % 10 === 0
    return { confidence: chance, wrong: isNorth && at % 40 === 0, more: isNorth ? ',north' : ',south' }
  })
  const { segments, next, standing } = await tried(`${HEADER},region\n${text}`, { columns: { segments: ['region'] } })
  expect(standing.certifiedAfter).toBeDefined()
  const [south, north] = segments
  expect(south).toMatchObject({ column: 'region', value: 'south', n: 2700 })
  expect(north?.alone.errors).toBeGreaterThan((north?.alone.n ?? 0) * 0.15)
  expect(south?.own.certifiedAfter).toBeDefined()
  expect(north?.own).toMatchObject({ certifiedAfter: undefined, seenShare: 1 })
  expect(next.some(({ title }) => title.includes('region = north'))).toBe(true)
})

test('a system that wins on the whole and loses in a segment is blocked by it, with the rows', async () => {
  const lines = Array.from({ length: 1200 }, (_, at) => {
    const isNorth = at % 4 === 0
    const [now, then] = isNorth ? [at % 3 === 0 ? 'yes' : 'no', 'yes'] : ['yes', at % 3 === 0 ? 'yes' : 'no']
    return `text ${at},yes,${now},${then},${isNorth ? 'north' : 'south'}`
  })
  const { comparison, next } = await tried(['text,label,fresh,old,region', ...lines].join('\n'), {
    columns: { prediction: 'fresh', against: 'old', segments: ['region'] },
  })
  expect(comparison?.report.overall.verdict).toBe('better')
  expect(comparison?.report).toMatchObject({ verdict: 'worse', blockedBy: ['north'] })
  expect(comparison?.losses).not.toHaveLength(0)
  expect(comparison?.losses.every(({ row }) => (row - 2) % 4 === 0)).toBe(true)
  expect(next[0]?.title).toContain('"north"')
})

test('two systems that are alike are not worse than each other, and few rows decide nothing', async () => {
  const compared = (count: number) =>
    tried(['text,label,fresh,old', ...Array.from({ length: count }, (_, at) => `text ${at},yes,yes,yes`)].join('\n'), {
      columns: { prediction: 'fresh', against: 'old' },
    })
  expect((await compared(2000)).comparison?.report.verdict).toBe('not worse')
  expect((await compared(20)).comparison?.report.verdict).toBe('inconclusive')
})

test('without a confidence all proposals stand or fall together', async () => {
  const text = ['text,label,predicted', ...Array.from({ length: 400 }, (_, at) => `text ${at},${at % 2},${at % 2}`)].join('\n')
  const { standing, proposer } = await tried(text)
  expect(proposer).toMatchObject({ kind: 'recorded', confidence: 'none' })
  expect(standing.certificates).toHaveLength(1)
  expect(standing.threshold).toBe(1)
})

test('ten thousand rows take well under five seconds', async () => {
  const text = `${HEADER}\n${rows(10_000, (_, chance) => ({ confidence: chance, wrong: chance < 0.3 }))}`
  const began = performance.now()
  await tried(text)
  expect(performance.now() - began).toBeLessThan(5000)
})
