import { describe, expect, test } from 'vitest'
import type { CaseRecord } from '../journal/records.ts'
import { encode } from '../json.ts'
import { randomSource } from '../statistics/chance.ts'
import { EarnedFold, type EarnedTerms, type EpochState, policyOf } from './earned-fold.ts'
import { autonomyState } from './earned-state.ts'

const TERMS: EarnedTerms = { maxError: 0.05, confidence: 0.95, audit: 0.1, burnIn: 100, segments: true }
const POLICY = policyOf(TERMS)

let seq = 0
function made(about: Partial<CaseRecord> & { readonly wrong?: boolean } = {}): CaseRecord {
  const { wrong = false, ...rest } = about
  seq += 1
  return {
    seq,
    decision: 'folder',
    question: encode(`mail ${seq}`),
    answer: encode('spam'),
    predicted: encode(wrong ? 'list' : 'spam'),
    confidence: 0.9,
    probability: 1,
    origin: 'escalation',
    at: seq * 1000,
    version: 'v1',
    policy: POLICY,
    epoch: 1,
    ...rest,
  }
}

function times(n: number, about: Parameters<typeof made>[0] = {}): CaseRecord[] {
  return Array.from({ length: n }, () => made(about))
}

/** Burn-in with confidences from 0.01 to 1, then right answers until every threshold down to 0.5 is certified. */
function certified(about: Parameters<typeof made>[0] = {}): CaseRecord[] {
  return [
    ...Array.from({ length: 100 }, (_, i) => made({ confidence: (i + 1) / 100, ...about })),
    ...times(160, { confidence: 0.95, ...about }),
  ]
}

function folded(cases: readonly CaseRecord[], terms = TERMS): EarnedFold {
  const fold = new EarnedFold(terms)
  for (const one of cases) fold.add(one)
  return fold
}

const audit = { origin: 'audit', probability: 0.1, confidence: 0.99 } as const
/** Audited answers that are wrong, as many as the alarm needs. */
const alarming = (about: Parameters<typeof made>[0] = {}): CaseRecord[] => times(3, { ...audit, wrong: true, ...about })

