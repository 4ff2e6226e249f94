/**
 * A database that is encrypted: nothing of what people and models say can be read or compared in it, and it opens with its key only.
 */
import { randomBytes } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ManualClock } from '../../../clock.ts'
import { encode, fingerprint } from '../../../json.ts'
import { type KeyRing, keyRing } from '../../encryption-keys.ts'
import type { Store } from '../../store.ts'
import { DatabaseSync } from './sqlite.ts'
import { openSqliteStore } from './store.ts'

const [FIRST, SECOND, THIRD] = Array.from({ length: 3 }, () => randomBytes(32).toString('base64'))
const SECRET = 'the patient has a cough'
const LONG = `${SECRET}. `.repeat(200)

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rondo-vault-'))
  file = join(folder, 'rondo.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function ring(key: string | undefined, ...oldKeys: (string | undefined)[]): { keys?: KeyRing } {
  const keys = keyRing({ ...(key !== undefined && { key }), oldKeys: oldKeys.filter((old) => old !== undefined) })
  return keys === undefined ? {} : { keys }
}

function open(more: { keys?: KeyRing; readOnly?: boolean; file?: string } = {}): Promise<Store> {
  return openSqliteStore({ file, clock: new ManualClock(), ...more })
}

/** Writes the secret wherever it may stand. */
async function fill(store: Store, id = 'r'): Promise<void> {
  const input = encode({ text: SECRET })
  await store.runs.start({ id, flow: 'desk', input, inputPrint: fingerprint({ text: SECRET }) })
  const claim = await store.journal.claim(id, 1e15)
  const epoch = claim?.run.epoch ?? 0
  const error = { name: 'Error', message: SECRET }
  const common = { scope: '', kind: 'code' as const, startedAt: 0 }
  await store.journal.commit({
    run: id,
    epoch,
    entries: [
      { ...common, name: 'a', state: 'completed', value: encode(SECRET), record: encode(LONG), print: fingerprint(SECRET) },
      { ...common, name: 'b', state: 'completed', value: encode(LONG) },
      { ...common, name: 'c', state: 'failed', error },
    ],
    openReview: { path: 'd', kind: 'review', role: 'desk', title: SECRET, question: encode(LONG), quorum: 2 },
    newCase: {
      decision: 'x',
      question: encode(SECRET),
      answer: encode(LONG),
      probability: 1,
      origin: 'audit',
      answers: [{ by: 'ann', at: 1, answer: encode(SECRET) }],
    },
    newMeasures: [{ id: 'm', name: 'kept', value: 1, origin: 'judge', why: SECRET }],
  })
  await store.reviews.change(`${id}:d`, () => ({
    answer: { by: 'ann', at: 1, outcome: 'edited', value: encode(SECRET), note: SECRET },
    comment: { by: 'ann', at: 1, text: SECRET },
  }))
  await store.runs.signal({ id: 's', run: id, topic: 'paid', value: encode(SECRET) })
  await store.runs.request(id, { kind: 'pause', reason: SECRET })
  await store.memos.put('vectors', fingerprint(SECRET), Buffer.from(SECRET))
  await store.runs.start({ id: `${id}-over`, flow: 'desk', input, inputPrint: fingerprint({ text: SECRET }) })
  const over = await store.journal.claim(`${id}-over`, 1e15)
  await store.journal.commit({ run: `${id}-over`, epoch: over?.run.epoch ?? 0, entries: [], settle: { status: 'failed', error } })
}

/** All that is kept, as the port tells it. */
async function told(store: Store, id = 'r'): Promise<unknown> {
  const memo = await store.memos.get('vectors', fingerprint(SECRET))
  return {
    runs: await store.runs.list({}),
    entries: await store.journal.entries(id),
    reviews: await store.reviews.list({}),
    cases: await store.cases.list({ decision: 'x' }),
    measures: await store.measures.list({}),
    memo: memo === undefined ? undefined : Buffer.from(memo).toString(),
  }
}

function bytesOf(...names: string[]): Buffer {
  return Buffer.concat(names.flatMap((name) => (existsSync(name) ? [readFileSync(name)] : [])))
}

