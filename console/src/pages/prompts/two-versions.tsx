/**
 * Two versions side by side: their texts, the partials that differ, and what else tells them apart.
 */
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Trouble, Waiting } from '../../parts/empty.tsx'
import { TextDiff } from '../../parts/text-diff.tsx'
import { useMayEdit } from '../../shell/may-edit.ts'
import { type Prompt, type PromptText, textQuery } from './data.ts'
import { keepDraft } from './drafts.ts'
import type { VersionRow } from './version-rows.ts'

type Shown = Pick<PromptText, 'text' | 'model' | 'partials'>

export function TwoVersions(props: { readonly prompt: Prompt; readonly older: VersionRow; readonly newer: VersionRow }): React.JSX.Element {
  const { prompt, older, newer } = props
  const left = useText(prompt, older)
  const right = useText(prompt, newer)
  const error = left.error ?? right.error
  if (error !== null) return <Trouble error={error} />
  if (left.data === undefined || right.data === undefined) return <Waiting lines={6} />
  return (
    <section className="two-versions" aria-label="Two versions side by side">
      <Differences left={left.data} right={right.data} leftName={nameOf(older)} rightName={nameOf(newer)} />
      <div className="two-versions-acts">
        {[older, newer].map((row) => (
          <TakeButton key={row.ref} prompt={prompt} row={row} text={(row === older ? left : right).data?.text ?? ''} />
        ))}
      </div>
    </section>
  )
}

function Differences(props: {
  readonly left: Shown
  readonly right: Shown
  readonly leftName: string
  readonly rightName: string
}): React.JSX.Element {
  const { left, right, leftName, rightName } = props
  const names = [...new Set([...Object.keys(left.partials ?? {}), ...Object.keys(right.partials ?? {})])].sort()
  // A text that was never asked has no partials on record.
  const known = left.partials !== undefined && right.partials !== undefined
  const partials = known ? names.filter((name) => left.partials?.[name] !== right.partials?.[name]) : []
  const models = left.model !== undefined && right.model !== undefined && left.model !== right.model
  const otherwise =
    partials.length > 0 || models
      ? 'The text itself is the same.'
      : 'The texts are the same. What tells the versions apart is in the code: the schemas of input and output, or the tools.'
  return (
    <>
      <TextDiff was={left.text} is={right.text} names={[leftName, rightName]} same={otherwise} />
      {models && (
        <p>
          The model was <span className="mono">{left.model}</span>, then <span className="mono">{right.model}</span>.
        </p>
      )}
      {partials.map((name) => (
        <div key={name}>
          <h3>The partial {name}</h3>
          <TextDiff was={left.partials?.[name]} is={right.partials?.[name]} names={[leftName, rightName]} />
        </div>
      ))}
    </>
  )
}

/** Takes an old text into the editor: nothing is written by that. */
function TakeButton({
  prompt,
  row,
  text,
}: {
  readonly prompt: Prompt
  readonly row: VersionRow
  readonly text: string
}): React.JSX.Element | null {
  const navigate = useNavigate()
  const mayEdit = useMayEdit() === true
  if (!mayEdit || row.current || text === '') return null
  const take = (): void => {
    keepDraft(prompt.name, text === prompt.text ? undefined : { text, revision: prompt.revision })
    void navigate({ to: '/prompts/$prompt', params: { prompt: prompt.name }, search: {} })
  }
  return (
    <button type="button" className="button" onClick={take}>
      Edit from {row.name}
    </button>
  )
}

function useText(prompt: Prompt, row: VersionRow): { readonly data: Shown | undefined; readonly error: Error | null } {
  const own = row.ref === 'now'
  const read = useQuery(textQuery(prompt.name, own ? undefined : row.ref))
  return own ? { data: { text: prompt.text }, error: null } : read
}

function nameOf({ name, labels, current }: VersionRow): string {
  const said = [...labels, ...(current ? ['in the file'] : [])]
  return said.length === 0 ? name : `${name} (${said.join(', ')})`
}
