/**
 * One run: how it stands, what it did as a tree on a time axis, and all that is known of each step. Live while it goes on.
 */
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { piece, post } from '../../api/client.ts'
import type { Item, Run } from '../../api/documents.ts'
import { queries, runQuery, runReviewsQuery } from '../../api/queries.ts'
import { Status } from '../../parts/badge.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Trouble, Waiting } from '../../parts/empty.tsx'
import { Fact } from '../../parts/fact.tsx'
import { Key } from '../../parts/key.tsx'
import { Ago, Due, Lasted } from '../../parts/time.tsx'
import { CopyButton, ValuePanel } from '../../parts/value.tsx'
import { useKeys } from '../../shell/keys.ts'
import { Page } from '../../shell/page.tsx'
import { toastError } from '../../shell/toasts.tsx'
import { useJournal } from './journal.ts'
import { JournalLines } from './journal-lines.tsx'
import { usedFacts } from './used-facts.ts'
import './runs.css'
import { Questions } from './questions.tsx'
import { StepDetail } from './step-detail.tsx'
import { Steps } from './steps.tsx'
import { find, treeOf } from './tree.ts'

type What = 'cancel' | 'pause' | 'resume' | 'retry'

export function RunPage(): React.JSX.Element {
  const { run: id } = useParams({ from: '/runs/$run' })
  const run = useQuery(runQuery(id))
  if (run.data === undefined)
    return (
      <Page title="Run">{run.error === null ? <Waiting lines={8} /> : <Trouble error={run.error} again={() => void run.refetch()} />}</Page>
    )
  return <Shown key={id} run={run.data} />
}

function Shown({ run }: { readonly run: Run }): React.JSX.Element {
  const navigate = useNavigate()
  const search = useSearch({ from: '/runs/$run' })
  const journal = useJournal(run.id, run.status)
  const reviews = useQuery(runReviewsQuery(run.id))
  const tree = useMemo(() => treeOf(journal.entries, journal.since), [journal.entries, journal.since])
  const questions = reviews.data?.items ?? []
  const open = questions.filter(({ state }) => state === 'open')
  const step = search.path === undefined ? undefined : find(tree, search.path)
  const go = (change: { path?: string; view?: string }): void =>
    void navigate({ to: '/runs/$run', params: { run: run.id }, search: withoutNothing({ ...search, ...change }), replace: true })
  const select = (path: string | undefined): void => go({ path: path ?? '' })
  return (
    <Page title={`${run.flow} ${run.key ?? run.id}`} heading={<Heading run={run} />} actions={<Actions run={run} />}>
      <Facts run={run} />
      {run.error !== undefined && (
        <div className="run-error" role="alert">
          <strong>{run.error.name}</strong> {run.error.message}
          {run.error.path !== undefined && (
            <button type="button" className="link" onClick={() => select(run.error?.path)}>
              at {run.error.path}
            </button>
          )}
        </div>
      )}
      {run.reason !== undefined && <p className="muted">{run.reason}</p>}
      <Questions items={open} onShow={select} />
      {journal.error !== undefined && <Trouble error={journal.error} />}
      <div className="run-body">
        <section className="card run-steps" aria-label="Steps">
          <header>
            <h2>Steps</h2>
            <div className="views">
              <ViewButton name="Tree" on={search.view !== 'journal'} onClick={() => go({ view: '' })} />
              <ViewButton name="Journal" on={search.view === 'journal'} onClick={() => go({ view: 'journal' })} />
            </div>
          </header>
          {!journal.read ? (
            <Waiting lines={6} />
          ) : search.view === 'journal' ? (
            <JournalLines entries={journal.entries} selected={search.path} onSelect={select} />
          ) : (
            <Steps run={run} tree={tree} journal={journal} selected={search.path} onSelect={select} />
          )}
        </section>
        <aside className="card run-detail" aria-label="What is known of it">
          {step === undefined ? (
            <Whole run={run} />
          ) : (
            <StepDetail
              step={step}
              run={run}
              question={questionAt(questions, step.path)}
              writing={journal.writing.get(step.path)}
              onClose={() => select(undefined)}
            />
          )}
        </aside>
      </div>
    </Page>
  )
}

function Heading({ run }: { readonly run: Run }): React.JSX.Element {
  return (
    <span className="run-heading">
      <Link to="/flows/$flow" params={{ flow: run.flow }}>
        {run.flow}
      </Link>
      <span className="mono run-id">{run.id}</span>
      <Status status={run.status} />
    </span>
  )
}

