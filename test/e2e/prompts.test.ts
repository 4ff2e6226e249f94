/**
 * Prompts in a browser: edited with a live preview, saved, compared, taken back from a conflict, labelled, and tried on recorded runs.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faults, noBrowser, openStage, type Stage, settled, THEMES } from './browser.ts'

const MAILS = 6
const PATIENCE_MS = 8000

describe.skipIf(noBrowser !== undefined)('prompts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'console-prompts-'))
  const file = join(folder, 'sort.prompt')
  let stage: Stage
  beforeAll(async () => {
    cpSync(join(import.meta.dirname, 'prompts'), folder, { recursive: true })
    writeFileSync(join(folder, 'broken.prompt'), '---\nmodel: [\n---\nHello')
    stage = await openStage({ prompts: folder })
    const { rondo } = stage.desk
    for (let number = 0; number < MAILS; number += 1) await stage.desk.mail(number)
    await rondo.idle()
    for (const { id } of await rondo.inbox.list({ limit: 100 })) await rondo.inbox.accept(id, { name: 'bob', roles: ['*'] })
    await rondo.idle()
  }, 60_000)
  afterAll(async () => {
    await stage.close()
    rmSync(folder, { recursive: true })
  })
  const visit = async (...given: Parameters<Stage['visit']>): Promise<Page> => {
    const page = await stage.visit(...given)
    page.setDefaultTimeout(PATIENCE_MS)
    return page
  }

  test('what is typed is seen as it would be sent, with the input of a recorded ask; a mistake is shown at its line', async () => {
    const page = await visit('/prompts')
    await page.getByRole('link', { name: /^sort/ }).click()
    const text = page.getByLabel('The text of sort')
    const preview = page.getByLabel('Preview')
    await preview.locator('.message-user', { hasText: '(no. 400' }).waitFor()
    expect(await preview.locator('.message').count()).toBe(2)
    const before = await text.inputValue()
    await text.fill(before.replace('You sort mail', 'You carefully sort mail'))
    await preview.getByText('You carefully sort mail').waitFor()
    await preview.getByLabel('Against what was sent then').check()
    await preview.locator('mark', { hasText: 'carefully' }).waitFor()
    await text.fill(`${before}\n{{#if from}}`)
    await page
      .getByRole('status')
      .getByText(/^Line \d+\./)
      .waitFor()
    expect(await page.locator('.editor-line[data-wrong]').count()).toBe(1)
    expect(readFileSync(file, 'utf8')).toBe(before)
    await page.getByRole('button', { name: 'Discard' }).click()
    await expect.poll(() => text.inputValue()).toBe(before)
  })

  test('an input of one’s own is filled in, and what is no JSON is said to be none', async () => {
    const page = await visit('/prompts/sort')
    const preview = page.getByLabel('Preview')
    await preview.getByLabel('Filled in with').selectOption('own')
    const input = preview.getByLabel('The input, as JSON')
    await input.fill('{"from":"mira","subject":"A kite","body":"It flew away."}')
    await preview.getByText('Subject: A kite').waitFor()
    await input.fill('{"from":')
    await preview.getByText('This is no JSON').waitFor()
  })

  test('a change outlives a reload, is saved by keys, is asked from then on, and stands beside the version before', async () => {
    const page = await visit('/prompts/sort')
    const text = page.getByLabel('The text of sort')
    const before = await text.inputValue()
    await text.fill(before.replace('You sort mail', 'You swiftly sort mail'))
    await page.getByText('unsaved changes').waitFor()
    page.on('dialog', (dialog) => void dialog.accept())
    await page.reload()
    await expect.poll(() => text.inputValue()).toContain('You swiftly sort mail')
    await text.focus()
    await page.keyboard.press('Control+s')
    await page.getByText('sort is saved. The next ask uses it.').waitFor()
    expect(readFileSync(file, 'utf8')).toContain('You swiftly sort mail')
    await stage.desk.mail(50)
    await stage.desk.rondo.idle()
    await page.goto(`${stage.desk.served.url}/prompts/sort?view=versions`)
    const rows = page.locator('.versions-table tbody tr')
    await expect.poll(() => rows.count()).toBe(2)
    await rows.first().getByText('in the file').waitFor()
    expect(await rows.nth(1).textContent()).toContain(`${MAILS} of ${MAILS}`)
    const diff = page.getByLabel('Two versions side by side')
    await diff.locator('.text-diff-right mark', { hasText: 'swiftly' }).waitFor()
    expect(await diff.locator('.text-diff-left mark').count()).toBe(0)
  })

  test('when somebody else was first, both texts are shown, nothing is lost, and one decides', async () => {
    const page = await visit('/prompts/reply')
    const text = page.getByLabel('The text of reply')
    const before = await text.inputValue()
    await text.fill(before.replace('short, friendly', 'long, friendly'))
    const theirs = before.replace('in plain text', 'in verse')
    writeFileSync(join(folder, 'reply.prompt'), theirs)
    await text.focus()
    await page.keyboard.press('Control+s')
    const conflict = page.getByRole('alert')
    await conflict.getByText('Somebody changed reply while you were writing').waitFor()
    await conflict.locator('.text-diff-left mark', { hasText: 'verse' }).waitFor()
    await conflict.locator('.text-diff-right mark', { hasText: 'long' }).waitFor()
    expect(readFileSync(join(folder, 'reply.prompt'), 'utf8')).toBe(theirs)
    await conflict.getByRole('button', { name: 'Go on with mine' }).click()
    await page.getByRole('button', { name: /^Save/ }).click()
    await page.getByText('reply is saved').waitFor()
    expect(readFileSync(join(folder, 'reply.prompt'), 'utf8')).toContain('long, friendly')
  })

  test('a text is labelled without a change of the file, and tried on recorded runs once its cost is known', async () => {
    const page = await visit('/prompts/sort')
    const text = page.getByLabel('The text of sort')
    const before = await text.inputValue()
    await text.fill(`${before}\nIf in doubt, it is about a refund.\n`)
    await page.getByRole('button', { name: /^Label this text/ }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Give the label' }).click()
    await page.getByText('It is sort@draft now.').waitFor()
    expect(readFileSync(file, 'utf8')).toBe(before)
    expect((await stage.desk.rondo.prompts.kept.find('sort', 'draft'))?.text).toContain('about a refund')
    await page.getByRole('button', { name: /^Backtest this text/ }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Runs, drawn at random').fill('2')
    await dialog.getByText(/for 2 runs .*, at the prices of when it was recorded\.$/).waitFor()
    await dialog.getByLabel('Budget, in dollars').fill('0.5')
    await dialog.getByRole('button', { name: 'Start the backtest' }).click()
    await page.waitForURL(/\/evidence\?.*backtest=/)
    const id = new URL(page.url()).searchParams.get('backtest')
    const started = await page.evaluate(async (one) => (await fetch(`/api/backtests/${one}`)).json() as Promise<unknown>, id)
    expect(started).toMatchObject({
      selection: { sample: 2 },
      terms: { usd: 0.5 },
      change: { prompts: { sort: expect.stringContaining('about a refund') } },
    })
  })

  test('what each version did is read over time', async () => {
    const page = await visit('/prompts/sort?view=history')
    await page.getByRole('heading', { name: 'When it was asked' }).waitFor()
    await page.getByRole('heading', { name: 'Accepted by people: queue' }).waitFor()
    await page.getByText(`of ${MAILS}`).first().waitFor()
  })

  test('who may not edit sees everything, and why nothing can be changed', async () => {
    const page = await visit('/')
    await page.route('**/api/me', (route) => route.fulfill({ json: { name: 'vera', roles: ['viewer'], scopes: ['read'] } }))
    await page.goto(`${stage.desk.served.url}/prompts/sort`)
    await page.getByText('lacks the right “edit”').waitFor()
    expect(await page.getByLabel('The text of sort').getAttribute('readonly')).not.toBeNull()
    expect(await page.getByRole('button', { name: /^(Save|Label|Backtest)/ }).count()).toBe(0)
  })

  test.each(THEMES)('no view has a serious fault for those who see or move otherwise, in %s', async (theme) => {
    const page = await visit('/', { colorScheme: theme })
    for (const path of ['', '/broken', '/sort', '/sort?view=versions', '/sort?view=history']) {
      await page.goto(`${stage.desk.served.url}/prompts${path}`)
      await page.getByRole('link', { name: /^sort/ }).waitFor()
      await settled(page)
      await page.waitForTimeout(400)
      expect({ path, found: await faults(page) }).toEqual({ path, found: [] })
    }
  })

  test('nothing is wider than a small phone', async () => {
    const page = await visit('/', { viewport: { width: 360, height: 740 } })
    for (const path of ['', '/broken', '/sort', '/sort?view=versions', '/sort?view=history']) {
      await page.goto(`${stage.desk.served.url}/prompts${path}`)
      await page.locator('h1').first().waitFor()
      await settled(page)
      expect([path, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([path, 360])
    }
  })

  test('no page has complained', () => {
    // Texts that cannot be read, and the conflict, are refused: that is what is tested.
    expect(stage.complaints.filter((text) => !/status of (400|409)/.test(text))).toEqual([])
  })
})
