/**
 * Signing in with a name and a password in a browser, and two people at one inbox.
 */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noBrowser, openStage, type Stage } from './browser.ts'

const PASSWORD = 'three plain words'
const BY = { by: 'root', credential: 'command line' }

describe.skipIf(noBrowser !== undefined)('people with names', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    const { users } = stage.desk.rondo.access
    await users.create(BY, { name: 'root', role: 'admin', password: PASSWORD })
    await users.create(BY, { name: 'mia', role: 'reviewer', reviews: ['desk'], password: PASSWORD })
    await users.create(BY, { name: 'noa', role: 'reviewer', reviews: ['desk'], password: PASSWORD })
    await users.create(BY, { name: 'vic', role: 'viewer', password: PASSWORD })
    for (let number = 0; number < 12; number += 1) await stage.desk.mail(number)
    await stage.desk.rondo.idle()
  })
  afterAll(() => stage.close())

  const asPerson = async (name: string, path: string): Promise<Page> => {
    const page = await (await stage.browser.newContext({ viewport: { width: 1360, height: 860 } })).newPage()
    await page.goto(`${stage.desk.served.url}${path}`)
    await page.getByLabel('Name').fill(name)
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    return page
  }

  test('whoever comes to a page signs in and is there; a wrong password is refused in words', async () => {
    const page = await (await stage.browser.newContext()).newPage()
    await page.goto(`${stage.desk.served.url}/runs?flow=tickets`)
    await page.getByLabel('Name').fill('mia')
    await page.getByLabel('Password').fill('three wrong words')
    await page.keyboard.press('Enter')
    expect(await page.getByRole('alert').textContent()).toBe('The name or the password is wrong.')
    await page.getByLabel('Name').fill('mia')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Runs' }).waitFor()
    expect(new URL(page.url()).search).toBe('?flow=tickets')
    expect(await page.getByTitle('Who you are here').textContent()).toBe('mia')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Password').waitFor()
    await page.goto(`${stage.desk.served.url}/inbox`)
    await page.getByLabel('Password').waitFor()
    await page.context().close()
  })

  test('two people at one inbox are shown different questions, and each answer is kept under its name', async () => {
    // Whoever looks at a question for a moment has it to themselves.
    const held = async (page: Page, name: string): Promise<string> => {
      await expect.poll(async () => (await stage.desk.rondo.inbox.get(await shown(page)))?.claimedBy, { timeout: 10_000 }).toBe(name)
      return shown(page)
    }
    const mia = await asPerson('mia', '/inbox')
    const hers = await held(mia, 'mia')
    const noa = await asPerson('noa', '/inbox')
    expect(await held(noa, 'noa')).not.toBe(hers)
    const answered = new Map<string, string>()
    for (let turn = 0; turn < 8; turn += 1) {
      const [page, name] = turn % 2 === 0 ? ([mia, 'mia'] as const) : ([noa, 'noa'] as const)
      const id = await held(page, name)
      expect(answered.has(id), `${id} was shown to ${name} although ${answered.get(id)} had answered it`).toBe(false)
      answered.set(id, name)
      await page.keyboard.press('a')
      await page.waitForFunction((was) => document.querySelector('[data-question]')?.getAttribute('data-question') !== was, id)
    }
    await expect
      .poll(
        async () => {
          const items = await Promise.all([...answered.keys()].map((id) => stage.desk.rondo.inbox.get(id)))
          return items.map((item) => [item?.id, item?.answers.map(({ by }) => by)])
        },
        { timeout: 20_000 },
      )
      .toEqual([...answered].map(([id, name]) => [id, [name]]))
    await Promise.all([mia.context().close(), noa.context().close()])
  })

  test('a viewer sees, and is offered nothing to answer', async () => {
    const page = await asPerson('vic', '/inbox')
    await page.getByRole('heading', { name: 'Inbox' }).waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    expect(await page.locator('[data-question]').count()).toBe(0)
    await page.context().close()
  })
})

async function shown(page: Page): Promise<string> {
  await page.waitForSelector('[data-question]')
  return (await page.locator('[data-question]').first().getAttribute('data-question')) ?? ''
}
