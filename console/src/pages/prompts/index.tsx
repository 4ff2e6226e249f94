/**
 * The page Prompts: the prompts of the folder, and one of them: edited, compared, and what its versions did.
 */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { Badge } from '../../parts/badge.tsx'
import { Empty, Trouble, Waiting } from '../../parts/empty.tsx'
import { useKeys } from '../../shell/keys.ts'
import { Page } from '../../shell/page.tsx'
import { type PromptAbout, promptsQuery } from './data.ts'
import { useDrafted } from './drafts.ts'
import { PromptPanel } from './prompt.tsx'
import './prompts.css'

export function PromptsPage(): React.JSX.Element {
  const { prompt } = useParams({ strict: false })
  const prompts = useQuery(promptsQuery)
  const items = prompts.data?.items ?? []
  useListKeys(items, prompt)
  return (
    <Page title={prompt === undefined ? 'Prompts' : `${prompt} · Prompts`} heading="Prompts">
      {prompts.data === undefined ? (
        prompts.error === null ? (
          <Waiting lines={6} />
        ) : (
          <Trouble error={prompts.error} again={() => void prompts.refetch()} />
        )
      ) : items.length === 0 ? (
        <Empty title="There are no prompts here">
          A prompt’s text is a file <code>prompts/NAME.prompt</code>. It appears here as soon as it is there.
        </Empty>
      ) : (
        <div className={`prompts${prompt === undefined ? '' : ' prompts-one'}`}>
          <List items={items} chosen={prompt} />
          {prompt === undefined ? (
            <div className="prompt-none">
              <Empty title="Choose a prompt">Its text, its versions, and what each of them did.</Empty>
            </div>
          ) : (
            <PromptPanel key={prompt} name={prompt} />
          )}
        </div>
      )}
    </Page>
  )
}

function List({ items, chosen }: { readonly items: readonly PromptAbout[]; readonly chosen: string | undefined }): React.JSX.Element {
  const drafted = useDrafted()
  return (
    <nav className="prompt-list" aria-label="Prompts">
      <ul>
        {items.map(({ name, model, problem, description }) => (
          <li key={name}>
            <Link
              to="/prompts/$prompt"
              params={{ prompt: name }}
              className="prompt-link"
              aria-current={name === chosen ? 'true' : undefined}
            >
              <span className="prompt-link-head">
                <span className="prompt-link-name">{name}</span>
                {problem !== undefined && <Badge tone="bad">broken</Badge>}
                {drafted.has(name) && <Badge tone="warn">unsaved</Badge>}
              </span>
              <span className="prompt-link-line">{description ?? model ?? 'the default model'}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** j and k go from prompt to prompt. */
function useListKeys(items: readonly PromptAbout[], chosen: string | undefined): void {
  const navigate = useNavigate()
  const move = (by: 1 | -1): void => {
    const now = items.findIndex(({ name }) => name === chosen)
    const next = items[Math.max(0, Math.min(items.length - 1, now + by))]
    if (next !== undefined) void navigate({ to: '/prompts/$prompt', params: { prompt: next.name } })
  }
  useKeys('Prompts', [
    { keys: 'j', does: 'Next prompt', run: () => move(1) },
    { keys: 'k', does: 'Prompt before', run: () => move(-1) },
  ])
}
