import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createRondo, type Rondo } from '../assemble.ts'
import { ManualClock } from '../clock.ts'
import { type Flow, flow } from '../flow/flow.ts'
import type { CaseRecord } from '../journal/records.ts'
import { openMemoryStore } from '../journal/stores/memory/memory.ts'
import { openSqliteStore } from '../journal/stores/sqlite/store.ts'
import { decode } from '../json.ts'
import type { Predictor } from '../model/predictor.ts'
import { randomSource } from '../statistics/chance.ts'
import { always } from './autonomy.ts'
import { decision } from './decision.ts'
import { decisionRecord } from './decision-record.ts'
import { type EarnedAutonomy, earned, isEarned } from './earned.ts'

const TERMS = { maxError: 0.1, confidence: 0.9, audit: 0.2, burnIn: 40 } as const
const ann = { name: 'ann', roles: ['desk'] }

const Mail = z.object({
  text: z.string(),
  truth: z.enum(['spam', 'list']),
  confidence: z.number(),
  wrong: z.boolean(),
  version: z.string(),
})
type Mail = z.output<typeof Mail>
type Stood = { value: string; by: string }

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** A predictor whose quality each mail carries with it: what is recorded of a model that was good, or went bad. */
const recorded: Predictor<Mail, 'spam' | 'list'> = {
  name: 'recorded',
  predict: async ({ truth, wrong, confidence, version }) => ({
    answer: wrong ? (truth === 'spam' ? 'list' : 'spam') : truth,
    confidence,
    source: 'recorded',
    version,
  }),
}

/** A desk whose people answer with the truth: one flow, one decision under earned autonomy. */
class Desk {
  readonly clock = new ManualClock()
  readonly #file: string | undefined
  #rondo: Rondo | undefined
  #flow: Flow<unknown, Stood> | undefined
  autonomy: EarnedAutonomy = earned(TERMS)

  constructor(ground: 'memory' | 'sqlite' = 'memory') {
    if (ground === 'memory') return
    const folder = mkdtempSync(join(tmpdir(), 'rondo-earned-'))
    ends.push(() => rmSync(folder, { recursive: true, force: true }))
    this.#file = join(folder, 'rondo.db')
  }

