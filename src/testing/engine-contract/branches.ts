/**
 * Proofs about branches and loops: they keep what they had, whenever the process dies.
 */
import { expect } from 'vitest'
import { asking, output, type Proof, played, randomOf, turn } from './bench.ts'

const KILLS = 30

export function branchProofs(proof: Proof): void {
  proof('branches of several steps keep what they had when the process died in the middle of others', async (bench) => {
    const calls: string[] = []
    let hang = true
    const subject = played((run) =>
      run.map('items', ['a', 'b', 'c', 'd'], async (item) => {
        await run.step('first', () => void calls.push(`${item}1`), { effect: 'read' })
        await run.step('second', () => (hang && item > 'b' ? new Promise(() => undefined) : void calls.push(`${item}2`)), {
          effect: 'read',
        })
        return item
      }),
    )
    await bench.open(subject)
    await bench.rondo.runs.start(subject, {}, { id: 'r' })
    while (calls.length < 6) await turn()
    await bench.rondo.store.runs.get('r')
    hang = false
    await bench.crash(subject)
    expect(await bench.rondo.runs.result('r')).toEqual(['a', 'b', 'c', 'd'])
    expect(calls.filter((call) => call.endsWith('1')).sort()).toEqual(['a1', 'b1', 'c1', 'd1'])
  })

  proof('the winner of a race stays the winner', async (bench) => {
    let wins = 'one'
    const subject = played(async (run) => {
      const won = await run.race('race', {
        one: () => (wins === 'one' ? run.step('x', () => 1) : run.signal('never')),
        two: () => (wins === 'two' ? run.step('x', () => 2) : run.signal('never')),
      })
      await run.signal('go')
      return won
    })
    await bench.open(subject)
    await bench.rondo.runs.start(subject, {}, { id: 'r' })
    await bench.rondo.idle()
    wins = 'two'
    await bench.crash(subject)
    await bench.rondo.runs.signal('r', 'go', null)
    expect(await bench.rondo.runs.result('r')).toEqual({ winner: 'one', value: 1 })
  })

  proof('a loop goes on at its last finished round', async (bench) => {
    const rounds: number[] = []
    const subject = played((run) =>
      run.loop('rounds', {}, { sum: 0 }, async (turn, state) => {
        const sum = await run.step('add', () => {
          rounds.push(turn.round)
          return state.sum + turn.round
        })
        if (turn.round === 2) await run.signal('go')
        return turn.round === 4 ? turn.done(sum) : turn.again({ sum })
      }),
    )
    await bench.open(subject)
    await bench.rondo.runs.start(subject, {}, { id: 'r' })
    await bench.rondo.idle()
    await bench.crash(subject)
    await bench.rondo.runs.signal('r', 'go', null)
    expect(output(await bench.settled('r'))).toBe(10)
    expect(rounds).toEqual([0, 1, 2, 3, 4])
  })

  proof('a spent budget asks a person, who extends it or ends the run', async (bench) => {
    const subject = played((run) =>
      run.loop('rounds', { rounds: 2, role: 'lead' }, 0, async (turn, state: number) =>
        turn.round === 3 ? turn.done(state) : turn.again(await run.step('add', () => state + 1)),
      ),
    )
    await bench.open(subject)
    for (const id of ['more', 'end']) {
      await bench.rondo.runs.start(subject, {}, { id })
      expect((await bench.settled(id)).status).toBe('waiting')
      await bench.crash(subject)
      expect((await bench.settled(id)).status).toBe('waiting')
      const [question] = await bench.rondo.store.reviews.list({ run: id, state: 'open' })
      expect(question).toMatchObject({ kind: 'budget', role: 'lead' })
      await bench.answer(question?.id ?? '', id === 'more' ? { extend: { rounds: 2 } } : { end: true })
    }
    expect(output(await bench.settled('more'))).toBe(3)
    expect((await bench.settled('end')).status).toBe('cancelled')
  })

  proof(
    'branches of several steps come through kills at random moments: what was done stays done, and the result is the same',
    async (bench) => {
      const chance = randomOf(20260101)
      const calls: string[] = []
      const subject = played((run) => {
        const did = (scope: string, name: string) =>
          run.step(
            name,
            async () => {
              calls.push(`${scope}/${name}`)
              for (let turns = Math.floor(chance() * 4); turns > 0; turns -= 1) await turn()
              return `${scope}/${name}`
            },
            { effect: 'idempotent' },
          )
        return run.map('items', ['a', 'b', 'c'], async (item) => {
          const scope = `items[${item}]`
          for (const name of ['one', 'two']) await did(scope, name)
          return run.all({
            left: () => did(`${scope}/left`, 'x'),
            right: async () => [await did(`${scope}/right`, 'x'), await did(`${scope}/right`, 'y')],
          })
        })
      })
      await bench.open(subject)
      const expected = await bench.rondo.runs.start(subject, {}, { id: 'calm' }).then((handle) => handle.result())
      const { writes } = bench
      const steps = calls.length
      let midRun = 0
      for (let kill = 0; kill < KILLS; kill += 1) {
        const id = `r${kill}`
        await bench.shut()
        await bench.openDoomed({ at: 1 + Math.floor(chance() * writes), when: chance() < 0.5 ? 'before' : 'after' }, subject)
        await bench.rondo.runs.start(subject, {}, { id })
        await bench.death
        const before = calls.splice(0).length
        await bench.crash(subject)
        if (before > 0 && bench.found.length < steps) midRun += 1
        expect(await bench.rondo.runs.result(id)).toEqual(expected)
        expect(calls.filter((path) => bench.found.includes(path))).toEqual([])
        expect(new Set([...bench.found, ...calls]).size).toBe(steps)
        calls.length = 0
      }
      expect(midRun).toBeGreaterThan(KILLS / 2)
    },
  )

  proof('what a race leaves behind is stopped: its question closes, its child is cancelled, also across a crash', async (bench) => {
    const child = played((run) => run.signal('never'), 'child')
    const subject = played(async (run) => {
      const won = await run.race('race', {
        asks: () => run.decide(asking('folder'), {}),
        calls: () => run.call(child, {}),
        comes: () => run.signal('come'),
      })
      await run.signal('go')
      return won
    })
    await bench.open(subject, child)
    await bench.rondo.runs.start(subject, {}, { id: 'r' })
    await bench.rondo.idle()
    await bench.crash(subject, child)
    await bench.rondo.runs.signal('r', 'come', 'now')
    await bench.settled('r')
    expect((await bench.rondo.store.reviews.list({ run: 'r' })).map(({ state }) => state)).toEqual(['closed'])
    expect((await bench.rondo.runs.list({ parent: 'r' })).map(({ status }) => status)).toEqual(['cancelled'])
    await bench.rondo.runs.signal('r', 'go', null)
    expect(output(await bench.settled('r'))).toEqual({ winner: 'comes', value: 'now' })
  })
}
