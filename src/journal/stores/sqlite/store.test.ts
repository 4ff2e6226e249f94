/**
 * What only a database in a file can show: two processes at it, upgrades, damaged files, a full disk, shared payloads, and that a
 * write which fails harms no other.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { ManualClock } from '../../../clock.ts'
import type { NewRun } from '../../records.ts'
import type { Store } from '../../store.ts'
import { MIGRATIONS } from './migrations.ts'
import { DatabaseSync } from './sqlite.ts'
import { openSqliteStore, type SqliteStoreOptions } from './store.ts'

const clock = new ManualClock()
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rondo-sqlite-'))
  ends.push(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'deep', 'rondo.db')
}

async function open(file: string, more: Partial<SqliteStoreOptions> = {}, migrations = MIGRATIONS): Promise<Store> {
  const store = await openSqliteStore({ file, clock, ...more }, migrations)
  ends.push(() => store.close())
  return store
}

function newRun(id: string, input = '{}'): NewRun {
  return { id, flow: 'flow', input, inputPrint: input }
}

async function drive(store: Store, id: string, input?: string): Promise<(value: string, settle?: boolean) => Promise<unknown>> {
  await store.runs.start(newRun(id, input))
  const epoch = (await store.journal.claim(id, clock.now()))?.run.epoch ?? -1
  return (value, settle = false) =>
    store.journal.commit({
      run: id,
      epoch,
      entries: [{ scope: '', name: `step ${value.length}`, kind: 'code', state: 'completed', startedAt: 0, value }],
      ...(settle && { settle: { status: 'completed', output: value } }),
    })
}

/** Looks into the file past the store. */
function look(file: string, sql: string): Record<string, unknown>[] {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    return db.prepare(sql).all()
  } finally {
    db.close()
  }
}

test('one process owns a database at a time; the error names it, and what to do', async () => {
  const file = newFile()
  const owner = await open(file)
  const second = await open(file)
  await owner.own()
  await owner.own()
  await expect(second.own()).rejects.toMatchObject({
    code: 'database_owned',
    message: expect.stringMatching(new RegExp(`owned by process ${process.pid} on .* since 2026.*Stop that one first`)),
    details: { pid: process.pid },
  })
  await owner.close()
  await second.own()
})

