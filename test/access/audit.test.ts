/**
 * The audit log: every act stands in it, before it is done; and tampering shows.
 */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import type { ActRecord } from '../../src/index.ts'
import { folder, stage as plainStage } from '../http/stage.ts'
import { type AccessStage, ADMIN, accessStage, PASSWORD, signIn } from './stage.ts'

const told = ({ by, what, on, outcome, detail }: ActRecord): string =>
  [by, what, on ?? '-', outcome, ...(detail === undefined ? [] : [detail])].join(' ')

async function log(stage: Pick<AccessStage, 'rondo'>, after = 0): Promise<string[]> {
  return (await stage.rondo.access.audit.list({ after })).map(told)
}

test('what a person does is in the log with who, by what, on what, from where, and the id of the request', async () => {
  const stage = await accessStage()
  await stage.add('ann', 'operator', ['desk'])
  const { cookie } = await signIn(stage, 'ann', PASSWORD, { 'x-request-id': 'req-1' })
  const headers = { cookie, origin: stage.url, 'x-request-id': 'req-2' }
  const { id } = await stage.rondo.runs.start('approval', { text: 'hello' })
  await stage.rondo.idle()
  const reply = await stage.ask(`/api/inbox/${encodeURIComponent(`${id}:approve`)}/accept`, { json: { note: 'private words' }, headers })
  expect([reply.status, reply.headers.get('x-request-id')]).toEqual([200, 'req-2'])
  const lines = await stage.rondo.access.audit.list({ by: 'ann' })
  const [session] = await stage.rondo.access.sessions.list('ann', stage.clock.now())
  const common = { by: 'ann', credential: `session ${session?.id}`, from: '127.0.0.1', at: stage.clock.now() }
  expect(lines).toMatchObject([
    { ...common, what: 'sign-in', outcome: 'done', detail: 'password', request: 'req-1' },
    { ...common, what: 'inbox.accept', on: `${id}:approve`, outcome: 'asked', request: 'req-2' },
  ])
  expect(JSON.stringify(lines)).not.toContain('private words')
})

test('every act has its line, and so has what was refused', async () => {
  const stage = await accessStage()
  await stage.add('ann', 'viewer')
  const root = await stage.token('root')
  const ann = await stage.token('ann')
  const { id } = await stage.rondo.runs.start('approval', { text: 'hello' })
  await stage.rondo.idle()
  const since = (await log(stage)).length
  const post = (path: string, json: object = {}, token = root) => stage.ask(path, { json, token })
  const question = encodeURIComponent(`${id}:approve`)
  await post(`/api/runs/${id}/pause`)
  await post(`/api/runs/${id}/resume`)
  await post(`/api/runs/${id}/cancel`, {}, ann)
  await post(`/api/inbox/${question}/claim`)
  await post(`/api/inbox/${question}/reassign`, { role: 'lead' })
  await post(`/api/inbox/${question}/reject`, { note: '' })
  await post(`/api/runs/${id}/cancel`)
  await post('/api/flows/echo/runs', { input: { text: 'a' } })
  await post('/api/flows/nothing/runs', { input: {} })
  await post('/api/users', { name: 'bob', role: 'reviewer', reviews: ['desk'] })
  await stage.ask('/api/users/bob', { method: 'PUT', json: { disabled: true }, token: root })
  await post('/api/users', { name: 'bob', role: 'viewer' })
  await post('/api/users/bob/password', { password: PASSWORD })
  const { body } = await post('/api/tokens', { label: 'ci', scopes: ['read'] })
  const token = (body as { id: string }).id
  await post(`/api/tokens/${token}/revoke`)
  await stage.ask('/api/audit', { token: ann })
  expect(await log(stage, since)).toEqual([
    `root run.pause ${id} asked`,
    `root run.resume ${id} asked`,
    `ann run.cancel ${id} refused scope_missing`,
    `root inbox.claim ${id}:approve asked`,
    `root inbox.reassign ${id}:approve asked`,
    `root inbox.reject ${id}:approve asked`,
    `root inbox.reject ${id}:approve refused answer_refused`,
    `root run.cancel ${id} asked`,
    'root run.start echo asked',
    'root run.start nothing asked',
    'root run.start nothing refused flow_unknown',
    'root user.create bob done reviewer; reviews desk',
    'root user.change bob done reviewer; reviews desk; disabled',
    'root user.create - refused user_taken',
    'root user.password bob done',
    `root token.create ${token} done for root; read`,
    `root token.revoke ${token} done of root`,
    'ann audit.read - refused scope_missing',
  ])
})

test('failed sign-ins are in the log; what was typed as the name of nobody is not', async () => {
  const stage = await accessStage()
  const since = (await log(stage)).length
  await signIn(stage, 'root', 'not the password')
  await signIn(stage, 'my secret password', 'x')
  const { cookie } = await signIn(stage, 'root')
  await stage.ask('/logout', { method: 'POST', headers: { cookie, origin: stage.url } })
  expect(await log(stage, since)).toEqual([
    'root sign-in - refused wrong',
    '? sign-in - refused wrong',
    'root sign-in - done password',
    'root sign-out - done',
  ])
  expect(JSON.stringify(await stage.rondo.access.audit.list())).not.toContain('my secret')
})