function Facts({ run }: { readonly run: Run }): React.JSX.Element {
  const { usage } = run
  const facts: [string, React.ReactNode][] = [['Started', <Ago key="ago" at={run.startedAt ?? run.createdAt} />]]
  if (run.startedAt !== undefined)
    facts.push([run.endedAt === undefined ? 'Running for' : 'Took', <Lasted key="took" from={run.startedAt} to={run.endedAt} />])
  if (run.wakeAt !== undefined && run.endedAt === undefined) facts.push(['Wakes', <Ago key="wakes" at={run.wakeAt} />])
  if (run.deadlineAt !== undefined && run.endedAt === undefined)
    facts.push(['Deadline', <Due key="due" at={run.deadlineAt} from={run.createdAt} />])
  facts.push(...usedFacts(usage))
  if (run.key !== undefined)
    facts.push([
      'Key',
      <span key="key" className="mono">
        {run.key}
      </span>,
    ])
  if (run.release !== undefined)
    facts.push([
      'Release',
      <span key="release" className="mono">
        {run.release}
      </span>,
    ])
  if (run.parent !== undefined)
    facts.push([
      'Child of',
      <Link key="parent" to="/runs/$run" params={{ run: run.parent.run }} search={{ path: run.parent.path }} className="mono">
        {run.parent.run}
      </Link>,
    ])
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <Fact key={name} name={name}>
          {value}
        </Fact>
      ))}
      <div>
        <dt>Id</dt>
        <dd>
          <CopyButton text={() => run.id} />
        </dd>
      </div>
    </dl>
  )
}

function Actions({ run }: { readonly run: Run }): React.JSX.Element {
  const [cancelling, setCancelling] = useState(false)
  const ask = useMutation({
    mutationFn: ({ what, reason }: { what: What; reason?: string }) =>
      post<Run>(`/api/runs/${piece(run.id)}/${what}`, reason === undefined || reason === '' ? {} : { reason }),
    onSuccess: (now) => queries.setQueryData(['run', run.id], now),
    onError: toastError,
  })
  const { status } = run
  const underWay = status === 'running' || status === 'waiting' || status === 'queued'
  const canRetry = status === 'failed' || status === 'stopped'
  const pause = underWay ? 'pause' : status === 'paused' ? 'resume' : undefined
  const canCancel = underWay || status === 'paused' || status === 'stopped'
  useKeys('Run', [
    ...(pause === undefined ? [] : [{ keys: 'p', does: pause === 'pause' ? 'Pause' : 'Resume', run: () => ask.mutate({ what: pause }) }]),
    ...(canRetry ? [{ keys: 't', does: 'Retry', run: () => ask.mutate({ what: 'retry' }) }] : []),
    ...(canCancel ? [{ keys: 'x', does: 'Cancel…', run: () => setCancelling(true) }] : []),
  ])
  return (
    <>
      {canRetry && (
        <button type="button" className="button button-main" disabled={ask.isPending} onClick={() => ask.mutate({ what: 'retry' })}>
          Retry <Key keys="t" />
        </button>
      )}
      {pause !== undefined && (
        <button type="button" className="button" disabled={ask.isPending} onClick={() => ask.mutate({ what: pause })}>
          {pause === 'pause' ? 'Pause' : 'Resume'} <Key keys="p" />
        </button>
      )}
      {canCancel && (
        <button type="button" className="button button-bad" onClick={() => setCancelling(true)}>
          Cancel… <Key keys="x" />
        </button>
      )}
      {cancelling && <Cancelling onClose={() => setCancelling(false)} onCancel={(reason) => ask.mutate({ what: 'cancel', reason })} />}
    </>
  )
}

function Cancelling(props: { readonly onClose: () => void; readonly onCancel: (reason: string) => void }): React.JSX.Element {
  const [reason, setReason] = useState('')
  return (
    <Dialog title="Cancel this run?" onClose={props.onClose}>
      <form
        className="answer-form"
        onSubmit={(event) => {
          event.preventDefault()
          props.onCancel(reason.trim())
          props.onClose()
        }}
      >
        <p>What is under way is told to stop, its open questions close, and its children are cancelled. This cannot be taken back.</p>
        <label className="field">
          <span className="field-label">Why (kept with the run)</span>
          <input type="text" value={reason} autoComplete="off" onChange={(event) => setReason(event.target.value)} />
        </label>
        <div className="answer-buttons">
          <button type="submit" className="button button-main">
            Cancel the run
          </button>
          <button type="button" className="button" onClick={props.onClose}>
            Let it go on
          </button>
        </div>
      </form>
    </Dialog>
  )
}

function Whole({ run }: { readonly run: Run }): React.JSX.Element {
  return (
    <div className="detail">
      <ValuePanel title="Input" value={run.input} />
      {run.output !== undefined && <ValuePanel title="Output" value={run.output} />}
      <p className="muted">Choose a step to see what it was given, what it came to, and what is on the record.</p>
    </div>
  )
}

function ViewButton(props: { readonly name: string; readonly on: boolean; readonly onClick: () => void }): React.JSX.Element {
  return (
    <button type="button" className="button button-small choice" aria-pressed={props.on} onClick={props.onClick}>
      {props.name}
    </button>
  )
}

function questionAt(questions: readonly Item[], path: string): Item | undefined {
  return questions.find((item) => item.path === path)
}

function withoutNothing(search: { path?: string; view?: string }): { path?: string; view?: string } {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined && value !== ''))
}
