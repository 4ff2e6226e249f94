/**
 * Several ways to see the same thing, one of which is on: buttons in a row.
 */
export function Segmented<Value extends string>(props: {
  readonly legend: string
  readonly options: readonly (readonly [value: Value, text: string])[]
  readonly value: Value
  readonly onChange: (value: Value) => void
}): React.JSX.Element {
  const { legend, options, value, onChange } = props
  return (
    <fieldset className="segmented">
      <legend className="unseen">{legend}</legend>
      {options.map(([name, text]) => (
        <button key={name} type="button" aria-pressed={name === value} onClick={() => onChange(name)}>
          {text}
        </button>
      ))}
    </fieldset>
  )
}
