/**
 * Proofs about measures: scores of runs, kept once, found by what they are counted by, and there when their run is gone.
 */
import { expect } from 'vitest'
import type { NewMeasure } from '../../journal/records.ts'
import { DONE, entry, type Proof, type StoreBench } from './bench.ts'

const scored = (run: string, value: number, more: Partial<NewMeasure> = {}): NewMeasure => ({
  id: `${more.name ?? 'kept'}-${value}`,
  run,
  name: 'kept',
  value,
  origin: 'api',
  ...more,
})

export function measureProofs(proof: Proof): void {
  proof('a measure carries the flow and the release of its run, and every field it was given', async (bench) => {
    await bench.start('r', { flow: 'desk', release: 'v2' })
    const full = scored('r', 0.25, { path: 'draft[1]/write', segment: 'de', at: 7, origin: 'judge', by: 'tone@1a2b', why: 'curt' })
    const { added, measure } = await bench.store.measures.add(full)
    expect(added).toBe(true)
    expect(measure).toEqual({ ...full, flow: 'desk', release: 'v2', seq: measure.seq })
    await bench.start('q')
    const { measure: bare } = await bench.store.measures.add(scored('q', 1))
    expect(bare).toEqual({ ...scored('q', 1), flow: 'flow', at: bench.clock.now(), seq: bare.seq })
    await bench.open()
    expect(await bench.store.measures.list({})).toEqual([measure, bare])
    expect(bare.seq > measure.seq).toBe(true)
  })

  proof('the same measure of a run is kept once, and a run that is not there has none', async (bench) => {
    await bench.start('r')
    await bench.start('q')
    const first = await bench.store.measures.add(scored('r', 0.5, { id: 'refund' }))
    expect(await bench.store.measures.add(scored('r', 0.9, { id: 'refund' }))).toEqual({ added: false, measure: first.measure })
    expect(await bench.store.measures.add(scored('q', 0.9, { id: 'refund' }))).toMatchObject({ added: true })
    await expect(bench.store.measures.add(scored('nowhere', 1))).rejects.toMatchObject({ code: 'run_unknown' })
    expect(await bench.store.measures.list({ run: 'r' })).toEqual([first.measure])
  })

  proof('a measure that comes about with an entry is on disk with it, or not at all', async (bench) => {
    const driver = await bench.drive('r', { flow: 'desk' })
    const newMeasures = [{ id: 'good', path: 'good', name: 'good', value: 1, origin: 'flow' as const }]
    await driver.commit([entry('good', { kind: 'measure' })], { newMeasures })
    await driver.commit([entry('other')], { newMeasures: [{ id: 'good', name: 'good', value: 0, origin: 'flow' }] })
    expect(await bench.store.measures.list({})).toMatchObject([{ run: 'r', flow: 'desk', path: 'good', value: 1 }])
    const late = newMeasures.map((one) => ({ ...one, id: 'late' }))
    const fenced = await bench.store.journal.commit({ run: 'r', epoch: 9, entries: [], newMeasures: late })
    expect(fenced.kind).toBe('fenced')
    expect(await bench.store.measures.list({})).toHaveLength(1)
  })

  proof('measures outlive their run', async (bench) => {
    const driver = await bench.drive('r')
    await bench.store.measures.add(scored('r', 0.5))
    await driver.settle(DONE)
    await bench.store.runs.prune({ endedBefore: bench.clock.now() + 1 })
    expect(await bench.store.runs.get('r')).toBeUndefined()
    expect(await bench.store.measures.list({ run: 'r' })).toMatchObject([{ flow: 'flow', value: 0.5 }])
  })

  proof('measures are listed a page at a time, by what they carry and when they came about', async (bench) => {
    await some(bench)
    const values = async (filter: Parameters<typeof bench.store.measures.list>[0]) =>
      (await bench.store.measures.list(filter)).map(({ value }) => value)
    expect(await values({})).toEqual([0, 0.5, 1, 0.75])
    expect(await values({ flow: 'a' })).toEqual([0, 0.5])
    expect(await values({ name: 'kept', release: '2' })).toEqual([1])
    expect(await values({ segment: 'de' })).toEqual([0.5])
    expect(await values({ origin: 'judge' })).toEqual([0.75])
    expect(await values({ from: 150, until: 310 })).toEqual([0.5, 1])
    const [first] = await bench.store.measures.list({ limit: 1 })
    expect(await values({ after: first?.seq ?? 0, limit: 2 })).toEqual([0.5, 1])
    expect(await values({ name: 'none' })).toEqual([])
  })

  proof('measures are taken together by name, by what they carry, and by stretches of time', async (bench) => {
    await some(bench)
    const { measures } = bench.store
    expect(await measures.group({}, [])).toEqual([
      { name: 'kept', n: 3, mean: 0.5, least: 0, most: 1 },
      { name: 'tone', n: 1, mean: 0.75, least: 0.75, most: 0.75 },
    ])
    expect(await measures.group({ name: 'kept' }, ['release', 'flow'])).toEqual([
      { name: 'kept', flow: 'a', release: '1', n: 2, mean: 0.25, least: 0, most: 0.5 },
      { name: 'kept', flow: 'b', release: '2', n: 1, mean: 1, least: 1, most: 1 },
    ])
    expect(await measures.group({ flow: 'a' }, ['segment'])).toEqual([
      { name: 'kept', n: 1, mean: 0, least: 0, most: 0 },
      { name: 'kept', segment: 'de', n: 1, mean: 0.5, least: 0.5, most: 0.5 },
    ])
    expect(await measures.group({ name: 'kept' }, [], 200)).toEqual([
      { name: 'kept', since: 0, n: 1, mean: 0, least: 0, most: 0 },
      { name: 'kept', since: 200, n: 2, mean: 0.75, least: 0.5, most: 1 },
    ])
    expect(await measures.group({ origin: 'judge' }, ['by', 'origin'], 1000)).toEqual([
      { name: 'tone', origin: 'judge', by: 'tone@1', since: 0, n: 1, mean: 0.75, least: 0.75, most: 0.75 },
    ])
    expect(await measures.group({ flow: 'none' }, [])).toEqual([])
  })
}

async function some(bench: StoreBench): Promise<void> {
  await bench.start('r', { flow: 'a', release: '1' })
  await bench.start('q', { flow: 'b', release: '2' })
  const { measures } = bench.store
  await measures.add(scored('r', 0, { at: 100 }))
  await measures.add(scored('r', 0.5, { at: 200, segment: 'de' }))
  await measures.add(scored('q', 1, { at: 300 }))
  await measures.add(scored('q', 0.75, { at: 400, name: 'tone', origin: 'judge', by: 'tone@1' }))
}
