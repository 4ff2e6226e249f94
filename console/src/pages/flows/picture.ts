/**
 * The picture of a flow as it is asked for: a window of time, a release, and what it is compared with.
 *
 * Owns: what the address says of them, and the queries. Never: draws.
 */
import { queryOptions } from '@tanstack/react-query'
import type { Picture as Drawn, PictureEdge, PictureNode } from '../../../../src/change/picture.ts'
import { get, piece } from '../../api/client.ts'
import type { List, RunStatus } from '../../api/documents.ts'

export type { PictureEdge, PictureNode }

export interface Picture extends Drawn {
  readonly flow: string
  readonly more: boolean
  readonly oldest?: string
  readonly newest?: string
  readonly releases: readonly string[]
}

export interface NodeVisit {
  readonly run: string
  readonly runStatus: RunStatus
  readonly path: string
  readonly state: 'open' | 'completed' | 'failed'
  readonly beganAt: string
  readonly ms?: number
  readonly microUsd: number
  readonly tokens: number
  readonly rounds?: number
}

/** What the address says. `from`: a span such as `7d` up to now, or a time. */
export interface FlowSearch {
  readonly from?: string
  readonly to?: string
  readonly release?: string
  /** `before`: as long a window before this one; otherwise a release. */
  readonly against?: string
  readonly node?: string
  readonly by?: string
  readonly view?: string
}

export interface PictureWindow {
  readonly from?: string
  readonly to?: string
  readonly release?: string
}

const HOUR_MS = 3_600_000
const SPANS: Readonly<Record<string, number>> = { '1h': HOUR_MS, '24h': 24 * HOUR_MS, '7d': 168 * HOUR_MS, '30d': 720 * HOUR_MS }

/** The spans that can be chosen, with what they are called. */
export const SPAN_NAMES: readonly (readonly [string, string])[] = [
  ['', 'All time'],
  ['1h', 'Last hour'],
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
]

/** The window that an address means at this moment. */
export function windowOf({ from, to, release }: FlowSearch, now: number): PictureWindow {
  const span = from === undefined ? undefined : SPANS[from]
  const begin = span === undefined ? timeOf(from) : now - span
  const end = timeOf(to)
  return {
    ...(begin !== undefined && { from: new Date(begin).toISOString() }),
    ...(end !== undefined && { to: new Date(end).toISOString() }),
    ...(release !== undefined && { release }),
  }
}

/** The window it is compared with; `undefined`: none, or nothing lies before all time. */
export function otherWindowOf(search: FlowSearch, now: number): PictureWindow | undefined {
  const { against } = search
  if (against === undefined) return undefined
  const { from, to, ...rest } = windowOf(search, now)
  if (against !== 'before') return { ...(from !== undefined && { from }), ...(to !== undefined && { to }), release: against }
  if (from === undefined) return undefined
  const begin = Date.parse(from)
  const length = (to === undefined ? now : Date.parse(to)) - begin
  return { ...rest, from: new Date(begin - length).toISOString(), to: from }
}

export function pictureQuery(flow: string, search: FlowSearch) {
  const { from, to, release } = search
  return queryOptions({
    queryKey: ['picture', flow, from, to, release],
    queryFn: ({ signal }) => get<Picture>(`/api/flows/${piece(flow)}/picture`, { signal, query: { ...windowOf(search, Date.now()) } }),
  })
}

export function otherPictureQuery(flow: string, search: FlowSearch) {
  const { from, to, release, against } = search
  return queryOptions({
    queryKey: ['picture', flow, from, to, release, 'against', against],
    queryFn: ({ signal }) => get<Picture>(`/api/flows/${piece(flow)}/picture`, { signal, query: { ...otherWindowOf(search, Date.now()) } }),
    enabled: otherWindowOf(search, Date.now()) !== undefined,
  })
}

export function visitsQuery(flow: string, node: string, search: FlowSearch) {
  const { from, to, release } = search
  return queryOptions({
    queryKey: ['picture', flow, from, to, release, 'node', node],
    queryFn: ({ signal }) =>
      get<List<NodeVisit>>(`/api/flows/${piece(flow)}/steps`, { signal, query: { node, ...windowOf(search, Date.now()) } }),
  })
}

function timeOf(text: string | undefined): number | undefined {
  const at = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}
