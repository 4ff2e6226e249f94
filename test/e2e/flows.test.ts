/**
 * The flows in a browser: drawn as loops, opened step by step, at other times, compared, and read as a table.
 */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faults, noBrowser, openStage, type Stage, settled, THEMES } from './browser.ts'

const ANN = { name: 'ann', roles: ['*'] }

describe.skipIf(noBrowser !== undefined)('the flows', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    const { desk } = stage
    // Those of even numbers want a reply.
    for (let number = 0; number < 8; number += 1) await desk.mail(number)
    await desk.rondo.runs.start('counting', { texts: ['a b', '', 'f'] }, { id: 'count-1' })
    await desk.rondo.idle()
    for (let number = 0; number < 8; number += 1) await desk.rondo.inbox.accept(`ticket-${number}:queue`, ANN)
    await desk.rondo.idle()
    for (const item of await desk.rondo.inbox.list()) await desk.rondo.inbox.reject(item.id, ANN, 'turned down')
    await desk.rondo.idle()
    for (const item of (await desk.rondo.inbox.list()).slice(1)) await desk.rondo.inbox.accept(item.id, ANN)
    await desk.rondo.idle()
  })
  afterAll(() => stage.close())

  const drawn = async (page: Page): Promise<void> => {
    await page.locator('.drawing [data-edge]').first().waitFor({ state: 'attached' })
  }

  test('a flow is drawn with its loop, and the back edge says how often it turned', async () => {
    const page = await stage.visit('/flows')
    await page.getByRole('link', { name: /tickets/ }).click()
    await drawn(page)
    const loop = await page.locator('[data-node="draft"]').boundingBox()
    const reply = await page.locator('[data-node="draft[]/reply"]').boundingBox()
    const back = page.locator('[data-edge][data-back="true"]')
    expect(await back.count()).toBe(1)
    expect(await back.getAttribute('data-edge')).toBe('back:draft[]/approve→draft[]/reply')
    const drafted = (await stage.desk.rondo.runs.list({ flow: 'tickets' })).length / 2
    expect(await back.textContent()).toContain(`again ${drafted}×`)
    expect(loop?.y).toBeLessThan(reply?.y ?? 0)
    expect(await page.getByRole('button', { name: /^approve review 1 here/ }).count()).toBe(1)
  })

  test('a step opens with its newest times, and leads to the run', async () => {
    const page = await stage.visit('/flows/tickets')
    await drawn(page)
    await page.locator('[data-node="draft"]').click()
    const panel = page.getByRole('complementary', { name: 'Step draft' })
    expect(await panel.getByRole('row', { name: '2' }).count()).toBe(1)
    await panel.getByRole('link').first().click()
    await page.waitForURL(/\/runs\/ticket-\d\?path=draft/)
    await page.goBack()
    await page.getByRole('complementary', { name: 'Step draft' }).waitFor()
    await page.keyboard.press('Escape')
    await panel.waitFor({ state: 'detached' })
  })

  test('all of it goes by keys: steps in reading order, Enter opens, Escape closes', async () => {
    const page = await stage.visit('/flows/tickets')
    await drawn(page)
    const met: string[] = []
    await page.locator('[data-node="$start"]').focus()
    for (let index = 0; index < 6; index += 1) {
      await page.keyboard.press('Tab')
      met.push(await page.evaluate(() => document.activeElement?.getAttribute('data-node') ?? ''))
    }
    expect(met).toEqual(['facts', 'queue', 'draft', 'draft[]/reply', 'draft[]/approve', 'send'])
    await page.keyboard.press('Enter')
    await page.getByRole('complementary', { name: 'Step send' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('t')
    await page.getByRole('row', { name: /^approve review/ }).waitFor()
  })

  test('another time is another picture; before it there was nothing to compare with', async () => {
    const page = await stage.visit('/flows/tickets?to=2020-01-01')
    await page.getByText('No run was started then').waitFor()
    await page.getByLabel('Started').selectOption('1h')
    await drawn(page)
    await page.getByLabel('Compared with').selectOption('before')
    await page.getByText('There are no runs to compare with.').waitFor()
    expect(new URL(page.url()).search).toBe('?from=1h&against=before')
  })

  test('two windows side by side say what changed, and where', async () => {
    const [first] = (await stage.desk.rondo.runs.list({ flow: 'tickets' })).toReversed()
    const begin = first?.createdAt ?? 0
    const mark = Date.now()
    // Nobody wants a reply any more.
    for (const number of [20, 22]) await stage.desk.mail(number)
    await stage.desk.rondo.idle()
    for (const number of [20, 22]) await stage.desk.rondo.inbox.answer(`ticket-${number}:queue`, ANN, 'spam')
    await stage.desk.rondo.idle()
    const [from, to] = [new Date(mark), new Date(mark + (mark - begin) + 60_000)].map((at) => at.toISOString())
    const page = await stage.visit(`/flows/tickets?from=${from}&to=${to}&against=before`)
    await drawn(page)
    await page.getByText('Compared with 8 runs:').waitFor()
    await page.getByRole('button', { name: 'draft gone' }).waitFor()
    expect(await page.locator('[data-node="draft"]').count()).toBe(0)
    await page.keyboard.press('t')
    await page.getByRole('row', { name: /^draft loop .* gone/ }).waitFor()
  })

  test.each(THEMES)('nobody is shut out, in %s', async (colorScheme) => {
    for (const path of ['/flows', '/flows/tickets?node=draft&by=time', '/flows/tickets?view=table', '/flows/counting']) {
      const page = await stage.visit(path, { colorScheme })
      if (!path.includes('table') && path !== '/flows') await drawn(page)
      await settled(page)
      expect([path, await faults(page)]).toEqual([path, []])
      await page.context().close()
    }
  })
})
