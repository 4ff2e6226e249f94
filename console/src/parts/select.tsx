/**
 * A choice that a list or a picture is narrowed by; the first stands for all.
 *
 * Owns: that form of it. Never: a field of a form, which has a label to be seen and may be wrong (pages/evidence/chosen-field.tsx).
 */
export function Select(props: {
  readonly label: string
  readonly all: string
  readonly value: string | undefined
  readonly options: readonly (readonly [value: string, text: string, disabled?: boolean])[]
  readonly onChange: (value: string) => void
}): React.JSX.Element {
  const { label, all, value = '', options, onChange } = props
  return (
    <select aria-label={label} className="select" value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">{all}</option>
      {options.map(([name, text, disabled = false]) => (
        <option key={name} value={name} disabled={disabled}>
          {text}
        </option>
      ))}
    </select>
  )
}
