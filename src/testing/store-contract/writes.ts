/**
 * Proofs about what is written: whole, in order, and the same when it comes back (J1, J3).
 */
import { expect } from 'vitest'
import type { Entry, NewEntry } from '../../journal/records.ts'
import type { EntryReading } from '../../journal/store.ts'
import { encode } from '../../json.ts'
import { DONE, entry, type Proof } from './bench.ts'

export function writeProofs(proof: Proof): void {
  proof('an entry comes back with every field it had, and none it had not, after reopening too', async (bench) => {
    const full: NewEntry = {
      scope: 'draft[2]/critique',
      name: '[ä/€ 😀]',
      kind: 'ask',
      state: 'failed',
      startedAt: 123,
      value: encode({ a: [1, null] }),
      record: encode('a record '.repeat(400)),
      error: { name: 'E', message: 'm', cause: { name: 'C', message: 'c' }, details: { list: [1] }, terminal: true },
      attempt: 2,
      dueAt: 2 ** 45,
      usage: { inputTokens: 1, outputTokens: 2, microUsd: 3, attentionMs: 4 },
      print: 'a fingerprint',
      version: 'reply@1',
    }
    const driver = await bench.drive('r')
    const committed = await driver.commit([full, entry('bare')])
    const at = bench.clock.now()
    const { seq } = committed.kind === 'committed' ? committed : { seq: 0 }
    await bench.open()
    expect(await driver.entries()).toEqual([
      { ...full, seq: seq - 1, at },
      { ...entry('bare'), seq, at },
    ])
  })

  proof('payloads of any size and content come back the same', async (bench) => {
    const driver = await bench.drive('r')
    const texts = [
      '',
      'x'.repeat(127),
      'x'.repeat(128),
      'x'.repeat(129),
      'é'.repeat(65),
      '😀'.repeat(2000),
      encode({ zero: '\u0000', quote: '"', line: '\n' }),
      Array.from({ length: 5000 }, (_, index) => Math.imul(index, 2654435761).toString(36)).join(),
      'long '.repeat(400_000),
    ]
    for (const [index, value] of texts.entries()) await driver.commit([entry(`step ${index}`, { value, record: value })])
    const back = await driver.entries()
    expect(back.map(({ value }) => value === undefined)).toEqual(texts.map(() => false))
    for (const [index, text] of texts.entries()) expect(back[index]?.value === text && back[index]?.record === text).toBe(true)
  })

  proof('places rise in the order of commit through the whole store, and are not given twice', async (bench) => {
    const drivers = await Promise.all(['a', 'b', 'c', 'd'].map((id) => bench.drive(id)))
    const commits: Promise<unknown>[] = []
    for (let round = 0; round < 20; round += 1)
      for (const driver of drivers) commits.push(driver.commit([entry(`one ${round}`), entry(`two ${round}`)]))
    const seqs = (await Promise.all(commits)).map((committed) => (committed as { seq: number }).seq)
    expect(seqs).toEqual([...seqs].sort((one, other) => one - other))
    const all = (await Promise.all(drivers.map((driver) => driver.entries()))).flat().map(({ seq }) => seq)
    expect(new Set(all).size).toBe(160)
    const last = Math.max(...all)
    for (const driver of drivers) await driver.settle(DONE)
    bench.clock.advance(1)
    await bench.store.runs.prune({ endedBefore: bench.clock.now() })
    const later = await bench.drive('later')
    expect(await later.commit([entry('x')])).toMatchObject({ kind: 'committed', seq: expect.toSatisfy((seq: number) => seq > last) })
  })

  proof('a scope is read without its neighbours, and its last finished entry without the others', async (bench) => {
    const driver = await bench.drive('r')
    const other = await bench.drive('other')
    await driver.commit([entry('draft', { kind: 'loop', state: 'opened' })])
    for (let round = 0; round < 5; round += 1) {
      await driver.commit([entry('write', { scope: `draft[${round}]` })])
      await driver.commit([entry(`[${round}]`, { scope: 'draft', kind: 'loop', value: encode(round) })])
    }
    await driver.commit([entry('[5]', { scope: 'draft', kind: 'loop', state: 'opened' })])
    await other.commit([entry('[9]', { scope: 'draft', kind: 'loop', value: encode(9) })])
    expect((await bench.store.journal.last('r', 'draft'))?.name).toBe('[4]')
    expect((await bench.store.journal.load('r', 'draft[3]')).map(({ name }) => name)).toEqual(['write'])
    expect((await bench.store.journal.load('r', '')).map(({ name }) => name)).toEqual(['draft'])
    expect(await bench.store.journal.load('r', 'nothing')).toEqual([])
    expect(await bench.store.journal.last('r', 'nothing')).toBeUndefined()
  })

  proof('a journal is read a page at a time', async (bench) => {
    const driver = await bench.drive('r')
    await driver.commit(Array.from({ length: 7 }, (_, index) => entry(`step ${index}`, { scope: `s${index % 2}` })))
    const names: string[] = []
    for (let after = 0; ; ) {
      const page = await bench.store.journal.entries('r', { after, limit: 3 })
      names.push(...page.map(({ name }) => name))
      if (page.length < 3) break
      after = page.at(-1)?.seq ?? after
    }
    expect(names).toEqual(['step 0', 'step 1', 'step 2', 'step 3', 'step 4', 'step 5', 'step 6'])
  })

  proof('what was used is added up in the run', async (bench) => {
    const driver = await bench.drive('r')
    const usage = { inputTokens: 10, outputTokens: 1, microUsd: 5, attentionMs: 100 }
    await driver.commit([entry('a', { usage }), entry('b', { usage, state: 'failed' })])
    await driver.commit([entry('c', { usage: { ...usage, microUsd: 1 } })])
    expect((await bench.store.runs.get('r'))?.usage).toEqual({ inputTokens: 30, outputTokens: 3, microUsd: 11, attentionMs: 300 })
  })

  proof('a reading leaves out what it does not ask for, and keeps the order of commit', async (bench) => {
    const driver = await bench.drive('r')
    const long = encode('long '.repeat(400))
    const inside = entry('inside', { scope: 'one', kind: 'decide', value: long, record: long })
    await driver.commit([entry('one', { value: long, record: long }), inside, entry('two', { value: long, print: 'p', version: 'v' })])
    const read = (reading: EntryReading): Promise<Entry[]> => bench.store.journal.entries('r', reading)
    expect((await read({ scope: '' })).map(({ name }) => name)).toEqual(['one', 'two'])
    expect(await read({ scope: 'one', after: 0, limit: 1 })).toMatchObject([{ name: 'inside', value: long, record: long }])
    const bare = await read({ values: false, records: false })
    expect(bare.map(({ name, value, record, print, version }) => ({ name, value, record, print, version }))).toEqual([
      { name: 'one' },
      { name: 'inside' },
      { name: 'two', print: 'p', version: 'v' },
    ])
    expect((await read({ values: ['decide'], records: false })).map(({ value }) => value === long)).toEqual([false, true, false])
    const some = await read({ records: ['decide'] })
    expect(some.map(({ value, record }) => [value === long, record === long])).toEqual([
      [true, false],
      [true, true],
      [true, false],
    ])
  })

  proof('a write that resolved is whole after reopening: entries, question, child, case and how the run stands', async (bench) => {
    const driver = await bench.drive('r')
    await driver.commit([entry('asks', { kind: 'decide', state: 'opened' })], {
      openReview: { path: 'asks', kind: 'decide', role: 'desk', title: 'Spam?', question: encode('is it?'), quorum: 2, dueAt: 99 },
      startChild: { id: 'child', flow: 'other', input: encode(1), inputPrint: 'x', parent: { run: 'r', path: 'c' } },
      newCase: { decision: 'spam', path: 'asks', question: encode('is it?'), answer: encode('no'), probability: 0.25, origin: 'audit' },
      settle: { status: 'waiting', wakeAt: bench.clock.now() + 99 },
    })
    const at = bench.clock.now()
    await bench.open()
    const { store } = bench
    expect(await store.runs.get('r')).toMatchObject({ status: 'waiting', wakeAt: at + 99, epoch: 1 })
    expect((await driver.entries()).map(({ name }) => name)).toEqual(['asks'])
    expect(await store.reviews.get('r:asks')).toMatchObject({
      kind: 'decide',
      state: 'open',
      flow: 'flow',
      title: 'Spam?',
      dueAt: 99,
      quorum: 2,
    })
    expect(await store.runs.get('child')).toMatchObject({ status: 'queued', flow: 'other', parent: { run: 'r', path: 'c' } })
    expect(await bench.due()).toEqual(['child'])
    expect(await store.cases.list({ decision: 'spam' })).toMatchObject([{ run: 'r', path: 'asks', probability: 0.25, at }])
  })

  proof('a child that is there already is left as it is, and children are asked to cancel once they are not needed', async (bench) => {
    const driver = await bench.drive('r')
    const child = { id: 'child', flow: 'flow', input: encode(1), inputPrint: 'x', parent: { run: 'r', path: 'c' } }
    await driver.commit([], { startChild: child })
    await driver.commit([], { startChild: { ...child, input: encode(2) } })
    expect((await bench.store.runs.get('child'))?.input).toBe(encode(1))
    await driver.commit([entry('gone')], { cancelChildren: ['child', 'nobody'] })
    expect((await bench.claim('child')).arrivals.request).toMatchObject({
      kind: 'cancel',
      reason: expect.stringContaining('no longer needs'),
    })
  })

  proof('a store that was closed refuses, and says so', async (bench) => {
    const { store } = bench
    await bench.start('r')
    await store.close()
    await store.close()
    await expect(store.runs.get('r')).rejects.toMatchObject({ code: 'database_failed', message: expect.stringContaining('closed') })
    await expect(store.runs.signal({ run: 'r', id: 's', topic: 't', value: '1' })).rejects.toMatchObject({ code: 'database_failed' })
    await bench.open()
    expect((await bench.store.runs.get('r'))?.status).toBe('queued')
  })
}
