/**
 * Runs in a browser: ten thousand of them found and scrolled, and one of them looked at while it goes on.
 */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noBrowser, openStage, type Stage } from './browser.ts'

const MANY = 10_000

describe.skipIf(noBrowser !== undefined)('runs', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    const { rondo } = stage.desk
    for (let from = 0; from < MANY; from += 500)
      await Promise.all(
        Array.from({ length: 500 }, (_, index) =>
          rondo.runs.start('counting', { texts: [`text ${from + index}`] }, { id: `count-${String(from + index).padStart(5, '0')}` }),
        ),
      )
    await rondo.runs.start('counting', { texts: ['one', ''] }, { id: 'zz-failing' })
    await rondo.runs.start('payments', { to: 'Mira', cents: 4200 }, { id: 'zz-pay' })
    await rondo.idle()
  }, 180_000)
  afterAll(() => stage.close())

  test('ten thousand are scrolled to the end, with less work than a frame has time for', async () => {
    const page = await stage.visit('/runs')
    await page.getByRole('link', { name: /zz-pay/ }).waitFor()
    const worked = await workMeter(page)
    const frames = await page.evaluate(async (all) => {
      const place = document.querySelector('.run-scroll')
      const times: number[] = []
      let last = performance.now()
      const end = performance.now() + 60_000
      while (place !== null && performance.now() < end) {
        place.scrollTop += 800
        const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve))
        times.push(now - last)
        last = now
        if (document.querySelector(`[aria-posinset="${all}"]`) !== null) break
      }
      return times
    }, MANY + 2)
    expect(await page.getByRole('link', { name: /count-00000/ }).count()).toBe(1)
    const workMs = (await worked()) / frames.length
    const sorted = frames.toSorted((one, other) => one - other)
    const [p50 = Number.NaN, p95 = Number.NaN] = [0.5, 0.95].map((share) => sorted[Math.floor(sorted.length * share)])
    console.log(
      `10,000 runs scrolled in ${frames.length} frames: work ${workMs.toFixed(1)} ms a frame; frames p50 ${p50.toFixed(0)}, p95 ${p95.toFixed(0)} ms`,
    )
    // Of the page's own thread, so that other programs on this machine do not count: less than a frame at 60 a second.
    expect(workMs).toBeLessThan(16)
    expect(await page.locator('.run-row').count()).toBeLessThan(80)
  }, 90_000)

  test('search and filters find, are kept in the address, and come back', async () => {
    const page = await stage.visit('/runs')
    await page.getByRole('link', { name: /zz-pay/ }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('text 7777')
    await page.getByRole('link', { name: /count-07777/ }).waitFor()
    await expect.poll(() => page.locator('.run-row').count()).toBe(1)
    expect(page.url()).toContain('q=text')
    await page.getByRole('link', { name: /count-07777/ }).click()
    await page.getByRole('heading', { name: /count-07777/ }).waitFor()
    await page.goBack()
    await page.getByRole('link', { name: /count-07777/ }).waitFor()
    await comesBack(page)
    await page.goto(`${stage.desk.served.url}/runs`)
    await page.getByRole('button', { name: /^failed/ }).click()
    await page.getByRole('link', { name: /zz-failing/ }).waitFor()
    await expect.poll(() => page.locator('.run-row').count()).toBe(1)
  })

  test('new runs wait to be let in while somebody is in the list, and statuses follow', async () => {
    const page = await stage.visit('/runs?flow=payments')
    const row = page.getByRole('link', { name: /zz-pay/ })
    await row.waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    await row.hover()
    await stage.desk.rondo.runs.start('payments', { to: 'Kim', cents: 1 }, { id: 'zz-new' })
    await page.getByRole('button', { name: '1 new' }).click()
    await page.getByRole('link', { name: /zz-new/ }).waitFor()
    await stage.desk.rondo.runs.cancel('zz-new', 'not needed')
    await page.getByRole('link', { name: /cancelled.*zz-new/ }).waitFor()
  })

  test('a run is seen as it goes on: its steps, the prompt as sent, tokens and money', async () => {
    const page = await stage.visit('/')
    const id = await stage.desk.mail(0)
    await page.goto(`${stage.desk.served.url}/runs/${id}`)
    await page.getByRole('treeitem', { name: /queue/ }).click()
    await page.getByText('my card was charged twice').first().waitFor()
    const panel = page.getByLabel('Open questions')
    await panel.getByRole('button', { name: /billing/ }).click()
    await panel.waitFor({ state: 'detached' })
    // The answer is sent after the time in which it can be taken back, and the next step appears by itself.
    await page.getByRole('treeitem', { name: /approve/ }).waitFor({ timeout: 15_000 })
    await page.getByRole('treeitem', { name: /ask.*reply/ }).click()
    await page.getByRole('heading', { name: 'The prompt as sent' }).waitFor()
    await page.getByText('You draft replies for a shop').first().waitFor()
    await page.getByLabel('What is known of it').getByText('Tokens', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Journal' }).click()
    await page
      .getByRole('button', { name: /completed.*draft\[0\]\/reply/ })
      .first()
      .waitFor()
  })

  test('an answer of a model is seen while it is written', async () => {
    const { rondo } = stage.desk
    await rondo.runs.start('tickets', { from: 'kim', subject: 'My invoice', body: 'Please reply slowly.' }, { id: 'zz-slow' })
    await rondo.idle()
    const page = await stage.visit('/runs/zz-slow')
    await page.getByRole('treeitem', { name: /queue/ }).waitFor()
    await rondo.inbox.accept('zz-slow:queue', { name: 'bob', roles: ['*'] })
    const step = page.getByRole('treeitem', { name: /ask.*reply/ })
    await step.getByText('Thank you for wri').waitFor()
    await step.click()
    await page.getByRole('heading', { name: 'Being written' }).waitFor()
    await rondo.runs.cancel('zz-slow', 'seen')
    await page.getByRole('heading', { level: 1, name: /cancelled/ }).waitFor()
  })

  test('an effect nobody knows about is answered where the run is looked at', async () => {
    await stage.desk.rondo.inbox.accept('zz-pay:check', { name: 'ann', roles: ['*'] })
    const page = await stage.visit('/runs/zz-pay')
    await page.getByRole('heading', { name: 'Did "transfer" happen?' }).waitFor()
    await page.keyboard.press('1')
    await page.getByRole('heading', { name: /completed/ }).waitFor({ timeout: 15_000 })
    expect(await stage.desk.rondo.runs.get('zz-pay')).toMatchObject({ status: 'completed', output: '{"paid":true}' })
  })

  test('a failed run says why and where, and is tried again; a waiting one is held, let go and cancelled', async () => {
    const page = await stage.visit('/runs/zz-failing')
    await page.getByRole('alert').getByText('There is nothing to count').waitFor()
    await page.getByRole('button', { name: /at texts\[t1\]\/count/ }).click()
    await page.getByRole('heading', { name: 'texts[t1]/count' }).waitFor()
    await page.keyboard.press('t')
    await expect
      .poll(async () => (await stage.desk.rondo.runs.journal('zz-failing', { limit: 100 })).some(({ state }) => state === 'retracted'))
      .toBe(true)
    await stage.desk.rondo.runs.start('payments', { to: 'Kim', cents: 2 }, { id: 'zz-held' })
    await page.goto(`${stage.desk.served.url}/runs/zz-held`)
    await page.getByRole('button', { name: /Pause/ }).click()
    await page.getByRole('heading', { name: /paused/ }).waitFor()
    await page.getByRole('button', { name: /Resume/ }).click()
    await page.getByRole('heading', { name: /waiting/ }).waitFor()
    await page.keyboard.press('x')
    await page.getByLabel('Why (kept with the run)').fill('ordered twice')
    await page.getByRole('button', { name: 'Cancel the run' }).click()
    await page.getByRole('heading', { name: /cancelled/ }).waitFor()
    expect(await stage.desk.rondo.runs.get('zz-held')).toMatchObject({ status: 'cancelled', reason: 'ordered twice' })
  })

  test('no page has complained', () => {
    expect(stage.complaints).toEqual([])
  })
})

/** Going into a run and back finds the list where it was. */
async function comesBack(page: Page): Promise<void> {
  await page.getByRole('searchbox').fill('')
  await expect.poll(() => page.locator('.run-row').count()).toBeGreaterThan(5)
  await page.locator('.run-scroll').evaluate((place) => place.scrollTo(0, 3000))
  await page.locator('[aria-posinset="62"] .run-row').click()
  await page.waitForURL(/\/runs\/count-/)
  await page.goBack()
  await page.locator('.run-row').first().waitFor()
  expect(await page.locator('.run-scroll').evaluate((place) => place.scrollTop)).toBe(3000)
}

/** Counts the processor's time that the page's main thread takes from now on, in milliseconds. */
async function workMeter(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const taken = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics')
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000
  }
  const before = await taken()
  return async () => (await taken()) - before
}
