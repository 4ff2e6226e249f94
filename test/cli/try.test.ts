/**
 * `rondo try` as people use it: a file, no project, a report.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { TrialReport } from '../../src/index.ts'
import { json, type OpenAiServer, startOpenAiServer } from '../support/openai-server.ts'
import { hasTerminal, TestProject } from './project.ts'

let project: TestProject
let server: OpenAiServer
beforeAll(async () => {
  project = TestProject.make({ empty: true })
  server = await startOpenAiServer(({ lastUserText }) =>
    json({ answer: lastUserText.includes('card') ? 'card' : 'loan', confidence: 0.9 }, { usage: { input: 200, output: 10 } }),
  )
  project.write('recorded.csv', recorded())
  project.write('plain.csv', plainRows(60))
})
afterAll(async () => {
  await project.end()
  await server.close()
})

/** A thousand rows; the system is right where it is sure, but for the north. */
function recorded(): string {
  const lines = Array.from({ length: 1000 }, (_, at) => {
    const confidence = ((at * 37) % 100) / 100
    const wrong = confidence < 0.2 && at % 2 === 0
    return `message ${at},${at % 3 === 0 ? 'a' : 'b'},${wrong ? 'c' : at % 3 === 0 ? 'a' : 'b'},${confidence},${at % 5 === 0 ? 'c' : at % 3 === 0 ? 'a' : 'b'},${at % 10 === 0 ? 'north' : 'south'}`
  })
  return ['text,label,predicted,confidence,old,region', ...lines].join('\n')
}

function plainRows(count: number): string {
  const lines = Array.from({ length: count }, (_, at) =>
    at % 2 === 0 ? `My card number ${at} is lost please block my card,card` : `What does a loan of ${at} thousand cost me each month,loan`,
  )
  return ['message,topic', ...lines].join('\n')
}

test('a file with recorded proposals gives a report', async () => {
  const { code, stdout } = await project.rondo(['try', 'recorded.csv', '--segment', 'region', '--against', 'old'], {
    env: { COLUMNS: '80' },
  })
  expect(code).toBe(0)
  expect(stdout).toContain('"label" (guessed), 2 different answers')
  for (const title of ['predicted against old', 'What could stand alone', 'Under other promises', 'By region', 'What to do next'])
    expect(stdout).toContain(`\n${title}\n`)
  expect(stdout).toMatch(/From decision \d+ on, answers could have stood alone/)
  expect(stdout).toContain('100 % ┤█')
  expect(stdout).toContain('autonomy: earned({ maxError: 0.05, confidence: 0.95, audit: 0.1 })')
})

test('with --json the report is one document, the same each time', async () => {
  const said = await project.rondo(['try', 'recorded.csv', '--json', '--max-error', '0.1', '--limit', '500'])
  const report: TrialReport = JSON.parse(said.stdout)
  expect(report).toMatchObject({ version: 1, rows: { read: 1000, decided: 500 }, terms: { maxError: 0.1, confidence: 0.95, audit: 0.1 } })
  expect(report.standing.certifiedAfter).toBeGreaterThan(100)
  expect(said.stderr).toBe('')
  expect((await project.rondo(['try', 'recorded.csv', '--json', '--max-error', '0.1', '--limit', '500'])).stdout).toBe(said.stdout)
})

test('the file may come from a pipe, as JSON Lines', async () => {
  const stdin = Array.from({ length: 30 }, (_, at) => JSON.stringify({ text: `t ${at}`, label: 'a', prediction: 'a' })).join('\n')
  const report = await project.json<TrialReport>(['try', '-', '--format', 'jsonl'], { stdin })
  expect(report.standing.missing).toEqual({ kind: 'burn-in', labelled: 30, needed: 100 })
})

test('the learner proposes where nothing was recorded', async () => {
  const { code, stdout } = await project.rondo(['try', 'plain.csv', '--burn-in', '20'])
  expect(code).toBe(0)
  expect(stdout).toContain('the built-in learner')
  expect(stdout).toContain('30 learned before, as if imported; 30 decided one by one')
  expect(stdout).toContain('100 % of 15 proposals of the second half')
})