test('who owns it only for a moment is waited for, by who would drive', async () => {
  const file = newFile()
  const store = await open(file)
  const asks = `
    const lock = new (require('node:sqlite').DatabaseSync)(process.argv[1])
    lock.exec('BEGIN EXCLUSIVE')
    console.log('it owns')
    setTimeout(() => lock.close(), 300)`
  const asking = spawn(process.execPath, ['--no-warnings', '-e', asks, `${file}.owner`], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(asking.stdout, 'data')
  await expect(store.own()).rejects.toMatchObject({ code: 'database_owned' })
  await store.own(30_000)
  await once(asking, 'close')
})

test('beside an owner another process reads, starts, answers, signals and asks, but does not drive', async () => {
  const file = newFile()
  const owner = await open(file)
  const second = await open(file)
  const commit = await drive(owner, 'driven')
  await commit('1')
  await second.runs.start(newRun('started'))
  await second.runs.signal({ run: 'driven', id: 's', topic: 't', value: '1' })
  await second.reviews.change('driven:x', () => ({ answer: { by: 'ann', at: 0, outcome: 'accepted', value: '1' } }))
  expect((await second.runs.request('driven', { kind: 'pause' })).status).toBe('running')
  expect(await second.journal.entries('driven')).toHaveLength(1)
  await expect(second.journal.claim('started', clock.now())).rejects.toMatchObject({ code: 'database_owned' })
  await expect(second.journal.commit({ run: 'driven', epoch: 1, entries: [] })).rejects.toMatchObject({ code: 'database_owned' })
  expect((await owner.journal.due(clock.now(), 9, new Set())).map(({ id }) => id).sort()).toEqual(['driven', 'started'])
  expect(await owner.journal.absorb('driven', 1)).toMatchObject({ request: { kind: 'pause' }, signals: [{ id: 's' }] })
})

test('a watcher is told what another process changed, and not what its own did', async () => {
  const file = newFile()
  const [owner, second] = [await open(file), await open(file)]
  let told = 0
  const stop = owner.watch(() => (told += 1))
  const turn = async (): Promise<number> => {
    clock.advance(1000)
    await new Promise((resolve) => setImmediate(resolve))
    return told
  }
  await owner.runs.start(newRun('own'))
  expect(await turn()).toBe(0)
  await second.runs.start(newRun('other'))
  expect(await turn()).toBe(1)
  expect(await turn()).toBe(1)
  stop()
  await second.runs.start(newRun('another'))
  expect(await turn()).toBe(1)
})

test('a database opened to be read is read, and refuses writes before it takes anything', async () => {
  const file = newFile()
  await expect(open(file, { readOnly: true })).rejects.toMatchObject({
    code: 'database_failed',
    message: expect.stringContaining('There is no database'),
  })
  expect(existsSync(file)).toBe(false)
  const writer = await open(file)
  await (await drive(writer, 'r'))('1')
  await writer.close()
  rmSync(`${file}.owner`)
  const reader = await open(file, { readOnly: true })
  expect((await reader.runs.get('r'))?.status).toBe('running')
  for (const refused of [
    reader.runs.start(newRun('x')),
    reader.own(),
    reader.journal.claim('r', 0),
    reader.memos.put('a', 'b', new Uint8Array()),
  ])
    await expect(refused).rejects.toMatchObject({ code: 'database_failed', message: expect.stringContaining('only to be read') })
  expect(existsSync(`${file}.owner`)).toBe(false)
})

test('an older database is brought up to date with what it holds, in one step or not at all', async () => {
  const file = newFile()
  const old = await open(file)
  const commit = await drive(old, 'r')
  await commit('a value '.repeat(100))
  await old.close()
  const adds = 'ALTER TABLE runs ADD COLUMN colour TEXT'
  await expect(open(file, { readOnly: true }, [...MIGRATIONS, adds])).rejects.toMatchObject({
    message: expect.stringContaining('older than this Rondo'),
  })
  await expect(open(file, {}, [...MIGRATIONS, adds, 'ALTER TABLE nothing ADD COLUMN x'])).rejects.toMatchObject({ code: 'database_failed' })
  expect(look(file, 'PRAGMA user_version')).toEqual([{ user_version: MIGRATIONS.length }])
  expect(look(file, "SELECT name FROM pragma_table_info('runs') WHERE name = 'colour'")).toEqual([])
  const newer = await open(file, {}, [...MIGRATIONS, adds])
  expect((await newer.journal.entries('r'))[0]?.value).toBe('a value '.repeat(100))
  expect(look(file, 'SELECT colour FROM runs')).toEqual([{ colour: null }])
  await newer.close()
  await expect(open(file)).rejects.toMatchObject({
    code: 'database_newer',
    message: expect.stringContaining('Update the package "rondo"'),
    details: { version: MIGRATIONS.length + 1, known: MIGRATIONS.length },
  })
})

test('a database is not upgraded under the process that drives its runs', async () => {
  const file = newFile()
  const owner = await open(file)
  await owner.own()
  await expect(open(file, { busyMs: 1 }, [...MIGRATIONS, 'ALTER TABLE runs ADD COLUMN colour TEXT'])).rejects.toMatchObject({
    code: 'database_owned',
  })
  expect(look(file, 'PRAGMA user_version')).toEqual([{ user_version: MIGRATIONS.length }])
})

test('a file that is not ours is left as it is', async () => {
  const text = newFile()
  await (await open(text)).close()
  writeFileSync(text, 'Dear diary, this is no database. '.repeat(100))
  await expect(open(text)).rejects.toMatchObject({ code: 'database_failed', message: expect.stringContaining('is no SQLite database') })
  expect(readFileSync(text, 'utf8')).toMatch(/^Dear diary/)

  const other = newFile()
  await (await open(other)).close()
  rmSync(other)
  const theirs = new DatabaseSync(other)
  theirs.exec('CREATE TABLE diary (day TEXT)')
  theirs.close()
  await expect(open(other)).rejects.toMatchObject({ code: 'database_failed', message: expect.stringContaining('not one of Rondo') })
  expect(look(other, 'SELECT name FROM sqlite_schema')).toEqual([{ name: 'diary' }])
})

test('a damaged database says so, and how to save what is left', async () => {
  const file = newFile()
  const store = await open(file)
  const commit = await drive(store, 'r')
  for (let index = 0; index < 200; index += 1) await commit('x'.repeat(100))
  await store.close()
  const size = readFileSync(file).length
  truncateSync(file, 4096 * 3)
  appendFileSync(file, Buffer.alloc(size - 4096 * 3, 7))
  const opening = open(file).then(async (damaged) => [await damaged.journal.entries('r'), await damaged.runs.list({})])
  await expect(opening).rejects.toMatchObject({ code: 'database_failed', message: expect.stringMatching(/is damaged.*\.recover/) })
})

test('a database whose tables are not those of its version says so, and is let go', async () => {
  const file = newFile()
  const [first = '', ...later] = MIGRATIONS
  const otherwise = [first.replace('blind INTEGER NOT NULL DEFAULT 0', 'veiled INTEGER'), ...later]
  await expect(open(file, {}, otherwise)).rejects.toMatchObject({
    code: 'database_failed',
    message: expect.stringContaining('another build of Rondo wrote it'),
  })
  expect(existsSync(`${file}-wal`)).toBe(false)
})

test('a folder that cannot be made says so', async () => {
  const file = newFile()
  await (await open(file)).close()
  await expect(open(join(file, 'below', 'rondo.db'))).rejects.toMatchObject({
    code: 'database_failed',
    message: expect.stringContaining('could not be made'),
  })
})

test('a full disk fails the write with advice, keeps nothing half-done, and what was there goes on', async () => {
  const file = newFile()
  const store = await open(
    file,
    {},
    MIGRATIONS.map((migration) => `${migration}; PRAGMA max_page_count = 60`),
  )
  const commit = await drive(store, 'r')
  await commit('before')
  const incompressible = (length: number): string =>
    Array.from({ length }, (_, index) => Math.imul(index + length, 2654435761).toString(36)).join('')
  await expect(commit(incompressible(200_000))).rejects.toMatchObject({
    code: 'database_failed',
    message: expect.stringContaining('the disk is full'),
  })
  expect((await store.journal.entries('r')).map(({ value }) => value)).toEqual(['before'])
  expect(await commit('after')).toMatchObject({ kind: 'committed' })
  expect(look(file, 'SELECT count(*) AS n FROM payloads')).toEqual([{ n: 0 }])
})

test('writes of one moment share a commit, and one that fails or refuses harms no other', async () => {
  const file = newFile()
  const store = await open(file)
  const commits = await Promise.all(['a', 'b', 'c'].map((id) => drive(store, id)))
  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  const outcomes = await Promise.allSettled([
    ...commits.map((commit) => commit('fine')),
    // A value that no column takes fails inside its transaction.
    store.cases.add([{ decision: 'd', question: '1', answer: '1', probability: Symbol('no') as unknown as number, origin: 'audit' }]),
    store.runs.start(newRun('a', 'other')),
    store.reviews.change('a:x', () => {
      throw new Error('refused')
    }),
    store.memos.put('space', 'key', new Uint8Array([1])),
    ...commits.map((commit) => commit('fine too')),
  ])
  expect(outcomes.map(({ status }) => (status === 'fulfilled' ? 1 : 0)).join('')).toBe('1110001111')
  for (const id of ['a', 'b', 'c']) expect((await store.journal.entries(id)).map(({ value }) => value)).toEqual(['fine', 'fine too'])
  expect(await store.cases.list({ decision: 'd' })).toEqual([])
  expect([...((await store.memos.get('space', 'key')) ?? [])]).toEqual([1])
})

test('a payload is kept once, compressed when that helps, and goes when nothing uses it any more', async () => {
  const file = newFile()
  const store = await open(file)
  const shared = JSON.stringify('the same words again. '.repeat(2000))
  const own = JSON.stringify('words of one run. '.repeat(50))
  const [old, young] = [await drive(store, 'old', shared), await drive(store, 'young', shared)]
  await old(shared)
  await old(own, true)
  await young(shared)
  await store.cases.add([{ decision: 'd', question: own, answer: '1', probability: 1, origin: 'import' }])
  expect(look(file, 'SELECT count(*) AS n FROM payloads')).toEqual([{ n: 2 }])
  expect(Number(look(file, 'SELECT max(length(body)) AS n FROM payloads')[0]?.['n'])).toBeLessThan(shared.length / 20)
  clock.advance(1000)
  expect(await store.runs.prune({ endedBefore: clock.now() })).toEqual({ runs: 1, payloads: 0 })
  expect(look(file, 'SELECT count(*) AS n FROM suspects')).toEqual([{ n: 0 }])
  await young('2', true)
  clock.advance(1000)
  expect(await store.runs.prune({ endedBefore: clock.now() })).toEqual({ runs: 1, payloads: 1 })
  expect((await store.cases.list({ decision: 'd' }))[0]?.question).toBe(own)
  expect(look(file, 'SELECT count(*) AS n FROM runs')).toEqual([{ n: 0 }])
})

test('what was sent to runs that never came goes with what is old, and what is young stays', async () => {
  const file = newFile()
  const store = await open(file)
  const send = async (run: string): Promise<void> => {
    await store.runs.signal({ run, id: 's', topic: 't', value: 'x'.repeat(500) })
    await store.reviews.change(`${run}:q`, () => ({ answer: { by: 'ann', at: 0, outcome: 'accepted', value: '1' } }))
  }
  await send('never')
  clock.advance(1000)
  const endedBefore = clock.now()
  await send('soon')
  await store.runs.prune({ endedBefore })
  expect(look(file, 'SELECT run FROM signals')).toEqual([{ run: 'soon' }])
  expect(look(file, 'SELECT run FROM reviews')).toEqual([{ run: 'soon' }])
  await drive(store, 'soon')
  expect(await store.reviews.get('soon:q')).toMatchObject({ state: 'early' })
})

test('pruning that was cut short in the middle of a long run is finished by the next', async () => {
  const file = newFile()
  const store = await open(file)
  const commit = await drive(store, 'long')
  for (let index = 0; index < 30; index += 1) await commit(`${index}`.repeat(200))
  await commit('end', true)
  await (await drive(store, 'other'))('1')
  await store.close()
  const db = new DatabaseSync(file)
  db.exec("INSERT INTO remains SELECT row FROM runs WHERE id = 'long'; DELETE FROM runs WHERE id = 'long'")
  db.close()
  const again = await open(file)
  expect(await again.runs.prune({ endedBefore: 0 })).toEqual({ runs: 0, payloads: 30 })
  expect(look(file, 'SELECT count(*) AS n FROM entries')).toEqual([{ n: 1 }])
  expect(look(file, 'SELECT count(*) AS n FROM remains')).toEqual([{ n: 0 }])
})

test('two names for one file have one owner', async () => {
  const file = newFile()
  const owner = await open(file)
  await owner.own()
  const other = await open(join(file, '..', '..', 'deep', 'rondo.db'))
  await expect(other.own()).rejects.toMatchObject({ code: 'database_owned' })
})
