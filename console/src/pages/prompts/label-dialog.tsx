/**
 * Giving a label to a text, or to that of a version.
 */
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Dialog } from '../../parts/dialog.tsx'
import { toast } from '../../shell/toasts.tsx'
import { label, type Prompt } from './data.ts'

export function LabelDialog(props: {
  readonly prompt: Prompt
  readonly what: { readonly text: string } | { readonly version: string }
  readonly onClose: () => void
}): React.JSX.Element {
  const { prompt, what, onClose } = props
  const { name, labels } = prompt
  const [given, setGiven] = useState(labels.some((one) => one.label === 'draft') ? '' : 'draft')
  const labelling = useMutation({
    mutationFn: () => label(name, given.trim(), what),
    onSuccess: () => {
      toast({ tone: 'good', text: `It is ${name}@${given.trim()} now.` })
      onClose()
    },
  })
  const moved = labels.some((one) => one.label === given.trim())
  return (
    <Dialog title={'text' in what ? `Label this text of ${name}` : `Label ${name}@${what.version.slice(0, 8)}`} onClose={onClose}>
      <form
        className="dialog-form"
        onSubmit={(event) => {
          event.preventDefault()
          labelling.mutate()
        }}
      >
        <label className="dialog-field">
          <span>Label</span>
          <input
            value={given}
            onChange={(event) => setGiven(event.target.value)}
            list="prompt-labels"
            autoComplete="off"
            required
            maxLength={40}
          />
          <datalist id="prompt-labels">
            {labels.map((one) => (
              <option key={one.label} value={one.label} />
            ))}
          </datalist>
        </label>
        <p className="muted">
          A name for this text: it can be compared, and tried with{' '}
          <code>rondo backtest --prompt {`${name}@${given.trim() || 'draft'}`}</code>. Runs go on asking what is in the file.
          {moved && ` “${given.trim()}” names another text now; it is moved.`}
        </p>
        {labelling.error !== null && (
          <p className="field-wrong" role="alert">
            {labelling.error.message}
          </p>
        )}
        <div className="dialog-actions">
          <button type="submit" className="button button-main" disabled={labelling.isPending || given.trim() === ''}>
            {moved ? 'Move the label' : 'Give the label'}
          </button>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  )
}