test('a language model is asked with the cost said first', async () => {
  const { code, stdout, stderr } = await project.rondo(['try', 'plain.csv', '--model', 'openai/gpt-4o-mini', '--limit', '20'], {
    env: { OPENAI_API_KEY: 'test', OPENAI_BASE_URL: server.url },
  })
  expect(code).toBe(0)
  expect(stderr).toMatch(
    /^Asking openai\/gpt-4o-mini for 20 decisions: about [\d,]+ tokens in and [\d,]+ out, about \$0\.\d+\. Budget \$1\.00/,
  )
  expect(stdout).toContain('what the model says of itself')
  expect(stdout).toContain('100 % of 20 proposals')
})

test('the page is whole, asks nothing of anybody, and lets nothing of the file become markup', async () => {
  const evil = '<script>alert(1)</script><img src=x onerror="alert(2)">\u202e'
  const quoted = `"${evil.replaceAll('"', '""')}"`
  const rows = Array.from({ length: 40 }, () => `${quoted},${quoted},<b>other</b>,0.9,${quoted}`)
  project.write('<i>evil.csv', [`text,label,predicted,confidence,"<u>segment"`, ...rows].join('\n'))
  const { code } = await project.rondo(['try', '<i>evil.csv', '--segment', '<u>segment', '--html', 'page.html'])
  expect(code).toBe(0)
  const page = readFileSync(join(project.folder, 'page.html'), 'utf8')
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  const tags = [...page.matchAll(/<\/?([a-z!][a-z0-9]*)/gi)].map(([, tag = '']) => tag.toLowerCase())
  for (const tag of ['script', 'img', 'i', 'u', 'link', 'iframe', 'object']) expect(tags).not.toContain(tag)
  expect(page).not.toContain('<b>other')
  expect(page).not.toMatch(/https?:|url\(|@import/)
  expect(page).not.toContain('\u202e')
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
})

test('text of the file cannot steer the terminal', async () => {
  project.write('steering.csv', 'text,label,predicted\n"\u001b[2Jgone",\u001b[31mx,y\nb,y,x\n')
  const { stdout } = await project.rondo(['try', 'steering.csv'])
  expect(stdout).not.toContain('\u001b')
  expect(stdout).toContain('␛[31mx')
})

test('what is wrong is said with the file, the row or the option, and the exit code says wrong usage', async () => {
  project.write('unclosed.csv', 'text,label\na,"x\n')
  project.write('one.csv', 'text,label\na,x\nb,x\n')
  const wrong: [readonly string[], string][] = [
    [['nowhere.csv'], 'There is no file'],
    [['.'], 'is no file'],
    [['recorded.csv', '--answer', 'lable'], 'recorded.csv: --answer names the column "lable"'],
    [['recorded.csv', '--max-error', '2'], 'It takes a share from 0 to 1'],
    [['recorded.csv', '--max-error', '0'], 'maxError is 0'],
    [['recorded.csv', '--learner', '--model', 'a/b'], 'give one of them'],
    [['recorded.csv', '--confidence', 'confidence'], '--prediction'],
    [['unclosed.csv'], 'unclosed.csv: Row 2 (from line 2) cannot be read'],
    [['one.csv'], 'there is nothing to decide'],
  ]
  for (const [args, message] of wrong) {
    const { code, stdout, stderr } = await project.rondo(['try', ...args])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
  }
  const unknown = await project.rondo(['try', 'plain.csv', '--model', 'nobody/x', '--json'])
  expect(unknown.code).toBe(5)
  expect(JSON.parse(unknown.stderr).error.code).toBe('model_unknown')
})

test.skipIf(!hasTerminal)('at a terminal a bar shows how far the learner is', async () => {
  const running = project.atTerminal(['try', 'plain.csv'])
  await running.says(/░+ reading texts: \d+ of \d+/)
  expect(await running.ended()).toBe(0)
  expect(running.text).toContain('What to do next')
})

test('the program in docs/try.md prints what it says it prints', async () => {
  const docs = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'try.md'), 'utf8')
  const [, block = ''] = /```ts\n([\s\S]*?)```/.exec(docs) ?? []
  const program = join(import.meta.dirname, 'try-program.tmp.ts')
  writeFileSync(program, block)
  const printed: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((value: unknown) => printed.push(inspect(value)))
  try {
    await import(/* @vite-ignore */ program)
  } finally {
    log.mockRestore()
    rmSync(program, { force: true })
  }
  expect(printed).toHaveLength(1)
  expect(block).toContain(`// ${printed[0]}`)
})
