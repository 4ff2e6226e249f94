/**
 * `rondo cases`: brought in from files, listed, taken out again.
 */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { earnedCase, keepCases, projectWithDecision } from './evidence.ts'
import type { TestProject } from './project.ts'

let project: TestProject
beforeEach(() => {
  project = projectWithDecision()
})
afterEach(() => project.end())

it('imports a file into a database that need not be there yet, and the same file again adds nothing', async () => {
  project.write('old.csv', 'Betreff;Ordner;Wer\nWin a prize;spam;ann\nLunch;personal;bob\n')
  const args = ['cases', 'import', 'folder', 'old.csv', '--question', 'subject=Betreff', '--answer', 'Ordner', '--by', 'Wer']
  expect(await project.rondo(args)).toMatchObject({ code: 0, stdout: '✓ Imported 2 cases of "folder".\n' })
  expect(await project.json(args)).toEqual({ decision: 'folder', imported: 0, known: 2 })
  const { items } = await project.json<{ items: object[] }>(['cases', 'list', 'folder'])
  expect(items).toMatchObject([
    { origin: 'import', by: 'ann', question: { subject: 'Win a prize' }, answer: 'spam' },
    { by: 'bob', answer: 'personal' },
  ])
})

it('imports nothing when a row does not fit, and names every such row', async () => {
  project.write('bad.csv', 'subject,answer\na,spam\nb,ham\nc,eggs\n')
  const said = await project.rondo(['cases', 'import', 'folder', 'bad.csv'])
  expect(said.code).toBe(2)
  expect(said.stderr).toMatch(/Nothing was imported: 2 of 3 rows[\s\S]*row 3 \(line 3\): answer[\s\S]*row 4 \(line 4\)/)
  expect((await project.rondo(['cases', 'list'])).stdout).toContain('No cases yet')
})

it('needs the decision in the config, unless told to take what stands there', async () => {
  project.write('sort.jsonl', '{"question":{"n":1},"answer":["a","b"]}\n')
  const said = await project.rondo(['cases', 'import', 'sort', 'sort.jsonl'])
  expect(said).toMatchObject({ code: 5, stderr: expect.stringMatching(/does not name a decision "sort", but folder.*decisions: \[sort\]/) })
  expect((await project.rondo(['cases', 'import', 'sort', 'sort.jsonl', '--unchecked'])).code).toBe(0)
  expect(await project.json(['cases', 'list', 'sort'])).toMatchObject({ items: [{ question: { n: 1 }, answer: ['a', 'b'] }] })
})

it('takes a file from a pipe, and says when there is none', async () => {
  const said = await project.rondo(['cases', 'import', 'folder', '-', '--format', 'csv'], { stdin: 'subject,answer\na,spam\n' })
  expect(said).toMatchObject({ code: 0, stdout: expect.stringContaining('Imported 1 case') })
  expect(await project.rondo(['cases', 'import', 'folder', 'no.csv'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no file no.csv'),
  })
})

it('lists the decisions that have cases, and the cases of one a page at a time', async () => {
  await keepCases(project, [
    earnedCase({ answer: '"list"', answers: [{ by: 'ann', at: 5 }] }),
    earnedCase({ origin: 'audit', blind: true, question: '{"subject":"\\u001b[2Jboo"}' }),
    earnedCase({ decision: 'other' }),
  ])
  expect((await project.rondo(['cases'])).code).toBe(2)
  expect((await project.rondo(['cases', 'list'])).stdout).toMatch(/decision +cases\nother +1\nsort +2/)
  const first = await project.rondo(['cases', 'list', 'sort', '-n', '1'])
  expect(first.stdout).toMatch(/escalation +ann +spam 0\.99 +list +\{ subject: "s" \}\nMore: --after 1/)
  const { stdout } = await project.rondo(['cases', 'list', 'sort', '--after', '1'])
  expect(stdout).toMatch(/audit \(blind\)/)
  expect(stdout).not.toContain('\u001b')
  expect(await project.json(['cases', 'list', 'sort', '-n', '1'])).toMatchObject({
    items: [{ answers: [{ by: 'ann', answer: 'list' }] }],
    next: 1,
  })
  expect((await project.rondo(['cases', 'list', 'nope'])).code).toBe(3)
})

it('exports what imports again, to stdout or a file', async () => {
  project.write('old.csv', 'subject,answer\n"a, b",spam\n')
  await project.rondo(['cases', 'import', 'folder', 'old.csv'])
  const { stdout } = await project.rondo(['cases', 'export', 'folder'])
  expect(JSON.parse(stdout)).toMatchObject({ question: { subject: 'a, b' }, answer: 'spam', origin: 'import' })
  expect(await project.json(['cases', 'export', 'folder', '-o', 'out.csv'])).toMatchObject({ format: 'csv', cases: 1 })
  expect(project.read('out.csv')).toMatch(/^question\.subject,answer,[\s\S]*"a, b",spam/)
  expect(await project.json(['cases', 'import', 'folder', 'out.csv'])).toEqual({ decision: 'folder', imported: 0, known: 1 })
})
