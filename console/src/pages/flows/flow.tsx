/**
 * One flow: what is chosen of it, its drawing or its table, what changed, and the step that is open.
 */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useCallback, useMemo } from 'react'
import type { Flow } from '../../api/documents.ts'
import { Empty, Trouble, Waiting } from '../../parts/empty.tsx'
import { count } from '../../parts/figures.tsx'
import { exactTime } from '../../parts/time.tsx'
import { useKeys } from '../../shell/keys.ts'
import { Page } from '../../shell/page.tsx'
import { Changes } from './changes.tsx'
import { Choices } from './choices.tsx'
import { type Change, changesOf, MEASURES, type Measure } from './compare.ts'
import { type FlowSearch, otherPictureQuery, type Picture, pictureQuery } from './picture.ts'
import { StepPanel } from './step-panel.tsx'
import { StepTable } from './step-table.tsx'

const Drawing = lazy(async () => ({ default: (await import('./drawing.tsx')).Drawing }))
const NONE: readonly Change[] = []

export function FlowView(props: {
  readonly flow: string
  readonly flows: readonly Flow[]
  readonly search: FlowSearch
}): React.JSX.Element {
  const { flow, flows, search } = props
  const navigate = useNavigate()
  const picture = useQuery({ ...pictureQuery(flow, search), placeholderData: keepPreviousData })
  const other = useQuery(otherPictureQuery(flow, search))
  const by = measureOf(search.by)
  const set = useCallback(
    (change: FlowSearch): void => {
      void navigate({ to: '/flows/$flow', params: { flow }, search: (before) => given({ ...before, ...change }), replace: true })
    },
    [navigate, flow],
  )
  const open = useCallback((node: string): void => set({ node }), [set])
  useKeys('Flow', [
    { keys: 'Escape', does: 'Close the step', run: () => set({ node: '' }) },
    { keys: 't', does: 'Drawing or table', run: () => set({ view: search.view === 'table' ? '' : 'table' }) },
  ])
  const changes = useMemo(
    () => (picture.data === undefined || other.data === undefined ? NONE : changesOf(picture.data, other.data)),
    [picture.data, other.data],
  )
  const seen = picture.data
  return (
    <Page title={flow} heading={<Heading flow={flow} flows={flows} picture={seen} />} full>
      <div className="flow">
        <Choices search={search} by={by} picture={seen} set={set} />
        {search.against !== undefined && <Changes changes={changes} other={other} open={open} />}
        <div className="flow-body">
          {picture.error !== null ? (
            <Trouble error={picture.error} again={() => void picture.refetch()} />
          ) : seen === undefined ? (
            <Waiting lines={6} />
          ) : seen.runs === 0 ? (
            <Nothing search={search} />
          ) : search.view === 'table' ? (
            <StepTable picture={seen} changes={changes} chosen={search.node} open={open} />
          ) : (
            <Suspense fallback={<Waiting lines={6} />}>
              <Drawing picture={seen} by={by} changes={changes} chosen={search.node} open={open} />
            </Suspense>
          )}
          {search.node !== undefined && seen !== undefined && (
            <StepPanel flow={flow} node={search.node} picture={seen} changes={changes} search={search} close={() => set({ node: '' })} />
          )}
        </div>
      </div>
    </Page>
  )
}

function Heading(props: {
  readonly flow: string
  readonly flows: readonly Flow[]
  readonly picture: Picture | undefined
}): React.JSX.Element {
  const { flow, flows, picture } = props
  return (
    <>
      {flows.length > 1 && (
        <>
          <Link to="/flows" className="flow-all">
            Flows
          </Link>{' '}
          <span className="muted">/</span>{' '}
        </>
      )}
      {flow}
      {picture !== undefined && <span className="heading-note">{drawnFrom(picture)}</span>}
    </>
  )
}

function drawnFrom({ runs, more, oldest }: Picture): string {
  if (runs === 0) return ''
  const since = oldest === undefined ? '' : `, since ${exactTime(oldest)}`
  return more ? `drawn from the newest ${count(runs)} runs${since}` : `drawn from ${count(runs)} ${runs === 1 ? 'run' : 'runs'}${since}`
}

function Nothing({ search: { from, to, release } }: { readonly search: FlowSearch }): React.JSX.Element {
  const chosen = from !== undefined || to !== undefined || release !== undefined
  return (
    <Empty title={chosen ? 'No run was started then' : 'This flow has not run yet'}>
      {chosen ? 'Choose another time or release.' : 'Its picture is drawn from its runs: it appears as soon as there is one.'}
    </Empty>
  )
}

function measureOf(text: string | undefined): Measure {
  return MEASURES.find(([measure]) => measure === text)?.[0] ?? 'runs'
}

/** Without what is empty, so that an address says only what was chosen. */
function given(search: FlowSearch): FlowSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined && value !== ''))
}
