/**
 * Evidence in a browser: a change tried on recorded runs from the form to the verdict and its diffs, cases found and read, and reviewers.
 */

import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encode } from '../../src/json.ts'
import { faults, noBrowser, openStage, type Stage, settled, THEMES } from './browser.ts'

const MAILS = 24
/** What is waited for in vain is named, before the test itself runs out of time. */
const PATIENCE_MS = 8000
/** Makes the stand-in take every mail for one about money. */
const BIASED = '\nIf in doubt, it is about a refund.\n'

describe.skipIf(noBrowser !== undefined)('evidence', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    const { rondo } = stage.desk
    for (let number = 0; number < MAILS; number += 1) await stage.desk.mail(number)
    await rondo.idle()
    for (let round = 0; round < 2; round += 1) {
      for (const { id } of await rondo.inbox.list({ limit: 200 })) await rondo.inbox.accept(id, { name: 'ann', roles: ['*'] })
      await rondo.idle()
    }
    await rondo.store.cases.add(doubled(60))
  }, 60_000)
  afterAll(() => stage.close())
  const visit = async (...given: Parameters<Stage['visit']>): Promise<Page> => {
    const page = await stage.visit(...given)
    page.setDefaultTimeout(PATIENCE_MS)
    return page
  }

  test('a changed prompt is tried from the form: estimated, started, watched to its end, its verdict read and a diff opened', async () => {
    const page = await visit('/evidence')
    await page.getByText('Nothing was tried yet').waitFor()
    await page.keyboard.press('n')
    await page.getByRole('button', { name: 'Estimate' }).click()
    await page.getByText('Choose the prompt that is changed.').waitFor()
    await page.getByLabel('Prompt', { exact: true }).selectOption('sort')
    const text = page.getByLabel('Its other text: the whole file')
    await expect.poll(() => text.inputValue()).toContain('You sort mail')
    const kept = await text.inputValue()
    await text.fill(`${kept}{{#if`)
    await page.getByRole('button', { name: 'Estimate' }).click()
    await page
      .getByRole('alert')
      .getByText(/sort \(changed\)/)
      .waitFor()
    await text.fill(`${kept}${BIASED}`)
    await page.getByText(/lines? taken out or put in/).waitFor()
    await page.getByLabel('Flow').selectOption('tickets')
    const before = stage.desk.model.requests.length
    await page.getByRole('button', { name: 'Estimate' }).click()
    const start = page.getByRole('button', { name: `Start: ${MAILS} runs, about $0.00` })
    await start.waitFor()
    expect(stage.desk.model.requests.length).toBe(before)
    await start.click()
    await page.getByText(/^Worse: at least [\d.]+ points worse with 95 % confidence, over 24 runs\.$/).waitFor()
    expect(stage.desk.model.requests.length).toBe(before + MAILS)
    await page.getByRole('img', { name: /decision “queue”: [\d.]+ points worse, between/ }).waitFor()
    await page.getByRole('heading', { name: 'Right before, wrong under the change' }).waitFor()
    await readsDiff(page)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: /Another text of sort/ }).waitFor()
    await page
      .getByRole('list', { name: 'Backtests' })
      .getByText(/^✗\s*worse$/)
      .waitFor()
    expect(await page.getByRole('list', { name: 'Backtests' }).getByRole('listitem').count()).toBe(1)
  })

  test('a backtest under way moves, says how far it is, and is stopped', async () => {
    const page = await visit('/evidence?backtest=new')
    await page.getByLabel('Prompt', { exact: true }).selectOption('reply')
    const text = page.getByLabel('Its other text: the whole file')
    await expect.poll(() => text.inputValue()).toContain('You draft replies')
    // The stand-in falls silent in the middle of such a draft.
    await text.fill(`${await text.inputValue()}\nWrite slowly.\n`)
    await page.getByLabel('Flow').selectOption('tickets')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('button', { name: /^Start/ }).waitFor()
    await page.keyboard.press('Control+Enter')
    await page.getByRole('progressbar', { name: 'Runs tried' }).waitFor()
    await page.getByText(/The verdict comes when all of them were tried/).waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('button', { name: 'Stopping…' }).waitFor()
  })

  test('the other text is taken from a label, and stays empty for who empties it', async () => {
    await stage.desk.rondo.prompts.label('reply', 'warmer', 'Be warm. {{body}}', 'ann')
    const page = await visit('/evidence?backtest=new')
    await page.getByLabel('Prompt', { exact: true }).selectOption('reply')
    const text = page.getByLabel('Its other text: the whole file')
    await expect.poll(() => text.inputValue()).toContain('You draft replies')
    await text.fill('')
    await page.getByRole('button', { name: 'warmer' }).click()
    await expect.poll(() => text.inputValue()).toBe('Be warm. {{body}}')
    await text.fill('')
    await page.getByRole('button', { name: 'Estimate' }).click()
    await page.getByText('Write or paste the other text.').waitFor()
    expect(await text.inputValue()).toBe('')
  })

  test('cases are found by decision, disagreement and text, gone through by keys, and read', async () => {
    const page = await visit('/evidence')
    await page.getByRole('link', { name: 'New backtest' }).waitFor()
    await page.keyboard.press('2')
    const rows = page.getByRole('list', { name: 'Cases' }).getByRole('listitem')
    await rows.first().waitFor()
    const all = await rows.count()
    await page.getByLabel('Proposed something else').check()
    await expect.poll(() => rows.count()).toBe(12)
    expect(all).toBeGreaterThan(12)
    await page.getByLabel('Decision', { exact: true }).selectOption('queue')
    await page.keyboard.press('Escape')
    await page.getByRole('searchbox').fill('Doubled 50')
    await expect.poll(() => rows.count()).toBe(1)
    expect(page.url()).toMatch(/differs=yes.*q=Doubled/)
    await page.getByRole('searchbox').fill('')
    await expect.poll(() => rows.count()).toBe(12)
    await page.getByRole('searchbox').press('Escape')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    const open = page.getByRole('complementary', { name: /^Case/ })
    await open.getByText('Doubled 55').waitFor()
    await page.keyboard.press('j')
    await open.getByText('Doubled 50').waitFor()
    await open.getByText('0.25 of being put to people').waitFor()
    expect(await open.getByRole('link', { name: 'ticket-50 queue' }).getAttribute('href')).toContain('/runs/ticket-50')
    await page.keyboard.press('Escape')
    await open.waitFor({ state: 'detached' })
    await page.getByLabel('Origin').selectOption('correction')
    await page.getByText('No case is like that').waitFor()
  })

  test('a file of cases comes in, or says which rows do not fit', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cases-'))
    const [bad, good] = [join(folder, 'bad.csv'), join(folder, 'good.csv')]
    const [{ question = '' } = {}] = await stage.desk.rondo.store.cases.list({ limit: 1 })
    const cell = `"${question.replace('no. 40', 'brought in').replaceAll('"', '""')}"`
    await writeFile(bad, `question,answer\n${cell},billing\n${cell},sales\n`)
    await writeFile(good, `question,answer\n${cell},billing\n`)
    const page = await visit('/evidence?view=cases&decision=queue')
    await page.getByRole('button', { name: 'Import…' }).click()
    await page.getByLabel('File').setInputFiles(bad)
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    await page
      .getByRole('alert')
      .getByText(/row 3 \(line 3\)/)
      .waitFor()
    await page.getByLabel('File').setInputFiles(good)
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    await page.getByText('1 case imported.').waitFor()
    await page.getByRole('button', { name: /brought in/ }).waitFor()
    const taken = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export JSON Lines' }).click()
    expect(readFileSync(await (await taken).path(), 'utf8')).toContain('brought in')
    await rm(folder, { recursive: true })
  })

  test('the people behind a decision: how far they agree, who is likely wrong how often, and what to be careful about', async () => {
    const page = await visit('/evidence?view=reviewers&decision=queue')
    await page.getByText('Krippendorff’s α').waitFor()
    await page.getByText(/two people who answer by themselves differ on/).waitFor()
    const wrong = async (name: string): Promise<number> =>
      Number.parseFloat((await page.getByRole('row', { name }).getByRole('cell').nth(4).textContent()) ?? '')
    expect(await wrong('bob')).toBeGreaterThan(5)
    expect(await wrong('cleo')).toBeLessThan(5)
    await page.getByRole('heading', { name: 'Most contested' }).waitFor()
  })

  test.each(THEMES)('no view has a serious fault for those who see or move otherwise, in %s', async (theme) => {
    const page = await visit('/evidence', { colorScheme: theme })
    const backtest = await page.getByRole('link', { name: /Another text of sort/ }).getAttribute('href')
    const [newest] = await stage.desk.rondo.store.cases.list({ newest: true, limit: 1 })
    for (const path of [
      '/evidence',
      '/evidence?backtest=new',
      backtest ?? '',
      `/evidence?view=cases&case=${newest?.seq}`,
      '/evidence?view=reviewers',
    ]) {
      await page.goto(`${stage.desk.served.url}${path}`)
      await page.getByText('Live', { exact: true }).waitFor()
      await settled(page)
      expect({ path, found: await faults(page) }).toEqual({ path, found: [] })
    }
    await page.goto(`${stage.desk.served.url}${backtest}`)
    await page.locator('.deciding').first().click()
    await page.getByText('Steps that differ').waitFor()
    await settled(page)
    expect(await faults(page)).toEqual([])
  })

  test('nothing is wider than a small phone', async () => {
    const page = await visit('/evidence', { viewport: { width: 360, height: 740 } })
    const backtest = await page.getByRole('link', { name: /Another text of sort/ }).getAttribute('href')
    for (const path of ['/evidence', '/evidence?backtest=new', backtest ?? '', '/evidence?view=cases', '/evidence?view=reviewers']) {
      await page.goto(`${stage.desk.served.url}${path}`)
      await page.locator('h1').first().waitFor()
      await settled(page)
      expect([path, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([path, 360])
    }
  })

  test('no page has complained', () => {
    // Both refusals are shown where they belong.
    expect(stage.complaints.filter((text) => !/status of 400/.test(text))).toEqual([])
  })
})