function holdsSecret(): boolean {
  const bytes = bytesOf(file, `${file}-wal`)
  return [SECRET, 'cough', fingerprint(SECRET), fingerprint({ text: SECRET })].some((text) => bytes.includes(text))
}

/** Every blob and sealed text in the file, by the key it names. */
function keysInUse(): Record<string, number> {
  const db = new DatabaseSync(file, { readOnly: true })
  const counts: Record<string, number> = {}
  for (const { name } of db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('secrets', 'suspects')").all())
    for (const row of db.prepare(`SELECT * FROM ${name}`).all())
      for (const value of Object.values(row)) {
        const blob = typeof value === 'string' && value.startsWith('\u0001sealed:') ? Buffer.from(value.slice(8), 'base64') : value
        if (!(blob instanceof Uint8Array) || blob.length === 32) continue
        const key = blob[0] === 1 ? Buffer.from(blob.subarray(1, 5)).toString('hex') : 'plain'
        counts[key] = (counts[key] ?? 0) + 1
      }
  db.close()
  return counts
}

test('nothing that was said can be read in the files, and all of it comes back', async () => {
  const plain = await open({ file: join(folder, 'plain.db') })
  await fill(plain)
  const expected = await told(plain)
  await plain.close()
  expect(bytesOf(join(folder, 'plain.db')).includes('cough')).toBe(true)
  const store = await open(ring(FIRST))
  await fill(store)
  expect(holdsSecret()).toBe(false)
  expect(await told(store)).toEqual(expected)
  await store.close()
  expect(holdsSecret()).toBe(false)
  const again = await open({ ...ring(FIRST), readOnly: true })
  expect(await told(again)).toEqual(expected)
  await again.close()
})

test('equal texts are kept once, and neither their addresses nor their bytes say that they are equal to one somebody knows', async () => {
  const store = await open(ring(FIRST))
  await fill(store)
  await store.close()
  const other = join(folder, 'other.db')
  const elsewhere = await open({ ...ring(FIRST), file: other })
  await fill(elsewhere)
  await elsewhere.close()
  const payloads = (name: string): { hash: string; body: string }[] => {
    const db = new DatabaseSync(name, { readOnly: true })
    const rows = db.prepare('SELECT hex(hash) AS hash, hex(body) AS body FROM payloads').all()
    db.close()
    return rows.map(({ hash, body }) => ({ hash: String(hash), body: String(body) }))
  }
  const here = payloads(file)
  expect(here).toHaveLength(1)
  const there = new Set(payloads(other).flatMap(({ hash, body }) => [hash, body]))
  for (const { hash, body } of here) expect([there.has(hash), there.has(body)]).toEqual([false, false])
})

test('without its key, or with a wrong one, it is not opened, and the error says what to do', async () => {
  const store = await open(ring(FIRST))
  await fill(store)
  const { keyId } = store.encryption ?? { keyId: '' }
  await store.close()
  const before = readFileSync(file)
  for (const readOnly of [false, true]) {
    await expect(open({ readOnly })).rejects.toMatchObject({
      code: 'key_missing',
      message: expect.stringContaining(`under the key ${keyId}`),
    })
    await expect(open({ ...ring(SECOND), readOnly })).rejects.toMatchObject({
      code: 'key_wrong',
      message: expect.stringContaining('RONDO_OLD_KEYS'),
    })
  }
  expect(readFileSync(file).equals(before)).toBe(true)
})

test('what is no key is said, without saying it', () => {
  for (const key of ['short', randomBytes(31).toString('base64'), randomBytes(33).toString('hex'), `${'a'.repeat(20)} ${'b'.repeat(23)}`])
    expect(() => keyRing({ key })).toThrow(expect.objectContaining({ code: 'config_invalid', message: expect.not.stringContaining(key) }))
  expect(() => keyRing({ oldKeys: [FIRST ?? ''] })).toThrow(/no key to write under/)
  expect(() => keyRing({ keyFile: join(folder, 'nowhere') })).toThrow(/cannot be read/)
  expect(keyRing({})).toBeUndefined()
  const bytes = randomBytes(32)
  const [one, other] = [bytes.toString('hex'), ` ${bytes.toString('base64url')}\n`].map((key) => keyRing({ key })?.[0].id)
  expect(one).toBe(other)
})

test('after a change of keys old things are read under the old one, and rekey brings all under the new one, which is then enough', async () => {
  const store = await open(ring(FIRST))
  await fill(store)
  const expected = await told(store)
  await store.close()
  const both = await open(ring(SECOND, FIRST))
  expect(await told(both)).toEqual(expected)
  await fill(both, 'q')
  const all = [await told(both), await told(both, 'q')]
  expect(Object.keys(keysInUse())).toHaveLength(2)
  const told_: number[] = []
  const done = await both.encryption?.rekey(({ done, of }) => told_.push(done / of))
  expect(told_.at(-1)).toBe(1)
  expect(done?.done).toBe(done?.of)
  expect([await told(both), await told(both, 'q')]).toEqual(all)
  const { keyId = '' } = both.encryption ?? {}
  await both.close()
  expect(Object.keys(keysInUse())).toEqual([keyId])
  const one = await open(ring(SECOND))
  expect([await told(one), await told(one, 'q')]).toEqual(all)
  await one.close()
  await expect(open(ring(FIRST))).rejects.toMatchObject({ code: 'key_wrong' })
})

test('rekey that was stopped anywhere goes on, and meanwhile everything is read', async () => {
  const store = await open(ring(FIRST))
  for (const id of Array.from({ length: 300 }, (_, index) => `r${index}`))
    await store.runs.start({ id, flow: 'f', input: encode(`${id} ${LONG}`), inputPrint: id })
  await fill(store)
  const expected = await told(store)
  await store.close()
  let copies = 0
  const both = await open(ring(SECOND, FIRST))
  const checks: Promise<void>[] = []
  await both.encryption?.rekey(() => {
    // A copy of the files is what a process that died here leaves behind.
    const copy = join(folder, `copy-${copies++}.db`)
    for (const end of ['', '-wal']) if (existsSync(file + end)) cpSync(file + end, copy + end)
    checks.push(resumed(copy, expected))
  })
  await both.close()
  await Promise.all(checks)
  expect(copies).toBeGreaterThan(8)
})

async function resumed(copy: string, expected: unknown): Promise<void> {
  const before = await open({ ...ring(SECOND, FIRST), file: copy })
  expect(await told(before)).toEqual(expected)
  await before.encryption?.rekey()
  await before.close()
  const after = await open({ ...ring(SECOND), file: copy })
  expect(await told(after)).toEqual(expected)
  await after.close()
}

test('a plain database becomes an encrypted one: what is new at once, what was there by rekey, and nothing plain is left in the file', async () => {
  const plain = await open()
  await fill(plain)
  const expected = await told(plain)
  await plain.close()
  expect(holdsSecret()).toBe(true)
  const store = await open(ring(FIRST))
  expect(await told(store)).toMatchObject({ ...(expected as object), memo: undefined })
  await store.encryption?.rekey()
  expect(await told(store)).toEqual(expected)
  await store.close()
  expect(holdsSecret()).toBe(false)
  await expect(open()).rejects.toMatchObject({ code: 'key_missing' })
})

test('rekey leaves what prunes well: nothing is lost, and nothing stays that nobody uses', async () => {
  const store = await open(ring(FIRST))
  await fill(store)
  await store.close()
  const both = await open(ring(SECOND, FIRST))
  await both.encryption?.rekey()
  await both.runs.prune({ endedBefore: Number.MAX_SAFE_INTEGER })
  expect(await both.runs.get('r')).toMatchObject({ input: encode({ text: SECRET }) })
  await both.close()
})

test('what was changed in the file is noticed', async () => {
  const store = await open(ring(FIRST))
  await fill(store)
  await store.close()
  const db = new DatabaseSync(file)
  db.exec("UPDATE payloads SET body = CAST(substr(body, 1, 40) || x'00' || substr(body, 42) AS BLOB)")
  db.close()
  const again = await open(ring(FIRST))
  await expect(again.journal.entries('r')).rejects.toMatchObject({ code: 'database_failed', message: expect.stringContaining('changed') })
  await again.close()
  const missing = await open(ring(THIRD, FIRST))
  await missing.close()
})
