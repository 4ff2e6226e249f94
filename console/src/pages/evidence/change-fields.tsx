/**
 * What a backtest changes: the text of a prompt, the model behind one, or the code as it is here.
 */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useId, useRef } from 'react'
import type { PromptDocument, PromptTextDocument } from '../../../../src/http/prompt-documents.ts'
import { get, piece } from '../../api/client.ts'
import type { List } from '../../api/documents.ts'
import { decisionsQuery } from '../../api/queries.ts'
import { counted } from '../../parts/figures.tsx'
import { Fold } from '../../parts/fold.tsx'
import { lineDiff, sizeOf } from '../../parts/line-diff.ts'
import { TextDiff } from '../../parts/text-diff.tsx'
import { toastError } from '../../shell/toasts.tsx'
import { ChosenField } from './chosen-field.tsx'
import { GivenField } from './given-field.tsx'
import type { Filling } from './new-backtest.tsx'
import { type Order, WHATS } from './order.ts'

const SAID: Readonly<Record<Order['what'], string>> = { prompt: 'A prompt’s text', model: 'A model', code: 'The code' }

interface PromptFile {
  readonly name: string
  readonly model?: string
}

export function ChangeFields(filling: Filling): React.JSX.Element {
  const { order, set } = filling
  return (
    <>
      <fieldset className="order-choice">
        <legend className="unseen">What changes</legend>
        {WHATS.map((what) => (
          <label key={what}>
            <input type="radio" name="what" checked={order.what === what} onChange={() => set({ what })} /> {SAID[what]}
          </label>
        ))}
      </fieldset>
      {order.what === 'prompt' && <PromptFields {...filling} />}
      {order.what === 'model' && <ModelFields {...filling} />}
      {order.what === 'code' && (
        <p className="muted">
          Flows, steps and prompts as this server has them now, against what was recorded. Effects are held back, whatever the code says.
        </p>
      )}
    </>
  )
}

function usePrompts(): readonly PromptFile[] {
  const { data } = useQuery({ queryKey: ['prompts'], queryFn: ({ signal }) => get<List<PromptFile>>('/api/prompts', { signal }) })
  return data?.items ?? []
}

function PromptFields({ order, set, wrong }: Filling): React.JSX.Element {
  const prompts = usePrompts()
  const id = useId()
  const current = useQuery({
    queryKey: ['prompt', order.prompt],
    queryFn: ({ signal }) => get<PromptDocument>(`/api/prompts/${piece(order.prompt)}`, { signal }),
    enabled: order.prompt !== '',
  })
  const taking = useMutation({
    mutationFn: (label: string) => get<PromptTextDocument>(`/api/prompts/${piece(order.prompt)}/versions/${piece(label)}`),
    onSuccess: ({ text }) => set({ text }),
    onError: toastError,
  })
  const labels = current.data?.labels ?? []
  const now = current.data?.text
  // The text in use is what one begins with, once: who empties the field means it.
  const begun = useRef('')
  useEffect(() => {
    if (now === undefined || begun.current === order.prompt) return
    begun.current = order.prompt
    if (order.text === '') set({ text: now })
  }, [now, order.prompt, order.text, set])
  return (
    <>
      <ChosenField
        label="Prompt"
        none="Choose…"
        value={order.prompt}
        choices={prompts.map(({ name }) => name)}
        wrong={wrong.prompt}
        onChange={(prompt) => set({ prompt, text: '' })}
      />
      {labels.length > 0 && (
        <div className="order-labels">
          <span className="muted">Take the text that is called</span>
          {labels.map(({ label }) => (
            <button
              key={label}
              type="button"
              className="button button-small"
              disabled={taking.isPending}
              onClick={() => taking.mutate(label)}
            >
              {label}
            </button>
          ))}
        </div>
      )}
      {order.prompt !== '' && (
        <div className="order-field">
          <label htmlFor={id}>Its other text: the whole file</label>
          <textarea
            id={id}
            className="order-text"
            spellCheck={false}
            value={order.text}
            aria-invalid={wrong.text !== undefined}
            onChange={(event) => set({ text: event.target.value })}
          />
          {wrong.text !== undefined && (
            <span className="field-wrong" role="alert">
              {wrong.text}
            </span>
          )}
          {now !== undefined && <Difference was={now} is={order.text} />}
        </div>
      )}
    </>
  )
}

function Difference({ was, is }: { readonly was: string; readonly is: string }): React.JSX.Element {
  const { added, removed } = sizeOf(lineDiff(was, is))
  if (was === is) return <span className="muted order-about">It is the text that is in use.</span>
  return (
    <Fold className="order-difference" summary={`${counted(added + removed, 'line')} taken out or put in`}>
      <TextDiff was={was} is={is} names={['In use', 'Tried']} />
    </Fold>
  )
}

function ModelFields(filling: Filling): React.JSX.Element {
  const id = useId()
  const prompts = usePrompts()
  const decisions = useQuery(decisionsQuery)
  const names = [...new Set([...prompts.map(({ name }) => name), ...(decisions.data?.items ?? []).map(({ name }) => name)])]
  const models = [...new Set(prompts.flatMap(({ model }) => model ?? []))]
  return (
    <div className="order-fields">
      <GivenField
        {...filling}
        field="of"
        label="Of which prompt or decision"
        about="Of a decision: all that is asked inside it."
        list={`${id}-names`}
      />
      <GivenField {...filling} field="model" label="Model" placeholder="provider/model" list={`${id}-models`} />
      <datalist id={`${id}-names`}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <datalist id={`${id}-models`}>
        {models.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </div>
  )
}
