/**
 * Decisions in a browser: what stands alone and why, what people are left with, and the cases behind it.
 */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faults, noBrowser, openStage, type Stage, settled, THEMES } from './browser.ts'
import { keepCases } from './decision-cases.ts'

describe.skipIf(noBrowser !== undefined)('decisions', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    await keepCases(stage.desk.rondo)
    await stage.desk.mail(0)
    await stage.desk.rondo.idle()
  }, 120_000)
  afterAll(() => stage.close())

  const open = async (path: string, options?: Parameters<Stage['visit']>[1]): Promise<Page> => {
    const page = await stage.visit(path, options)
    await page.locator('h1').waitFor()
    await settled(page)
    return page
  }

  test('the list says how each stands, and is walked by keyboard', async () => {
    const page = await open('/decisions')
    const row = (name: string) => page.getByRole('link', { name: new RegExp(`^${name}`) })
    await row('folder').getByText('certified').waitFor()
    expect(await row('folder').locator('.decision-share').textContent()).toBe('90 %')
    await row('folder')
      .getByRole('img', { name: /Standing alone over time, now 90 %/ })
      .waitFor()
    await row('folder').getByText('With 95 % confidence, at most 5 %').waitFor()
    await row('complaint').getByText('alarm', { exact: true }).waitFor()
    await row('tone').getByText('refused').waitFor()
    await row('urgency').getByText('starting').waitFor()
    await page
      .getByRole('link', { name: /^Which queue does this mail belong to/ })
      .getByText('people decide')
      .waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('k')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Which queue')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/decisions\/queue$/)
    await page.keyboard.press('u')
    await page.waitForURL(/\/decisions$/)
  })

  test('one that has earned it says when it stands alone, since when, on what evidence, and how much', async () => {
    const page = await open('/decisions/folder')
    const about = page.getByLabel('How it stands')
    await about.getByText(/^Stands alone when the model is at least [\d.]+ % sure\.$/).waitFor()
    await about
      .getByText(
        /Certified on .* 2026, after \d+ answers: at most 5 % wrong, with 95 % confidence\. Of \d+ answers from people above that, \d+ differed from the proposal\. About 90 % of the last 200 stood alone\./,
      )
      .waitFor()
    const certificate = page.getByLabel('Certificate')
    expect(await certificate.getByText('certified', { exact: true }).count()).toBeGreaterThan(0)
    await certificate.getByText(/Watched: 60 random checks of what stands alone/).waitFor()
    await certificate.getByRole('img', { name: 'Way to a certificate: 100 %' }).first().waitFor()
    await page
      .getByLabel('Epochs')
      .getByText(/Began with the first proposal; certified on/)
      .waitFor()
  })

  test('the charts are read point by point with the arrow keys, and as a table', async () => {
    const page = await open('/decisions/folder')
    const load = page.getByLabel('Load over time')
    const cursor = load.getByRole('slider')
    expect(await cursor.getAttribute('aria-valuetext')).toMatch(/people saw 10 % of about \d+ decisions\.$/)
    await cursor.focus()
    await page.keyboard.press('Home')
    await expect.poll(() => cursor.getAttribute('aria-valuetext')).toMatch(/people saw 100 % of \d+ decisions\.$/)
    await load.locator('.stretch-chosen').waitFor()
    await load.getByText('certified').waitFor()
    const error = page.getByLabel('Error over time')
    await error.getByRole('button', { name: 'As a table' }).click()
    expect(await error.getByRole('row').count()).toBe(9)
    await error.getByRole('columnheader', { name: 'Between' }).waitFor()
  })

  test('a number of the confusion opens the cases of that pair, more of them on request, and the address keeps it', async () => {
    const page = await open('/decisions/hand')
    const confusion = page.getByLabel('Confusion')
    const cells = confusion.getByRole('link', { name: /proposed billing, answered billing/ })
    const n = Number(await cells.textContent())
    expect(n).toBeGreaterThan(0)
    await cells.click()
    await page.waitForURL(/predicted=billing&answer=billing/)
    await confusion.getByText('Proposed “billing”, answered “billing”').waitFor()
    await expect.poll(() => confusion.locator('.case-row').count()).toBe(Math.min(n, 12))
    await page.reload()
    await expect.poll(() => confusion.locator('.case-row').count()).toBe(Math.min(n, 12))
    expect(
      await confusion
        .locator('.case-row')
        .first()
        .getByRole('link', { name: /^Run ticket-/ })
        .getAttribute('href'),
    ).toMatch(/^\/runs\/ticket-\d+\?path=queue$/)
    await confusion.getByRole('link', { name: 'Close' }).click()
    await confusion.locator('.case-row').first().waitFor({ state: 'detached' })
    const recent = page.getByLabel('Recent cases')
    await expect.poll(() => recent.locator('.case-row').count()).toBe(12)
    await recent.getByRole('button', { name: 'Show more' }).click()
    await expect.poll(() => recent.locator('.case-row').count()).toBe(24)
  })

  test.each([
    [
      'complaint',
      /an alarm rang, because too much of what stood alone was wrong/,
      /The answers that people give meanwhile certify it again/,
    ],
    ['urgency', /People see everything for now/, /Every answer in the inbox brings it nearer/],
    ['tone', /the promise is refused, because people’s own answers are not that good/, /promise less with a larger maxError/],
    ['region', /Stands alone in 1 of 2 segments/, /Each segment earns by its own answers/],
    ['hand', /A person answers every question/, /earned\(\{ maxError: 0\.05 \}\) would let/],
    ['queue', /People decide, and none of their answers is here yet/, /answer its questions in the inbox/],
  ])('%s says plainly what is so and what to do', async (name, headline, next) => {
    const page = await open(`/decisions/${name}`)
    const about = page.getByLabel('How it stands')
    await about.getByText(headline).waitFor()
    await about.getByText(next).waitFor()
  })

  test('an alarm says when it rang, why, and what to do next; segments are told apart', async () => {
    const page = await open('/decisions/complaint')
    const alarms = page.getByLabel('Alarms')
    await alarms.getByText(/^\d+ of \d+ random checks of what stood alone were wrong/).waitFor()
    await alarms.getByText(/ask what changed on that day/).waitFor()
    await page
      .getByLabel('Epochs')
      .getByText(/ended on .* by an alarm/)
      .waitFor()
    await page.goto(`${stage.desk.served.url}/decisions/region`)
    await page
      .getByLabel('Segments')
      .getByRole('row', { name: /^fr 20 \d+/ })
      .getByText('not yet')
      .waitFor()
    await page
      .getByLabel('Certificate')
      .getByText(/20 of the 100 answers/)
      .waitFor()
  })

  test('an answer is seen as it is given', async () => {
    const page = await open('/decisions/queue')
    await page.getByText('Live', { exact: true }).waitFor()
    await stage.desk.rondo.inbox.accept('ticket-0:queue', { name: 'bob', roles: ['*'] })
    await page.getByLabel('How it stands').getByText('A person answers every question.').waitFor({ timeout: 15_000 })
    await page.getByLabel('Recent cases').locator('.case-row').waitFor()
  })

  test('fits a phone, and axe finds nothing serious in either theme', async () => {
    for (const colorScheme of THEMES) {
      const page = await open('/decisions/folder?predicted=billing&answer=billing', { colorScheme, viewport: { width: 360, height: 740 } })
      await page.locator('.case-row').first().waitFor()
      for (const path of ['/decisions/folder', '/decisions/complaint', '/decisions/region', '/decisions']) {
        await page.goto(`${stage.desk.served.url}${path}`)
        await page.locator('h1').waitFor()
        await settled(page)
        expect([path, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([path, 360])
        expect([path, await faults(page)]).toEqual([path, []])
      }
    }
  }, 60_000)

  test('no page has complained', () => {
    expect(stage.complaints).toEqual([])
  })
})
