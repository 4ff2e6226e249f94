/**
 * A choice with its label, and what is wrong with it.
 */
import { useId } from 'react'

export function ChosenField(props: {
  readonly label: string
  /** Shown for nothing chosen. */
  readonly none: string
  readonly value: string
  readonly choices: readonly string[]
  readonly wrong?: string | undefined
  readonly onChange: (value: string) => void
}): React.JSX.Element {
  const { label, none, value, choices, wrong, onChange } = props
  const id = useId()
  return (
    <div className="order-field order-short">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className="select"
        value={value}
        aria-invalid={wrong !== undefined}
        aria-describedby={wrong === undefined ? undefined : `${id}-wrong`}
        onChange={(event) => onChange(event.target.value)}
      >
        <option value="">{none}</option>
        {choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
      {wrong !== undefined && (
        <span id={`${id}-wrong`} className="field-wrong">
          {wrong}
        </span>
      )}
    </div>
  )
}
