/**
 * One field of the form for a backtest, with what it is about and what is wrong with it.
 */
import { useId } from 'react'
import type { Filling } from './new-backtest.tsx'
import type { Order } from './order.ts'

type TextField = { [Name in keyof Order]: Order[Name] extends string ? Name : never }[keyof Order]

export function GivenField(
  props: Filling & {
    readonly field: Exclude<TextField, 'what'>
    readonly label: string
    readonly about?: string
    readonly type?: 'text' | 'date'
    readonly inputMode?: 'decimal' | 'numeric'
    readonly list?: string
    readonly placeholder?: string
  },
): React.JSX.Element {
  const { order, set, wrong, field, label, about, type = 'text', inputMode, list, placeholder } = props
  const id = useId()
  const error = wrong[field]
  return (
    <div className="order-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type={type}
        value={order[field]}
        autoComplete="off"
        aria-invalid={error !== undefined}
        aria-describedby={error !== undefined || about !== undefined ? `${id}-about` : undefined}
        onChange={(event) => set({ [field]: event.target.value })}
        {...(inputMode !== undefined && { inputMode })}
        {...(list !== undefined && { list })}
        {...(placeholder !== undefined && { placeholder })}
      />
      {(error !== undefined || about !== undefined) && (
        <span id={`${id}-about`} className={error === undefined ? 'muted order-about' : 'field-wrong'}>
          {error ?? about}
        </span>
      )}
    </div>
  )
}
