import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { flow } from '../flow/flow.ts'
import { createRondo, type Rondo } from '../index.ts'
import type { RunRecord } from '../journal/records.ts'
import { openMemoryStore } from '../journal/stores/memory/memory.ts'
import { journalOf, reviewsOf, stepsIn, type TimelineStep, timeline } from './timeline.ts'
import { timelineLines } from './timeline-text.ts'

const busy = flow({
  name: 'busy',
  input: z.object({}),
  output: z.string(),
  async run(run) {
    await run.loop('draft', { rounds: 9 }, 0, async (turn, sum) => {
      await run.step('write', () => sum, { effect: 'none' })
      return turn.round === 2 ? turn.done(sum) : turn.again(sum + 1)
    })
    await run.map('files', ['a', 'b'], (file) => run.step('read', () => file, { effect: 'read' }))
    await run.all({ legal: (branch) => branch.step('check', () => true), money: (branch) => branch.step('check', () => true) })
    await run.race('first', { quick: (branch) => branch.step('go', () => 1), slow: (branch) => branch.sleep('wait', '1h') })
    await run.map(
      'many',
      Array.from({ length: 40 }, (_, index) => index),
      (item) => run.step('do', () => item, { effect: 'none' }),
    )
    await run.review('approve', { subject: 'all of it', role: 'lead' })
    return 'done'
  },
})

let rondo: Rondo
let run: RunRecord
let steps: TimelineStep[]
beforeAll(async () => {
  rondo = await createRondo({ flows: [busy], store: openMemoryStore() })
  const { id } = await rondo.runs.start(busy, {})
  await rondo.idle()
  const record = await rondo.runs.get(id)
  if (record === undefined) throw new Error('The run is not there.')
  run = record
  steps = timeline(await journalOf(rondo, id), await reviewsOf(rondo, id), false)
  return () => rondo.close()
})

const at = (path: string): TimelineStep | undefined => [...stepsIn(steps)].find((step) => step.path === path)

describe('a run as a timeline', () => {
  it('has its steps in the order in which they began, with what stands inside each', () => {
    expect(steps.map((step) => `${step.kind} ${step.path} ${step.state}`)).toEqual([
      'loop draft completed',
      'map files completed',
      'branch legal completed',
      'branch money completed',
      'race first completed',
      'map many completed',
      'review approve waiting',
    ])
    expect(at('draft')?.steps.map((step) => `${step.kind} ${step.name} ${step.state}`)).toEqual([
      'round [0] completed',
      'round [1] completed',
      'round [2] completed',
    ])
    expect(at('files[b]')).toMatchObject({ kind: 'item', state: 'completed', steps: [{ path: 'files[b]/read', kind: 'code' }] })
    expect(at('first')?.steps.map((step) => `${step.kind} ${step.name}`)).toEqual(['branch quick', 'branch slow'])
  })

  it('knows who is asked', () => {
    expect(at('approve')).toMatchObject({ review: { role: 'lead', state: 'open' } })
  })

  it('folds long stretches unless all is wanted', () => {
    const folded = timelineLines(steps, run, run.createdAt + 1000, false)
    expect(folded.some((line) => line.includes('28 more steps here'))).toBe(true)
    expect(timelineLines(steps, run, run.createdAt + 1000, true).length).toBe([...stepsIn(steps)].length)
  })
})
