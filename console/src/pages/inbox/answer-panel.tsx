/**
 * Where a question is answered: the proposal, the choices, and the forms behind "edit", "reject", "comment" and "hand over".
 *
 * Owns: the keys of answering, and what is being written. Never: sends; what was decided is handed to `onAct`.
 */
import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { piece, post } from '../../api/client.ts'
import type { Item } from '../../api/documents.ts'
import { queries } from '../../api/queries.ts'
import { Share } from '../../parts/chart.tsx'
import { percent } from '../../parts/figures.tsx'
import { Form } from '../../parts/form/form.tsx'
import { complaints } from '../../parts/form/shape.ts'
import { Key } from '../../parts/key.tsx'
import { Value } from '../../parts/value.tsx'
import { type Binding, useKeys } from '../../shell/keys.ts'
import { toast, toastError } from '../../shell/toasts.tsx'
import { type Answers, answersTo, answerWith, type Choice } from './answers.ts'
import { useAttention } from './attention.ts'
import type { Act } from './outbox.ts'

type Mode = 'answer' | 'form' | 'reject' | 'comment' | 'hand over'

const SOURCES: Readonly<Record<string, string>> = {
  learner: 'the learner',
  'log-probability': 'the model’s own probability',
  agreement: 'how far several answers agree',
  judge: 'a judge',
  stated: 'what the model says of itself',
  recorded: 'the record',
}
const MOST_KEYS = 9
const MANY = 12

export function AnswerPanel({ item, onAct }: { readonly item: Item; readonly onAct: (act: Act) => void }): React.JSX.Element {
  // What is being written belongs to one question.
  return <Panel key={`${item.id} ${item.openedAt}`} item={item} onAct={onAct} />
}

function Panel({ item, onAct }: { readonly item: Item; readonly onAct: (act: Act) => void }): React.JSX.Element {
  const answers = answersTo(item)
  const onlyForm = answers.choices.length === 0 && answers.accept === undefined
  const [mode, setMode] = useState<Mode>(onlyForm ? 'form' : 'answer')
  const note = useRef<HTMLTextAreaElement>(null)
  const attention = useAttention(item.id)
  const send = (act: Act): void => {
    const said = note.current?.value.trim() ?? ''
    onAct({ ...act, body: { ...act.body, attentionMs: attention(), ...(said !== '' && act.body['note'] === undefined && { note: said }) } })
  }
  const back = (): void => setMode(onlyForm ? 'form' : 'answer')
  useKeys('Answering', [
    ...(mode === 'answer' ? keysOf(answers, send) : []),
    ...(answers.form === undefined ? [] : [{ keys: 'e', does: answers.form.label, run: () => setMode('form') }]),
    ...(answers.reject ? [{ keys: 'r', does: 'Reject', run: () => setMode('reject') }] : []),
    { keys: 'n', does: 'Add a note to the answer', run: () => note.current?.focus() },
    { keys: 'c', does: 'Comment', run: () => setMode('comment') },
    { keys: 'o', does: 'Hand over to another role', run: () => setMode('hand over') },
    { keys: 'Escape', does: 'Back to the keys', typing: true, run: () => leaveField(back) },
  ])
  return (
    <div className="answer">
      <Proposal item={item} />
      {mode === 'answer' && <Choices answers={answers} send={send} />}
      {mode === 'form' && answers.form !== undefined && <Editing form={answers.form} send={send} back={onlyForm ? undefined : back} />}
      {mode === 'reject' && (
        <Writing title="What should be different?" button="Reject" back={back} take={(text) => send(rejection(text))} />
      )}
      {mode === 'comment' && <Commenting item={item} back={back} />}
      {mode === 'hand over' && <HandingOver back={back} send={send} />}
      {mode === 'answer' && (
        <>
          <div className="answer-more">
            {answers.form !== undefined && <More label={answers.form.label} keys="e" onClick={() => setMode('form')} />}
            {answers.reject && <More label="Reject" keys="r" onClick={() => setMode('reject')} />}
            <More label="Comment" keys="c" onClick={() => setMode('comment')} />
            <More label="Hand over" keys="o" onClick={() => setMode('hand over')} />
          </div>
          <label className="answer-note">
            <span>
              Note with the answer <Key keys="n" />
            </span>
            <textarea ref={note} rows={1} placeholder="If there is something to say" />
          </label>
        </>
      )}
    </div>
  )
}

