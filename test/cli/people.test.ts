/**
 * `rondo people`: from the cases of a database, and from a file of answers.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { earnedCase, keepCases } from './evidence.ts'
import { TestProject } from './project.ts'

let project: TestProject
beforeAll(async () => {
  project = TestProject.make()
  const double = (index: number, bob: string) =>
    earnedCase({
      run: `r${index}`,
      blind: true,
      answers: [
        { by: 'ann', at: 1, attentionMs: 4000 },
        { by: 'bob', at: 2, answer: bob },
      ],
    })
  await keepCases(project, [
    ...Array.from({ length: 30 }, (_, index) => double(index, index < 3 ? '"list"' : '"spam"')),
    earnedCase({ run: 'x', answers: [{ by: 'ann', at: 3 }] }),
    earnedCase({ decision: 'other', answers: [{ by: 'cy', at: 3 }] }),
  ])
})
afterAll(() => project.end())

it('says how far people agree, who answers how much, how often each is likely wrong, and how long it takes', async () => {
  const { stdout } = await project.rondo(['people', 'sort'])
  expect(stdout).toMatch(/^sort {2}61 answers by 2 people to 31 questions/)
  expect(stdout).toMatch(/answered by several +30 questions, 3 of them not alike/)
  expect(stdout).toMatch(/Krippendorff's α +-?0\.\d{3} +too low to rely on/)
  expect(stdout).toMatch(/proven +at least .* differ on 10 %/)
  expect(stdout).toMatch(/said what was proposed +100 % of 1 answer where they saw the proposal, 95 % of 60 answers where they did not/)
  expect(stdout).toMatch(/ann +31 +51 % +31 .*4\.0s/)
  expect(stdout).toMatch(/most contested[\s\S]*r\d:sort +"spam" ×1 {2}"list" ×1/)
})

it('goes through every decision, and says what is missing where nobody answered twice', async () => {
  const { stdout } = await project.rondo(['people'])
  expect(stdout).toMatch(/other {2}1 answer by 1 person[\s\S]*No question was answered by two people[\s\S]*sort {2}61 answers/)
  const { items } = await project.json<{ items: { decision: string; answers: number }[] }>(['people'])
  expect(items.map(({ decision, answers }) => [decision, answers])).toEqual([
    ['other', 1],
    ['sort', 61],
  ])
})

it('reads a file of answers, with the truth where it is known', async () => {
  const rows = Array.from({ length: 50 }, (_, item) => `ann,${item},a,a,5\nbob,${item},${item < 5 ? 'b' : 'a'},a,9\ncy,${item},a,a,7\n`)
  project.write('answers.csv', rows.join(''))
  const args = ['people', '--file', 'answers.csv', '--columns', 'by,item,answer,gold,seconds']
  const { stdout } = await project.rondo(args)
  expect(stdout).toMatch(/^answers\.csv {2}150 answers by 3 people to 50 questions/)
  expect(stdout).toMatch(/against the truth +3\.3 % wrong; the likely truth is right for 100 % of the questions/)
  expect(stdout).toMatch(/bob +50 +33 % +\S+ % +50 +10 % +9\.0s/)
  const { items } = await project.json<{ items: { goldError: number }[] }>(args)
  expect(items[0]?.goldError).toBeCloseTo(5 / 150)
})

it('says what is wrong with a file, and that there is none', async () => {
  project.write('bad.csv', 'by,item,answer\nann,1,\n')
  expect(await project.rondo(['people', '--file', 'bad.csv'])).toMatchObject({ code: 2, stderr: expect.stringContaining('Row 2') })
  expect(await project.rondo(['people', '--file', 'no.csv'])).toMatchObject({ code: 2, stderr: expect.stringContaining('no file') })
  expect((await project.rondo(['people', 'sort', '--file', 'bad.csv'])).code).toBe(2)
})