describe('the fold', () => {
  test('lets people see everything until the burn-in is over and a threshold is certified', () => {
    const cases = certified()
    const early = folded(cases.slice(0, 180)).epochFor(undefined, 'v1')
    expect(early).toMatchObject({
      epoch: 1,
      began: 'start',
      threshold: undefined,
      burnIn: { labelled: 100, needed: 100 },
      certified: undefined,
    })
    expect(folded(cases).epochFor(undefined, 'v1')).toMatchObject({ threshold: 0.11, certified: { labels: 212 }, alarm: undefined })
  })

  test('splits the chance of a false certificate among all epochs there can ever be', () => {
    const epoch = (number: number): number => {
      const fold = new EarnedFold(TERMS)
      for (let i = 1; i < number; i += 1) fold.add(made({ version: `w${i}`, epoch: i }))
      return fold.epochFor(undefined, 'next').delta
    }
    expect(epoch(1)).toBeCloseTo((0.05 * 6) / Math.PI ** 2, 12)
    expect(epoch(3)).toBeCloseTo((0.05 * 6) / Math.PI ** 2 / 9, 12)
    let sum = 0
    for (let e = 1; e <= 1000; e += 1) sum += (0.05 * 6) / (Math.PI * e) ** 2
    expect(sum).toBeLessThan(0.05)
  })

  test.each<[string, Partial<CaseRecord>]>([
    ['a correction', { origin: 'correction' }],
    ['an import', { origin: 'import' }],
    ['a ruling of another policy', { policy: 'always' }],
    ['a ruling under other terms', { policy: policyOf({ ...TERMS, audit: 0.2 }) }],
  ])('takes no notice of %s', (_, about) => {
    expect(folded([...certified(), ...alarming(about)])).toEqual(folded(certified()))
    expect(folded(times(500, about)).segments).toEqual([])
  })

  test('takes no notice of what nobody ruled on', () => {
    const { policy: _, epoch: __, ...unruled } = made()
    const { predicted: ___, confidence: ____, ...unproposed } = made()
    expect(folded([unruled, unproposed]).segments).toEqual([])
  })

  test('counts an answer as an error by what it says, not by how it is written', () => {
    const same = made({ predicted: encode({ to: 'a', cc: 'b' }), answer: encode({ cc: 'b', to: 'a' }) })
    const other = made({ predicted: encode({ to: 'a', cc: 'b' }), answer: encode({ cc: 'b', to: 'c' }) })
    const [state] = folded([...certified(), { ...same, ...audit }, { ...other, ...audit }]).segments
    expect(state?.current.audits).toMatchObject({ n: 2, errors: 1 })
  })

  test('begins an epoch for a new version, and keeps that of the old one, which may come back', () => {
    const fold = folded([...certified(), ...times(5, { version: 'v2', epoch: 2 })])
    expect(fold.epochFor(undefined, 'v2')).toMatchObject({ epoch: 2, began: 'version', threshold: undefined, burnIn: { labelled: 5 } })
    expect(fold.epochFor(undefined, 'v1')).toMatchObject({ epoch: 1, threshold: 0.11 })
    expect(fold.epochFor(undefined, 'v3')).toMatchObject({ epoch: 3, began: 'version', burnIn: { labelled: 0 } })
    expect(fold.segments[0]?.current.version).toBe('v2')
  })

  test('puts two versions that began together into epochs of their own', () => {
    const fold = folded([...times(3, { version: 'a', epoch: 1 }), ...times(4, { version: 'b', epoch: 1 })])
    expect(fold.epochFor(undefined, 'a')).toMatchObject({ epoch: 1, burnIn: { labelled: 3 } })
    expect(fold.epochFor(undefined, 'b')).toMatchObject({ epoch: 2, burnIn: { labelled: 4 } })
  })

  test('hands everything back to people when audits find the errors come back, and says on what evidence', () => {
    const cases = [...certified(), ...times(40, audit), ...alarming()]
    const fold = folded(cases)
    expect(fold.epochFor(undefined, 'v1')).toMatchObject({ epoch: 2, began: 'drift', threshold: undefined, burnIn: { labelled: 0 } })
    const state = autonomyState(cases, TERMS)
    expect(state.alarms).toMatchObject([
      { seq: cases.at(-1)?.seq, audited: 43, errors: 3, limit: 1000, epoch: 1, version: 'v1', segment: undefined },
    ])
    expect(state.segments[0]?.epochs.map(({ epoch, threshold }) => [epoch, threshold])).toEqual([
      [1, undefined],
      [2, undefined],
    ])
  })

  test('does not let answers to questions from before an alarm certify anything after it', () => {
    const before = [...certified(), ...alarming()]
    const late = folded([...before, ...certified({ epoch: 1 })])
    expect(late.epochFor(undefined, 'v1')).toMatchObject({ epoch: 2, burnIn: { labelled: 0 }, since: undefined })
    const anew = folded([...before, ...certified({ epoch: 2 })])
    expect(anew.epochFor(undefined, 'v1')).toMatchObject({ epoch: 2, threshold: 0.11 })
  })

  test('hears no drift in what people see because it lies below the threshold', () => {
    expect(folded([...certified(), ...times(30, { confidence: 0.05, wrong: true })]).segments[0]?.epochs).toHaveLength(1)
  })

  test('certifies each segment by itself, or all together when asked to', () => {
    const cases = [...certified({ segment: 'de' }), ...times(30, { segment: 'fr' })]
    const apart = folded(cases)
    expect(apart.epochFor('de', 'v1').threshold).toBe(0.11)
    expect(apart.epochFor('fr', 'v1')).toMatchObject({ threshold: undefined, burnIn: { labelled: 30 } })
    const together = { ...TERMS, segments: false }
    const renamed = cases.map((one) => ({ ...one, policy: policyOf(together) }))
    expect(folded(renamed, together).epochFor('fr', 'v1').threshold).toBe(0.11)
  })

  test('scores what was proposed before a certificate and answered after it, under its own probability', () => {
    const cases = certified()
    const late = times(20, { confidence: 0.6, probability: 1 })
    const [n, after] = [cases, [...cases, ...late]].map((all) => at(folded(all).epochFor(undefined, 'v1'), 0.51)?.n)
    expect((after ?? 0) - (n ?? 0)).toBe(20)
  })

  test('is the same from the same cases, however they are read', () => {
    const random = randomSource('pieces')
    const pieces = new EarnedFold(TERMS)
    const cases: CaseRecord[] = []
    for (let i = 0; i < 6000; i += 1) {
      const [version, segment] = [random() < 0.3 ? 'v2' : 'v1', random() < 0.4 ? 'de' : undefined]
      const { threshold = 2, epoch } = pieces.epochFor(segment, version)
      const [confidence, drifted] = [random(), i > 4000]
      const probability = confidence >= threshold ? 0.1 : 1
      if (random() >= probability) continue
      const origin = confidence >= threshold ? 'audit' : 'escalation'
      const wrong = random() < (drifted ? 0.5 : 0.01)
      const one = made({ version, epoch, confidence, probability, origin, wrong, ...(segment !== undefined && { segment }) })
      cases.push(one)
      pieces.add(one)
    }
    const whole = folded(cases)
    expect(pieces.segments).toEqual(whole.segments)
    expect(autonomyState(cases, TERMS).alarms.length).toBeGreaterThan(0)
  })
})

describe("people's load", () => {
  test('is everything before the certificate, and is estimated from the logged probabilities after it', () => {
    const cases = [...certified(), ...times(23, audit)]
    const { load } = autonomyState(cases, TERMS)
    expect(load.reduce((sum, { decisions }) => sum + decisions, 0)).toBeCloseTo(260 + 230, 6)
    expect(load.reduce((sum, { seen }) => sum + seen, 0)).toBe(283)
    expect(load[0]).toMatchObject({ from: cases[0]?.at, share: 1 })
    expect(load.at(-1)).toMatchObject({ to: cases.at(-1)?.at })
    expect(load.at(-1)?.share).toBeCloseTo(0.1, 9)
  })

  test('counts what nothing was proposed for, and neither corrections nor imports nor other policies', () => {
    const { policy: _, epoch: __, predicted: ___, ...unproposed } = made()
    const others = [made({ origin: 'import' }), made({ origin: 'correction' }), made({ policy: 'threshold(0.9)' })]
    expect(autonomyState([unproposed, ...others], TERMS).load.map(({ seen }) => seen)).toEqual([1])
    expect(autonomyState([], TERMS)).toEqual({ policy: POLICY, segments: [], alarms: [], load: [] })
  })
})

function at(epoch: EpochState, tau: number): EpochState['certificates'][number] | undefined {
  return epoch.certificates.find((one) => one.tau === tau)
}