function keysOf(answers: Answers, send: (act: Act) => void): Binding[] {
  const { accept, choices } = answers
  return [
    ...(accept === undefined
      ? []
      : [
          { keys: 'a', does: accept.label, run: () => send(accept.act) },
          { keys: 'Enter', does: accept.label, run: () => send(accept.act), hidden: true },
        ]),
    ...choices.slice(0, MOST_KEYS).map((choice, index) => ({ keys: String(index + 1), does: choice.label, run: () => send(choice.act) })),
  ]
}

function Proposal({ item: { content } }: { readonly item: Item }): React.JSX.Element | null {
  const { proposal } = content
  if (proposal === undefined) return null
  return (
    <section className="proposal" aria-label="Proposal">
      <div className="proposal-head">
        <span className="muted">Proposed</span>
        <span className="proposal-sure">{percent(proposal.confidence)} sure</span>
      </div>
      <div className="proposal-value">
        <Value value={proposal.value} />
      </div>
      <Share value={proposal.confidence} label="Confidence" />
      <p className="muted proposal-source">by {SOURCES[proposal.source] ?? proposal.source}</p>
    </section>
  )
}

function Choices({ answers, send }: { readonly answers: Answers; readonly send: (act: Act) => void }): React.JSX.Element {
  const [wanted, setWanted] = useState('')
  const { accept, choices } = answers
  const shown = choices.filter(({ label }) => label.toLowerCase().includes(wanted.toLowerCase()))
  const [only] = shown
  return (
    <fieldset className="answer-choices">
      <legend className="unseen">Answers</legend>
      {accept !== undefined && choices.every(({ proposed }) => !proposed) && (
        <button type="button" className="button button-main answer-accept" onClick={() => send(accept.act)}>
          <span>{accept.label}</span>
          <Key keys="a" />
        </button>
      )}
      {choices.length > MANY && (
        <input
          type="search"
          aria-label="Find an answer"
          placeholder="Find an answer"
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
          onKeyDown={(event) => event.key === 'Enter' && only !== undefined && send(only.act)}
        />
      )}
      <div className="answer-list">
        {shown.map((choice) => (
          <ChoiceButton key={choice.label} choice={choice} at={choices.indexOf(choice)} send={send} />
        ))}
      </div>
    </fieldset>
  )
}

function ChoiceButton(props: { readonly choice: Choice; readonly at: number; readonly send: (act: Act) => void }): React.JSX.Element {
  const { choice, at, send } = props
  return (
    <button type="button" className={`button answer-choice${choice.proposed ? ' button-main' : ''}`} onClick={() => send(choice.act)}>
      {at < MOST_KEYS && <Key keys={String(at + 1)} />}
      <span>{choice.label}</span>
      {choice.proposed && (
        <span className="answer-proposed">
          proposed <Key keys="a" />
        </span>
      )}
    </button>
  )
}

function More(props: { readonly label: string; readonly keys: string; readonly onClick: () => void }): React.JSX.Element {
  return (
    <button type="button" className="button button-small" onClick={props.onClick}>
      {props.label} <Key keys={props.keys} />
    </button>
  )
}

function Editing(props: {
  readonly form: NonNullable<Answers['form']>
  readonly send: (act: Act) => void
  readonly back: (() => void) | undefined
}): React.JSX.Element {
  const { form, send, back } = props
  const [value, setValue] = useState(form.from)
  const [tried, setTried] = useState(false)
  const wrong = complaints(form.shape, value)
  const take = (): void => {
    setTried(true)
    if (wrong.size === 0) send(answerWith(value))
  }
  return (
    <AnswerForm done={take}>
      <h3>{form.label}</h3>
      <Form shape={form.shape} value={value} onChange={setValue} label={form.label} wrong={tried ? wrong : new Map()} />
      {tried && wrong.size > 0 && <p className="field-wrong">Something is missing or does not fit: see above.</p>}
      <Buttons button="Send" back={back} />
    </AnswerForm>
  )
}

