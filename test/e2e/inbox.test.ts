/**
 * The inbox in a browser: answering by keys, taking it back, and how long the next question takes to be there.
 */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noBrowser, openStage, type Stage } from './browser.ts'

const MANY = 60
const BAR_MS = 100

describe.skipIf(noBrowser !== undefined)('the inbox', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    for (let number = 0; number < MANY; number += 1) await stage.desk.mail(number)
    await stage.desk.rondo.idle()
  })
  afterAll(() => stage.close())

  const open = (): Promise<number> => stage.desk.rondo.inbox.count()

  test('a question comes with what the model saw, its proposal, and what was answered before', async () => {
    const page = await stage.visit('/inbox?item=ticket-0%3Aqueue')
    await page.getByRole('heading', { name: 'Which queue does this mail belong to?' }).waitFor()
    await page.getByText('my card was charged twice').waitFor()
    await page.getByRole('heading', { name: 'What the model saw' }).waitFor()
    await page.getByText('help/refunds', { exact: true }).waitFor()
    await page.getByText('The prompt as sent').click()
    await page.getByText('You sort mail to a shop').waitFor()
    expect(await page.getByLabel('Proposal').textContent()).toMatch(/billing.*by the model’s own probability/)
  })

  test('an answer can be taken back for a while, and nothing was sent', async () => {
    const page = await stage.visit('/inbox?flow=tickets')
    const first = await shown(page)
    const before = await open()
    await page.keyboard.press('1')
    await page.waitForFunction((was) => document.querySelector('[data-question]')?.getAttribute('data-question') !== was, first)
    await page.getByRole('status').getByText('Answered').waitFor()
    await page.keyboard.press('u')
    await page.waitForFunction((was) => document.querySelector('[data-question]')?.getAttribute('data-question') === was, first)
    expect(await open()).toBe(before)
    expect((await stage.desk.rondo.inbox.get(first))?.answers).toEqual([])
  })

  test('leaving the page sends what waits', async () => {
    const page = await stage.visit('/inbox?flow=tickets')
    const first = await shown(page)
    await page.keyboard.press('2')
    await page.getByRole('status').getByText('Answered').waitFor()
    await page.close({ runBeforeUnload: true })
    await expect.poll(async () => (await stage.desk.rondo.inbox.get(first))?.answers.map(({ by }) => by)).toEqual(['ann'])
  })

  test('ten questions and more are answered by keys alone, each kept once, the next one there in less than 100 ms', async () => {
    const page = await stage.visit('/inbox?flow=tickets&kind=decide')
    await shown(page)
    await page.getByText('Live', { exact: true }).waitFor()
    await watchQuestions(page)
    const answered: string[] = []
    for (let index = 0; index < 40; index += 1) {
      answered.push(await shown(page))
      await page.keyboard.press(['a', '1', '2', '3', '4'][index % 5] ?? 'a')
      await page.waitForFunction((was) => document.querySelector('[data-question]')?.getAttribute('data-question') !== was, answered.at(-1))
    }
    await page.waitForFunction((all) => (window as unknown as { times: number[] }).times.length === all, answered.length)
    const times = await page.evaluate(() => (window as unknown as { times: number[] }).times)
    expect(new Set(answered).size).toBe(40)
    expect(times.length).toBe(40)
    const p95 = times.toSorted((one, other) => one - other)[Math.floor(times.length * 0.95)] ?? Number.NaN
    console.log(`answer to next question painted: p50 ${median(times).toFixed(0)} ms, p95 ${p95.toFixed(0)} ms of ${times.length}`)
    expect(p95).toBeLessThan(BAR_MS)
    await expect
      .poll(
        async () => {
          const items = await Promise.all(answered.map((id) => stage.desk.rondo.inbox.get(id)))
          return items.every((item) => item?.answers.length === 1 && item.answers[0]?.by === 'ann')
        },
        { timeout: 20_000 },
      )
      .toBe(true)
  })

  test('what somebody else answered meanwhile is said, and answered by nobody twice', async () => {
    const page = await stage.visit('/inbox?flow=tickets&kind=decide')
    const id = await shown(page)
    await page.keyboard.press('1')
    await page.getByRole('status').getByText('Answered').waitFor()
    await stage.desk.rondo.inbox.answer(id, { name: 'bob', roles: ['*'] }, 'spam').catch(async () => {
      // Ann holds the claim: it is let go, as when it runs out.
      await stage.desk.rondo.inbox.release(id, { name: 'ann', roles: ['*'] })
      await stage.desk.rondo.inbox.answer(id, { name: 'bob', roles: ['*'] }, 'spam')
    })
    await page.locator('.toast').waitFor({ timeout: 15_000 })
    expect((await stage.desk.rondo.inbox.get(id))?.answers.map(({ by }) => by)).toEqual(['bob'])
  })

  test('a review is rejected with a note, which reaches the next draft', async () => {
    const page = await stage.visit('/inbox?kind=review&flow=tickets')
    const id = await shown(page)
    await page.keyboard.press('r')
    await page.keyboard.type('Say sorry first.')
    await page.keyboard.press('Control+Enter')
    await expect.poll(async () => (await stage.desk.rondo.inbox.get(id))?.answers[0]?.note, { timeout: 15_000 }).toBe('Say sorry first.')
    const next = id.replace('draft[0]', 'draft[1]')
    await expect
      .poll(async () => JSON.stringify((await stage.desk.rondo.inbox.get(next))?.content.subject), { timeout: 15_000 })
      .toContain('truly sorry')
  })

  test('a value is edited in a form made of its schema, and what does not fit is said before it is sent', async () => {
    await stage.desk.rondo.runs.start('payments', { to: 'Mira', cents: 4200 }, { id: 'pay-edit' })
    const page = await stage.visit('/inbox?item=pay-edit%3Acheck')
    await page.getByRole('heading', { name: 'Pay this?' }).waitFor()
    await page.keyboard.press('e')
    await page.getByLabel('cents').fill('12.5')
    await page.keyboard.press('Control+Enter')
    await page.getByText('This is a whole number.').waitFor()
    await page.getByLabel('cents').fill('4300')
    await page.getByRole('group', { name: 'urgent' }).getByRole('button', { name: 'yes' }).click()
    await page.getByRole('button', { name: 'Add' }).click()
    await page.getByLabel('tags, item 2').fill('second try')
    await page.keyboard.press('Control+Enter')
    await expect
      .poll(async () => (await stage.desk.rondo.inbox.get('pay-edit:check'))?.answers[0]?.outcome, { timeout: 15_000 })
      .toBe('edited')
    const entries = await stage.desk.rondo.runs.journal('pay-edit', { limit: 100 })
    await expect.poll(async () => (await stage.desk.rondo.runs.journal('pay-edit', { limit: 100 })).length).toBeGreaterThan(0)
    expect(entries.some(({ name }) => name === 'check')).toBe(true)
  })

  test('a comment is said at once; handing over puts it to the other role', async () => {
    const page = await stage.visit('/inbox?kind=decide&flow=tickets')
    const id = await shown(page)
    await page.keyboard.press('c')
    await page.keyboard.type('Known customer.')
    await page.keyboard.press('Control+Enter')
    await page.getByLabel('Comments').getByText('Known customer.').waitFor()
    await page.keyboard.press('o')
    await page.keyboard.type('lead')
    await page.keyboard.press('Enter')
    await expect.poll(async () => (await stage.desk.rondo.inbox.get(id))?.role, { timeout: 15_000 }).toBe('lead')
  })

  test('nothing jumps while new questions come in', async () => {
    const page = await stage.visit('/inbox')
    const before = await shown(page)
    await page.getByText('Live', { exact: true }).waitFor()
    await page.evaluate(() => {
      const shifts: number[] = []
      Object.assign(window, { shifts })
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value)
      }).observe({ type: 'layout-shift', buffered: false })
    })
    for (let number = 100; number < 110; number += 1) await stage.desk.mail(number)
    await page.getByRole('button', { name: /no. 4109/ }).waitFor()
    expect(await shown(page)).toBe(before)
    expect(await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts.reduce((sum, one) => sum + one, 0))).toBeLessThan(
      0.01,
    )
  })
})

/** The question in front. */
async function shown(page: Page): Promise<string> {
  const question = page.locator('[data-question]')
  await question.waitFor()
  return (await question.getAttribute('data-question')) ?? ''
}

/** Measures from each key to the painting of another question: when the frame after it has been handed over. */
async function watchQuestions(page: Page): Promise<void> {
  await page.evaluate(() => {
    const times: number[] = []
    let pressed: number | undefined
    Object.assign(window, { times })
    document.addEventListener('keydown', (event) => (pressed = event.timeStamp), { capture: true })
    let shownId = document.querySelector('[data-question]')?.getAttribute('data-question')
    new MutationObserver(() => {
      const now = document.querySelector('[data-question]')?.getAttribute('data-question')
      if (now === shownId) return
      shownId = now
      const from = pressed
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => from !== undefined && times.push(performance.now() - from)
        port2.postMessage(undefined)
      })
    }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-question'] })
  })
}

function median(times: readonly number[]): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN
}
