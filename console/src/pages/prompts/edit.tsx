/**
 * Editing a prompt: its text on the left; on the right what a model would be sent, or what has been changed.
 *
 * Invariants:
 *   E1. What is written is a draft of this tab until it is saved (drafts.ts), over the text it began from and no other.
 *   E2. When the file is another by now, nothing is written until somebody has seen what the other one says.
 */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { ApiError } from '../../api/client.ts'
import { queries } from '../../api/queries.ts'
import { Key } from '../../parts/key.tsx'
import { Segmented } from '../../parts/segmented.tsx'
import { useSettled } from '../../parts/settled.ts'
import { TextDiff } from '../../parts/text-diff.tsx'
import { useKeys } from '../../shell/keys.ts'
import { useMayEdit } from '../../shell/may-edit.ts'
import { toast, toastError } from '../../shell/toasts.tsx'
import { BacktestDialog } from './backtest-dialog.tsx'
import { type Prompt, previewQuery, promptQuery, save } from './data.ts'
import { type Draft, keepDraft, useDraft } from './drafts.ts'
import { Editor } from './editor.tsx'
import { LabelDialog } from './label-dialog.tsx'
import { PreviewPane, useInput } from './preview.tsx'
import { problemOf } from './problem.ts'

type Side = 'preview' | 'changes'
const SIDES = [
  ['preview', 'Preview'],
  ['changes', 'Changes'],
] as const

export function EditView({ prompt }: { readonly prompt: Prompt }): React.JSX.Element {
  const { name, revision } = prompt
  const draft = useDraft(name)
  const mayEdit = useMayEdit() === true
  const text = draft?.text ?? prompt.text
  const [side, setSide] = useState<Side>('preview')
  const input = useInput(name, text)
  const preview = useQuery(previewQuery(name, useSettled(text), useSettled(input.value)))
  const saving = useSaving(prompt, draft)
  const stale = draft !== undefined && draft.revision !== revision
  const change = (next: string): void =>
    keepDraft(name, next === prompt.text && !stale ? undefined : { text: next, revision: draft?.revision ?? revision })
  return (
    <div className="edit">
      <Actions prompt={prompt} text={text} dirty={draft !== undefined} mayEdit={mayEdit} stale={stale} saving={saving} />
      {stale && <Conflict prompt={prompt} draft={draft} />}
      <div className="edit-body">
        <Editor
          value={text}
          label={`The text of ${name}`}
          readOnly={!mayEdit}
          problem={problemOf(preview.error) ?? problemOf(saving.error) ?? (draft === undefined ? fileProblem(prompt) : undefined)}
          onChange={change}
        />
        <section className="card edit-side" aria-label={side === 'preview' ? 'Preview' : 'Changes'}>
          <header>
            <Segmented legend="Beside the text" options={SIDES} value={side} onChange={setSide} />
          </header>
          {side === 'preview' ? (
            <PreviewPane preview={preview.data} error={preview.error} waiting={preview.isPlaceholderData} input={input} />
          ) : (
            <TextDiff was={prompt.text} is={text} names={['In the file', 'As written here']} same="Nothing has been changed." />
          )}
        </section>
      </div>
    </div>
  )
}

interface Saving {
  readonly error: unknown
  readonly busy: boolean
  run(): void
}

function useSaving({ name, revision, text }: Prompt, draft: Draft | undefined): Saving {
  const mutation = useMutation({
    mutationFn: () => save(name, draft?.text ?? text, draft?.revision ?? revision),
    onSuccess: () => {
      keepDraft(name, undefined)
      toast({ tone: 'good', text: `${name} is saved. The next ask uses it.` })
    },
    onError: (error) => {
      // The other text is shown beside the draft as soon as it is here.
      if (error instanceof ApiError && error.code === 'prompt_conflict') void queries.invalidateQueries({ queryKey: ['prompt', name] })
      else if (problemOf(error) === undefined) toastError(error)
    },
  })
  const { reset } = mutation
  // What was wrong with a text says nothing about the next.
  // biome-ignore lint/correctness/useExhaustiveDependencies: forgotten whenever the text is another.
  useEffect(() => reset(), [draft?.text, reset])
  return { error: mutation.error, busy: mutation.isPending, run: () => draft !== undefined && !mutation.isPending && mutation.mutate() }
}

function Actions(props: {
  readonly prompt: Prompt
  readonly text: string
  readonly dirty: boolean
  readonly mayEdit: boolean
  readonly stale: boolean
  readonly saving: Saving
}): React.JSX.Element | null {
  const { prompt, text, dirty, mayEdit, stale, saving } = props
  const [open, setOpen] = useState<'backtest' | 'label' | undefined>()
  const maySave = mayEdit && dirty && !stale && !saving.busy
  useKeys(
    'Editing',
    mayEdit
      ? [
          { keys: 'mod+s', does: 'Save', run: () => maySave && saving.run(), typing: true },
          { keys: 'b', does: 'Backtest this text', run: () => setOpen('backtest') },
          { keys: 'l', does: 'Label this text', run: () => setOpen('label') },
        ]
      : [],
  )
  if (!mayEdit) return null
  return (
    <div className="edit-actions">
      <button type="button" className="button button-main" disabled={!maySave} onClick={() => saving.run()}>
        {saving.busy ? 'Saving…' : 'Save'} <Key keys="mod+s" />
      </button>
      <button type="button" className="button" disabled={!dirty} onClick={() => discard(prompt.name, text)}>
        Discard
      </button>
      <span className="edit-gap" />
      <button type="button" className="button" onClick={() => setOpen('label')}>
        Label this text… <Key keys="l" />
      </button>
      <button type="button" className="button" onClick={() => setOpen('backtest')}>
        Backtest this text… <Key keys="b" />
      </button>
      {open === 'backtest' && <BacktestDialog name={prompt.name} text={text} onClose={() => setOpen(undefined)} />}
      {open === 'label' && <LabelDialog prompt={prompt} what={{ text }} onClose={() => setOpen(undefined)} />}
    </div>
  )
}

function discard(name: string, text: string): void {
  const prompt = queries.getQueryData(promptQuery(name).queryKey)
  keepDraft(name, undefined)
  toast({
    text: 'Your changes are discarded.',
    ms: 8000,
    action: { label: 'Undo', run: () => prompt !== undefined && keepDraft(name, { text, revision: prompt.revision }) },
  })
}

/** Somebody changed the file while a draft was written. */
function Conflict({ prompt, draft }: { readonly prompt: Prompt; readonly draft: Draft }): React.JSX.Element {
  const { name, text, revision } = prompt
  return (
    <section className="conflict" role="alert">
      <h3>Somebody changed {name} while you were writing</h3>
      <p>Nothing of yours is lost, and nothing is written yet. What is in the file now has a minus, what you wrote a plus.</p>
      <TextDiff was={text} is={draft.text} names={['In the file now', 'As you wrote it']} />
      <div className="conflict-actions">
        <button type="button" className="button" onClick={() => keepDraft(name, { text: draft.text, revision })}>
          Go on with mine
        </button>
        <button type="button" className="button" onClick={() => keepDraft(name, undefined)}>
          Take what is in the file
        </button>
      </div>
    </section>
  )
}

function fileProblem({ problem }: Prompt): ReturnType<typeof problemOf> {
  return problem === undefined ? undefined : problemOf(new ApiError(400, 'prompt_invalid', problem))
}