function Writing(props: {
  readonly title: string
  readonly button: string
  readonly take: (text: string) => void
  readonly back: () => void
}): React.JSX.Element {
  const { title, button, take, back } = props
  const [text, setText] = useState('')
  const done = (): void => {
    if (text.trim() !== '') take(text.trim())
  }
  return (
    <AnswerForm done={done}>
      <label className="field">
        <span className="field-label">{title}</span>
        <textarea value={text} rows={4} required onChange={(event) => setText(event.target.value)} />
      </label>
      <Buttons button={button} back={back} disabled={text.trim() === ''} />
    </AnswerForm>
  )
}

function Commenting({ item, back }: { readonly item: Item; readonly back: () => void }): React.JSX.Element {
  const comment = useMutation({
    mutationFn: (text: string) => post<Item>(`/api/inbox/${piece(item.id)}/comment`, { text }),
    onSuccess: (said) => {
      queries.setQueryData<Item>(['question', item.id], (before) => ({ ...said, content: before?.content ?? said.content }))
      toast({ text: 'Said.', tone: 'good' })
      back()
    },
    onError: toastError,
  })
  return <Writing title="Comment: seen by everybody who may answer" button="Say it" back={back} take={(text) => comment.mutate(text)} />
}

function HandingOver({ back, send }: { readonly back: () => void; readonly send: (act: Act) => void }): React.JSX.Element {
  const [role, setRole] = useState('')
  const [why, setWhy] = useState('')
  const done = (): void => {
    const to = role.trim()
    if (to === '') return
    send({ what: 'reassign', body: { role: to, ...(why.trim() !== '' && { note: why.trim() }) }, says: `handed over to ${to}` })
  }
  return (
    <AnswerForm done={done}>
      <label className="field">
        <span className="field-label">To which role?</span>
        <input type="text" value={role} autoComplete="off" list="roles" required onChange={(event) => setRole(event.target.value)} />
      </label>
      <datalist id="roles">
        {rolesSeen().map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <label className="field">
        <span className="field-label">Why (if there is something to say)</span>
        <textarea value={why} rows={2} onChange={(event) => setWhy(event.target.value)} />
      </label>
      <Buttons button="Hand over" back={back} disabled={role.trim() === ''} />
    </AnswerForm>
  )
}

/** It begins in its first field; Enter with the command key sends it from anywhere in it. */
function AnswerForm({ done, children }: { readonly done: () => void; readonly children: React.ReactNode }): React.JSX.Element {
  return (
    <form
      className="answer-form"
      onSubmit={(event) => {
        event.preventDefault()
        done()
      }}
      onKeyDown={(event) => {
        if (!submits(event)) return
        event.preventDefault()
        done()
      }}
      ref={focusFirst}
    >
      {children}
    </form>
  )
}

function Buttons(props: {
  readonly button: string
  readonly back: (() => void) | undefined
  readonly disabled?: boolean
}): React.JSX.Element {
  return (
    <div className="answer-buttons">
      <button type="submit" className="button button-main" disabled={props.disabled === true}>
        {props.button} <Key keys="mod+Enter" />
      </button>
      {props.back !== undefined && (
        <button type="button" className="button" onClick={props.back}>
          Back <Key keys="Escape" />
        </button>
      )}
    </div>
  )
}

function rejection(note: string): Act {
  return { what: 'reject', body: { note }, says: 'rejected' }
}

/** The roles that questions were put to, as far as they are known here. */
function rolesSeen(): string[] {
  const lists = queries.getQueriesData<{ items?: readonly Item[] }>({ queryKey: ['inbox', 'queue'] })
  return [...new Set(lists.flatMap(([, list]) => (list?.items ?? []).map(({ role }) => role)))].sort()
}

function submits(event: React.KeyboardEvent): boolean {
  return event.key === 'Enter' && (event.ctrlKey || event.metaKey)
}

function focusFirst(form: HTMLFormElement | null): void {
  form?.querySelector<HTMLElement>('textarea, input, [aria-pressed="true"], button')?.focus()
}

/** Out of a field first, then out of the form. */
function leaveField(back: () => void): void {
  const { activeElement } = document
  if (activeElement instanceof HTMLTextAreaElement && activeElement.closest('.answer-note') !== null) activeElement.blur()
  else back()
}
