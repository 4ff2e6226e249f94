/**
 * Proofs about whole runs: started once, cancelled with their children, mended, kept as long as they should be.
 */
import { expect } from 'vitest'
import type { Run } from '../../flow/run.ts'
import { aborted, DAY, output, type Proof, played, turn, until } from './bench.ts'

export function runProofs(proof: Proof): void {
  proof('the same id or key starts one run, and another input is refused', async (bench) => {
    let runs = 0
    const subject = played((run) =>
      run.step('count', () => {
        runs += 1
      }),
    )
    await bench.open(subject)
    const first = await bench.rondo.runs.start(subject, { a: 1, b: 2 }, { key: 'k' })
    const again = await bench.rondo.runs.start(subject, { b: 2, a: 1 }, { key: 'k' })
    expect([first.started, again.started, again.id === first.id]).toEqual([true, false, true])
    await expect(bench.rondo.runs.start(subject, { a: 2 }, { key: 'k' })).rejects.toMatchObject({ code: 'run_conflict' })
    await bench.rondo.runs.start(subject, 1, { id: 'x' })
    await expect(bench.rondo.runs.start(subject, 2, { id: 'x' })).rejects.toMatchObject({ code: 'run_conflict' })
    await bench.rondo.idle()
    expect(runs).toBe(2)
  })

  proof('cancel ends a run that sleeps, one that waits and one in the middle of a step', async (bench) => {
    let aborted = false
    const sleeps = played((run) => run.sleep('long', '30d'), 'sleeps')
    const waits = played((run) => run.signal('never'), 'waits')
    const works = played(
      (run) =>
        run.step(
          'work',
          ({ signal }) =>
            new Promise((_, reject) =>
              signal.addEventListener('abort', () => {
                aborted = true
                reject(new Error('stopped'))
              }),
            ),
          { effect: 'read' },
        ),
      'works',
    )
    await bench.open(sleeps, waits, works)
    for (const subject of [sleeps, waits, works]) await bench.rondo.runs.start(subject, {}, { id: subject.name })
    while ((await bench.rondo.runs.get('works'))?.status !== 'running') await turn()
    await turn()
    for (const id of ['sleeps', 'waits', 'works']) await bench.rondo.runs.cancel(id, 'enough')
    for (const id of ['sleeps', 'waits', 'works']) expect(await bench.settled(id)).toMatchObject({ status: 'cancelled', reason: 'enough' })
    expect(aborted).toBe(true)
    await expect(bench.rondo.runs.cancel('waits')).rejects.toMatchObject({ code: 'run_state' })
  })

  proof('cancelling a run cancels its children', async (bench) => {
    const child = played((run) => run.signal('never'), 'child')
    const parent = played((run) => run.call(child, {}), 'parent')
    await bench.open(parent, child)
    await bench.rondo.runs.start(parent, {}, { id: 'p' })
    await bench.rondo.idle()
    const [begun] = await bench.rondo.runs.list({ parent: 'p' })
    expect(begun?.status).toBe('waiting')
    await bench.rondo.runs.cancel('p')
    expect((await bench.settled('p')).status).toBe('cancelled')
    expect((await bench.settled(begun?.id ?? '')).status).toBe('cancelled')
  })

  proof('children in the middle of a step are told to stop: by the end of their run, and when it needs them no longer', async (bench) => {
    const told: string[] = []
    const begun: string[] = []
    const works = played((run) => {
      const work = async ({ signal }: { signal: AbortSignal }): Promise<never> => {
        begun.push(run.id)
        return aborted(signal).finally(() => told.push(run.id))
      }
      return run.step('work', work, { effect: 'read' })
    }, 'works')
    const ends = played((run) => run.call(works, {}), 'ends')
    const races = played(async (run) => {
      const won = await run.race('first', { child: (one) => one.call(works, {}), signal: (one) => one.signal('go') })
      await run.step('more', () => new Promise(() => undefined), { effect: 'read' })
      return won
    }, 'races')
    await bench.open(works, ends, races)
    for (const subject of [ends, races]) await bench.rondo.runs.start(subject, {}, { id: subject.name })
    await until(() => begun.length === 2)
    await bench.rondo.runs.cancel('ends')
    await until(() => told.length === 1)
    await bench.rondo.runs.signal('races', 'go', null)
    await until(() => told.length === 2)
    await bench.rondo.runs.cancel('races')
    await bench.rondo.idle()
    for (const id of told) expect((await bench.rondo.runs.get(id))?.status).toBe('cancelled')
  })

  proof('a child gives its output, and its failure can be caught', async (bench) => {
    const child = played(async (run, input: { fail: boolean }) => {
      if (input.fail) throw new Error('no luck')
      return run.step('x', () => 'fine')
    }, 'child')
    const parent = played(async (run) => {
      const fine = await run.call(child, { fail: false }, { name: 'good' })
      const failed = await run
        .call(child, { fail: true }, { name: 'bad' })
        .catch((error: unknown) => (error instanceof Error ? error.message : ''))
      return [fine, failed]
    }, 'parent')
    await bench.open(parent, child)
    const [fine, failed] = (await bench.rondo.runs.start(parent, {}).then((handle) => handle.result())) as [string, string]
    expect(fine).toBe('fine')
    expect(failed).toMatch(/no luck/)
  })

  proof('code that no longer fits its journal stops the run and nothing else, and goes on once it is mended', async (bench) => {
    const calls: string[] = []
    const body = (wrong: boolean) =>
      played(async (run) => {
        if (wrong) await run.sleep('step', '1h').catch(() => undefined)
        else await run.step('step', () => void calls.push('step'))
        await run.signal('go')
        return 'done'
      })
    const other = played((run) => run.step('fine', () => 1), 'other')
    await bench.open(body(false), other)
    await bench.rondo.runs.start('played', {}, { id: 'r' })
    await bench.rondo.idle()
    await bench.crash(body(true), other)
    await bench.rondo.runs.signal('r', 'go', null)
    await bench.rondo.runs.start(other, {}, { id: 'o' })
    expect(await bench.settled('r')).toMatchObject({ status: 'stopped', error: { code: 'diverged' } })
    expect((await bench.settled('o')).status).toBe('completed')
    await bench.crash(body(false), other)
    await bench.rondo.runs.retry('r')
    expect(output(await bench.settled('r'))).toBe('done')
    expect(calls).toEqual(['step'])
  })

  proof('steps may be added, removed and moved around a recorded one', async (bench) => {
    const calls: string[] = []
    const step = (run: Run, name: string) => run.step(name, () => calls.push(name))
    const before = played(async (run) => [await step(run, 'a'), await step(run, 'b'), await run.signal('go')])
    const after = played(async (run) => [await step(run, 'new'), await step(run, 'b'), await run.signal('go')])
    await bench.open(before)
    await bench.rondo.runs.start(before, {}, { id: 'r' })
    await bench.rondo.idle()
    await bench.crash(after)
    await bench.rondo.runs.signal('r', 'go', 'on')
    expect(output(await bench.settled('r'))).toEqual([3, 2, 'on'])
    expect(calls).toEqual(['a', 'b', 'new'])
  })

  proof('ended runs are removed when they are old enough, and waiting ones never', async (bench) => {
    const ends = played(async () => 'x', 'ends')
    const waits = played((run) => run.signal('x'), 'waits')
    await bench.open(ends, waits)
    await bench.rondo.runs.start(ends, {}, { id: 'old' })
    await bench.rondo.runs.start(waits, {}, { id: 'waits' })
    await bench.rondo.idle()
    await bench.turn(40 * DAY)
    await bench.rondo.runs.start(ends, {}, { id: 'new' })
    await bench.rondo.idle()
    expect((await bench.rondo.store.runs.prune({ endedBefore: bench.clock.now() - 30 * DAY })).runs).toBe(1)
    expect([
      await bench.rondo.runs.get('old'),
      (await bench.rondo.runs.get('new'))?.status,
      (await bench.rondo.runs.get('waits'))?.status,
    ]).toEqual([undefined, 'completed', 'waiting'])
  })
}
