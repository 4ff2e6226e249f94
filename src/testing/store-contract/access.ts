/**
 * Proofs about who may come in, decided and kept in one transaction with its lines of the audit log, and about that log.
 */
import { expect } from 'vitest'
import { actHash, FIRST, type NewAct, type SessionRecord, type TokenRecord, type UserRecord } from '../../journal/access-records.ts'
import { DONE, type Proof, type StoreBench } from './bench.ts'

const ann: UserRecord = {
  name: 'ann',
  role: 'reviewer',
  reviews: ['desk', 'lead'],
  passwordHash: 'scrypt$…',
  identity: { issuer: 'https://id.example', subject: '7' },
  createdAt: 5,
  disabledAt: 9,
}
const bob: UserRecord = { name: 'bob', role: 'admin', reviews: [], createdAt: 6 }
const token: TokenRecord = {
  id: 't1',
  hash: 'a1',
  user: 'ann',
  label: 'ci',
  scopes: ['read', 'run'],
  createdAt: 1,
  endsAt: 2,
  usedAt: 3,
  revokedAt: 4,
}
const session: SessionRecord = { id: 's1', hash: 'b1', user: 'ann', way: 'password', from: '::1', createdAt: 1, seenAt: 2, endsAt: 100 }
const act = (what: string, more: Partial<NewAct> = {}): NewAct => ({ by: 'ann', what, outcome: 'asked', ...more })

export function accessProofs(proof: Proof): void {
  proof('users, tokens and sessions are kept whole, found by what they are known by, and replaced', async (bench) => {
    const bare: TokenRecord = { id: 't0', hash: 'a0', user: 'bob', label: '', scopes: [], createdAt: 1 }
    const plain: SessionRecord = { id: 's0', hash: 'b0', user: 'ann', way: 'openid', createdAt: 0, seenAt: 0, endsAt: 1 }
    await bench.store.access.change(() => ({ output: 0, users: [bob, ann], tokens: [token, bare], sessions: [session, plain] }))
    await bench.open()
    await bench.store.access.read((view) => {
      expect(view.user('ann')).toEqual(ann)
      expect(view.userOf({ issuer: 'https://id.example', subject: '7' })).toEqual(ann)
      expect([view.user('no'), view.userOf({ issuer: 'https://id.example', subject: '8' })]).toEqual([undefined, undefined])
      expect(view.users()).toEqual([ann, bob])
      expect([view.token('a1'), view.token('t1')]).toEqual([token, undefined])
      expect([view.tokens(), view.tokens('bob')]).toEqual([[bare, token], [bare]])
      expect([view.session('b1'), view.session('s1')]).toEqual([session, undefined])
      expect([view.sessions('ann'), view.sessions('bob')]).toEqual([[plain, session], []])
    })
    const moved = { ...session, seenAt: 50 }
    const { identity: _, ...local } = ann
    await bench.store.access.change(() => ({ output: 0, users: [local], sessions: [moved], endSessions: ['s0'] }))
    await bench.store.access.read((view) => {
      expect(view.users()).toEqual([local, bob])
      expect(view.sessions('ann')).toEqual([moved])
    })
  })

  proof('what is decided on is read in the transaction that keeps it: of many at once, none is lost', async (bench) => {
    const more = () =>
      bench.store.access.change((view, now) => {
        const failed = (view.attempts('ann')?.failed ?? 0) + 1
        return { output: failed, attempts: [{ key: 'ann', failed, at: now, until: 7 }] }
      })
    const counts = await Promise.all(Array.from({ length: 20 }, more))
    expect([...counts].sort((one, other) => one - other)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
    const kept = await bench.store.access.read((view) => view.attempts('ann'))
    expect(kept).toEqual({ key: 'ann', failed: 20, at: bench.clock.now(), until: 7 })
    await bench.store.access.change((_, now) => ({ output: 0, attempts: [{ key: 'ann', failed: 0, at: now, until: 0 }] }))
    expect(await bench.store.access.read((view) => view.attempts('ann'))).toBeUndefined()
  })

  proof('one that refuses changes nothing, and says nothing in the log', async (bench) => {
    const refused = bench.store.access.change(() => {
      throw new Error('not you')
    })
    await expect(refused).rejects.toThrow('not you')
    expect(await bench.store.audit.list({})).toEqual([])
  })

  proof('what is over can be forgotten', async (bench) => {
    const attempts = [
      { key: 'old', failed: 1, at: 5, until: 9 },
      { key: 'barred', failed: 9, at: 5, until: 11 },
    ]
    const sessions = [session, { ...session, id: 's2', hash: 'b2', endsAt: 9 }]
    await bench.store.access.change(() => ({ output: 0, attempts, sessions }))
    await bench.store.access.change(() => ({ output: 0, forgetBefore: 10 }))
    await bench.store.access.read((view) => {
      expect(view.sessions('ann')).toEqual([session])
      expect([view.attempts('old'), view.attempts('barred')?.failed]).toEqual([undefined, 9])
    })
  })

  proof('lines of the log are numbered without a gap, and each vouches for the one before', async (bench) => {
    const full = act('inbox.accept', { credential: 'token t1', on: 'r:x', from: '::1', request: 'q1', detail: 'd', outcome: 'done' })
    await bench.store.audit.append([act('sign-in'), full])
    bench.clock.advance(7)
    await bench.store.access.change(() => ({ output: 0, users: [bob], acts: [act('user.create', { on: 'bob' })] }))
    await Promise.all(Array.from({ length: 10 }, (_, index) => bench.store.audit.append([act(`act ${index}`)])))
    await bench.open()
    const lines = await bench.store.audit.list({})
    expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 13 }, (_, index) => index + 1))
    expect(lines[1]).toEqual({ ...full, seq: 2, at: bench.clock.now() - 7, previous: lines[0]?.hash, hash: lines[1]?.hash })
    lines.forEach((line, index) => {
      expect(line.previous).toBe((lines[index - 1] ?? FIRST).hash)
      expect(line.hash).toBe(actHash(line))
    })
  })

  proof('the log is read in order or from its end, by who, what and on what', async (bench) => {
    await bench.store.audit.append([act('a', { on: 'x' }), act('b', { by: 'bob', on: 'x' }), act('a'), act('c')])
    const seqs = async (filter: Parameters<StoreBench['store']['audit']['list']>[0]) =>
      (await bench.store.audit.list(filter)).map(({ seq }) => seq)
    expect(await seqs({ after: 1, limit: 2 })).toEqual([2, 3])
    expect(await seqs({ before: 4 })).toEqual([3, 2, 1])
    expect(await seqs({ by: 'ann', what: 'a' })).toEqual([1, 3])
    expect(await seqs({ on: 'x', before: 2 })).toEqual([1])
  })

  proof('the log outlives the runs it tells of', async (bench) => {
    const driver = await bench.drive('r')
    await bench.store.audit.append([act('run.cancel', { on: 'r' })])
    await driver.settle(DONE)
    await bench.store.runs.prune({ endedBefore: bench.clock.now() + 1 })
    expect(await bench.store.audit.list({ on: 'r' })).toHaveLength(1)
  })
}
