/**
 * `rondo user`, `rondo token`, `rondo audit`.
 */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestProject } from './project.ts'

let project: TestProject
beforeAll(() => {
  project = TestProject.make()
})
afterAll(() => project.end())

const PASSWORD = { stdin: 'three plain words\n' }

it('adds, changes and lists users; the database comes about with the first', async () => {
  expect(await project.rondo(['user', 'add', 'Ann', '--role', 'admin'], PASSWORD)).toMatchObject({
    code: 0,
    stdout: '✓ ann: admin, reviews *\n',
  })
  expect(await project.json(['user', 'add', 'bob', '--role', 'reviewer', '--reviews', 'mail-desk,lead', '--no-password'])).toMatchObject({
    name: 'bob',
    signsInBy: 'nothing',
  })
  expect((await project.rondo(['user', 'change', 'bob', '--reviews', 'mail-desk'])).stdout).toBe('✓ bob: reviewer, reviews mail-desk\n')
  expect((await project.rondo(['user', 'disable', 'bob'])).stdout).toContain('disabled')
  expect((await project.rondo(['user'])).stdout).toMatch(
    /user +role +reviews[\s\S]*ann +admin +\* +password[\s\S]*bob +reviewer +mail-desk +nothing.*disabled/,
  )
})

it('says what is not right with a user', async () => {
  const tried = async (...args: string[]): Promise<readonly [number | null, string]> => {
    const { code, stderr } = await project.rondo(['user', ...args], PASSWORD)
    return [code, stderr]
  }
  expect(await tried('add', 'ann', '--role', 'viewer')).toEqual([4, expect.stringContaining('already')])
  expect(await tried('add', 'cy', '--role', 'boss')).toEqual([2, expect.stringContaining('viewer, reviewer, operator, admin')])
  expect(await tried('change', 'ann', '--role', 'viewer')).toEqual([4, expect.stringContaining('last administrator')])
  expect(await tried('disable', 'nobody')).toEqual([3, expect.stringContaining('no user')])
  expect((await project.rondo(['user', 'password', 'ann'], { stdin: 'short\n' })).code).toBe(2)
})

it('makes a token that is shown once, and revokes it', async () => {
  const made = await project.rondo(['token', 'create', '--user', 'ann', '--label', 'ci', '--scope', 'read,run', '--within', '90d'])
  expect(made.stdout).toMatch(/^rondo_[\w-]{43}\n$/)
  expect(made.stderr).toContain('shown this once')
  const { stdout } = await project.rondo(['token'])
  expect(stdout).toMatch(/ann +ci +read, run +never +until/)
  expect(stdout).not.toContain(made.stdout.trim())
  const { items } = await project.json<{ items: { id: string }[] }>(['token', 'list'])
  expect((await project.rondo(['token', 'revoke', items[0]?.id ?? ''])).stdout).toContain('is revoked')
  expect((await project.rondo(['token'])).stdout).toContain('revoked')
  expect((await project.rondo(['token', 'create', '--user', 'ann', '--label', 'x', '--scope', 'fly'])).code).toBe(2)
})

it('what was done at the command line is in the audit log, which can be verified', async () => {
  const id = 'pay-1'
  await project.rondo(['run', 'pay', '--id', id, '--input', '{}', '--detach'])
  await project.rondo(['cancel', id], { env: { RONDO_AS: 'dee' } })
  await project.rondo(['cancel', id], { env: { RONDO_AS: 'dee' } })
  await project.rondo(['resume', id])
  const { items } = await project.json<{ items: { by: string; what: string; on: string; outcome: string }[] }>(['audit', '--on', id])
  expect(items.map(({ by, what, outcome }) => [by, what, outcome])).toEqual([
    ['dee', 'run.cancel', 'asked'],
    ['dee', 'run.cancel', 'asked'],
    ['ada', 'run.resume', 'asked'],
    ['ada', 'run.resume', 'refused'],
  ])
  project.write('folder.csv', 'question,answer\n"A bill","bills"\n')
  await project.rondo(['cases', 'import', 'kind', 'folder.csv', '--unchecked'])
  await project.rondo(['measures', 'add', id, 'kept', '0'])
  await project.rondo(['prune', '--older-than', '30d', '--flow', 'pay'])
  await project.rondo(['run', 'hello', '--input', '{"name": 5}'])
  const others = await project.json<{ items: { what: string; on?: string; outcome: string }[] }>(['audit'])
  expect(others.items.map(({ what, on, outcome }) => `${what} ${on} ${outcome}`)).toEqual(
    expect.arrayContaining([
      'run.start pay asked',
      'cases.import kind asked',
      `run.measure ${id} asked`,
      'runs.prune pay asked',
      'run.start hello asked',
    ]),
  )
  const all = await project.rondo(['audit'])
  expect(all.stdout).toMatch(/ada +user\.create +ann +command line +admin; reviews \*/)
  const intact = await project.rondo(['audit', 'verify'])
  expect([intact.code, intact.stdout]).toEqual([0, expect.stringMatching(/intact: \d+ lines.*\n[0-9a-f]{64}\n$/)])
  expect(await project.rondo(['audit', 'verify', '--noted', 'f'.repeat(64)])).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('broken'),
  })
})

it('encrypts a database that was plain, and brings it under another key', async () => {
  const [first, second] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
  const with_ = (key: string, old = '') => ({ env: { RONDO_KEY: key, RONDO_OLD_KEYS: old } })
  expect(await project.rondo(['rekey'])).toMatchObject({ code: 5, stderr: expect.stringContaining('RONDO_KEY') })
  expect((await project.rondo(['rekey'], with_(first))).stdout).toMatch(/under the key [0-9a-f]{8}/)
  expect(await project.rondo(['runs'])).toMatchObject({ code: 5, stderr: expect.stringContaining('is encrypted') })
  expect(await project.rondo(['runs'], with_(second))).toMatchObject({ code: 5, stderr: expect.stringContaining('RONDO_OLD_KEYS') })
  expect(await project.rondo(['rekey'], with_(second, first))).toMatchObject({ code: 0 })
  expect(await project.rondo(['show', 'pay-1'], with_(second))).toMatchObject({ code: 0 })
  expect((await project.rondo(['audit', '--what', 'database.rekey'], with_(second))).stdout.match(/database\.rekey/g)).toHaveLength(2)
})
