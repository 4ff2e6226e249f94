/**
 * Go to anything by typing: a page, a flow, a decision, a run.
 */
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useDeferredValue, useState } from 'react'
import { get } from '../api/client.ts'
import type { List, Run } from '../api/documents.ts'
import { decisionsQuery, flowsQuery } from '../api/queries.ts'
import { Dialog } from '../parts/dialog.tsx'
import { PLACES } from './shell.tsx'

interface Goal {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly go: () => void
}

const MOST = 12

export function Palette({ onClose }: { readonly onClose: () => void }): React.JSX.Element {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const goals = useGoals(useDeferredValue(text))
  const chosen = Math.min(at, goals.length - 1)
  const take = (goal: Goal | undefined): void => {
    if (goal === undefined) return
    onClose()
    goal.go()
  }
  const press = (event: React.KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) {
      event.preventDefault()
      setAt((chosen + step + goals.length) % Math.max(1, goals.length))
    }
    if (event.key === 'Enter') take(goals[chosen])
  }
  return (
    <Dialog title="Go to" onClose={onClose} bare>
      <div className="palette">
        <input
          type="text"
          role="combobox"
          aria-label="Go to a page, a flow, a decision or a run"
          aria-expanded="true"
          aria-controls="goals"
          aria-activedescendant={goals[chosen] === undefined ? undefined : `goal-${chosen}`}
          placeholder="Page, flow, decision, run…"
          autoComplete="off"
          value={text}
          onChange={(event) => {
            setText(event.target.value)
            setAt(0)
          }}
          onKeyDown={press}
        />
        <div id="goals" role="listbox" aria-label="Where to">
          {goals.map((goal, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: keys are heard by the field above.
            <div
              key={goal.id}
              id={`goal-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === chosen}
              className="goal"
              onClick={() => take(goal)}
            >
              <span>{goal.name}</span>
              <span className="goal-kind">{goal.kind}</span>
            </div>
          ))}
          {goals.length === 0 && <p className="goal-none">Nothing is called that.</p>}
        </div>
      </div>
    </Dialog>
  )
}

function useGoals(text: string): readonly Goal[] {
  const navigate = useNavigate()
  const flows = useQuery(flowsQuery)
  const decisions = useQuery(decisionsQuery)
  const wanted = text.trim().toLowerCase()
  const runs = useQuery({
    queryKey: ['runs', 'palette', wanted],
    queryFn: ({ signal }) => get<List<Run>>('/api/runs', { signal, query: { q: wanted, limit: 5 } }),
    enabled: wanted.length >= 3,
  })
  const all: Goal[] = [
    ...PLACES.map(({ to, name }) => ({ id: to, kind: 'page', name, go: () => void navigate({ to }) })),
    ...(flows.data?.items ?? []).map(({ name: flow }) => ({
      id: `flow ${flow}`,
      kind: 'flow',
      name: flow,
      go: () => void navigate({ to: '/flows/$flow', params: { flow } }),
    })),
    ...(decisions.data?.items ?? []).map(({ name: decision }) => ({
      id: `decision ${decision}`,
      kind: 'decision',
      name: decision,
      go: () => void navigate({ to: '/decisions/$decision', params: { decision } }),
    })),
  ]
  const found = (wanted.length >= 3 ? (runs.data?.items ?? []) : []).map(({ id, flow, status }) => ({
    id: `run ${id}`,
    kind: `run of ${flow}, ${status}`,
    name: id,
    go: () => void navigate({ to: '/runs/$run', params: { run: id } }),
  }))
  return [...all.filter(({ name, kind }) => `${name} ${kind}`.toLowerCase().includes(wanted)), ...found].slice(0, MOST)
}
