/**
 * One prompt: what is known of it in a line, and its views.
 */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Badge } from '../../parts/badge.tsx'
import { Trouble, Waiting } from '../../parts/empty.tsx'
import { useKeys } from '../../shell/keys.ts'
import { useMayEdit } from '../../shell/may-edit.ts'
import { type Prompt, promptQuery } from './data.ts'
import { useDraft } from './drafts.ts'
import { EditView } from './edit.tsx'
import { HistoryView } from './history.tsx'
import { VersionsView } from './versions.tsx'

const VIEWS = [
  { view: 'edit', name: 'Edit', keys: 'e' },
  { view: 'versions', name: 'Versions', keys: 'v' },
  { view: 'history', name: 'History', keys: 'h' },
] as const
type View = (typeof VIEWS)[number]['view']

export function PromptPanel({ name }: { readonly name: string }): React.JSX.Element {
  const prompt = useQuery(promptQuery(name))
  const search = useSearch({ from: '/prompts/$prompt' })
  const navigate = useNavigate()
  const view: View = VIEWS.find((one) => one.view === search.view)?.view ?? 'edit'
  const go = (next: View): void =>
    void navigate({ to: '/prompts/$prompt', params: { prompt: name }, search: next === 'edit' ? {} : { ...search, view: next } })
  useKeys(
    'Prompt',
    VIEWS.map((one) => ({ keys: one.keys, does: one.name, run: () => go(one.view) })),
  )
  if (prompt.data === undefined)
    return prompt.error === null ? <Waiting lines={8} /> : <Trouble error={prompt.error} again={() => void prompt.refetch()} />
  return (
    <section className="prompt" aria-label={name}>
      <Head prompt={prompt.data} />
      <div className="prompt-tabs" role="tablist" aria-label="Views">
        {VIEWS.map((one) => (
          <button
            key={one.view}
            type="button"
            role="tab"
            aria-selected={one.view === view}
            className="prompt-tab"
            onClick={() => go(one.view)}
          >
            {one.name}
            {one.view === 'versions' && <span className="muted"> {prompt.data.versions.length}</span>}
          </button>
        ))}
      </div>
      <div role="tabpanel" aria-label={VIEWS.find((one) => one.view === view)?.name}>
        {view === 'edit' ? (
          <EditView prompt={prompt.data} />
        ) : view === 'versions' ? (
          <VersionsView prompt={prompt.data} />
        ) : (
          <HistoryView prompt={prompt.data} />
        )}
      </div>
    </section>
  )
}

function Head({ prompt }: { readonly prompt: Prompt }): React.JSX.Element {
  const { name, description, model, file, problem, labels, revision } = prompt
  const draft = useDraft(name)
  const mayEdit = useMayEdit()
  return (
    <header className="prompt-head">
      <Link to="/prompts" className="prompt-back">
        All prompts
      </Link>
      <h2>
        {name}
        {problem !== undefined && <Badge tone="bad">cannot be read</Badge>}
        {draft !== undefined && <Badge tone="warn">unsaved changes</Badge>}
        {labels
          .filter((one) => one.revision === revision)
          .map((one) => (
            <Badge key={one.label} tone="info">
              {one.label}
            </Badge>
          ))}
      </h2>
      {description !== undefined && <p>{description}</p>}
      <p className="prompt-facts muted">
        <span>{model ?? 'the system’s default model'}</span>
        <span className="mono">{file}</span>
        {mayEdit === false && <span>Read only: your sign-in lacks the right “edit”. An admin can give it.</span>}
      </p>
    </header>
  )
}
