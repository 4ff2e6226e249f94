/**
 * Two pictures of a flow side by side: what became more or less, faster or slower, dearer or cheaper.
 *
 * Owns: the differences, in numbers and words. Counts and money are compared per run: a window may hold more runs than the other.
 */
import { humanDuration, percent, usd } from '../../parts/figures.tsx'
import type { Picture, PictureNode } from './picture.ts'

/** What a node can be looked at by. */
export type Measure = 'runs' | 'time' | 'money' | 'waiting'

export const MEASURES: readonly (readonly [Measure, string])[] = [
  ['runs', 'How often'],
  ['time', 'Time'],
  ['money', 'Money'],
  ['waiting', 'Waiting'],
]

/** Of a node: the share of runs that came there, milliseconds, or micro-dollars per run. `undefined`: there is nothing to say. */
export function measured(node: PictureNode, measure: Measure, runs: number): number | undefined {
  if (runs === 0) return undefined
  if (measure === 'runs') return node.runs / runs
  if (measure === 'time') return node.ms?.p50
  if (measure === 'money') return node.microUsd / runs
  return node.waitMs?.p50
}

/** A value as people read it. */
export function said(value: number, measure: Measure): string {
  if (measure === 'runs') return value === 1 ? 'every run' : `${percent(value)} of runs`
  if (measure === 'money') return `${usd(Math.round(value))} a run`
  return humanDuration(Math.round(value))
}

export interface Change {
  readonly node: PictureNode
  readonly measure: Measure
  readonly was: number
  readonly is: number
  /** The change relative to the larger of both, in [-1,1]: what is new is 1, what is gone -1. */
  readonly share: number
}

/** Smaller changes are not told: medians of few runs move by themselves. */
const SMALLEST_SHARE = 0.1
const SMALLEST: Readonly<Record<Measure, number>> = { runs: 0.02, time: 20, money: 20, waiting: 1000 }

/** The changes from `other` to `picture`, the largest first. */
export function changesOf(picture: Picture, other: Picture): Change[] {
  const before = new Map(other.nodes.map((node) => [node.id, node]))
  const now = new Map(picture.nodes.map((node) => [node.id, node]))
  const ids = [...now.keys(), ...[...before.keys()].filter((id) => !now.has(id))].filter((id) => id !== '$start')
  const changes = ids.flatMap((id) => MEASURES.flatMap(([measure]) => changeOf(now.get(id), before.get(id), measure, picture, other)))
  return changes.sort((one, two) => Math.abs(two.share) - Math.abs(one.share))
}

function changeOf(
  now: PictureNode | undefined,
  before: PictureNode | undefined,
  measure: Measure,
  picture: Picture,
  other: Picture,
): Change[] {
  const node = now ?? before
  if (node === undefined || picture.runs === 0 || other.runs === 0) return []
  const is = now === undefined ? undefined : measured(now, measure, picture.runs)
  const was = before === undefined ? undefined : measured(before, measure, other.runs)
  // Times of a step that one side never took say nothing; that it was not taken does.
  if ((is === undefined || was === undefined) && measure !== 'runs') return []
  const [from, to] = [was ?? 0, is ?? 0]
  const larger = Math.max(from, to)
  if (larger === 0 || Math.abs(to - from) < SMALLEST[measure]) return []
  const share = (to - from) / larger
  return Math.abs(share) < SMALLEST_SHARE ? [] : [{ node, measure, was: from, is: to, share }]
}

const WORDS: Readonly<Record<Measure, readonly [string, string]>> = {
  runs: ['more often', 'less often'],
  time: ['slower', 'faster'],
  money: ['dearer', 'cheaper'],
  waiting: ['longer waiting', 'shorter waiting'],
}

/** "+18 % slower", "new", "gone" */
export function changeText({ measure, was, is, share }: Change): string {
  if (measure === 'runs' && was === 0) return 'new'
  if (measure === 'runs' && is === 0) return 'gone'
  const [more, less] = WORDS[measure]
  const relative = is / was
  if (relative >= 2) return `${relative.toFixed(1)}× ${more}`
  return `${percent(Math.abs(is - was) / was, 0)} ${share > 0 ? more : less}`
}

/** Whether it is for the worse, where that can be said. */
export function toneOf({ measure, share }: Change): 'plain' | 'good' | 'bad' {
  return measure === 'runs' ? 'plain' : share > 0 ? 'bad' : 'good'
}