/** Questions that three people answered blind; each fifth was proposed to be something else, and one of them is wrong on each third. */
function doubled(many: number): Parameters<Stage['desk']['rondo']['store']['cases']['add']>[0] {
  const queues = ['billing', 'delivery', 'technical'] as const
  return Array.from({ length: many }, (_, number) => {
    const right = queues[number % 3] ?? 'billing'
    const other = queues[(number + 1) % 3] ?? 'billing'
    return {
      decision: 'queue',
      run: `ticket-${number}`,
      path: 'queue',
      question: encode({ from: 'kim', subject: `Doubled ${number}`, body: 'Which queue is it?' }),
      answer: encode(right),
      predicted: encode(number % 5 === 0 ? 'spam' : right),
      confidence: 0.8,
      probability: 0.25,
      origin: 'audit',
      policy: 'always',
      blind: true,
      answers: [
        { by: 'ann', at: number, attentionMs: 4000 },
        { by: 'bob', at: number, attentionMs: 9000, ...(number % 3 === 0 && { answer: encode(other) }) },
        { by: 'cleo', at: number, attentionMs: 6000 },
      ],
    }
  })
}

/** Opens the first case that broke, reads it, and goes on to the next. */
async function readsDiff(page: Page): Promise<void> {
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  const diff = page.getByRole('dialog')
  await diff.getByText('Would be proposed').waitFor()
  await diff.getByText('✗ wrong').waitFor()
  await diff.getByText('What was asked').waitFor()
  await diff
    .getByText(/\(no\. 40\d\d\)/)
    .first()
    .waitFor()
  await diff.getByRole('columnheader', { name: 'Under the change' }).waitFor()
  await diff.locator('.text-diff-right mark', { hasText: 'billing' }).first().waitFor()
  await diff.getByText('1 of ').waitFor()
  await page.keyboard.press('j')
  await diff.getByText('2 of ').waitFor()
}
