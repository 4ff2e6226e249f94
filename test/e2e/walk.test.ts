/**
 * One person's morning, in one browser from sign-in to verdict: ten questions by keyboard, the loop they belong to, a prompt that could be
 * better, and what the record says of it.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noBrowser, openStage, type Stage } from './browser.ts'

const MAILS = 24
const TEN = 10
const PASSWORD = 'three plain words'
const BEFORE = { name: 'ann', roles: ['*'] }
/** Makes the stand-in take every mail for one about money. */
const BIASED = '\nIf in doubt, it is about a refund.\n'

describe.skipIf(noBrowser !== undefined)('a morning at the desk', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    const { rondo } = stage.desk
    await rondo.access.users.create(
      { by: 'root', credential: 'command line' },
      { name: 'mia', role: 'operator', reviews: ['*'], password: PASSWORD },
    )
    // What was done yesterday: half of the mails are sorted, and the first drafts of replies were turned down.
    for (let number = 0; number < MAILS; number += 1) await stage.desk.mail(number)
    await rondo.idle()
    for (let number = 0; number < MAILS; number += 2) await rondo.inbox.accept(`ticket-${number}:queue`, BEFORE)
    await rondo.idle()
    for (const { id } of await rondo.inbox.list({ kind: 'review' })) await rondo.inbox.reject(id, BEFORE, 'It was turned down: be warmer.')
    await rondo.idle()
    for (const { id } of (await rondo.inbox.list({ kind: 'review' })).slice(TEN / 2)) await rondo.inbox.accept(id, BEFORE)
    await rondo.idle()
  }, 60_000)
  afterAll(() => stage.close())

  test('sign in, answer ten questions by keys, see the loop, edit a prompt, backtest it, read the verdict', {
    timeout: 90_000,
  }, async () => {
    const { rondo, served, model } = stage.desk
    const page = await (await stage.browser.newContext({ viewport: { width: 1360, height: 860 } })).newPage()
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.setDefaultTimeout(10_000)

    await page.goto(served.url)
    await page.getByLabel('Name').fill('mia')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Home' }).waitFor()

    await page.keyboard.press('g')
    await page.keyboard.press('i')
    const answered: string[] = []
    while (answered.length < TEN) {
      await page.waitForSelector('[data-question]')
      const id = (await page.locator('[data-question]').first().getAttribute('data-question')) ?? ''
      answered.push(id)
      await page.keyboard.press('a')
      await page.waitForFunction((was) => document.querySelector('[data-question]')?.getAttribute('data-question') !== was, id)
    }
    const byMia = async (): Promise<number> => {
      const items = await Promise.all(answered.map((id) => rondo.inbox.get(id)))
      return items.filter((item) => item?.answers.some(({ by }) => by === 'mia')).length
    }
    await expect.poll(byMia, { timeout: 20_000 }).toBe(TEN)
    expect(new Set(answered).size).toBe(TEN)

    await page.keyboard.press('g')
    await page.keyboard.press('f')
    await page.getByRole('link', { name: /tickets/ }).click()
    const back = page.locator('[data-edge="back:draft[]/approve→draft[]/reply"]')
    await back.waitFor({ state: 'attached' })
    expect(await back.textContent()).toMatch(/again \d+×/)

    await page.keyboard.press('g')
    await page.keyboard.press('p')
    await page.getByRole('link', { name: /^sort/ }).click()
    const text = page.getByLabel('The text of sort')
    const own = await text.inputValue()
    await text.fill(own + BIASED)
    await page.getByText('If in doubt, it is about a refund.').last().waitFor()
    const asked = model.requests.length
    await page.getByRole('button', { name: /^Backtest this text/ }).click()
    await page.getByText(/^About/).waitFor()
    expect(model.requests.length).toBe(asked)
    await page.getByRole('button', { name: 'Start the backtest' }).click()

    await page.getByText(/^(Worse|Inconclusive|Not worse|Better):? .*over \d+ runs/).waitFor()
    const done = (await rondo.runs.list({ flow: 'tickets', status: ['completed'], limit: 100 })).length
    expect(model.requests.length - asked).toBe(done)
    await page.getByRole('heading', { name: 'Right before, wrong under the change' }).waitFor()

    const lines = await rondo.access.audit.list({ by: 'mia' })
    expect(lines.map(({ what }) => what)).toEqual(expect.arrayContaining(['sign-in', 'inbox.claim', 'inbox.accept', 'backtest.start']))
    expect(complaints).toEqual([])
  })
})