test('a sign-in by the link is in the log, and what is done with it', async () => {
  const stage = await plainStage()
  const opened = await fetch(stage.served.link() ?? '')
  const [cookie = ''] = (opened.headers.get('set-cookie') ?? '').split(';')
  await stage.ask('/api/flows/echo/runs', { token: false, json: { input: { text: 'a' } }, headers: { cookie, origin: stage.url } })
  await stage.ask('/api/flows/echo/runs', { json: { input: { text: 'a' } } })
  const lines = await stage.rondo.access.audit.list()
  expect(lines.map(({ by, what, credential }) => [by, what, credential])).toEqual([
    ['ann', 'sign-in', 'link of the server'],
    ['ann', 'run.start', 'link of the server'],
    ['ann', 'run.start', 'token of the server'],
  ])
})

test('an act that the log cannot take is not done', async () => {
  const stage = await accessStage()
  const root = await stage.token('root')
  const { id } = await stage.rondo.runs.start('approval', { text: 'hello' })
  await stage.rondo.idle()
  const { audit } = stage.rondo.access
  const { append } = audit
  audit.append = () => Promise.reject(new Error('The disk is full.'))
  expect((await stage.ask(`/api/runs/${id}/cancel`, { json: {}, token: root })).status).toBe(500)
  audit.append = append
  expect(await stage.rondo.runs.get(id)).toMatchObject({ status: 'waiting' })
})

test('a line that was changed, removed or put in shows; lines written anew show against a hash that was noted', async () => {
  const database = join(folder(), 'rondo.db')
  const stage = await accessStage({ database })
  for (let index = 0; index < 5; index += 1) await stage.rondo.access.audit.append({ ...ADMIN, what: `act ${index}`, outcome: 'done' })
  const intact = await stage.rondo.access.audit.verify()
  expect(intact).toMatchObject({ kind: 'intact', lines: 6 })
  const head = intact.kind === 'intact' ? intact.head : ''
  const meddle = async (sql: string): Promise<unknown> => {
    const db = new DatabaseSync(database)
    db.exec('DROP TRIGGER IF EXISTS audit_is_not_changed; DROP TRIGGER IF EXISTS audit_is_not_removed; SAVEPOINT before')
    db.exec(`CREATE TABLE IF NOT EXISTS kept AS SELECT * FROM audit; ${sql}; RELEASE before`)
    db.close()
    const report = await stage.rondo.access.audit.verify(head)
    const back = new DatabaseSync(database)
    back.exec('DELETE FROM audit; INSERT INTO audit SELECT * FROM kept')
    back.close()
    return report
  }
  expect(await meddle("UPDATE audit SET by = 'ann' WHERE seq = 3")).toEqual({ kind: 'broken', seq: 3, why: 'It is not what was written.' })
  expect(await meddle('DELETE FROM audit WHERE seq = 3')).toMatchObject({ kind: 'broken', seq: 4, why: 'Lines 3 to 3 are missing.' })
  expect(await meddle('DELETE FROM audit WHERE seq = 1')).toMatchObject({ kind: 'broken', seq: 2 })
  expect(await meddle('DELETE FROM audit WHERE seq > 4')).toMatchObject({ kind: 'broken', why: expect.stringContaining('noted') })
  expect(await meddle("UPDATE audit SET hash = replace(hash, '0', '1') WHERE seq = 2")).toMatchObject({ kind: 'broken', seq: 2 })
  expect(await stage.rondo.access.audit.verify(head)).toEqual(intact)
})

test('the database itself refuses to change or remove a line', async () => {
  const database = join(folder(), 'rondo.db')
  await accessStage({ database })
  const db = new DatabaseSync(database)
  expect(() => db.exec("UPDATE audit SET by = 'ann'")).toThrow(/the audit log is not changed/)
  expect(() => db.exec('DELETE FROM audit')).toThrow(/the audit log is not removed/)
  db.close()
})

test('the log is read newest first over HTTP, a page at a time, and verified there', async () => {
  const stage = await accessStage()
  const root = await stage.token('root')
  for (let index = 0; index < 5; index += 1)
    await stage.rondo.access.audit.append({ ...ADMIN, by: 'ann', what: `act ${index}`, outcome: 'done' })
  const page = await stage.ask('/api/audit?by=ann&limit=2', { token: root })
  expect(page.body).toMatchObject({ items: [{ what: 'act 4' }, { what: 'act 3' }] })
  const { next } = page.body as { next: string }
  expect((await stage.ask(`/api/audit?by=ann&limit=2&before=${next}`, { token: root })).body).toMatchObject({
    items: [{ what: 'act 2' }, { what: 'act 1' }],
  })
  const { body } = await stage.ask('/api/audit/verify', { token: root })
  expect(body).toMatchObject({ kind: 'intact' })
  expect((await stage.ask('/api/audit/verify?noted=abc', { token: root })).body).toMatchObject({ kind: 'broken' })
})
