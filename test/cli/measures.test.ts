/**
 * `rondo measures`: scores added from outside, taken together, listed.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestProject } from './project.ts'

let project: TestProject
beforeAll(async () => {
  project = TestProject.make()
  for (const id of ['one', 'two']) await project.rondo(['run', 'hello', '--id', id])
})
afterAll(() => project.end())

it('adds, groups and lists, and tells what is wrong', async () => {
  expect((await project.rondo(['measures'])).stdout).toContain('No measures')
  const late = [
    'measures',
    'add',
    'one',
    'kept',
    '0',
    '--id',
    'refund-7',
    '--at',
    '2026-01-31T09:30:00Z',
    '--by',
    'shop',
    '--why',
    'sent back',
  ]
  expect(await project.rondo(late)).toMatchObject({ code: 0, stdout: '✓ kept of run one is 0 %.\n' })
  expect(await project.json(late)).toMatchObject({ measure: { run: 'one', flow: 'hello', at: '2026-01-31T09:30:00.000Z', origin: 'api' } })
  await project.rondo(['measures', 'add', 'two', 'kept', '1', '--path', 'greet', '--at', '2026-02-15T00:00:00Z'])
  await project.rondo(['measures', 'add', 'two', 'tone', '0.5', '--person', '--by', 'ann'])
  const { stdout } = await project.rondo(['measures', 'kept'])
  expect(stdout).toMatch(/measure +n +mean +least +most\nkept +2 +0\.500 +0\.00 +1\.00 +█{10}$/m)
  expect((await project.rondo(['measures', 'show', 'kept', '--by', 'by', '--every', '7d'])).stdout).toMatch(
    /by +7d .*from[\s\S]*kept +– +2026-02-12[\s\S]*kept +shop +2026-01-29/,
  )
  expect(await project.json(['measures', 'list', '--run', 'two'])).toMatchObject({
    items: [
      { name: 'kept', path: 'greet', value: 1 },
      { name: 'tone', origin: 'people', by: 'ann' },
    ],
  })
  expect((await project.rondo(['measures', 'list', 'kept'])).stdout).toMatch(/kept +0\.000 .*hello one +api shop +sent back/)
  expect(await project.rondo([...late.slice(0, 4), '0.5', ...late.slice(5)])).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('refund-7'),
  })
  expect((await project.rondo(['measures', 'add', 'one', 'kept', '2'])).code).toBe(2)
  expect(await project.rondo(['measures', 'add', 'nope', 'kept', '1'])).toMatchObject({ code: 3 })
  expect(await project.rondo(['measures', 'add', 'one', 'kept', '1', '--path', 'no/where'])).toMatchObject({ code: 3 })
  expect(await project.rondo(['measures', 'show', '--by', 'color'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('flow, release'),
  })
})