  /** Starts, or starts again: nothing but the database file comes along. */
  async open(): Promise<this> {
    await this.#rondo?.close()
    this.autonomy = earned(TERMS)
    const folder = decision({
      name: 'folder',
      question: Mail,
      answer: z.enum(['spam', 'list']),
      predictor: recorded,
      people: { role: 'desk' },
      autonomy: this.autonomy,
    })
    this.#flow = flow({
      name: 'desk',
      input: z.unknown(),
      output: z.object({ value: z.string(), by: z.string() }),
      run: async (run, mail) => run.decide(folder, Mail.parse(mail)),
    })
    const store =
      this.#file === undefined ? openMemoryStore({ clock: this.clock }) : await openSqliteStore({ file: this.#file, clock: this.clock })
    const rondo = await createRondo({ flows: [this.#flow], store, clock: this.clock, hotRuns: 0 })
    this.#rondo = rondo
    ends.push(() => rondo.close())
    return this
  }

  get rondo(): Rondo {
    if (this.#rondo === undefined) throw new Error('The desk is closed.')
    return this.#rondo
  }

  async ask(id: string, mail: Mail): Promise<void> {
    if (this.#flow === undefined) throw new Error('The desk is closed.')
    await this.rondo.runs.start(this.#flow, mail, { id })
    await this.rondo.idle()
  }

  /** Answers everything in the inbox with the truth. Returns how much that was. */
  async answer(): Promise<number> {
    const items = await this.rondo.inbox.list({ person: ann, limit: 1000 })
    for (const { id, content } of items) await this.rondo.inbox.answer(id, ann, Mail.parse(content.subject).truth)
    await this.rondo.idle()
    return items.length
  }

  /** Mail after mail; says which of them people saw. */
  async work(name: string, mails: readonly Mail[]): Promise<boolean[]> {
    const seen: boolean[] = []
    for (const [i, mail] of mails.entries()) {
      await this.ask(`${name}-${i}`, mail)
      seen.push((await this.answer()) > 0)
      expect((await this.rondo.runs.get(`${name}-${i}`))?.status).toBe('completed')
    }
    return seen
  }

  cases(): Promise<CaseRecord[]> {
    return this.rondo.store.cases.list({ decision: 'folder', limit: 10_000 })
  }

  async recordOf(id: string): Promise<z.output<typeof decisionRecord>> {
    const entries = await this.rondo.runs.journal(id, { limit: 1000 })
    return decisionRecord.parse(decode(entries.findLast(({ kind }) => kind === 'decide')?.record ?? ''))
  }
}

function mails(seed: string, n: number, about: { error?: number; version?: string } = {}): Mail[] {
  const random = randomSource(seed)
  return Array.from({ length: n }, (_, i) => ({
    text: `${seed} ${i}`,
    truth: random() < 0.4 ? 'spam' : 'list',
    confidence: Math.round(random() * 1000) / 1000,
    wrong: random() < (about.error ?? 0.004),
    version: about.version ?? 'v1',
  }))
}

describe('earned autonomy at a desk', () => {
  test('starts with people seeing everything, and ends with most answers standing alone, right within the promise', async () => {
    const desk = await new Desk().open()
    const stream = mails('good', 500)
    const seen = await desk.work('good', stream)
    const share = (from: number, to: number): number => seen.slice(from, to).filter(Boolean).length / (to - from)
    expect(share(0, 100)).toBe(1)
    expect(share(400, 500)).toBeLessThan(0.5)
    const alone = stream.filter((_, i) => seen[i] === false)
    expect(alone.filter(({ wrong }) => wrong).length / alone.length).toBeLessThanOrEqual(TERMS.maxError)
    const { segments, load } = await desk.autonomy.state(desk.rondo.store.cases, 'folder')
    expect(segments[0]?.current).toMatchObject({ epoch: 1, version: 'v1', burnIn: { labelled: 40 }, alarm: undefined })
    expect(load[0]?.share).toBe(1)
    expect(load.at(-1)?.share).toBeLessThan(0.6)
  })

  test('logs with every case the probability, the policy and the epoch it was ruled under, and why', async () => {
    const desk = await new Desk().open()
    const stream = mails('logged', 320)
    const seen = await desk.work('logged', stream)
    const cases = await desk.cases()
    expect(cases).toHaveLength(seen.filter(Boolean).length)
    const audits = cases.filter(({ origin }) => origin === 'audit')
    expect(audits.length).toBeGreaterThan(5)
    expect(new Set(audits.map(({ probability }) => probability))).toEqual(new Set([0.2]))
    expect(new Set(cases.map(({ policy, epoch }) => `${policy} ${epoch}`))).toEqual(new Set([`${desk.autonomy.policy} 1`]))
    const [first, last] = [await desk.recordOf('logged-0'), await desk.recordOf(`logged-${seen.lastIndexOf(false)}`)]
    expect(first.detail?.['why']).toBe('0 of 40 answers that set the thresholds are there')
    expect(last).toMatchObject({ by: 'predictor', probability: 0.2, detail: { certificate: { certified: true } } })
    expect(last.detail?.['why']).toMatch(/^above the certified threshold 0\.\d+$/)
  })

  test('goes on after a restart exactly as if there had been none', async () => {
    const stream = mails('restart', 300)
    const [whole, broken] = [await new Desk().open(), await new Desk('sqlite').open()]
    const unbroken = await whole.work('m', stream)
    const seen: boolean[] = []
    for (const [i, mail] of stream.entries()) {
      if (i % 60 === 59) await broken.open()
      await broken.ask(`m-${i}`, mail)
      if (i % 60 === 29) await broken.open()
      seen.push((await broken.answer()) > 0)
    }
    expect(seen).toEqual(unbroken)
    expect(seen.includes(false)).toBe(true)
    const states = [whole, broken].map((desk) => desk.autonomy.state(desk.rondo.store.cases, 'folder'))
    const [one, other] = await Promise.all(states)
    expect(other?.segments.map(({ current }) => ({ ...current, since: 0, certified: current.certified?.labels }))).toEqual(
      one?.segments.map(({ current }) => ({ ...current, since: 0, certified: current.certified?.labels })),
    )
  })

  test('hands everything back to people when the predictor goes bad, and tells them why', async () => {
    const desk = await new Desk().open()
    await desk.work('good', mails('good', 300))
    await desk.work('bad', mails('bad', 250, { error: 0.6 }))
    const { alarms, segments } = await desk.autonomy.state(desk.rondo.store.cases, 'folder')
    expect(alarms).toMatchObject([{ epoch: 1, version: 'v1' }])
    expect(segments[0]?.current).toMatchObject({ epoch: 2, began: 'drift', threshold: undefined })
    await desk.ask('after', { text: 'after', truth: 'spam', confidence: 1, wrong: false, version: 'v1' })
    expect(await desk.answer()).toBe(1)
    expect((await desk.recordOf('after')).detail?.['why']).toMatch(/^the drift alarm rang/)
  })

  test('lets a new version of the predictor earn its own, while the old one keeps what it has', async () => {
    const desk = await new Desk().open()
    await desk.work('old', mails('old', 300))
    const sure = { text: 'sure', truth: 'spam', confidence: 1, wrong: false } as const
    const asks = async (version: string): Promise<number> => {
      let seen = 0
      for (let i = 0; i < 20; i += 1) {
        await desk.ask(`${version}-${i}`, { ...sure, version })
        seen += await desk.answer()
      }
      return seen
    }
    expect(await asks('v2')).toBe(20)
    expect(await asks('v1')).toBeLessThan(12)
    expect((await desk.recordOf('v2-0')).detail?.['why']).toMatch(/^version v2 of the predictor is new/)
  })

  test('keeps up when answers come in any order and many at a time', async () => {
    const desk = await new Desk().open()
    for (const [i, mail] of mails('crowd', 400).entries()) {
      void desk.ask(`crowd-${i}`, mail)
      if (i % 25 === 24) while ((await desk.answer()) > 0);
    }
    const cases = await desk.cases()
    expect(cases.length).toBeLessThan(400)
    expect(cases.every(({ probability, origin }) => probability === (origin === 'audit' ? 0.2 : 1))).toBe(true)
  })
})

describe('the terms', () => {
  test('have defaults, and are named in words by the policy and the promise', () => {
    const policy = earned({ maxError: 0.02 })
    expect(policy.terms).toEqual({ maxError: 0.02, confidence: 0.95, audit: 0.1, burnIn: 100, segments: true })
    expect(policy.policy).toBe('earned(maxError 0.02, confidence 0.95, audit 0.1, burn-in 100)')
    expect(policy.promise).toBe(
      'With 95 % confidence, at most 2 % of the answers that stand without a person differ from what your people would have answered.',
    )
    expect([isEarned(policy), isEarned(always())]).toEqual([true, false])
  })

  test.each([
    [{ maxError: 0 }, 'maxError is 0'],
    [{ maxError: 5 }, 'maxError is 5'],
    [{ maxError: 0.05, confidence: 1 }, 'nothing makes it certain'],
    [{ maxError: 0.05, audit: 0 }, 'without audits nobody would notice a change'],
    [{ maxError: 0.05, burnIn: 5 }, 'at least 20 answers'],
    [{ maxError: 0.02, reviewersError: 0.035 }, 'are themselves wrong in 3.5 % of their answers'],
  ])('%j are refused, with the reason', (options, reason) => {
    expect(() => earned(options)).toThrow(reason)
  })
})
