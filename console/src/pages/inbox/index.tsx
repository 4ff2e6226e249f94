/**
 * The inbox: one question at a time, with all that is needed to answer it, by single keys.
 */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useSyncExternalStore } from 'react'
import type { Item } from '../../api/documents.ts'
import { flowsQuery } from '../../api/queries.ts'
import { Empty, Trouble, Waiting } from '../../parts/empty.tsx'
import { count } from '../../parts/figures.tsx'
import { Key } from '../../parts/key.tsx'
import { Select } from '../../parts/select.tsx'
import { coarse, useNow } from '../../parts/time.tsx'
import { lineOf } from '../../parts/value.tsx'
import { useKeys } from '../../shell/keys.ts'
import { Page } from '../../shell/page.tsx'
import { AnswerPanel } from './answer-panel.tsx'
import './inbox.css'
import { useOpenCount } from './open-count.ts'
import { outbox, type Pending } from './outbox.ts'
import { Question } from './question.tsx'
import { type Queue, type QueueFilter, useQueue } from './queue.ts'
import { SimilarCases } from './similar.tsx'

export function InboxPage(): React.JSX.Element {
  const { item, ...filter } = useSearch({ from: '/inbox' })
  const queue = useQueue(filter, item)
  useKeys('Inbox', [
    { keys: 's', does: 'Later: to the end of the queue', run: queue.skip },
    { keys: 'u', does: 'Take the last answer back', run: queue.undo },
    { keys: 'j', does: 'Next question', run: () => queue.step(1), repeats: true },
    { keys: 'k', does: 'Question before', run: () => queue.step(-1), repeats: true },
  ])
  const { current } = queue
  return (
    <Page title="Inbox" heading={<Heading queue={queue} />} actions={<Filters filter={filter} />} full>
      <div className="inbox">
        <QueueList queue={queue} />
        {current === undefined ? (
          <Nothing queue={queue} filtered={Object.keys(filter).length > 0} />
        ) : (
          <>
            <div className="inbox-question scrolls">
              <Question item={current} focus />
            </div>
            <aside className="inbox-answer" aria-label="Answer">
              <AnswerPanel item={current} onAct={queue.act} />
              <div className="answer-later">
                <button type="button" className="button button-small button-quiet" onClick={queue.skip}>
                  Later <Key keys="s" />
                </button>
              </div>
              <SimilarCases item={current} />
            </aside>
          </>
        )}
        <OnTheirWay onUndo={queue.undo} />
      </div>
    </Page>
  )
}

function Heading({ queue }: { readonly queue: Queue }): React.JSX.Element {
  const open = useOpenCount()
  const now = useNow()
  const late = queue.items.filter(({ dueAt }) => dueAt !== undefined && Date.parse(dueAt) < now).length
  return (
    <>
      Inbox
      {open !== undefined && <span className="heading-note">{count(open)} open</span>}
      {late > 0 && <span className="heading-note heading-late">{late} overdue</span>}
    </>
  )
}

function Filters({ filter }: { readonly filter: QueueFilter }): React.JSX.Element {
  const navigate = useNavigate()
  const flows = useQuery(flowsQuery)
  const set = (change: QueueFilter): void => void navigate({ to: '/inbox', search: clean({ ...filter, ...change }), replace: true })
  return (
    <>
      <Select
        label="Flow"
        all="All flows"
        value={filter.flow}
        options={(flows.data?.items ?? []).map(({ name }) => [name, name])}
        onChange={(flow) => set({ flow })}
      />
      <Select
        label="Kind"
        all="All kinds"
        value={filter.kind}
        options={[
          ['decide', 'Decisions'],
          ['review', 'Reviews'],
          ['unknown', 'Did it happen?'],
          ['budget', 'Budgets'],
        ]}
        onChange={(kind) => set({ kind })}
      />
      {(filter.role ?? filter.decision) !== undefined && (
        <Link to="/inbox" className="button button-small">
          Only {filter.role ?? filter.decision} ×
        </Link>
      )}
    </>
  )
}

function QueueList({ queue }: { readonly queue: Queue }): React.JSX.Element {
  const { items, current, select } = queue
  return (
    <nav className="inbox-queue scrolls" aria-label="Queue">
      <ol>
        {items.map((item) => (
          <li key={item.id}>
            <button type="button" className="queued" aria-current={item.id === current?.id} onClick={() => select(item.id)}>
              <span className="queued-head">
                <span className="queued-title">{lineOf(firstText(item.content.subject) ?? item.path, 80)}</span>
                <DueShort item={item} />
              </span>
              <span className="queued-line">{item.title}</span>
            </button>
          </li>
        ))}
      </ol>
    </nav>
  )
}

function DueShort({ item }: { readonly item: Item }): React.JSX.Element | null {
  const now = useNow()
  if (item.dueAt === undefined) return null
  const left = Date.parse(item.dueAt) - now
  return <span className={left < 0 ? 'queued-due queued-late' : 'queued-due'}>{left < 0 ? 'late' : coarse(left)}</span>
}

function Nothing({ queue, filtered }: { readonly queue: Queue; readonly filtered: boolean }): React.JSX.Element {
  if (queue.loading) return <Waiting lines={6} />
  if (queue.error !== null && queue.error !== undefined) return <Trouble error={queue.error} again={queue.retry} />
  return (
    <Empty title={filtered ? 'Nothing of this kind is open' : 'Nothing needs you'}>
      {filtered ? <Link to="/inbox">Show everything</Link> : 'New questions appear here by themselves.'}
    </Empty>
  )
}

/** What can still be taken back, and what is being sent. */
function OnTheirWay({ onUndo }: { readonly onUndo: () => void }): React.JSX.Element {
  useSyncExternalStore(outbox.subscribe, outbox.version)
  const { pending } = outbox
  const last = pending.at(-1)
  return (
    <div className="on-their-way" role="status">
      {last !== undefined && <PendingLine pending={last} others={pending.length - 1} onUndo={onUndo} />}
    </div>
  )
}

function PendingLine(props: { readonly pending: Pending; readonly others: number; readonly onUndo: () => void }): React.JSX.Element {
  const { pending, others, onUndo } = props
  const { item, act, state } = pending
  return (
    <div className={`pending pending-${state === 'waiting' ? 'waiting' : 'sending'}`} key={`${item.id} ${pending.sendAt}`}>
      <span className="pending-text">
        {act.says.charAt(0).toUpperCase() + act.says.slice(1)} <span className="muted">{item.title}</span>
        {others > 0 && <span className="muted"> and {others} more</span>}
        {state === 'trying again' && <span className="pending-trouble"> not sent yet, trying again</span>}
      </span>
      {state === 'waiting' && (
        <button type="button" className="button button-small" onClick={onUndo}>
          Undo <Key keys="u" />
        </button>
      )}
      <span className="pending-bar" aria-hidden="true" />
    </div>
  )
}

function firstText(subject: unknown): unknown {
  if (subject === null || typeof subject !== 'object') return subject
  const fields = Object.entries(subject)
  const named = fields.find(([name, value]) => typeof value === 'string' && /subject|title|name|summary/i.test(name))
  return named?.[1] ?? fields.find(([, value]) => typeof value === 'string')?.[1]
}

function clean(filter: QueueFilter): QueueFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined && value !== ''))
}
